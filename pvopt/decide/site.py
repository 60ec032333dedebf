"""From the home's readings to what the search needs: phases, feed-in, set-point, hidden sun."""

from __future__ import annotations

import math

from pvopt.daylight import clear_sky_w
from pvopt.decide.hunt import HuntMeters
from pvopt.decide.settings import Metering, Settings
from pvopt.model import EssState, Instant, LimitWhy, PvDevice, Reading, Site

# The sky can exceed a clear one at a cloud's edge; beyond this the climb has nothing to find.
CLEAR_SKY_FACTOR = 1.4
CLEAR_SKY_OFFSET_W = 200.0
# Where nobody says whether sun is held back: so much of a clear sky is hoped for, so much more
# than the panels give makes a probe worth while, and so full must the battery be.
CLEAR_PROMISE = 0.8
PROMISE_W = 200.0
# Homes keep a little import as a cushion; a set-point above this charges from the grid.
STANDING_W = 100.0
FULL_PCT = 95.0
# Island inverters throttle AC-coupled PV by frequency from so far above the nominal one on.
SHIFT_HZ = 0.2
NOMINAL_HZ = (50.0, 60.0)
BETWEEN_HZ = 55.0
HIDING = frozenset(
    {
        LimitWhy.BATTERY_FULL,
        LimitWhy.CHARGE_LIMIT,
        LimitWhy.FEED_IN_LIMIT,
        LimitWhy.FREQUENCY,
        LimitWhy.UNKNOWN,
    }
)


def number(reading: Reading) -> float:
    """A reading as kernels take it: NaN for missing and for what is no finite number."""
    known = reading.value is not None and math.isfinite(reading.value)
    return reading.value if known and reading.value is not None else math.nan


def island(site: Site) -> bool:
    """The home lives without the grid now, and without a generator in its place."""
    return not site.generator and (site.grid_up is False or site.ess_state == EssState.ISLAND)


def per_phase(site: Site, settings: Settings) -> bool:
    """Each phase counts alone: as configured, or as the equipment balances them."""
    if settings.site.metering == Metering.AUTO:
        return site.summed_metering is False
    return settings.site.metering == Metering.PER_PHASE


def grid_error_w(site: Site, settings: Settings, phase: int) -> float:
    """Import (+) or export (-) relative to the grid set-point, for the phases that count.

    Summed metering: the sum of all phases. Per phase: the load's own phase against its share of
    the set-point; for a load on all three, three times the worst phase. NaN: not known. On an
    island there is no grid: 0.
    """
    if island(site):
        return 0.0
    setpoint_w = number(site.grid_setpoint_w)
    # What is imported to charge from is no room for us, however far below its set-point.
    setpoint_w = 0.0 if math.isnan(setpoint_w) else min(STANDING_W, setpoint_w)
    phases = [number(r) for r in site.grid_phase_w]
    known = [w for w in phases if not math.isnan(w)]
    if not per_phase(site, settings) or len(known) < 2:
        return number(site.grid_w) - setpoint_w
    setpoint_w /= len(known)
    if phase == 0:
        return len(known) * (max(known) - setpoint_w)
    return phases[phase - 1] - setpoint_w


def hidden(site: Site, settings: Settings, expected_w: float = math.nan) -> float:
    """1: sun is held back that a load could use; 0: none is; NaN: it cannot be known.

    ``expected_w``: PV power that forecast or clear sky promise now (NaN: no promise). It speaks
    only where no device says whether it is limited (old firmware, many portals): then a full
    battery in a home that may not export, and panels well below the promise, are worth a probe.
    """
    if island(site) and _shifted(number(site.frequency_hz)):
        return 1.0
    told = [d for d in site.pv if d.limited is not None]
    if told:
        return 1.0 if any(_hides(device) for device in told) else 0.0
    pv_w = number(site.pv_w)
    if math.isnan(pv_w):
        return math.nan
    lacking_w = expected_w - pv_w
    worth_w = max(PROMISE_W, settings.site.forecast_difference_w)
    return 1.0 if _full(site) and not _may_export(site, settings) and lacking_w > worth_w else 0.0


