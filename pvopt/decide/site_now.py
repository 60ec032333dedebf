"""The home and one load at one instant as numbers: what kernels take of a Site and a LoadView.

The shapes hold floats, bools and ints only; NaN stands for a missing number. The two functions
that fill them are ordinary Python.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from pvopt.model import Instant, LimitWhy, LoadView, PvDevice, Reading, Site

# Sources round their instants; no sample is from further ahead.
AHEAD_S = 1.0
# How the names of PV inverters begin, of all sources.
PV_INVERTER = "pvinverter"
HIDING = frozenset(
    {
        LimitWhy.BATTERY_FULL,
        LimitWhy.CHARGE_LIMIT,
        LimitWhy.FEED_IN_LIMIT,
        LimitWhy.FREQUENCY,
        LimitWhy.UNKNOWN,
        LimitWhy.NEAR_LIMIT,
    }
)


class SiteNow(NamedTuple):
    """One sample of the home, as of ``now_s``. Watts with the signs of model.py; NaN: missing.

    ``known``: there is a sample at all; ``at_s``, ``now_s``: monotonic. ``grid_up`` and
    ``summed`` (how the inverters balance phases): 1 yes, 0 no, NaN not known.
    """

    known: bool = False
    now_s: float = 0.0
    at_s: float = -math.inf
    allowed_age_s: float = 0.0
    grid_w: float = math.nan
    l1_w: float = math.nan  # the grid's phases
    l2_w: float = math.nan
    l3_w: float = math.nan
    pv_w: float = math.nan
    load_w: float = math.nan
    battery_w: float = math.nan
    battery_v: float = math.nan
    soc_pct: float = math.nan
    inverter_out_w: float = math.nan
    inverter_limit_w: float = math.nan  # of the inverter by itself; NaN: none is told
    frequency_hz: float = math.nan
    setpoint_w: float = math.nan  # of the grid
    grid_up: float = math.nan
    summed: float = math.nan
    ess_state: int = 0  # an EssState
    alarm: int = 0  # the first Alarm, 0: none
    generator: bool = False
    told: bool = False  # a PV device says whether it is limited
    hides: bool = False  # one of those holds back sun that a load could use
    dc_feed_in: bool = False  # the equipment says that it may export
    has_battery: bool = False
    three_phases: bool = False
    unsure: bool = False  # it hides, but only by devices near to their limit
    no_export: bool = False  # the equipment says that neither side of it may export
    pv_ac_w: float = 0.0  # of it what PV inverters give now; what is missing counts as nothing


class LoadNow(NamedTuple):
    """One load as of now. ``expected_w``: what it should draw (W, >= 0, never NaN);
    ``closed``: its contact is commanded closed; ages in seconds, infinite for a reading whose
    time cannot be true."""

    expected_w: float = 0.0
    closed: bool = False
    fault: bool = False
    actual_w: float = math.nan  # by its own meter
    actual_age_s: float = math.inf
    temperature_c: float = math.nan
    temperature_age_s: float = math.inf


def number(reading: Reading) -> float:
    """A reading as kernels take it: NaN for missing and for what is no finite number."""
    value = reading.value
    return value if value is not None and math.isfinite(value) else math.nan


def site_now(site: Site | None, instant: Instant) -> SiteNow:
    """The home's sample in numbers. Without one: nothing is known."""
    if site is None:
        return SiteNow(now_s=instant.mono_s)
    l1, l2, l3 = site.grid_phase_w
    told, hides, unsure = _devices_say(site.pv)
    return SiteNow(
        known=True,
        now_s=instant.mono_s,
        at_s=site.at_s,
        allowed_age_s=site.allowed_age_s,
        grid_w=number(site.grid_w),
        l1_w=number(l1),
        l2_w=number(l2),
        l3_w=number(l3),
        pv_w=number(site.pv_w),
        load_w=number(site.load_w),
        battery_w=number(site.battery_w),
        battery_v=number(site.battery_v),
        soc_pct=number(site.soc_pct),
        inverter_out_w=number(site.inverter_out_w),
        inverter_limit_w=_limit_w(site.limits.inverter_w),
        frequency_hz=number(site.frequency_hz),
        setpoint_w=number(site.grid_setpoint_w),
        grid_up=_third(site.grid_up),
        summed=_third(site.summed_metering),
        ess_state=int(site.ess_state),
        alarm=int(site.alarms[0]) if site.alarms else 0,
        generator=bool(site.generator),
        told=told,
        hides=hides,
        dc_feed_in=bool(site.feed_in.dc_allowed),
        no_export=_no_export(site),
        pv_ac_w=_pv_ac_w(site.pv),
        has_battery=_has_battery(site),
        three_phases=l1.value is not None and l2.value is not None and l3.value is not None,
        unsure=unsure,
    )


def load_now(view: LoadView, now_s: float) -> LoadNow:
    """A load's view in numbers. Of one that cannot be reached nobody knows what it draws: it counts
    as part of the house, whose meters see it, and no other load is given its watts."""
    expected_w = 0.0 if view.fault else view.expected_w
    return LoadNow(
        expected_w=max(0.0, expected_w) if math.isfinite(expected_w) else 0.0,
        closed=bool(view.closed),
        fault=bool(view.fault),
        actual_w=number(view.actual_w),
        actual_age_s=_age_s(view.actual_w, now_s),
        temperature_c=number(view.temperature_c),
        temperature_age_s=_age_s(view.temperature_c, now_s),
    )


def _age_s(reading: Reading, now_s: float) -> float:
    """Seconds since a reading was valid; for ever if its time cannot be true."""
    possible = math.isfinite(reading.at_s) and reading.at_s <= now_s + AHEAD_S
    return reading.age_s(now_s) if possible else math.inf


def _third(said: bool | None) -> float:
    return math.nan if said is None else float(said)


def _limit_w(limit_w: float | None) -> float:
    """A limit of 0 W is none; one that is told but is no number leaves no room at all."""
    if not limit_w:
        return math.nan
    return 0.0 if math.isnan(limit_w) else limit_w


def _devices_say(devices: tuple[PvDevice, ...]) -> tuple[bool, bool, bool]:
    """(One says whether it is limited; one hides sun that a load could use; nobody is sure of
    that, for only such do as are near to their limit)."""
    told = hides = sure = False
    for device in devices:
        told = told or device.limited is not None
        if device.limited and device.limit_why in HIDING:
            hides = True
            sure = sure or device.limit_why != LimitWhy.NEAR_LIMIT
    return told, hides, hides and not sure


def _pv_ac_w(devices: tuple[PvDevice, ...]) -> float:
    watts_w = 0.0
    for device in devices:
        if device.id.startswith(PV_INVERTER):
            given_w = number(device.power_w)
            watts_w += 0.0 if math.isnan(given_w) else max(0.0, given_w)
    return watts_w


def _no_export(site: Site) -> bool:
    """Neither side of the equipment may export."""
    if site.feed_in.dc_allowed is not False:
        return False
    if site.feed_in.ac_allowed is False:
        return True
    return not any(device.id.startswith(PV_INVERTER) for device in site.pv)


def _has_battery(site: Site) -> bool:
    return (
        site.battery_v.value is not None
        or site.battery_w.value is not None
        or site.soc_pct.value is not None
    )
