"""From the portal's records to a Site: paths, codes, signs; what is not there is missing.

Paths are those of Venus OS' D-Bus, codes the portal's own. Signs are already ours: grid
+ import (system service), battery + charging.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pvopt.model import (
    MISSING,
    Alarm,
    EssState,
    FeedIn,
    Limits,
    LimitWhy,
    PvDevice,
    Reading,
    Site,
)
from pvopt.sources.vrm_records import Key, Record, Records

PHASES = (1, 2, 3)
LONGEST_ALLOWED_S = 300.0
LOG_SLACK_S = 90.0

GRID = [
    (
        Key("system", f"/Ac/Grid/L{n}/Power", f"g{n}"),
        Key("grid", f"/Ac/L{n}/Power", f"g{n}p"),
    )
    for n in PHASES
]
LOAD = [Key("system", f"/Ac/Consumption/L{n}/Power", f"a{n}") for n in PHASES]
PV_DC = Key("system", "/Dc/Pv/Power", "Pdc")
PV_AC = [
    Key("system", f"/Ac/PvOn{place}/L{n}/Power")
    for place in ("Output", "Grid", "Genset")
    for n in PHASES
]
CHARGER_W = Key("solarcharger", "/Yield/Power", "PVP")
CHARGER_DC_W = Key("solarcharger", "/Dc/0/Power", "ScW")
BATTERY_W = (Key("system", "/Dc/Battery/Power", "bp"), Key("battery", "/Dc/0/Power"))
BATTERY_V = (Key("system", "/Dc/Battery/Voltage", "bv"), Key("battery", "/Dc/0/Voltage"))
SOC = (Key("system", "/Dc/Battery/Soc", "bs"), Key("battery", "/Soc", "SOC"))
VEBUS_OUT = [Key("vebus", f"/Ac/Out/L{n}/P", f"OP{n}") for n in PHASES]
VEBUS_IN = [Key("vebus", f"/Ac/ActiveIn/L{n}/P", f"IP{n}") for n in PHASES]
FREQUENCY = Key("vebus", "/Ac/Out/L1/F", "OF")
VEBUS_STATE = Key("vebus", "/State", "S")
VEBUS_MODE = Key("vebus", "/Mode")
SYSTEM_STATE = Key("system", "/SystemState/State", "ss")
ACTIVE_SOURCE = Key("system", "/Ac/ActiveIn/Source")
ACTIVE_INPUT = Key("vebus", "/Ac/ActiveIn/ActiveInput")
CGWACS = "/Settings/CGwacs/"
NOT_CONNECTED, GENSET = 240, 2
ALARM_LEVEL = 2

ALARMS = (
    (Alarm.OVERLOAD, "vebus", ("/Alarms/Overload", *(f"/Alarms/L{n}/Overload" for n in PHASES))),
    (Alarm.LOW_BATTERY, "vebus", ("/Alarms/LowBattery",)),
    (
        Alarm.TEMPERATURE,
        "vebus",
        ("/Alarms/HighTemperature", *(f"/Alarms/L{n}/HighTemperature" for n in PHASES)),
    ),
    (Alarm.BMS, "vebus", ("/Alarms/BmsConnectionLost",)),
    (Alarm.BMS, "battery", ("/Alarms/InternalFailure", "/Alarms/BmsCable")),
    (Alarm.LOW_BATTERY, "battery", ("/Alarms/LowVoltage", "/Alarms/LowSoc")),
    (Alarm.TEMPERATURE, "battery", ("/Alarms/HighTemperature", "/Alarms/HighChargeTemperature")),
)


def allowed_age_s(log_interval_s: float) -> float:
    """How old the portal's numbers may become: log interval + 90 s, never above 300 s."""
    return min(LONGEST_ALLOWED_S, log_interval_s + LOG_SLACK_S)


