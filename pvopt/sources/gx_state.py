"""What a GX's equipment is doing and may do: ESS state, alarms, limits, feed-in, active input.

A missing value reads 0 on a GX. So an inverter's state counts only while its DC voltage is
above 0, a BMS's limits only while its charge voltage limit is, and limits whose "none" (-1)
reads 0 in the old registers are taken from the newer ones alone.
"""

from __future__ import annotations

from collections.abc import Iterable

from pvopt.model import Alarm, EssState, FeedIn, Limits
from pvopt.sources.gx_reader import View

GRID, GENERATOR, SHORE, NOT_CONNECTED = 1, 2, 3, 240  # active input source
OFF, FAULT, PASS_THROUGH, SUSTAIN, EXTERNAL_CONTROL = 0, 2, 8, 244, 252  # inverter state
CHARGER_ONLY, SWITCHED_OFF = 1, 4  # inverter mode
HUB4_SUMMED, HUB4_PER_PHASE, HUB4_EXTERNAL = 1, 2, 3
KEEP_CHARGED = 9  # BatteryLife state
LOW_SOC = frozenset({5, 6, 7, 8, 11, 12})  # discharge disabled, force charge, sustain, recharge
SOC_LIMIT_RULES = range(1, 9)  # BatteryLife moves the limit in these states
WARNING, ALARM = 1, 2


def alive(inverter: View) -> bool:
    """An inverter whose numbers are real; without a DC voltage they are all missing."""
    return (inverter.get("dc_v") or 0.0) > 0


def grid_up(system: View, inverters: Iterable[View]) -> bool | None:
    """Whether the home hangs on grid or shore power; None: the GX does not know."""
    source = system.get("active_source")
    if source in (GRID, SHORE):
        return True
    if source in (GENERATOR, NOT_CONNECTED):
        return False
    apart = any(alive(i) and i.get("active_input") == NOT_CONNECTED for i in inverters)
    return False if apart else None


def generator(system: View) -> bool | None:
    source = system.get("active_source")
    return None if source in (None, 0) else source == GENERATOR


def ess_state(
    system: View, settings: View, inverters: tuple[View, ...], grid: bool | None
) -> EssState:
    """What inverter and ESS are doing; what stops our equipment first comes first.

    The inverter's own state 252 ("external control") is the ordinary one under an ESS that
    regulates; only the ESS mode 3, or 252 without any ESS mode, means somebody else does.
    """
    living = tuple(i for i in inverters if alive(i))
    states = {i.get("state") for i in living}
    modes = {i.get("mode") for i in living}
    hub4 = settings.get("hub4_mode")
    ordered = (
        (FAULT in states, EssState.FAULT),
        (OFF in states or SWITCHED_OFF in modes, EssState.OFF),
        (bool(living) and grid is False and not generator(system), EssState.ISLAND),
        (CHARGER_ONLY in modes, EssState.CHARGER_ONLY),
        (PASS_THROUGH in states, EssState.PASS_THROUGH),
        (hub4 == HUB4_EXTERNAL, EssState.EXTERNAL),
        (EXTERNAL_CONTROL in states and not hub4, EssState.EXTERNAL),
        (system.get("dynamic_ess") == 1, EssState.SCHEDULED),
        (SUSTAIN in states, EssState.RECHARGE),
        (settings.get("bl_state") == KEEP_CHARGED, EssState.KEEP_CHARGED),
        (settings.get("bl_state") in LOW_SOC, _below_limit(settings)),
        (bool(living), EssState.OPTIMIZED),
    )
    return next((state for holds, state in ordered if holds), EssState.UNKNOWN)


def _below_limit(settings: View) -> EssState:
    """Below the minimum SoC the battery recharges, or serves peaks alone if so set."""
    peaks = settings.get("peak_always") == 1 and (settings.get("peak_input_a") or 0) > 0
    return EssState.PEAK_SHAVING if peaks else EssState.RECHARGE


def summed_metering(settings: View) -> bool | None:
    """ESS mode 1 balances the sum of the phases, mode 2 each phase by itself."""
    return {HUB4_SUMMED: True, HUB4_PER_PHASE: False}.get(int(settings.get("hub4_mode") or 0))


