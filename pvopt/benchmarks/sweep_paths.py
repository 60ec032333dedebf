"""What a sweep can vary: paths into the configuration, and what each does to a run."""

from __future__ import annotations

import difflib
import types
from collections.abc import Iterable
from typing import Annotated, Any, NamedTuple, Union, get_args, get_origin

from pvopt.config.schema import Config
from pvopt.config.structure import field_types
from pvopt.errors import ConfigError

# N: the number of a plane, from 0.
PATHS = {
    "demo.peak_w": "size of the panels, shared out among the planes as site.planes says",
    "demo.battery_wh": "size of the battery and of what it gives and takes; 0: none",
    "demo.soc_pct": "how full the battery is at the start",
    "demo.battery_c": "the battery's temperature; a cold one takes less",
    "demo.charger_recover_s": "how long held-back panels take to give all again",
    "demo.load_w": "what the house draws; not with measured load",
    "demo.tank_l": "size of the hot water tank",
    "demo.tank_layers": "1: its water is mixed, 2: hot water stays above cold",
    "demo.hot_c": "from here on water counts as hot",
    "demo.knob_backlash_pct": "play of the knob",
    "demo.feed_in": "whether the grid takes surplus",
    "demo.feed_in_cap_w": "the most that it takes",
    "demo.sky": "made-up sky; not with --weather",
    "demo.seed": "other clouds, other habits of the house",
    "demo.buy_per_kwh": "price of the grid's energy",
    "demo.night_per_kwh": "price at night",
    "demo.night_start": "when the night tariff begins",
    "demo.night_end": "when it ends",
    "demo.sell_per_kwh": "what the grid pays",
    "site.latitude": "where the sun shines; not with --weather",
    "site.longitude": "where the sun shines; not with --weather",
    "site.metering": "how the law takes the phases",
    "site.feed_in": "what the law takes feed-in for",
    "site.planes.N.peak_w": "this plane's share of demo.peak_w",
    "site.planes.N.tilt_deg": "slope of a plane",
    "site.planes.N.azimuth_deg": "where a plane looks to",
    "site.inverter.max_w": "size of the inverter, and the law's limit",
    "site.inverter.headroom_w": "what the law keeps free below it",
    "site.policies.off_grid": "heating during power cuts (demo.outages)",
    "site.policies.recharge": "heating while the battery is saved",
    "control.min_soc_pct": "below it the battery comes first",
    "control.max_grid_draw_w": "import that makes the heater step back at once",
    "control.max_battery_discharge_w": "discharge that does the same",
    "control.step_pct": "largest step of the search",
    "control.tolerance_w": "differences that do not move the knob",
    "control.margin_w": "what is always left over",
    "control.start_pct": "first step of the search",
    "control.enable_delay_s": "how long surplus must last before the relay closes",
    "control.disable_delay_s": "how long the knob waits at zero",
    "control.daylight.mode": "when it heats at all",
    "control.daylight.min_elevation_deg": "how high the sun must stand",
    "control.daylight.start": "with daylight.mode hours",
    "control.daylight.end": "with daylight.mode hours",
    "control.probe.first_step_pct": "first step of a search",
    "control.probe.energy_wh": "what one search may borrow",
    "control.probe.energy_per_hour_wh": "what all searches of an hour may borrow",
    "control.probe.response_s": "first guess how long the chargers take",
    "control.probe.retry_s": "wait after a search in vain",
    "loads.0.max_w": "power of the heater",
    "loads.0.drive": "with a knob, or by the relay alone",
    "loads.0.phase": "the phase that it hangs on",
    "loads.0.place": "where it is connected",
    "loads.0.verify": "whether every command is held against the meters",
    "loads.0.output.zero_hold_s": "wait at zero after the relay closed",
    "loads.0.output.relay.min_on_s": "least time closed",
    "loads.0.output.relay.min_off_s": "least time open",
    "loads.0.output.knob.min_us": "a servo's range",
    "loads.0.output.knob.max_us": "a servo's range",
    "loads.0.output.knob.full_travel_s": "how fast a servo turns",
    "loads.0.output.knob.deadband_pct": "moves that a servo does not make",
    "loads.0.output.knob.resolution_us": "smallest step of a servo",
    "loads.0.output.curve.kind": "linear or phase_angle",
    "loads.0.output.curve.dead_zone_pct": "below it nothing flows",
    "loads.0.output.curve.snap_on_pct": "where a cold regulator fires at all",
    "loads.0.output.curve.min_w": "fewer watts are not asked for",
    "loads.0.comfort.max_c": "above it the heater is off (with loads.0.temperature)",
    "loads.0.comfort.hysteresis_c": "on again so far below",
}

