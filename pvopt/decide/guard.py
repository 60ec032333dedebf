"""The last word over every command: caps, bounds, expiry."""

from __future__ import annotations

import math

from pvopt.decide.settings import LoadSettings, Settings
from pvopt.decide.site import island, number
from pvopt.model import Command, Instant, Reason, Site, Why

# A command outlives its tick by no more than this, whatever the data's age allows.
EXPIRES_S = 5.0


def headroom_w(site: Site | None, settings: Settings, own_w: float) -> float:
    """What our loads may draw in all before the inverter comes near its limit (W, >= 0).

    ``limit - headroom - (what the house asks of it now - ours)``; infinite where neither the
    owner nor the inverter names a limit, nothing where there is one and the burden is not known.
    ``own_w``: the least that our loads drew while the sample was made, so that a change not yet
    in it never looks like room.

    On an island with three phases a load on one of them has a third of the limit, and the whole
    house is laid to its phase: the inverters' shares are not known.
    """
    if site is None:
        return 0.0
    limit_w = settings.site.inverter_max_w or site.limits.inverter_w
    if not limit_w:
        return math.inf
    if island(site) and _three_phases(site) and any(load.phase for load in settings.loads):
        limit_w /= 3.0
    asked_w = burden_w(site)
    if math.isnan(asked_w):
        return 0.0
    others_w = max(0.0, asked_w - own_w)
    return max(0.0, limit_w - settings.site.inverter_headroom_w - others_w)


def _three_phases(site: Site) -> bool:
    return all(reading.value is not None for reading in site.grid_phase_w)


def burden_w(site: Site) -> float:
    """Watts that the home's loads ask of the inverter; NaN: not known.

    What it exports is not asked of it: a load of ours takes that over without adding to it.
    Where its output is not told, the whole load stands for it.
    """
    out_w = number(site.inverter_out_w)
    if math.isnan(out_w):
        return number(site.load_w)
    return out_w - max(0.0, -(site.grid_w.value or 0.0))


def command(
    load: LoadSettings,
    setpoint_w: float,
    reason: Reason,
    urgent: bool,
    instant: Instant,
    site: Site | None,
) -> Command:
    """A command that cannot leave the load's bounds; anything unusable becomes off."""
    usable = math.isfinite(setpoint_w) and setpoint_w > 0.0 and site is not None and not urgent
    watts_w = min(setpoint_w, load.drive.max_w) if usable else 0.0
    expires_s = instant.mono_s + EXPIRES_S
    if site is not None:
        expires_s = min(expires_s, site.at_s + site.allowed_age_s)
    if watts_w <= 0.0 and usable:
        reason = Reason(Why.FAULT)
    return Command(load.id, watts_w, expires_s, reason, urgent)
