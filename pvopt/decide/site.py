"""From the home's numbers to what the search needs: phases, feed-in, set-point, hidden sun.

Kernels, all of them.
"""

from __future__ import annotations

import math

from pvopt.decide.hunt import HuntMeters
from pvopt.decide.settings import Metering, SiteParams
from pvopt.decide.site_now import SiteNow
from pvopt.model import EssState

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
NOMINAL_HZ = 50.0
NOMINAL_FAST_HZ = 60.0
BETWEEN_HZ = 55.0


def island(now: SiteNow) -> bool:
    """The home lives without the grid now, and without a generator in its place."""
    return not now.generator and (now.grid_up == 0.0 or now.ess_state == EssState.ISLAND)


def stops(params: SiteParams, ess_state: int) -> bool:
    """Whether the owner's rules turn everything off in this state of the inverter."""
    return ((params.stop_states >> ess_state) & 1) == 1


def per_phase(params: SiteParams, now: SiteNow) -> bool:
    """Each phase counts alone: as configured, or as the equipment balances them."""
    if params.metering == Metering.AUTO:
        return now.summed == 0.0
    return params.metering == Metering.PER_PHASE


def grid_error_w(params: SiteParams, now: SiteNow, phase: int) -> float:
    """Import (+) or export (-) relative to the grid set-point, for the phases that count.

    Summed metering: the sum of all phases. Per phase: the load's own phase against its share of
    the set-point; for a load on all three, three times the worst phase. NaN: not known. On an
    island there is no grid: 0. Worked: L1 -1500 W, L2 and L3 +300 W, set-point 90 W: summed
    -990 W; per phase -1530 W on L1, 3 x 270 W on all three.
    """
    if island(now):
        return 0.0
    # What is imported to charge from is no room for us, however far below its set-point.
    setpoint_w = 0.0 if math.isnan(now.setpoint_w) else min(STANDING_W, now.setpoint_w)
    if not per_phase(params, now):
        return now.grid_w - setpoint_w
    phases = _metered(now.l1_w) + _metered(now.l2_w) + _metered(now.l3_w)
    if phases < 2:
        return now.grid_w - setpoint_w
    setpoint_w = setpoint_w / phases
    if phase == 0:
        return phases * (_worst_w(now) - setpoint_w)
    if phase == 1:
        return now.l1_w - setpoint_w
    return (now.l2_w if phase == 2 else now.l3_w) - setpoint_w


def _metered(phase_w: float) -> int:
    return 0 if math.isnan(phase_w) else 1


def _worst_w(now: SiteNow) -> float:
    """The phase that imports most, of those that are known."""
    worst_w = -math.inf if math.isnan(now.l1_w) else now.l1_w
    worst_w = worst_w if math.isnan(now.l2_w) else max(worst_w, now.l2_w)
    return worst_w if math.isnan(now.l3_w) else max(worst_w, now.l3_w)


def hidden(params: SiteParams, now: SiteNow, expected_w: float) -> float:
    """1: sun is held back that a load could use; 0: none is; NaN: it cannot be known.

    ``expected_w``: PV power that forecast or clear sky promise now (NaN: no promise). It speaks
    only where no device says whether it is limited (old firmware, many portals): then a full
    battery in a home that may not export, and panels well below the promise, are worth a probe.
    """
    if island(now) and _shifted(now.frequency_hz):
        return 1.0
    if now.told:
        return 1.0 if now.hides else 0.0
    if math.isnan(now.pv_w):
        return math.nan
    lacking_w = expected_w - now.pv_w
    worth_w = max(PROMISE_W, params.forecast_difference_w)
    return 1.0 if _full(now) and not _may_export(params, now) and lacking_w > worth_w else 0.0


def _full(now: SiteNow) -> bool:
    return math.isnan(now.soc_pct) or now.soc_pct >= FULL_PCT


def _may_export(params: SiteParams, now: SiteNow) -> bool:
    """As the owner says; else as the home's equipment says."""
    if params.feed_in != 0:
        return params.feed_in > 0
    return now.dc_feed_in


def feeds_in(params: SiteParams, now: SiteNow) -> bool:
    """Whether surplus of any panels may go to the grid: as the owner says; else unless the
    equipment says that neither side of it may."""
    return params.feed_in > 0 or (params.feed_in == 0 and not now.no_export)


def _shifted(frequency_hz: float) -> bool:
    nominal_hz = NOMINAL_FAST_HZ if frequency_hz > BETWEEN_HZ else NOMINAL_HZ
    return frequency_hz > nominal_hz + SHIFT_HZ


def ceiling_w(clear_w: float) -> float:
    """PV power that the sky cannot exceed (W), by the power under a clear one; NaN stays NaN."""
    return CLEAR_SKY_FACTOR * clear_w + CLEAR_SKY_OFFSET_W


def _solar_error_w(params: SiteParams, now: SiteNow, phase: int, bias_w: float) -> float:
    """The grid error, but no more export than the sun can give: PV less the whole load.

    What another battery or a generator exports is no surplus. Where each phase counts alone,
    another phase's load does not lessen this one's surplus: the bound is PV. Where a battery
    could feed the export and PV is not known, none of it counts.
    """
    error_w = grid_error_w(params, now, phase)
    if not (island(now) or per_phase(params, now)):
        error_w -= bias_w
    if math.isnan(now.pv_w):
        return max(0.0, error_w) if now.has_battery else error_w
    load_w = 0.0 if per_phase(params, now) else now.load_w
    if math.isnan(load_w):
        return error_w
    return max(error_w, -max(0.0, now.pv_w - load_w) - _standing_w(now))


def _standing_w(now: SiteNow) -> float:
    """The import that a positive set-point asks for all day (W); one to charge from is more."""
    return 0.0 if math.isnan(now.setpoint_w) else min(STANDING_W, max(0.0, now.setpoint_w))


def _short_w(params: SiteParams, now: SiteNow) -> float:
    """How far the panels fall short of the whole load, ours included (W); hidden sun answers a
    step by rising with the load, so a climb may go on only while they cover it."""
    if math.isnan(now.pv_w):
        return math.inf if now.has_battery else -math.inf
    if math.isnan(now.load_w) or per_phase(params, now):
        return -math.inf
    return now.load_w - now.pv_w - _standing_w(now)


def meters_of(
    params: SiteParams,
    now: SiteNow,
    own_w: float,
    phase: int,
    fresh: bool,
    forecast_w: float = math.nan,
    clear_w: float = math.nan,
    bias_w: float = 0.0,
) -> HuntMeters:
    """The search's view of one sample. ``own_w``: what our loads draw (W); ``clear_w``: PV
    power under a cloudless sky; ``forecast_w``: what the forecast promises (NaN: not known);
    ``bias_w``: what the grid meter shows too much, all phases together (W)."""
    expected_w = CLEAR_PROMISE * clear_w if math.isnan(forecast_w) else forecast_w
    return HuntMeters(
        grid_w=_solar_error_w(params, now, phase, bias_w),
        pv_w=now.pv_w,
        load_w=now.load_w,
        battery_w=now.battery_w,
        own_w=own_w,
        limited=hidden(params, now, expected_w),
        age_s=max(0.0, now.now_s - now.at_s),
        fresh=fresh,
        ceiling_w=ceiling_w(clear_w),
        promise_w=expected_w - now.pv_w,
        short_w=_short_w(params, now),
    )