def alarms(
    inverters: Iterable[View], batteries: Iterable[View], meter_lost: bool
) -> tuple[Alarm, ...]:
    """Alarms that stop our equipment, in order of their number.

    An inverter's warning counts as its alarm: what we add is the first thing it can do without.
    """
    found = {Alarm.METER_LOST} if meter_lost else set()
    for inverter in inverters:
        for what, alarm in (
            ("overload", Alarm.OVERLOAD),
            ("battery", Alarm.LOW_BATTERY),
            ("temperature", Alarm.TEMPERATURE),
        ):
            keys = (f"alarm_{what}", *(f"alarm_{what}_l{phase}" for phase in (1, 2, 3)))
            if any(inverter.get(key) in (WARNING, ALARM) for key in keys):
                found.add(alarm)
        if alive(inverter) and (inverter.get("state") == FAULT or inverter.get("error")):
            found.add(Alarm.INVERTER)
        if inverter.get("bms_error") == 1 or (
            inverter.get("bms_expected") == 1 and inverter.get("bms_discharge_ok") == 0
        ):
            found.add(Alarm.BMS)
    for battery in batteries:
        for key, alarm in (
            ("alarm_low_v", Alarm.LOW_BATTERY),
            ("alarm_low_soc", Alarm.LOW_BATTERY),
            ("alarm_low_cell", Alarm.LOW_BATTERY),
            ("alarm_hot", Alarm.TEMPERATURE),
            ("alarm_any", Alarm.BMS),
            ("alarm_fuse", Alarm.BMS),
            ("alarm_discharge_a", Alarm.BMS),
            ("alarm_internal", Alarm.BMS),
        ):
            if battery.get(key) == ALARM:
                found.add(alarm)
    return tuple(sorted(found))


def limits(
    settings: View, batteries: Iterable[View], inverters: Iterable[View], battery_v: float | None
) -> Limits:
    """Limits of battery, ESS and inverter (W, V, %); None: none, or not known."""
    bms = next((b for b in batteries if (b.get("cvl") or 0) > 0), None)
    charge_v = None if bms is None else bms.get("cvl")
    volts = battery_v or charge_v or 0.0
    charge_w = [_amps_w(bms, "ccl", volts), _amps_w(settings, "max_charge_a", volts)]
    discharge_w = [_amps_w(bms, "dcl", volts), _not_negative(settings.get("max_discharge_w"))]
    nominal_w = sum(inverter.get("nominal_w") or 0 for inverter in inverters)
    min_soc = settings.get("min_soc")
    if min_soc is not None and settings.get("bl_state") in SOC_LIMIT_RULES:
        min_soc = max(min_soc, settings.get("soc_limit") or 0)
    return Limits(
        charge_w=_least(charge_w),
        discharge_w=_least(discharge_w),
        charge_v=charge_v,
        inverter_w=nominal_w or None,
        ess_min_soc_pct=min_soc,
    )


def _amps_w(view: View | None, key: str, volts: float) -> float | None:
    amps = None if view is None else _not_negative(view.get(key))
    return None if amps is None or volts <= 0 else float(round(amps * volts))


def _not_negative(number: float | None) -> float | None:
    return None if number is None or number < 0 else number


def _least(numbers: list[float | None]) -> float | None:
    return min((n for n in numbers if n is not None), default=None)


def feed_in(settings: View, hub4: View, multis: Iterable[View]) -> FeedIn:
    """What may be exported.

    A cap of 0 in the old register may as well be "no limit" (-1 reads 0 there): not known.
    """
    dc, no_ac, limiter = (
        settings.get("dc_feed_in"),
        settings.get("no_ac_feed_in"),
        hub4.get("limiter"),
    )
    new_cap_w, old_cap_w = settings.get("feed_in_cap"), settings.get("feed_in_cap_100w")
    cap_w = _not_negative(new_cap_w if new_cap_w is not None else (old_cap_w or -1))
    closed = any(multi.get("no_feed_in") == 1 for multi in multis)
    return FeedIn(
        dc_allowed=None if dc is None else dc == 1 and not closed,
        ac_allowed=None if no_ac is None else no_ac == 0 and not closed,
        cap_w=cap_w,
        limiter_active=None if limiter is None else limiter == 1,
    )