def _full(site: Site) -> bool:
    soc_pct = number(site.soc_pct)
    return math.isnan(soc_pct) or soc_pct >= FULL_PCT


def _may_export(site: Site, settings: Settings) -> bool:
    """As the owner says; else as the home's equipment says."""
    if settings.site.feed_in != 0:
        return settings.site.feed_in > 0
    return bool(site.feed_in.dc_allowed)


def _shifted(frequency_hz: float) -> bool:
    nominal_hz = NOMINAL_HZ[frequency_hz > BETWEEN_HZ]
    return frequency_hz > nominal_hz + SHIFT_HZ


def _hides(device: PvDevice) -> bool:
    return bool(device.limited) and device.limit_why in HIDING


def clear_sky(instant: Instant, settings: Settings) -> float:
    """PV power under a cloudless sky (W); NaN without panels or without a date."""
    daylight = settings.daylight
    if not daylight.planes or not instant.utc_ok:
        return math.nan
    return clear_sky_w(daylight.planes, daylight.latitude, daylight.longitude, instant.utc_s)


def ceiling_w(clear_w: float) -> float:
    """PV power that the sky cannot exceed (W), by the power under a clear one; NaN stays NaN."""
    return CLEAR_SKY_FACTOR * clear_w + CLEAR_SKY_OFFSET_W


def _solar_error_w(site: Site, settings: Settings, phase: int) -> float:
    """The grid error, but no more export than the sun can give: PV less the whole load.

    What another battery or a generator exports is no surplus. Where each phase counts alone,
    another phase's load does not lessen this one's surplus: the bound is PV. Where a battery
    could feed the export and PV is not known, none of it counts.
    """
    error_w = grid_error_w(site, settings, phase)
    pv_w = number(site.pv_w)
    if math.isnan(pv_w):
        return max(0.0, error_w) if _has_battery(site) else error_w
    load_w = 0.0 if per_phase(site, settings) else number(site.load_w)
    if math.isnan(load_w):
        return error_w
    return max(error_w, -max(0.0, pv_w - load_w) - _standing_w(site))


def _has_battery(site: Site) -> bool:
    known = (site.battery_v.value, site.battery_w.value, site.soc_pct.value)
    return any(number is not None for number in known)


def _standing_w(site: Site) -> float:
    """The import that a positive set-point asks for all day (W); one to charge from is more."""
    setpoint_w = number(site.grid_setpoint_w)
    return min(STANDING_W, max(0.0, 0.0 if math.isnan(setpoint_w) else setpoint_w))


def _short_w(site: Site, settings: Settings) -> float:
    """How far the panels fall short of the whole load, ours included (W); hidden sun answers a
    step by rising with the load, so a climb may go on only while they cover it."""
    pv_w, load_w = number(site.pv_w), number(site.load_w)
    if math.isnan(pv_w):
        return math.inf if _has_battery(site) else -math.inf
    if math.isnan(load_w) or per_phase(site, settings):
        return -math.inf
    return load_w - pv_w - _standing_w(site)


def meters_of(
    site: Site,
    settings: Settings,
    instant: Instant,
    own_w: float,
    phase: int,
    fresh: bool,
    forecast_w: float | None = None,
    clear_w: float = math.nan,
) -> HuntMeters:
    """The search's view of one sample. ``own_w``: what our loads draw (W); ``clear_w``: PV
    power under a cloudless sky (NaN: not known); ``forecast_w``: what the forecast promises."""
    expected_w = CLEAR_PROMISE * clear_w if forecast_w is None else forecast_w
    return HuntMeters(
        grid_w=_solar_error_w(site, settings, phase),
        pv_w=number(site.pv_w),
        load_w=number(site.load_w),
        battery_w=number(site.battery_w),
        own_w=own_w,
        limited=hidden(site, settings, expected_w),
        age_s=max(0.0, instant.mono_s - site.at_s),
        fresh=fresh,
        ceiling_w=ceiling_w(clear_w),
        promise_w=expected_w - number(site.pv_w),
        short_w=_short_w(site, settings),
    )
