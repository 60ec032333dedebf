"""What a load is on the ladder: steps, unknown draw, ramp and wear. Ordinary Python.

A load with steps follows as a relay does whose watts change: up when the next step has been
covered for the enable delay, down at once. A load of unknown draw counts with what it was seen to
draw, until then with the most it may. A ramp bounds how fast a knob rises; so many closings an
hour and no more are made of a contact that shall last.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from pvopt.decide.drive import KEEP_CLOSED_W
from pvopt.decide.ladder import Seat, Turn
from pvopt.decide.look import LoadState, Look
from pvopt.decide.settings import LoadParams, LoadSettings
from pvopt.decide.site_now import LoadNow, SiteNow

# A draw is looked at from so long after the contact closed, for so long: by then lamps are warm
# and the meters have shown it.
SEEN_FROM_S, SEEN_FOR_S = 4.0, 10.0
# A new sight of a draw counts half; less than this is no draw (its own thermostat is open).
TAUGHT = 0.5
LEAST_DRAW_W = 5.0
# A sample is of one of so many ticks before, as a rule. If the other loads drew otherwise by more
# than this since, it does not tell what this one draws.
LATELY = 4
OTHERS_W = 50.0
# How fast the house's load before a start is followed (share a sample).
CALM_SHARE = 0.3


class Known(NamedTuple):
    """What an unknown load draws. ``watts`` NaN: not seen yet; ``before_w``: the rest of the
    house before it was switched on; ``sum_w``, ``samples``: of this time on."""

    watts: float = math.nan
    before_w: float = math.nan
    on_s: float = 0.0
    sum_w: float = 0.0
    samples: float = 0.0


class Rung(NamedTuple):
    """What is remembered of one load on the ladder.

    ``step_w``: the step it is on; ``more_s``: a higher one has been covered for so long;
    ``starts``: closings of the last hour, fading; ``asked_w``: of the tick before; ``others_w``:
    what the other loads drew in the last ticks; ``whole``: of unknown draw, it began with room
    for all that it may draw.
    """

    turn: Turn = Turn()
    step_w: float = 0.0
    more_s: float = 0.0
    starts: float = 0.0
    asked_w: float = 0.0
    known: Known = Known()
    others_w: tuple[float, ...] = ()
    whole: bool = False


def is_ladder(loads: tuple[LoadSettings, ...]) -> bool:
    """Whether the ladder's rules are needed: several loads, or one that is more than a heater."""
    return len(loads) != 1 or not is_plain(loads[0])


def is_plain(load: LoadSettings) -> bool:
    """Nothing of this file concerns it."""
    calm = math.isinf(load.ramp_w_s) and load.most_starts_h <= 0.0
    return calm and not (load.steps_w or load.unknown or load.before_battery)


def shaped(params: LoadParams, load: LoadSettings, rung: Rung) -> LoadParams:
    """The load's numbers for this tick: an unknown one has the draw that was seen, but where
    others gave way to all that it may draw: then once it was seen again."""
    watched = rung.whole and 0.0 < rung.known.on_s <= SEEN_FROM_S + SEEN_FOR_S
    if load.unknown and not watched and not math.isnan(rung.known.watts):
        seen_w = min(params.drive.max_w, rung.known.watts)
        return params._replace(drive=params.drive._replace(max_w=seen_w, min_w=seen_w))
    return params


def begun(params: LoadParams, load: LoadSettings, on: bool) -> LoadParams:
    """The load's numbers for a wish: an unknown one begins only with room for all it may draw."""
    return params if on or not load.unknown else params._replace(drive=load.drive)


def with_others(rung: Rung, others_w: float) -> tuple[Rung, bool]:
    """``others_w`` (W) of this tick remembered; whether they drew the same in the last ones."""
    lately_w = (others_w, *rung.others_w[: LATELY - 1])
    steady = max(lately_w) - min(lately_w) <= OTHERS_W
    return rung._replace(others_w=lately_w), steady


def drawn_by(load: LoadSettings, now: LoadNow, rung: Rung) -> LoadNow:
    """An unknown load draws what was seen, not the most that it may."""
    if not load.unknown or not now.closed or math.isnan(rung.known.watts):
        return now
    return now._replace(expected_w=min(now.expected_w, rung.known.watts))


def seat_of(
    load: LoadSettings,
    params: LoadParams,
    state: LoadState,
    look: Look,
    rung: Rung,
    free: bool,
    room_w: float = math.inf,
    given_w: float = 0.0,
) -> Seat:
    """Where it stands in this tick. ``free``: it is in no person's hand, and the home runs;
    ``room_w``: what the inverter bears beyond all that runs; ``given_w``: what lower ranks could
    give way by. A load of unknown draw begins only if that is the most it may draw: less was seen
    of it, but nobody knows when it wants more. Where others have to give way it gets all that."""
    drive, limits = params.drive, state.limits
    whole = load.unknown and not limits.on and room_w < load.drive.max_w
    if whole:
        drive = load.drive
    begins = may_start(load, rung) and (not whole or room_w + given_w >= load.drive.max_w)
    most_w = look.most_w if free and (limits.on or begins) else 0.0
    if whole and most_w > 0.0:
        most_w = drive.max_w
    if params.has_knob:
        return Seat(most_w, drive.min_w, True, limits.on)
    draws_w = rung.step_w if load.steps_w else drive.max_w
    draws_w = draws_w if limits.on else 0.0
    # Danger opens at once; anything else waits for the minimum time.
    kept = limits.on and limits.since_s < params.limits.min_on_s and not _at_once(look)
    least_w = load.steps_w[0] if load.steps_w else drive.min_w
    must_w = min(draws_w, least_w) if kept else 0.0
    wait_s = 0.0 if limits.on else max(0.0, params.limits.min_off_s - limits.since_s)
    higher_w = [step_w for step_w in load.steps_w if step_w > draws_w]
    next_w = higher_w[0] if higher_w else drive.max_w
    return Seat(most_w, least_w, False, limits.on, must_w, draws_w, wait_s, next_w)


