"""The register image of a GX: what Modbus clients of the simulated home find, unit by unit.

Addresses, scales and signs are those of Victron's public register list (revision 53); the units
are the preferred ones of a Cerbo GX. A register that is listed but not filled reads 0, as a
missing value does on a GX; reserved ones read 0xFFFF. Watts that do not fit wrap around, as a
GX's do: 40000 W in a signed word read -25536, and only the wide twin tells them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pvopt.simulator.charger import MODE_OFF
from pvopt.simulator.gx_listed import RESERVED_WORDS
from pvopt.simulator.home import NO_CAP_W, HomeParams
from pvopt.simulator.meters import ABSENT, Meters, Three, rounded
from pvopt.simulator.world import World

SYSTEM = 100
VEBUS = 227
GRID_METER = 30
BATTERY = 225
CHARGERS = (226, 224)
PV_INVERTER = 20
WATER_HEATER = 24

SERIAL = "c0619ab7e520"
FIRMWARE = (0x0370, 0x0000)  # v3.70: hexadecimal digits, then the beta (0: none)
MULTI_STATE_ESS, MULTI_STATE_INVERTING, MULTI_STATE_SUSTAIN = 252, 9, 244
MULTI_STATE_BULK = 3  # charging from its input
FROM_GRID, FROM_GENERATOR, NOT_CONNECTED = 1, 2, 240
INPUT_1, INPUT_2 = 0, 1  # grid, generator
SELF_SUPPLY, BELOW_MIN_SOC = 10, 11  # BatteryLife states without BatteryLife
UNLIMITED = -1


@dataclass(frozen=True, slots=True)
class Unit:
    """The services that answer at one unit id, and their registers that are not 0."""

    services: frozenset[str]
    words: Mapping[int, int]


GxImage = Mapping[int, Unit]
Words = dict[int, int]


def _put(words: Words, address: int, raw: int, count: int = 1) -> None:
    """Write a whole number as ``count`` words, high word first, two's complement."""
    raw &= (1 << (16 * count)) - 1
    for k in range(count):
        words[address + k] = (raw >> (16 * (count - 1 - k))) & 0xFFFF


def _three(words: Words, address: int, numbers: Three, count: int = 1) -> None:
    for k, number in enumerate(numbers):
        _put(words, address + k * count, number, count)


def _text(words: Words, address: int, text: str, count: int) -> None:
    padded = text.encode("latin-1").ljust(2 * count, b"\0")
    for k in range(count):
        words[address + k] = int.from_bytes(padded[2 * k : 2 * k + 2], "big")


def _fresh(*services: str) -> Words:
    words: Words = {}
    for service in services:
        words.update(RESERVED_WORDS.get(service, {}))
    return words


def image_of(world: World) -> GxImage:
    """The image of a world as its meters showed it at the last whole second."""
    totals = world.totals
    return gx_image(
        world.params, world.meters, world.meters_utc_s, totals.import_wh, totals.export_wh
    )


def gx_image(
    params: HomeParams,
    meters: Meters,
    utc_s: float,
    import_wh: float = 0.0,
    export_wh: float = 0.0,
) -> GxImage:
    """All units of the home at ``utc_s``. The energies are those of the grid meter's counters."""
    inverter = meters.battery
    image = {
        SYSTEM: _system(params, meters, utc_s),
        GRID_METER: _grid_meter(meters, import_wh, export_wh),
        WATER_HEATER: _water_heater(meters),
    }
    if inverter:
        image[VEBUS] = _vebus(params, meters)
        image[BATTERY] = _battery(params, meters)
    for unit, charger in zip(CHARGERS, meters.chargers, strict=True):
        if charger.mode != ABSENT:
            image[unit] = _charger(meters, charger.watts, charger.mode)
    if params.pv_ac_rated_w > 0.0:
        image[PV_INVERTER] = _pv_inverter(meters)
    return image