# Keys with a better answer than "has no effect".
INSTEAD = {
    "control.tick_s": "the law of a sweep ticks once a second",
    "control.forecast_difference_w": "a sweep knows no forecast",
    "demo.start": "the same for all: --start",
    "demo.outages": "a list cannot be varied here; all variants have those of the file",
    "site.timezone": "the same for all, for the days begin by it",
    "loads.0.output.curve.points": "a list cannot be varied here",
}
OF_WEATHER = ("demo.sky", "site.latitude", "site.longitude")


class Axis(NamedTuple):
    """One path with the values it takes, as texts of the configuration."""

    path: str
    values: tuple[str, ...]


def axes_of(words: Iterable[str], has_weather: bool, has_load: bool) -> tuple[Axis, ...]:
    """``path=a,b,c`` each; ConfigError for what cannot be varied, all faults at once."""
    axes: list[Axis] = []
    faults: list[str] = []
    for word in words:
        path, equals, listed = word.partition("=")
        values = tuple(value.strip() for value in listed.split(","))
        fault = _fault(path.strip(), equals, values)
        if not fault and any(path.strip() == axis.path for axis in axes):
            fault = "stands here twice: write all its values behind one ="
        if not fault and has_weather and path.strip() in OF_WEATHER:
            fault = "cannot be varied with --weather, which has its own sky and place"
        if not fault and has_load and path.strip() == "demo.load_w":
            fault = "cannot be varied, for the load of the house is measured"
        if fault:
            faults.append(f"--vary {word}: {fault}")
        axes.append(Axis(path.strip(), values))
    if faults:
        raise ConfigError("\n".join(faults))
    if not axes:
        raise ConfigError("--vary says nothing: write for example --vary demo.battery_wh=2400,4800")
    return tuple(axes)


def _fault(path: str, equals: str, values: tuple[str, ...]) -> str:
    if not path or not equals:
        return "must be a path and its values, such as demo.battery_wh=2400,4800,9600"
    twice = {value for value in values if values.count(value) > 1}
    if twice:
        return f"{sorted(twice)[0]!r} stands here twice"
    pattern = pattern_of(path)
    if pattern in PATHS:
        return ""
    if pattern in INSTEAD:
        return f"is not varied: {INSTEAD[pattern]}"
    if pattern.startswith("loads.") and pattern.split(".")[1].isdigit() and "s.0." not in pattern:
        return "the simulated home has one heater, the first of the list: loads.0"
    if _is_key(pattern):
        return f"has no effect on a simulated run. {LIST}"
    return f"is no key of the configuration. {_close(pattern)}{LIST}"


LIST = "`python main.py sweep --paths` lists what can be varied."


def pattern_of(path: str) -> str:
    """The row of ``PATHS``: ``site.planes.1.tilt_deg`` is ``site.planes.N.tilt_deg``."""
    parts = path.split(".")
    if parts[:2] == ["site", "planes"] and len(parts) > 2 and parts[2].isdigit():
        parts[2] = "N"
    return ".".join(parts)


def _close(path: str) -> str:
    close = difflib.get_close_matches(path, PATHS, n=3, cutoff=0.6)
    same = [one for one in PATHS if one.rpartition(".")[2] == path.rpartition(".")[2]]
    found = list(dict.fromkeys([*same, *close]))[:3]
    return f"Did you mean {' or '.join(found)}? " if found else ""


def _is_key(path: str) -> bool:
    """Whether the configuration knows it, whatever the kinds of its sections."""
    kinds: set[Any] = {Config}
    for part in path.split("."):
        if part.isdigit() or part == "N":
            continue
        kinds = {
            inner
            for kind in kinds
            if part in (fields := field_types(kind))
            for inner in _inside(fields[part])
        }
        if not kinds:
            return False
        kinds = {kind for kind in kinds if hasattr(kind, "__attrs_attrs__")} or {_Leaf}
    return True


class _Leaf:
    """What stands for a value: it has no keys."""

    __attrs_attrs__ = ()


def _inside(kind: Any) -> list[Any]:
    """The classes in an annotation: those of a list, of a choice."""
    if get_origin(kind) in (Union, types.UnionType, tuple):
        return [inner for one in get_args(kind) for inner in _inside(one)]
    if get_origin(kind) is Annotated:
        return _inside(get_args(kind)[0])
    return [kind]
