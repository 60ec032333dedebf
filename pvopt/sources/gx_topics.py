"""What a GX publishes that pvopt hears, by the names of the register table: one row a number.

A topic is ``N/<portal id>/<service>/<instance>/<path>``. The paths are those of Victron's public
list of Modbus registers, so that a number has one meaning whichever way it was read. By MQTT
nothing is cut to 16 bits: of twins only the wide one is here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from pvopt.sources.registers import Service

PHASES = (1, 2, 3)
TRACKERS = range(4)
HEARTBEAT, COMPLETED = "heartbeat", "full_publish_completed"
SERIAL = "system/0/Serial"
FIRMWARE = "platform/0/Firmware/Installed/Version"
PORTAL_ID = re.compile(r"[A-Za-z0-9]{1,32}", re.ASCII)
INSTANCE = re.compile(r"\d{1,5}", re.ASCII)

S = Service


def _phases(key: str, path: str) -> dict[str, str]:
    """Three rows ``{key}_l1`` to ``_l3``; ``path`` with ``L#`` where the phase stands."""
    return {path.replace("L#", f"L{phase}"): f"{key}_l{phase}" for phase in PHASES}


def _trackers() -> dict[str, str]:
    watts = {f"Pv/{n}/P": f"tracker_{n}" for n in TRACKERS}
    return watts | {f"Pv/{n}/MppOperationMode": f"tracker_mode_{n}" for n in TRACKERS}


_SETTINGS = {
    "CGwacs/AcPowerSetPoint": "setpoint",
    "SystemSetup/MaxChargeCurrent": "max_charge_a",
    "CGwacs/MaxFeedInPower": "feed_in_cap",
    "CGwacs/OvervoltageFeedIn": "dc_feed_in",
    "CGwacs/PreventFeedback": "no_ac_feed_in",
    "CGwacs/AcInputLimit": "peak_input_a",
    "CGwacs/AlwaysPeakShave": "peak_always",
    "CGwacs/RunWithoutGridMeter": "no_meter",
    "CGwacs/MaxDischargePower": "max_discharge_w",
    "CGwacs/BatteryLife/State": "bl_state",
    "CGwacs/BatteryLife/MinimumSocLimit": "min_soc",
    "CGwacs/Hub4Mode": "hub4_mode",
    "CGwacs/BatteryLife/SocLimit": "soc_limit",
}