def _system(params: HomeParams, meters: Meters, utc_s: float) -> Unit:
    words = _fresh("system", "settings")
    _text(words, 800, SERIAL, 6)
    _three(words, 808, meters.pv_ac_w)
    _three(words, 817, meters.load_w)
    _three(words, 820, meters.grid_w)
    _three(words, 823, meters.generator_w)
    _put(words, 826, active_source(meters))
    _put(words, 830, int(utc_s), 4)
    words[834], words[835] = FIRMWARE
    if meters.battery:
        _put(words, 840, rounded(meters.battery_10mv / 10.0))
        _put(words, 841, meters.battery_100ma)
        _put(words, 842, meters.battery_w)
        _put(words, 843, rounded(meters.soc_tenths / 10.0))
        _put(words, 844, 1 if meters.battery_w > 30 else 2 if meters.battery_w < -30 else 0)
        _put(words, 850, meters.pv_dc_w)
        volts = meters.battery_10mv / 100.0
        _put(words, 851, rounded(10.0 * meters.pv_dc_w / volts) if volts > 0.0 else 0)
        _put(words, 866, meters.battery_w - meters.pv_dc_w)
        _put(words, 870, meters.battery_w - meters.pv_dc_w, 2)
    _three(words, 878, meters.load_w, 2)
    _three(words, 884, meters.pv_ac_w, 2)
    _three(words, 902, meters.load_w, 2)
    _three(words, 908, meters.grid_w, 2)
    _three(words, 914, meters.generator_w, 2)
    _settings(words, params, meters)
    return Unit(frozenset({"system", "settings", "hub4"}), words)


def _settings(words: Words, params: HomeParams, meters: Meters) -> None:
    cap_w = UNLIMITED if params.feed_in_cap_w >= NO_CAP_W else rounded(params.feed_in_cap_w)
    _put(words, 2700, rounded(params.grid_setpoint_w))
    _put(words, 2701, 100)
    _put(words, 2702, 100)
    _put(words, 2703, rounded(params.grid_setpoint_w / 100.0))
    _put(words, 2704, 0)  # -1 ("none") rounds to 0 here; the wide twin tells
    _put(words, 2705, UNLIMITED)
    _put(words, 2706, rounded(cap_w / 100.0))
    _put(words, 2707, 1 if params.dc_feed_in else 0)
    _put(words, 2708, 0 if params.ac_feed_in else 1)
    _put(words, 2709, 1 if meters.limiter else 0)
    _put(words, 2711, FROM_GRID)
    _put(words, 2712, FROM_GENERATOR if params.generator_w > 0.0 else 0)
    _put(words, 2718, 0)
    _put(words, 2720, UNLIMITED, 2)
    _put(words, 2722, cap_w, 2)
    if meters.battery:
        _put(words, 2900, BELOW_MIN_SOC if meters.sustain else SELF_SUPPLY)
        _put(words, 2901, rounded(params.min_soc_pct * 10.0))
        _put(words, 2902, 1)
        _put(words, 2903, rounded(params.min_soc_pct * 10.0))


def _grid_meter(meters: Meters, import_wh: float, export_wh: float) -> Unit:
    words = _fresh("grid")
    _three(words, 2600, meters.grid_w)
    _text(words, 2609, "HQ2210A7KV3", 7)
    for phase, watts in enumerate(meters.grid_w):
        _put(words, 2616 + 2 * phase, 2300 if meters.grid_up else 0)
        _put(words, 2617 + 2 * phase, rounded(watts / 23.0))
    _put(words, 2634, rounded(import_wh / 10.0), 2)
    _put(words, 2636, rounded(export_wh / 10.0), 2)
    _three(words, 2638, meters.grid_w, 2)
    _put(words, 2644, 5000 if meters.grid_up else 0)
    return Unit(frozenset({"grid"}), words)