def site_from(records: Records, origin: str, at_s: Callable[[float], float]) -> Site | None:
    """The Site of one poll; ``at_s`` turns a record's Unix time into monotonic seconds.

    None when no record says anything about grid, battery or panels.
    """
    view = _View(records, origin, at_s)
    phases = tuple(view.reading(records.one(*keys)) for keys in GRID)
    grid_w = view.total([records.one(*keys) for keys in GRID])
    battery_w = view.reading(records.one(*BATTERY_W))
    battery_v = view.reading(records.one(*BATTERY_V), digits=1)
    pv_w = view.pv_w()
    ages = [each.at_s for each in (grid_w, battery_w, pv_w) if each.value is not None]
    if not ages:
        return None
    grid_up, generator = _active_input(records)
    return Site(
        origin=origin,
        at_s=min(ages),
        allowed_age_s=allowed_age_s(records.log_interval_s),
        grid_w=grid_w,
        grid_phase_w=(phases[0], phases[1], phases[2]),
        pv_w=pv_w,
        load_w=view.total([records.one(key) for key in LOAD], at_least=0.0),
        battery_w=battery_w,
        battery_v=battery_v,
        soc_pct=view.reading(records.one(*SOC), digits=1),
        inverter_out_w=view.inverter_out_w(),
        frequency_hz=view.reading(records.one(FREQUENCY), digits=2),
        pv=view.devices(),
        feed_in=_feed_in(records),
        grid_setpoint_w=view.setting(Key("settings", CGWACS + "AcPowerSetPoint")),
        grid_up=grid_up,
        generator=generator,
        ess_state=_ess_state(records, grid_up),
        limits=_limits(records, battery_v.value),
        alarms=_alarms(records),
        summed_metering=_summed(records),
    )


class _View:
    """Readings of one poll: quantised, aged, None where stale."""

    def __init__(self, records: Records, origin: str, at_s: Callable[[float], float]) -> None:
        self._records = records
        self._origin = origin
        self._at_s = at_s

    def reading(self, record: Record | None, digits: int = 0) -> Reading:
        if record is None:
            return MISSING
        number = None if self._records.is_stale(record) else record.number
        quantised = None if number is None else round(number, digits) + 0.0
        return Reading(quantised, self._at_s(record.utc_s), self._origin)

    def total(self, records: Sequence[Record | None], at_least: float = float("-inf")) -> Reading:
        """The sum of what is there; missing when nothing is, or when a part is stale."""
        parts = [self.reading(record) for record in records if record is not None]
        if not parts:
            return MISSING
        oldest_s = min(part.at_s for part in parts)
        numbers = [part.value for part in parts if part.value is not None]
        if len(numbers) < len(parts):
            return Reading(None, oldest_s, self._origin)
        return Reading(max(at_least, sum(numbers)), oldest_s, self._origin)

    def pv_w(self) -> Reading:
        """DC and AC coupled PV; the chargers' own numbers where the system gives no sum."""
        dc = self._records.all(PV_DC)[:1] or self._charger_records()
        ac = [record for key in PV_AC for record in self._records.all(key)]
        if not ac:
            ac = self._records.all(Key("pvinverter", "/Ac/Power"))
        return self.total([*dc, *ac], at_least=0.0)

    def inverter_out_w(self) -> Reading:
        """What the inverter gives from DC: its output less its input, >= 0."""
        out = self.total([self._records.one(key) for key in VEBUS_OUT])
        taken = self.total([self._records.one(key) for key in VEBUS_IN])
        if out.value is None or taken.value is None:
            return MISSING
        net_w = max(0.0, out.value - taken.value)
        return Reading(net_w, min(out.at_s, taken.at_s), self._origin)

    def devices(self) -> tuple[PvDevice, ...]:
        """Chargers, RS inverters and PV inverters, by instance."""
        found = [self._charger("solarcharger", record) for record in self._charger_records()]
        for record in self._records.all(Key("multi", "/Yield/Power")):
            found.append(self._charger("multi", record))
        for record in self._records.all(Key("pvinverter", "/Ac/Power")):
            found.append(PvDevice(f"pvinverter/{record.instance}", self.reading(record)))
        return tuple(found)

    def setting(self, key: Key) -> Reading:
        number = self._records.setting(key)
        if number is None:
            return MISSING
        return Reading(round(number) + 0.0, self._at_s(self._records.newest_utc_s), self._origin)

    def _charger_records(self) -> list[Record]:
        by_instance = {record.instance: record for record in self._records.all(CHARGER_DC_W)}
        by_instance.update({record.instance: record for record in self._records.all(CHARGER_W)})
        return [by_instance[instance] for instance in sorted(by_instance)]

    def _charger(self, service: str, record: Record) -> PvDevice:
        limited = self._limited(service, record.instance)
        why = LimitWhy.UNKNOWN if limited else LimitWhy.NONE
        return PvDevice(f"{service}/{record.instance}", self.reading(record), limited, why)

    def _limited(self, service: str, instance: int) -> bool | None:
        """Operation mode 1: limited by voltage or current; 2: tracking; else it does not say."""
        paths = ["/MppOperationMode", *(f"/Pv/{n}/MppOperationMode" for n in range(4))]
        modes: set[int] = set()
        for path in paths:
            for record in self._records.all(Key(service, path)):
                if record.instance == instance and not self._records.is_stale(record):
                    modes.add(_mode(record))
        if 1 in modes:
            return True
        return False if 2 in modes else None


