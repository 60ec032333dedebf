"""What a person asked of the loads, and what of it stands now. Ordinary Python.

The newest wish for a load wins, ``auto`` ends all, ``release`` all but temperatures. A wish ends
at its time (by the date while the date is known, and in any case so many seconds after it was
taken up), or at its temperature. A temperature that was wanted stands beside on, off and boost,
and never lies above the owner's maximum.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from pvopt.decide.settings import LoadSettings
from pvopt.model import Instant, LoadView, Request, RequestKind, Temp, Why
from pvopt.shape import frozen

Numbers = tuple[tuple[str, float], ...]
# No wish to heat outlives this, whoever forgot it.
LONGEST_S = 86_400.0
_WHY = {
    RequestKind.ON: Why.PERSON_ON,
    RequestKind.BOOST: Why.BOOST,
    RequestKind.OFF: Why.PERSON_OFF,
}


@frozen
class Standing:
    """A request that stands. ``left_s``: it ends in so many seconds (infinite: by no clock)."""

    request: Request
    left_s: float = math.inf


class Asked(NamedTuple):
    """What is wanted of one load now.

    ``why``: PERSON_OFF, PERSON_ON or BOOST, or what comfort wants, with its ``numbers`` (see
    ``wants.py``); HOLD: nothing, the surplus decides. ``watts``: to be
    drawn (W); ``max_c``: no warmer, ``min_c``: no colder, ``eco_c``: warm enough for the grid
    (degC; NaN: nobody asked). ``until_utc_s`` (NaN) and ``left_s`` (infinite): no end.
    """

    why: Why = Why.HOLD
    watts: float = 0.0
    max_c: float = math.inf
    until_utc_s: float = math.nan
    left_s: float = math.inf
    min_c: float = math.nan
    eco_c: float = math.nan
    numbers: Numbers = ()

    @property
    def forced(self) -> bool:
        return self.watts > 0.0


NOTHING = Asked()


def standing_now(
    before: tuple[Standing, ...],
    new: tuple[Request, ...],
    views: tuple[LoadView, ...],
    loads: tuple[LoadSettings, ...],
    instant: Instant,
    dt_s: float,
) -> tuple[Standing, ...]:
    """What stands in this tick: older wishes, the new ones over them, less what has ended.

    Wishes for loads that are not there are dropped; one that stands already is not taken twice.
    """
    if not before and not new:
        return ()
    known = {load.id: load for load in loads}
    stand = [
        one if math.isinf(one.left_s) else Standing(one.request, one.left_s - dt_s)
        for one in before
        if one.request.target in known
    ]
    for request in new:
        if request.target in known and all(request.id != one.request.id for one in stand):
            stand = [one for one in stand if not _replaces(request, one.request)]
            if request.kind not in (RequestKind.AUTO, RequestKind.RELEASE):
                stand.append(Standing(request, _lasts_s(request)))
    seen = {view.id: view for view in views}
    return tuple([one for one in stand if not _ended(one, seen, known, instant)])


def _replaces(new: Request, old: Request) -> bool:
    """Of one load: ``auto`` all, a temperature the same temperature, any other any other."""
    if new.target != old.target:
        return False
    if new.kind == RequestKind.AUTO:
        return True
    if new.kind == RequestKind.SET_TEMP:
        return old.kind == RequestKind.SET_TEMP and old.temp == new.temp
    return old.kind != RequestKind.SET_TEMP


def _lasts_s(request: Request) -> float:
    heats = request.kind in (RequestKind.ON, RequestKind.BOOST)
    lasts_s = math.inf if request.lasts_s is None else request.lasts_s
    return min(lasts_s, LONGEST_S) if heats else lasts_s


def _ended(
    one: Standing,
    views: dict[str, LoadView],
    loads: dict[str, LoadSettings],
    instant: Instant,
) -> bool:
    request = one.request
    if one.left_s <= 0.0:
        return True
    until_utc_s = request.until_utc_s
    if until_utc_s is not None and instant.utc_ok and instant.utc_s >= until_utc_s:
        return True
    if request.until_c is None or request.kind not in (RequestKind.ON, RequestKind.BOOST):
        return False
    view = views.get(request.target)
    water_c = None if view is None else view.temperature_c.value
    if view is None or water_c is None or not water_c >= request.until_c:
        return False
    age_s = view.temperature_c.age_s(instant.mono_s)
    return age_s <= loads[request.target].comfort.allowed_age_s


def asked_of(standing: tuple[Standing, ...], load: LoadSettings) -> Asked:
    """What stands for one load, its watts within what it can draw."""
    asked = NOTHING
    for one in standing:
        request = one.request
        if request.target != load.id:
            continue
        if request.kind == RequestKind.SET_TEMP:
            asked = _warm(asked, request, load.comfort.max_c)
            continue
        until_utc_s = math.nan if request.until_utc_s is None else request.until_utc_s
        asked = asked._replace(
            why=_WHY.get(request.kind, Why.HOLD),
            watts=0.0 if request.kind == RequestKind.OFF else _watts(request, load),
            until_utc_s=until_utc_s,
            left_s=one.left_s,
        )
    return asked


def _warm(asked: Asked, request: Request, most_c: float) -> Asked:
    """With one more temperature that stands; none above ``most_c``, the owner's maximum."""
    wanted_c = min(most_c, math.inf if request.until_c is None else request.until_c)
    if request.temp == Temp.MIN:
        return asked._replace(min_c=wanted_c)
    if request.temp == Temp.ECO:
        return asked._replace(eco_c=wanted_c)
    return asked._replace(max_c=wanted_c)


def _watts(request: Request, load: LoadSettings) -> float:
    """Between the least and the most that the load can draw; all of a relay alone."""
    drive = load.drive
    watts = request.watts
    if drive.on_off or watts is None or not math.isfinite(watts):
        return drive.max_w
    return min(drive.max_w, max(drive.min_w, watts))