def _vebus(params: HomeParams, meters: Meters) -> Unit:
    words = _fresh("vebus")
    phases = 1 if params.phases == 1 else 3
    fed = meters.grid_up or meters.generator
    for phase in range(phases):
        _put(words, 3 + phase, 2300 if fed else 0)
        _put(words, 6 + phase, rounded(meters.inverter_in_10w[phase] * 10.0 / 23.0))
        _put(words, 9 + phase, 5000 if fed else 0)
        _put(words, 15 + phase, 2300 if meters.ac_up else 0)
        _put(words, 18 + phase, rounded(meters.inverter_out_10w[phase] * 10.0 / 23.0))
    _three(words, 12, meters.inverter_in_10w)
    _put(words, 21, meters.frequency_10mhz)
    _put(words, 22, 320)
    _three(words, 23, meters.inverter_out_10w)
    _put(words, 26, meters.battery_10mv)
    volts = meters.battery_10mv / 100.0
    dc_w = meters.battery_w - meters.pv_dc_w
    _put(words, 27, rounded(10.0 * dc_w / volts) if volts > 0.0 else 0)
    _put(words, 28, phases)
    _put(words, 29, active_input(meters))
    _put(words, 30, meters.soc_tenths)
    _put(words, 31, multi_state(meters))
    _put(words, 33, 3)
    _put(words, 36, 2 if meters.overload and not meters.grid_up else 0)
    _put(words, 57, 1)
    _put(words, 58, 1)
    _put(words, 59, 1)
    _put(words, 130, rounded(params.inverter_w), 2)
    return Unit(frozenset({"vebus"}), words)


def active_source(meters: Meters) -> int:
    """Register 826 of the system: what its AC comes from."""
    if meters.generator:
        return FROM_GENERATOR
    return FROM_GRID if meters.grid_up else NOT_CONNECTED


def active_input(meters: Meters) -> int:
    """Register 29 of the inverter: which of its inputs it is connected to."""
    if meters.generator:
        return INPUT_2
    return INPUT_1 if meters.grid_up else NOT_CONNECTED


def multi_state(meters: Meters) -> int:
    """Register 31 of the inverter: its own state."""
    if not meters.ac_up:
        return 0
    if meters.generator:
        return MULTI_STATE_BULK
    if not meters.grid_up:
        return MULTI_STATE_INVERTING
    return MULTI_STATE_SUSTAIN if meters.sustain else MULTI_STATE_ESS


def _battery(params: HomeParams, meters: Meters) -> Unit:
    words = _fresh("battery")
    _put(words, 256, meters.battery_w, 2)
    _put(words, 258, meters.battery_w)
    _put(words, 259, meters.battery_10mv)
    _put(words, 261, meters.battery_100ma)
    _put(words, 262, 200)
    _put(words, 266, meters.soc_tenths)
    _put(words, 304, 1000)
    _put(words, 305, meters.cvl_100mv)
    _put(words, 307, meters.ccl_100ma)
    _put(words, 308, meters.dcl_100ma)
    _put(words, 309, rounded(params.battery_wh / 51.2 * 10.0))
    return Unit(frozenset({"battery"}), words)


def _charger(meters: Meters, watts: int, mode: int) -> Unit:
    words = _fresh("solarcharger")
    volts = meters.battery_10mv / 100.0
    _put(words, 771, meters.battery_10mv)
    _put(words, 772, rounded(10.0 * watts / volts) if volts > 0.0 else 0)
    _put(words, 774, 1)
    _put(words, 775, 0 if mode == MODE_OFF else MULTI_STATE_ESS)
    _put(words, 789, watts * 10)
    _put(words, 791, mode)
    _put(words, 792, watts, 2)
    _put(words, 3724, watts)
    _put(words, 3730, watts)
    _put(words, 3731, mode)
    return Unit(frozenset({"solarcharger"}), words)


def _pv_inverter(meters: Meters) -> Unit:
    words = _fresh("pvinverter")
    _put(words, 1026, 1)
    for phase, watts in enumerate(meters.pv_ac_w):
        _put(words, 1027 + 4 * phase, 2300 if meters.ac_up else 0)
        _put(words, 1028 + 4 * phase, rounded(watts / 23.0))
        _put(words, 1029 + 4 * phase, watts)
    _put(words, 1052, sum(meters.pv_ac_w), 2)
    _put(words, 1054, meters.pv_ac_max_w, 2)
    _put(words, 1056, meters.pv_ac_limit_w, 2)
    _three(words, 1058, meters.pv_ac_w, 2)
    return Unit(frozenset({"pvinverter"}), words)


def _water_heater(meters: Meters) -> Unit:
    words = _fresh("temperature")
    _put(words, 3303, 5)
    _put(words, 3304, meters.tank_10mk)
    _put(words, 3305, 0)
    return Unit(frozenset({"temperature"}), words)
