"""The register table of a Victron GX: every register that pvopt reads, in one place.

Addresses are those of Victron's public register list (revision 53), 0-based on the wire; a
number is ``raw / scale``. ``since`` names the first version of the GX's Modbus server that has
the register ("" older than any we know of). A missing value reads 0 on a GX, so 0 is decoded
as 0 here: what it means is decided in gx_site with a companion register.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Service(StrEnum):
    """Device classes of a GX; each register belongs to one."""

    SYSTEM = "system"
    SETTINGS = "settings"
    HUB4 = "hub4"
    VEBUS = "vebus"
    BATTERY = "battery"
    CHARGER = "solarcharger"
    PV_INVERTER = "pvinverter"
    GRID = "grid"
    MULTI = "multi"
    RS_INVERTER = "inverter"
    TEMPERATURE = "temperature"


WORDS = {"u16": 1, "i16": 1, "u32": 2, "i32": 2, "u64": 4, "text6": 6}
SIGNED = frozenset({"i16", "i32"})


@dataclass(frozen=True, slots=True)
class Register:
    """One row. ``sign``: what a positive number means, where that is not plain."""

    key: str
    service: Service
    address: int
    kind: str
    scale: float = 1
    unit: str = ""
    sign: str = ""
    since: str = ""

    @property
    def words(self) -> int:
        return WORDS[self.kind]


@dataclass(frozen=True, slots=True)
class Block:
    """Registers fetched in one request. ``split``: smaller reads where the GX refuses it whole."""

    service: Service
    start: int
    count: int
    fast: bool = False  # every tick; otherwise in turn, a few a tick
    split: tuple[Block, ...] = ()


def _phases(
    key: str, service: Service, address: int, kind: str, scale: float = 1, **more: str
) -> tuple[Register, ...]:
    """Three rows ``{key}_l1`` to ``_l3``, one after the other."""
    step = WORDS[kind]
    return tuple(
        Register(f"{key}_l{n + 1}", service, address + n * step, kind, scale, **more)
        for n in range(3)
    )


def _trackers(
    key: str, service: Service, address: int, unit: str = "", since: str = ""
) -> tuple[Register, ...]:
    return tuple(
        Register(f"{key}_{n}", service, address + n, "u16", 1, unit, "", since) for n in range(4)
    )


S = Service
TABLE: tuple[Register, ...] = (
    # system, unit 100: what the GX itself computes once a second
    Register("serial", S.SYSTEM, 800, "text6"),
    *_phases("pv_out", S.SYSTEM, 808, "u16", unit="W"),
    *_phases("pv_grid", S.SYSTEM, 811, "u16", unit="W"),
    *_phases("pv_genset", S.SYSTEM, 814, "u16", unit="W"),
    *_phases("load", S.SYSTEM, 817, "u16", unit="W"),
    *_phases("grid", S.SYSTEM, 820, "i16", unit="W", sign="+ import"),
    *_phases("genset", S.SYSTEM, 823, "i16", unit="W", sign="+ from the generator"),
    Register("active_source", S.SYSTEM, 826, "u16"),  # 0 ? 1 grid 2 genset 3 shore 240 none
    Register("clock", S.SYSTEM, 830, "u64", unit="s", since="1.0.55"),
    Register("firmware", S.SYSTEM, 834, "u32", since="1.0.81"),
    Register("battery_v", S.SYSTEM, 840, "u16", 10, "V"),
    Register("battery_a", S.SYSTEM, 841, "i16", 10, "A", "+ charging"),
    Register("battery_w", S.SYSTEM, 842, "i16", 1, "W", "+ charging"),
    Register("soc", S.SYSTEM, 843, "u16", 1, "%"),
    Register("pv_dc", S.SYSTEM, 850, "u16", 1, "W"),
    *_phases("pv_out32", S.SYSTEM, 884, "u32", unit="W", since="1.0.85"),
    *_phases("pv_grid32", S.SYSTEM, 890, "u32", unit="W", since="1.0.85"),
    *_phases("pv_genset32", S.SYSTEM, 896, "u32", unit="W", since="1.0.85"),
    *_phases("load32", S.SYSTEM, 902, "u32", unit="W", since="1.0.85"),
    *_phases("grid32", S.SYSTEM, 908, "i32", unit="W", sign="+ import", since="1.0.85"),
    *_phases("genset32", S.SYSTEM, 914, "i32", unit="W", since="1.0.85"),
    Register("dynamic_ess", S.SYSTEM, 5400, "u16", since="1.0.75"),  # 1 active
    # settings and the ESS service, unit 100
    Register("setpoint", S.SETTINGS, 2700, "i16", 1, "W", "+ import"),
    Register("max_charge_a", S.SETTINGS, 2705, "i16", 1, "A"),  # -1 no limit
    Register("feed_in_cap_100w", S.SETTINGS, 2706, "i16", 0.01, "W"),  # -1 reads 0
    Register("dc_feed_in", S.SETTINGS, 2707, "u16"),  # 1 export excess DC PV
    Register("no_ac_feed_in", S.SETTINGS, 2708, "u16"),  # 1 do not export excess AC PV
    Register("peak_input_a", S.SETTINGS, 2714, "i16", 1, "A", since="1.0.56"),
    Register("peak_always", S.SETTINGS, 2715, "u16", since="1.0.56"),
    Register("no_meter", S.SETTINGS, 2718, "u16", since="1.0.83"),  # 0 external meter
    Register("max_discharge_w", S.SETTINGS, 2720, "i32", 1, "W", since="1.0.97"),  # -1 none
    Register("feed_in_cap", S.SETTINGS, 2722, "i32", 1, "W", since="1.0.97"),  # -1 none
    Register("bl_state", S.SETTINGS, 2900, "u16"),
    Register("min_soc", S.SETTINGS, 2901, "u16", 10, "%"),
    Register("hub4_mode", S.SETTINGS, 2902, "u16"),  # 1 summed 2 per phase 3 external
    Register("soc_limit", S.SETTINGS, 2903, "u16", 10, "%"),
    Register("limiter", S.HUB4, 2709, "u16"),  # 1 feed-in limiting active
    Register("setpoint_override", S.HUB4, 2716, "i32", 1, "W", "+ import", "1.0.74"),
    # inverter/charger on VE.Bus
    *_phases("in", S.VEBUS, 12, "i16", 0.1, unit="W", sign="+ from the input"),
    Register("out_hz", S.VEBUS, 21, "u16", 100, "Hz"),
    *_phases("out", S.VEBUS, 23, "i16", 0.1, unit="W", sign="+ to the loads"),
    Register("dc_v", S.VEBUS, 26, "u16", 100, "V"),
    Register("phase_count", S.VEBUS, 28, "u16"),
    Register("active_input", S.VEBUS, 29, "u16"),  # 0, 1; 240 disconnected
    Register("state", S.VEBUS, 31, "u16"),
    Register("error", S.VEBUS, 32, "u16"),
    Register("mode", S.VEBUS, 33, "u16"),  # 1 charger only 2 inverter only 3 on 4 off
    Register("alarm_temperature", S.VEBUS, 34, "u16"),
    Register("alarm_battery", S.VEBUS, 35, "u16"),
    Register("alarm_overload", S.VEBUS, 36, "u16"),
    *(
        Register(f"alarm_{what}_l{phase + 1}", S.VEBUS, 44 + 4 * phase + n, "u16")
        for phase in range(3)
        for n, what in enumerate(("temperature", "battery", "overload"))
    ),
    Register("bms_discharge_ok", S.VEBUS, 58, "u16"),
    Register("bms_expected", S.VEBUS, 59, "u16"),
    Register("bms_error", S.VEBUS, 60, "u16"),
    Register("nominal_w", S.VEBUS, 130, "u32", 1, "W", since="1.0.96"),
    # battery monitor or BMS
    Register("own_soc", S.BATTERY, 266, "u16", 10, "%"),
    Register("alarm_any", S.BATTERY, 267, "u16"),
    Register("alarm_low_v", S.BATTERY, 268, "u16"),
    Register("alarm_low_soc", S.BATTERY, 272, "u16"),
    Register("alarm_hot", S.BATTERY, 274, "u16"),
    Register("alarm_fuse", S.BATTERY, 278, "u16"),
    Register("cvl", S.BATTERY, 305, "u16", 10, "V"),
    Register("ccl", S.BATTERY, 307, "u16", 10, "A"),
    Register("dcl", S.BATTERY, 308, "u16", 10, "A"),
    Register("alarm_discharge_a", S.BATTERY, 321, "u16"),
    Register("alarm_internal", S.BATTERY, 323, "u16"),
    Register("alarm_low_cell", S.BATTERY, 326, "u16"),
    # solar charger
    Register("charger_v", S.CHARGER, 771, "u16", 100, "V"),
    Register("charger_state", S.CHARGER, 775, "u16"),
    Register("yield_10w", S.CHARGER, 789, "u16", 10, "W"),  # overflows above 6553 W
    Register("mpp_mode", S.CHARGER, 791, "u16"),  # 0 off 1 limited 2 tracking 255 n/a
    Register("yield32", S.CHARGER, 792, "u32", 1, "W", since="1.0.78"),
    *_trackers("tracker", S.CHARGER, 3724, "W"),
    Register("yield16", S.CHARGER, 3730, "u16", 1, "W", since="1.0.52"),
    *_trackers("tracker_mode", S.CHARGER, 3731, since="1.0.52"),
    # PV inverter
    Register("pv_total", S.PV_INVERTER, 1052, "i32", 1, "W"),
    Register("pv_max", S.PV_INVERTER, 1054, "u32", 1, "W"),
    Register("pv_limit", S.PV_INVERTER, 1056, "u32", 1, "W"),
    # grid meter
    *_phases("meter16", S.GRID, 2600, "i16", unit="W", sign="+ import"),
    *_phases("meter32", S.GRID, 2638, "i32", unit="W", sign="+ import", since="1.0.52"),
    # RS: inverter/charger with trackers of its own
    *_phases("in", S.MULTI, 4506, "i16", 0.1, unit="W", sign="+ from the input"),
    *_phases("out", S.MULTI, 4516, "i16", 0.1, unit="W", sign="+ to the loads"),
    Register("out_hz", S.MULTI, 4519, "u16", 100, "Hz"),
    Register("phase_count", S.MULTI, 4524, "u16"),
    Register("active_input", S.MULTI, 4525, "u16"),
    Register("dc_v", S.MULTI, 4526, "u16", 100, "V"),
    Register("state", S.MULTI, 4530, "u16"),
    Register("mode", S.MULTI, 4531, "u16"),
    Register("alarm_temperature", S.MULTI, 4532, "u16"),
    Register("alarm_battery", S.MULTI, 4536, "u16"),
    Register("alarm_overload", S.MULTI, 4538, "u16"),
    Register("yield16", S.MULTI, 4540, "u16", 1, "W"),
    Register("mpp_mode", S.MULTI, 4543, "u16"),
    *_trackers("tracker", S.MULTI, 4598, "W"),
    *_trackers("tracker_mode", S.MULTI, 4605),
    Register("no_feed_in", S.MULTI, 4612, "u16"),
    # RS: inverter with trackers, no AC input
    Register("out_l1", S.RS_INVERTER, 3102, "i16", 0.1, "W", "+ to the loads"),
    Register("dc_v", S.RS_INVERTER, 3105, "u16", 100, "V"),
    Register("alarm_temperature", S.RS_INVERTER, 3110, "u16"),
    Register("alarm_battery", S.RS_INVERTER, 3114, "u16"),
    Register("alarm_overload", S.RS_INVERTER, 3116, "u16"),
    *_trackers("tracker", S.RS_INVERTER, 3164, "W"),
    *_trackers("tracker_mode", S.RS_INVERTER, 3169),
    # temperature sensor
    Register("sensor_type", S.TEMPERATURE, 3303, "u16"),  # 5 water heater
    Register("temperature", S.TEMPERATURE, 3304, "i16", 100, "°C"),
    Register("sensor_status", S.TEMPERATURE, 3305, "u16"),  # 0 ok
)

# What control depends on; read first in every tick, alone decides whether the tick has a site.
_OLD_CORE = Block(
    S.SYSTEM,
    806,
    41,
    True,
    (Block(S.SYSTEM, 806, 21, True), Block(S.SYSTEM, 840, 7, True)),
)
CORE: tuple[Block, ...] = (
    Block(
        S.SYSTEM,
        800,
        120,
        True,
        (_OLD_CORE, Block(S.SYSTEM, 850, 2, True), Block(S.SYSTEM, 884, 36, True)),
    ),
)

BLOCKS: tuple[Block, ...] = (
    Block(S.GRID, 2638, 6, True, (Block(S.GRID, 2600, 3, True),)),
    Block(S.VEBUS, 3, 34, True),
    Block(S.CHARGER, 771, 23, True, (Block(S.CHARGER, 771, 21, True),)),
    Block(S.CHARGER, 3724, 11, True, (Block(S.CHARGER, 3724, 4, True),)),
    Block(S.PV_INVERTER, 1052, 6, True),
    Block(S.MULTI, 4506, 38, True),
    Block(S.MULTI, 4598, 4, True),
    Block(S.MULTI, 4605, 4, True),
    Block(S.RS_INVERTER, 3102, 1, True),
    Block(S.RS_INVERTER, 3164, 4, True),
    Block(S.RS_INVERTER, 3169, 4, True),
    Block(S.HUB4, 2709, 1, True),
    # in turn: settings, limits, alarms that last, temperatures
    Block(S.SETTINGS, 2700, 9),
    Block(S.SETTINGS, 2900, 4),
    Block(S.SETTINGS, 2720, 4),
    Block(S.SETTINGS, 2718, 1),
    Block(S.SETTINGS, 2714, 2),
    Block(S.HUB4, 2716, 2),
    Block(S.SYSTEM, 800, 6),
    Block(S.SYSTEM, 834, 2),
    Block(S.SYSTEM, 830, 4),
    Block(S.SYSTEM, 5400, 1),
    Block(S.TEMPERATURE, 3303, 3),
    Block(S.BATTERY, 303, 6),
    Block(S.BATTERY, 266, 13),
    Block(S.BATTERY, 320, 7),
    Block(S.VEBUS, 44, 17),
    Block(S.VEBUS, 130, 2),
    Block(S.MULTI, 4612, 1),
    Block(S.RS_INVERTER, 3105, 1),
    Block(S.RS_INVERTER, 3110, 7),
)

# One cheap register that tells whether a unit is a device of this kind.
PROBES: dict[Service, tuple[int, int]] = {
    S.VEBUS: (28, 1),
    S.CHARGER: (771, 1),
    S.GRID: (2600, 1),
    S.BATTERY: (259, 1),
    S.TEMPERATURE: (3304, 1),
    S.PV_INVERTER: (1026, 1),
    S.MULTI: (4524, 1),
    S.RS_INVERTER: (3105, 1),
}


def registers_in(block: Block) -> tuple[Register, ...]:
    """The rows that lie wholly within a block."""
    end = block.start + block.count
    return tuple(
        row
        for row in TABLE
        if row.service == block.service
        and block.start <= row.address
        and row.address + row.words <= end
    )


def decode(row: Register, raw: tuple[int, ...]) -> float:
    """The number of a row from its 16-bit words, high word first (two's complement if signed)."""
    number = 0
    for word in raw:
        number = (number << 16) | word
    bits = 16 * len(raw)
    if row.kind in SIGNED and number >> (bits - 1):
        number -= 1 << bits
    return number / row.scale


def decode_text(raw: tuple[int, ...]) -> str:
    """Two Latin-1 characters a word, padded with zero bytes."""
    octets = b"".join(word.to_bytes(2, "big") for word in raw)
    return octets.rstrip(b"\0").decode("latin-1").strip()