def _mode(record: Record) -> int:
    if record.number is not None:
        return int(record.number)
    text = record.text.lower()
    return 1 if "limited" in text else 2 if "mpp" in text else 0


def _active_input(records: Records) -> tuple[bool | None, bool | None]:
    """(grid is up, generator is running), None where nothing tells."""
    source = records.state(ACTIVE_SOURCE)
    if source is None:
        active = records.state(ACTIVE_INPUT)
        if active is None:
            return None, None
        if active == NOT_CONNECTED:
            return False, False
        kind = records.setting(Key("settings", f"/Settings/SystemSetup/AcInput{active + 1}"))
        source = int(kind) if kind is not None else 1
    return source in {1, 3}, source == GENSET


def _ess_state(records: Records, grid_up: bool | None) -> EssState:
    """The state that most restricts us, of all that the portal tells."""
    vebus, mode = records.state(VEBUS_STATE), records.state(VEBUS_MODE)
    by_vebus = {
        0: EssState.OFF,
        2: EssState.FAULT,
        8: EssState.PASS_THROUGH,
        244: EssState.RECHARGE,
    }
    by_system = {
        257: EssState.RECHARGE,  # sustain
        258: EssState.RECHARGE,
        259: EssState.SCHEDULED,
    }
    life = records.setting(Key("settings", CGWACS + "BatteryLife/State"))
    by_life = {6: EssState.RECHARGE, 7: EssState.RECHARGE, 8: EssState.RECHARGE}
    by_life |= {12: EssState.RECHARGE, 9: EssState.KEEP_CHARGED}
    found = by_vebus.get(-1 if vebus is None else vebus)
    if found is None and mode in {1, 4}:
        found = EssState.CHARGER_ONLY if mode == 1 else EssState.OFF
    if found is None and grid_up is False:
        found = EssState.ISLAND
    if found is None and records.setting(Key("settings", CGWACS + "Hub4Mode")) == 3:
        found = EssState.EXTERNAL
    if found is None:
        found = by_system.get(records.state(SYSTEM_STATE) or 0) or by_life.get(int(life or 0))
    if found is None:
        found = EssState.UNKNOWN if life is None else EssState.OPTIMIZED
    return found


def _summed(records: Records) -> bool | None:
    """Hub4Mode 1 balances the sum of the phases, 2 each phase by itself."""
    mode = records.setting(Key("settings", CGWACS + "Hub4Mode"))
    return {1: True, 2: False}.get(int(mode or 0))


def _feed_in(records: Records) -> FeedIn:
    dc = records.setting(Key("settings", CGWACS + "OvervoltageFeedIn"))
    prevent_ac = records.setting(Key("settings", CGWACS + "PreventFeedback"))
    cap_w = records.setting(Key("settings", CGWACS + "MaxFeedInPower"))
    limiter = records.state(Key("hub4", "/PvPowerLimiterActive"))
    return FeedIn(
        dc_allowed=None if dc is None else dc == 1,
        ac_allowed=None if prevent_ac is None else prevent_ac == 0,
        cap_w=cap_w if cap_w is not None and cap_w >= 0 else None,
        limiter_active=None if limiter is None else limiter == 1,
    )


def _limits(records: Records, battery_v: float | None) -> Limits:
    def watts(path: str) -> float | None:
        record = records.one(Key("battery", path))
        if record is None or record.number is None or battery_v is None:
            return None
        return (
            None if records.is_stale(record) else max(0.0, round(record.number * battery_v) + 0.0)
        )

    charge_v = records.one(Key("battery", "/Info/MaxChargeVoltage"))
    return Limits(
        charge_w=watts("/Info/MaxChargeCurrent"),
        discharge_w=watts("/Info/MaxDischargeCurrent"),
        charge_v=charge_v.number if charge_v is not None else None,
        ess_min_soc_pct=records.setting(Key("settings", CGWACS + "BatteryLife/MinimumSocLimit")),
    )


def _alarms(records: Records) -> tuple[Alarm, ...]:
    found: list[Alarm] = []
    for alarm, service, paths in ALARMS:
        levels = (records.alarm_level(Key(service, path)) for path in paths)
        if alarm not in found and any(level >= ALARM_LEVEL for level in levels):
            found.append(alarm)
    return tuple(found)