KEYS: Mapping[Service, Mapping[str, str]] = MappingProxyType(
    {
        S.SYSTEM: {
            **_phases("pv_out32", "Ac/PvOnOutput/L#/Power"),
            **_phases("pv_grid32", "Ac/PvOnGrid/L#/Power"),
            **_phases("pv_genset32", "Ac/PvOnGenset/L#/Power"),
            **_phases("load32", "Ac/Consumption/L#/Power"),
            **_phases("grid32", "Ac/Grid/L#/Power"),
            **_phases("genset32", "Ac/Genset/L#/Power"),
            "Ac/ActiveIn/Source": "active_source",
            "Dc/Battery/Voltage": "battery_v",
            "Dc/Battery/Current": "battery_a",
            "Dc/Battery/Power": "battery_w",
            "Dc/Battery/Soc": "soc",
            "Dc/Pv/Power": "pv_dc",
            "DynamicEss/Active": "dynamic_ess",
        },
        S.SETTINGS: {f"Settings/{path}": key for path, key in _SETTINGS.items()},
        S.HUB4: {
            "PvPowerLimiterActive": "limiter",
            "Overrides/Setpoint": "setpoint_override",
        },
        S.VEBUS: {
            **_phases("in", "Ac/ActiveIn/L#/P"),
            **_phases("out", "Ac/Out/L#/P"),
            "Ac/Out/L1/F": "out_hz",
            "Dc/0/Voltage": "dc_v",
            "Ac/NumberOfPhases": "phase_count",
            "Ac/ActiveIn/ActiveInput": "active_input",
            "State": "state",
            "VebusError": "error",
            "Mode": "mode",
            "Alarms/HighTemperature": "alarm_temperature",
            "Alarms/LowBattery": "alarm_battery",
            "Alarms/Overload": "alarm_overload",
            **_phases("alarm_temperature", "Alarms/L#/HighTemperature"),
            **_phases("alarm_battery", "Alarms/L#/LowBattery"),
            **_phases("alarm_overload", "Alarms/L#/Overload"),
            "Bms/AllowToDischarge": "bms_discharge_ok",
            "Bms/BmsExpected": "bms_expected",
            "Bms/Error": "bms_error",
            "Ac/Out/NominalInverterPower": "nominal_w",
        },
        S.BATTERY: {
            "Soc": "own_soc",
            "Alarms/Alarm": "alarm_any",
            "Alarms/LowVoltage": "alarm_low_v",
            "Alarms/LowSoc": "alarm_low_soc",
            "Alarms/HighTemperature": "alarm_hot",
            "Alarms/FuseBlown": "alarm_fuse",
            "Info/MaxChargeVoltage": "cvl",
            "Info/MaxChargeCurrent": "ccl",
            "Info/MaxDischargeCurrent": "dcl",
            "Alarms/HighDischargeCurrent": "alarm_discharge_a",
            "Alarms/InternalFailure": "alarm_internal",
            "Alarms/LowCellVoltage": "alarm_low_cell",
        },
        S.CHARGER: {
            "Dc/0/Voltage": "charger_v",
            "State": "charger_state",
            "MppOperationMode": "mpp_mode",
            "Yield/Power": "yield32",
            **_trackers(),
        },
        S.PV_INVERTER: {
            "Ac/Power": "pv_total",
            "Ac/MaxPower": "pv_max",
            "Ac/PowerLimit": "pv_limit",
        },
        S.GRID: _phases("meter32", "Ac/L#/Power"),
        S.MULTI: {
            **_phases("in", "Ac/In/1/L#/P"),
            **_phases("out", "Ac/Out/L#/P"),
            "Ac/Out/L1/F": "out_hz",
            "Ac/NumberOfPhases": "phase_count",
            "Ac/ActiveIn/ActiveInput": "active_input",
            "Dc/0/Voltage": "dc_v",
            "State": "state",
            "Mode": "mode",
            "Alarms/HighTemperature": "alarm_temperature",
            "Alarms/LowVoltage": "alarm_battery",
            "Alarms/Overload": "alarm_overload",
            "Yield/Power": "yield16",
            "MppOperationMode": "mpp_mode",
            **_trackers(),
            "Ess/DisableFeedIn": "no_feed_in",
        },
        S.RS_INVERTER: {
            "Ac/Out/L1/P": "out_l1",
            "Dc/0/Voltage": "dc_v",
            "Alarms/HighTemperature": "alarm_temperature",
            "Alarms/LowVoltage": "alarm_battery",
            "Alarms/Overload": "alarm_overload",
            **_trackers(),
        },
        S.TEMPERATURE: {
            "TemperatureType": "sensor_type",
            "Temperature": "temperature",
            "Status": "sensor_status",
        },
    }
)

# The GX's own services; of all others there may be several.
ALONE = frozenset({S.SYSTEM, S.SETTINGS, S.HUB4})
# Watts that are never negative. A few watts of consumption of a PV inverter are no sun.
NEVER_NEGATIVE = ("pv_out32", "pv_grid32", "pv_genset32", "load32", "pv_dc", "yield", "tracker_")


def root(portal_id: str) -> str:
    """What all topics of one GX begin with."""
    return f"N/{portal_id}/"


def filters(portal_id: str) -> tuple[str, ...]:
    """All that is heard of a GX: of two thousand topics about two hundred."""
    found = dict.fromkeys((HEARTBEAT, COMPLETED, SERIAL, FIRMWARE))
    for service, keys in KEYS.items():
        instance = "0" if service in ALONE else "+"
        for path in keys:
            found[f"{service}/{instance}/{_any_phase(path)}"] = None
    return tuple(root(portal_id) + name for name in found)


def _any_phase(path: str) -> str:
    """``Ac/L2/Power`` as ``Ac/+/Power``: one filter instead of three."""
    parts = path.split("/")
    plural = {f"L{phase}" for phase in PHASES} if path != "Ac/Out/L1/F" else set()
    if parts[0] == "Pv":
        plural |= {str(n) for n in TRACKERS}
    return "/".join("+" if part in plural else part for part in parts)


def number_of(topic: str) -> tuple[Service, int, str] | None:
    """Service, instance and key of a topic; None: no number of ours."""
    parts = topic.split("/", 4)
    if len(parts) < 5 or not INSTANCE.fullmatch(parts[3]):
        return None
    try:
        service = Service(parts[2])
    except ValueError:
        return None
    instance = int(parts[3])
    key = KEYS[service].get(parts[4])
    if key is None or (service in ALONE and instance != 0):
        return None
    return service, instance, key
