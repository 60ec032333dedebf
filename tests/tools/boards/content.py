"""What stands on the boards: rows of panels, as an owner reads them from top to bottom."""

from __future__ import annotations

from typing import Any

from pvopt.model import Why
from tests.tools.boards import queries
from tests.tools.boards.panels import Panel, Row, bars, gauge, lines, stat, states
from tests.tools.boards.queries import each, home, home_days

SUN, HOUSE, GRID, BATTERY, LOADS = "yellow", "purple", "red", "green", "orange"
COLOURS = {"sun": SUN, "house": HOUSE, "grid": GRID, "battery": BATTERY}
OURS = "and on(job, instance) pvopt_info"  # whatever the job is called

sun = home("pv_w", "pv_watts", "sun")
house = home("load_w", "home_load_watts", "house")
grid = home("grid_w", "grid_watts", "grid")
battery = home("battery_w", "battery_watts", "battery")
charge = home("soc_pct", "battery_soc_ratio * 100", "battery")
budget = home("budget_w", "budget_watts", "budget")
asked = each("load", "setpoint_w", "setpoint_watts", "{load} asked", "last")
drawn = each("load", "expected_w", "expected_watts", "{load} draws")
metered = each("load", "actual_w", "actual_watts", "{load} metered")
water = each("load", "temperature_c", "temperature_celsius", "{load}")
why = each("load", "why", "reason_code", "{load}", "last")
stored = each("storage", "power_w", "watts", "{storage}")
shared = each("storage", "setpoint_w", "setpoint_watts", "{storage} asked", "last")
filled = each("storage", "soc_pct", "soc_ratio * 100", "{storage}")
age = each("source", "age_s", "age_seconds", "{source}", "max")


def _colour(why: Why) -> str:
    """Green where the sun does it, blue by hand, orange bought, red for danger."""
    if why < Why.WAIT_ENABLE or why in {Why.MIN_ON, Why.HEATER_MAX, Why.INVERTER_CAP}:
        return "text" if why in {Why.STARTING, Why.NO_SURPLUS} else "green"
    if Why.PERSON_OFF <= why <= Why.BOOST:
        return "blue"
    if Why.LEGIONELLA <= why <= Why.READY_BY:
        return "orange"
    if Why.STALE <= why < Why.STOPPING:
        return "red"
    return "text"


def reasons() -> list[dict[str, Any]]:
    """Names for the codes of reasons."""
    named = {
        str(int(one)): {
            "text": one.name.lower().replace("_", " "),
            "color": _colour(one),
            "index": index,
        }
        for index, one in enumerate(Why)
    }
    return [{"type": "value", "options": named}]


def _steps(*steps: tuple[str, float | None]) -> dict[str, Any]:
    """Colours by number: each from its number on."""
    made = [{"color": colour, "value": value} for colour, value in steps]
    return {
        "thresholds": {"mode": "absolute", "steps": made},
        "color": {"mode": "thresholds"},
    }


SHARE = {"min": 0, "max": 100}


def rows() -> list[Row]:
    return [
        Row("Now", (*_home_now(), *_loads_now())),
        Row("The day", _day()),
        Row("Days", _days()),
        Row("Storages", _storages()),
        Row("Health", _health()),
    ]


def _home_now() -> list[Panel]:
    full = {**SHARE, **_steps(("red", None), ("orange", 20), ("green", 50))}
    ours = "Our loads included."
    return [
        stat("Sun", "watt", sun, colours={"sun": SUN}),
        stat("House", "watt", house, colours={"house": HOUSE}, about=ours),
        stat("Grid", "watt", grid, colours={"grid": GRID}, about="Bought above 0, sold below 0."),
        stat("Battery", "watt", battery, colours={"battery": BATTERY}, about="Charging above 0."),
        gauge("Charge", "percent", charge, defaults=full),
        stat("Loads", "watt", drawn),
    ]


def _loads_now() -> list[Panel]:
    energy = queries.load_energy("{load}")
    shown = "In the time that is shown."
    share, possible = queries.score_share("today"), "Of the sun that our loads could have taken."
    alarms = home("alarms", "alarms", "alarms")
    wrong = _steps(("green", None), ("red", 1))
    kwh = {"decimals": 2}
    return [
        stat("Into the loads", "kwatth", energy, width=8, graph="none", about=shown, defaults=kwh),
        stat("Water", "celsius", water, defaults={"decimals": 1}),
        stat("Caught today", "percent", share, graph="none", about=possible, defaults=SHARE),
        stat("Our loads may use", "watt", budget),
        stat("Alarms", "none", alarms, graph="none", defaults=wrong),
    ]


def _day() -> list[Panel]:
    signs = "Grid: bought above 0. Battery: charging above 0."
    loads = "What each load is asked to draw, should draw, and draws by its own meter."
    flows = (sun, house, grid, battery)
    green = {"battery": BATTERY}
    return [
        lines("Where the watts go", "watt", *flows, colours=COLOURS, width=24, about=signs),
        lines("Loads", "watt", asked, drawn, metered, stepped=("asked",), about=loads),
        states("Why", why, mappings=reasons(), about="The reason that holds, of each load."),
        lines("Temperatures", "celsius", water, fill=0),
        lines("How full", "percent", charge, filled, fill=0, defaults=SHARE, colours=green),
    ]


def _days() -> list[Panel]:
    flows = (
        home_days("pv_wh", "pv_energy", "sun"),
        home_days("load_wh", "home_load_energy", "house"),
        home_days("import_wh", "grid_import_energy", "bought"),
        home_days("export_wh", "grid_export_energy", "sold"),
    )
    colours = {"sun": SUN, "house": HOUSE, "bought": GRID, "sold": "blue"}
    caught = queries.score_days("caught_wh", "score_caught_joules", "caught")
    missed = queries.missed_days("missed: {cause}")
    about = "Caught by our loads; left, by cause: some of it by estimate, where no meter shows it."
    both, gold = (caught, missed), {"caught": SUN}
    switches, moves = (queries.load_counts(one, "{load}") for one in ("switches", "moves"))
    return [
        bars("Energy into the loads", "kwatth", queries.load_days("{load}")),
        bars("The home", "kwatth", *flows, stacked=False, colours=colours),
        bars("Sun caught and missed", "kwatth", *both, width=24, about=about, colours=gold),
        bars("Relays switched", "none", switches, stacked=False),
        bars("Knobs moved", "none", moves, stacked=False),
    ]


def _storages() -> list[Panel]:
    about = "Asked and told; charging above 0."
    return [
        lines("Storages", "watt", shared, stored, stepped=("asked",), about=about),
        lines("How full each is", "percent", filled, fill=0, defaults=SHARE),
    ]


def _health() -> list[Panel]:
    rate = "[$__rate_interval]"
    lost = (
        queries.program(f"increase(pvopt_late_ticks_total{rate})", "late"),
        queries.program(f"increase(pvopt_failed_ticks_total{rate})", "failed"),
        queries.program(f"increase(pvopt_record_losses_total{rate})", "{recorder} lost"),
    )
    memory = queries.program(f"process_resident_memory_bytes {OURS}", "pvopt")
    work = queries.program(f"rate(process_cpu_seconds_total{rate}) {OURS}", "pvopt")
    return [
        lines("Age of what the sources told", "s", age, fill=0, defaults={"min": 0}),
        lines("Ticks late, failed; records lost", "none", *lost, defaults={"min": 0}),
        lines("Memory", "bytes", memory, defaults={"min": 0}),
        lines("Processor", "percentunit", work, defaults={"min": 0}),
    ]
