"""When nothing may run at all: danger (relay first) and ordinary gates, in order of authority."""

from __future__ import annotations

import math
from typing import NamedTuple

from pvopt.daylight import is_daylight
from pvopt.decide.guard import burden_w
from pvopt.decide.settings import DaylightSettings, Settings
from pvopt.decide.site import grid_error_w, island, number
from pvopt.model import Forecast, Instant, Reason, Site, Snapshot, Why

# After the grid went away nothing runs for so long, even where an island may heat.
GRID_LOST_S = 60.0
# Sources round their instants; no sample is from further ahead.
AHEAD_S = 1.0
# PV above this counts as daylight while the date is unknown.
DAY_PV_W = 30.0
SOC_HYSTERESIS_PCT = 2.0


class Gate(NamedTuple):
    """A reason to be off. ``urgent``: danger, minimum times do not count, relay first."""

    reason: Reason
    urgent: bool


def danger(
    snapshot: Snapshot, settings: Settings, grid_lost_s: float, frozen: bool = False
) -> Gate | None:
    """What endangers: no or old data, alarms, a lost meter or grid, an overloaded inverter."""
    site = snapshot.site
    if site is None:
        return Gate(Reason(Why.NO_DATA), True)
    age_s = snapshot.instant.mono_s - site.at_s
    # A sample from the future would stay fresh for ever.
    if not -AHEAD_S <= age_s <= site.allowed_age_s:
        numbers = (("age_s", round(age_s, 1)), ("allowed_s", site.allowed_age_s))
        return Gate(Reason(Why.STALE, numbers), True)
    if site.alarms:
        return Gate(Reason(Why.ALARM, (("alarm", float(site.alarms[0])),)), True)
    if grid_lost_s < GRID_LOST_S:
        return Gate(Reason(Why.GRID_LOST, (("since_s", round(grid_lost_s)),)), True)
    limit_w = settings.site.inverter_max_w or site.limits.inverter_w
    asked_w = burden_w(site)
    if limit_w and asked_w > limit_w:
        numbers = (("inverter_w", asked_w), ("limit_w", limit_w))
        return Gate(Reason(Why.INVERTER_OVER, numbers), True)
    if any(math.isnan(grid_error_w(site, settings, load.phase)) for load in settings.loads):
        return Gate(Reason(Why.NO_DATA), True)
    if frozen:
        return Gate(Reason(Why.FROZEN), True)
    return None


def older(snapshot: Snapshot, seen_s: float) -> Gate | None:
    """A site older than one that was already decided on: another source took over, and what
    runs is not known to be right until that source has something newer."""
    site = snapshot.site
    if site is None or not seen_s - AHEAD_S > site.at_s:
        return None
    if seen_s > snapshot.instant.mono_s + AHEAD_S:
        return None  # the clock jumped back: what was seen means nothing
    age_s = round(snapshot.instant.mono_s - site.at_s, 1)
    return Gate(Reason(Why.STALE, (("age_s", age_s), ("allowed_s", site.allowed_age_s))), True)


def policy_gate(snapshot: Snapshot, settings: Settings, soc_ok: bool) -> Gate | None:
    """States of the home in which surplus is not for us; ordinary, minimum times hold."""
    site = snapshot.site
    if site is None:
        return Gate(Reason(Why.NO_DATA), True)
    if site.generator and not settings.site.generator_ok:
        return Gate(Reason(Why.GENERATOR), False)
    if island(site) and not settings.site.island_ok:
        return Gate(Reason(Why.ISLAND), False)
    if site.ess_state in settings.site.stop_states:
        return Gate(Reason(Why.ESS_STATE, (("state", float(site.ess_state)),)), False)
    if not soc_ok:
        numbers = (("soc_pct", site.soc_pct.value or 0.0), ("min_pct", settings.site.min_soc_pct))
        return Gate(Reason(Why.SOC_LOW, numbers), False)
    if not daylight(settings.daylight, snapshot.instant, site):
        return Gate(Reason(Why.NIGHT), False)
    return None


def forecast_w(forecast: Forecast | None, instant: Instant) -> float | None:
    """Mean PV power that the forecast has for now (W); None outside it or without a date."""
    if forecast is None or not instant.utc_ok:
        return None
    found: float | None = None
    for point, following in zip(forecast.points, forecast.points[1:], strict=False):
        if point.start_utc_s <= instant.utc_s < following.start_utc_s:
            found = point.pv_w
    return found if found is not None and math.isfinite(found) else None


def daylight(rule: DaylightSettings, instant: Instant, site: Site) -> bool:
    """By the sun's elevation, by local hours, or always; by PV power while the date is unknown."""
    if not instant.utc_ok and rule.mode != "always":
        return number(site.pv_w) > DAY_PV_W
    return is_daylight(rule, rule.latitude, rule.longitude, rule.timezone, instant.utc_s)


def soc_ok(site: Site | None, settings: Settings, was_ok: bool) -> bool:
    """Whether the battery is full enough; unknown counts as low unless nothing is asked."""
    least_pct = settings.site.min_soc_pct
    if least_pct <= 0.0:
        return True
    if site is None:
        return False
    soc_pct = number(site.soc_pct)
    if math.isnan(soc_pct):
        # A home without a battery shows no voltage either.
        return site.battery_v.value is None and site.battery_w.value is None
    if was_ok:
        return soc_pct > least_pct - SOC_HYSTERESIS_PCT
    return soc_pct >= least_pct
