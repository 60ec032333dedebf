"""The last word over every command: caps, bounds, expiry."""

from __future__ import annotations

import math
from typing import NamedTuple

from pvopt.decide.settings import LoadSettings, SiteParams
from pvopt.decide.site import island
from pvopt.decide.site_now import SiteNow
from pvopt.model import Command, Reason, Why

# What a PV inverter gives counts as room only in a sample that is no older than this: a cloud
# comes within seconds.
BESIDE_AGE_S = 3.0
# A command outlives its tick by no more than this, whatever the data's age allows.
EXPIRES_S = 5.0


class Bounded(NamedTuple):
    setpoint_w: float
    why: Why


def limit_w(params: SiteParams, now: SiteNow) -> float:
    """What may be asked of the inverter (W), by the owner or by itself; NaN: no limit. Kernel."""
    return now.inverter_limit_w if math.isnan(params.inverter_max_w) else params.inverter_max_w


def headroom_w(params: SiteParams, now: SiteNow, own_w: float, one_phase: bool) -> float:
    """What our loads may draw in all before the inverter comes near its limit (W, >= 0). Kernel.

    ``limit - headroom - (what the house asks of it now - ours)``; infinite where neither the
    owner nor the inverter names a limit, nothing where there is one and the burden is not known.
    ``own_w``: the least that our loads drew while the sample was made, so that a change not yet
    in it never looks like room. Worked: limit 3000 W, headroom 200 W, 2000 W asked of it, 1500 W
    of them ours: 2300 W.

    What PV inverters give to our loads is not asked of it: nothing asked, 1500 W ours, of which
    PV inverters give 1500 W: 4300 W. See ``beside_w``.

    On an island with three phases a load on one of them (``one_phase``) has a third of the
    limit, and the whole house is laid to its phase: the inverters' shares are not known.
    """
    if not now.known:
        return 0.0
    most_w = limit_w(params, now)
    if math.isnan(most_w):
        return math.inf
    if one_phase and now.three_phases and island(now):
        most_w = most_w / 3.0
    asked_w = burden_w(now)
    if math.isnan(asked_w):
        return 0.0
    others_w = max(-beside_w(now), asked_w - own_w)
    return max(0.0, most_w - params.inverter_headroom_w - others_w)


def beside_w(now: SiteNow) -> float:
    """Watts of PV inverters that our loads may count on beside the inverter. Kernel.

    A cloud takes them away within seconds, and then the grid gives what the inverter cannot: only
    beside a grid do they count, and only in a young sample. No more than they give now: a heater
    whose thermostat is open makes no room for others.
    """
    young = now.now_s - now.at_s <= BESIDE_AGE_S
    grid = now.grid_up == 1.0 and not now.generator and not island(now)
    return now.pv_ac_w if young and grid else 0.0


def burden_w(now: SiteNow) -> float:
    """Watts that the home's loads ask of the inverter; NaN: not known. Kernel.

    What it exports is not asked of it: a load of ours takes that over without adding to it.
    Where its output is not told, the whole load stands for it.
    """
    if math.isnan(now.inverter_out_w):
        return now.load_w
    export_w = 0.0 if math.isnan(now.grid_w) else max(0.0, -now.grid_w)
    return now.inverter_out_w - export_w


def bounded(max_w: float, setpoint_w: float, why: Why, urgent: bool, known: bool) -> Bounded:
    """Watts that cannot leave a load's bounds; anything unusable becomes off. Kernel."""
    usable = math.isfinite(setpoint_w) and setpoint_w > 0.0 and known and not urgent
    if not usable:
        return Bounded(0.0, why)
    watts_w = max(0.0, min(setpoint_w, max_w))
    return Bounded(watts_w, Why.FAULT if watts_w <= 0.0 else why)


def command(
    load: LoadSettings,
    setpoint_w: float,
    reason: Reason,
    urgent: bool,
    now: SiteNow,
    blind: bool = False,
) -> Command:
    """The bounded watts as a command that never outlives its sample; ``blind``: one that needs
    none, for a person and the water's own sensor stand for it."""
    last = bounded(load.drive.max_w, setpoint_w, reason.code, urgent, now.known or blind)
    expires_s = now.now_s + EXPIRES_S
    if now.known and not blind:
        expires_s = min(expires_s, now.at_s + now.allowed_age_s)
    if last.why != reason.code:
        reason = Reason(last.why)
    return Command(load.id, last.setpoint_w, expires_s, reason, urgent)