def _at_once(look: Look) -> bool:
    return look.effects.urgent or not look.comfort.allowed or look.fault


def may_start(load: LoadSettings, rung: Rung) -> bool:
    """Whether its contact has not closed too often of late."""
    return load.most_starts_h <= 0.0 or rung.starts <= load.most_starts_h - 1.0


def stepped(
    params: LoadParams, load: LoadSettings, rung: Rung, offer_w: float, on: bool, dt_s: float
) -> tuple[LoadParams, float, Rung]:
    """The step that an offer comes to, as the numbers of a relay of so many watts.

    Worked: steps of 500, 1000 and 1500 W, on at 500 W, 1200 W offered: 1000 W once that has lasted
    for the delay, the shorter one, for it goes back at once; 900 W offered: 500 W; 400 W: off, as
    far as minimum times allow.
    """
    if not load.steps_w:
        return params, offer_w, rung
    covered = [step_w for step_w in load.steps_w if step_w <= offer_w]
    step_w, more_s = covered[-1] if covered else 0.0, 0.0
    if on and step_w > rung.step_w > 0.0:
        more_s = rung.more_s + dt_s
        if more_s <= min(params.drive.enable_delay_s, load.lost_delay_s):
            step_w = rung.step_w
        else:
            more_s = 0.0
    shown_w = step_w if step_w > 0.0 else load.steps_w[0]
    drive = params.drive._replace(max_w=shown_w, min_w=shown_w, on_off=True)
    return params._replace(drive=drive), step_w, rung._replace(step_w=step_w, more_s=more_s)


def ramped_w(load: LoadSettings, rung: Rung, offer_w: float, dt_s: float) -> float:
    """An offer that rises no faster than the owner wants. Worked: 100 W a second, 300 W until
    now: at most 400 W one second later."""
    return min(offer_w, max(0.0, rung.asked_w) + load.ramp_w_s * dt_s)


def worn(load: LoadSettings, rung: Rung, asked_w: float, started: bool, dt_s: float) -> Rung:
    """The rung after its command. Starts fade over an hour: six an hour are one each ten minutes,
    or some at once after a rest."""
    fading = max(0.0, rung.starts - load.most_starts_h * dt_s / 3600.0)
    step_w = asked_w if load.steps_w and asked_w > KEEP_CLOSED_W else rung.step_w
    return rung._replace(starts=fading + float(started), asked_w=asked_w, step_w=step_w)


def seen(
    load: LoadSettings, rung: Rung, now: SiteNow, mine: LoadNow, others_w: float, fresh: bool,
    dt_s: float,
) -> Rung:  # fmt: skip
    """Learn what an unknown load draws: by its own meter, else by how the house's load rose.

    Worked: the house took 400 W before; seconds after the start 750 W, the others as before: 350 W.
    """
    if not load.unknown:
        return rung
    known = rung.known
    metered = now.known and mine.actual_age_s <= now.allowed_age_s
    house_w = now.load_w - others_w
    if not mine.closed:
        if known.samples > 0.0:
            known = _taught(load, known)
        before_w = house_w if math.isnan(known.before_w) else known.before_w
        if fresh and not math.isnan(house_w):
            before_w += CALM_SHARE * (house_w - before_w)
        return rung._replace(known=Known(known.watts, before_w))
    on_s = known.on_s + dt_s
    known = known._replace(on_s=on_s)
    sight_w = mine.actual_w if metered else house_w - known.before_w
    looked = SEEN_FROM_S <= on_s <= SEEN_FROM_S + SEEN_FOR_S or metered
    if fresh and looked and on_s >= SEEN_FROM_S and not math.isnan(sight_w):
        known = known._replace(sum_w=known.sum_w + sight_w, samples=known.samples + 1.0)
    if on_s > SEEN_FROM_S + SEEN_FOR_S and known.samples > 0.0:
        known = _taught(load, known)
    return rung._replace(known=known)


def _taught(load: LoadSettings, known: Known) -> Known:
    sight_w = min(load.drive.max_w, known.sum_w / known.samples)
    known = known._replace(sum_w=0.0, samples=0.0)
    if sight_w < LEAST_DRAW_W:
        return known
    share = 1.0 if math.isnan(known.watts) else TAUGHT
    before_w = 0.0 if math.isnan(known.watts) else known.watts
    return known._replace(watts=before_w + share * (sight_w - before_w))
