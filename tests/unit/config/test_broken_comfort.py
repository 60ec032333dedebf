"""What does not fit in comfort, tariffs and off-peak hours is said with its line."""

from __future__ import annotations

import pytest

from pvopt.config.comfort import PeriodEnergy, SeasonEnergy
from pvopt.config.load import load_text
from tests.unit.config.samples import BASE, edited, faults_of

SENSOR = "    temperature: {kind: gx}\n"


def comfort(*lines: str, sensor: str = SENSOR) -> str:
    text = "".join(f"      {line}\n" for line in lines)
    return edited("    phase: 1\n", f"{sensor}    comfort:\n{text}")


def place(*lines: str) -> str:
    text = "".join(f"  {line}\n" for line in lines)
    return edited("  timezone: Europe/Prague\n", f"  timezone: Europe/Prague\n{text}")


BROKEN: dict[str, tuple[str, tuple[str, ...]]] = {
    "eco below min": (
        comfort("min_c: 45", "eco_c: 44"),
        ("c.yaml:16: loads[boiler].comfort.eco_c: must be at least min_c (45 °C)",),
    ),
    "solar min below eco": (
        comfort("min_c: 45", "eco_c: 50", "solar_min_c: 49"),
        ("comfort.solar_min_c: must be at least eco_c (50 °C)",),
    ),
    "solar min below min": (
        comfort("min_c: 45", "solar_min_c: 44"),
        ("comfort.solar_min_c: must be at least min_c (45 °C)",),
    ),
    "solar min at max": (
        comfort("max_c: 60", "solar_min_c: 60"),
        ("comfort.solar_min_c: must be below max_c (60 °C)",),
    ),
    "min above the default maximum": (
        comfort("min_c: 75"),
        ("comfort.min_c: must be below max_c (75 °C)",),
    ),
    "eco alone": (comfort("eco_c: 45"), ("comfort.eco_c: needs `min_c`",)),
    "out of range": (comfort("min_c: 19"), ("`19` is out of range; allowed: 20 to 90 °C",)),
    "hygiene above max": (
        comfort("max_c: 61", "legionella:"),
        ("c.yaml:15: loads[boiler].comfort.max_c: must be at least 62 °C",),
    ),
    "hygiene always ahead": (
        comfort("legionella: {every_days: 2, ahead_days: 2}"),
        ("legionella.ahead_days: must be below every_days (2 days)",),
    ),
    "too cool to kill": (comfort("legionella: {target_c: 54}"), ("allowed: 55 to 75 °C",)),
    "no sensor for min": (
        comfort("min_c: 45", sensor=""),
        ("c.yaml:14: loads[boiler].comfort.min_c: needs `temperature`",),
    ),
    "no sensor for hygiene": (
        comfort("legionella:", sensor=""),
        ("c.yaml:14: loads[boiler].comfort.legionella: needs `temperature`",),
    ),
    "no sensor for a warm morning": (
        comfort("ready_by: [{at: '06:30', temperature_c: 45}]", sensor=""),
        ("comfort.ready_by: needs `temperature` for its `temperature_c`",),
    ),
    "no sensor for a maximum": (comfort("max_c: 60", sensor=""), ("no maximum can be kept",)),
    "ready for what": (
        comfort("ready_by:", "  - at: '06:30'"),
        ("ready_by[#1].energy_wh: is missing: `energy_wh` or `temperature_c`",),
    ),
    "ready when": (comfort("ready_by: [{energy_wh: 5}]"), ("at: is missing and has no default",)),
    "ready at no time": (
        comfort("ready_by: [{at: '24:00', energy_wh: 5}]"),
        ("at: must be a time of day such as 06:30; allowed: 00:00 to 23:59",),
    ),
    "ready too warm": (
        comfort("max_c: 60", "ready_by: [{at: '06:30', temperature_c: 60}]"),
        ("comfort.ready_by: temperature_c 60 must be below max_c (60 °C)",),
    ),
    "a day twice": (
        comfort("ready_by: [{at: '06:30', energy_wh: 5, days: [mon, tue, mon]}]"),
        ("days: names a day twice",),
    ),
    "no day": (
        comfort("ready_by: [{at: '06:30', energy_wh: 5, days: [monday]}]"),
        ("`monday` is not known; allowed: mon, tue, wed, thu, fri, sat, sun",),
    ),
    "unknown energy": (
        comfort("energy: {kind: season}"),
        ("`season` is not known; allowed: seasons, period; did you mean `seasons`?",),
    ),
    "two days less than one": (
        comfort("energy: {winter: {day_wh: 7000, two_days_wh: 6000}}"),
        ("winter.two_days_wh: must be at least day_wh (7000 Wh)",),
    ),
    "half a season": (
        comfort("energy: {winter: {day_wh: 7000}}"),
        ("winter.two_days_wh: is missing and has no default",),
    ),
    "asked after the night": (
        comfort("energy: {ask_at: '06:00'}"),
        ("energy.ask_at: must be earlier than reset_at (06:00)",),
    ),
    "no minimum": (comfort("energy: {kind: period}"), ("energy.min_wh: is missing",)),
    "three periods": (
        comfort("energy: {kind: period, min_wh: 5, short_periods: 3}"),
        ("allowed: 1 to 2 periods",),
    ),
    "no length": (
        place("off_peak: [{start: '02:00', end: '02:00'}]"),
        ("c.yaml:6: site.off_peak[#1].end: must differ from start (02:00)",),
    ),
    "no time of day": (
        place("off_peak: [{start: 2, end: '06:00'}]"),
        ("site.off_peak[#1].start: must be a time of day",),
    ),
    "no base": (place("tariff: {hours: []}"), ("site.tariff.base_per_kwh: is missing",)),
    "no price": (
        place("tariff: {base_per_kwh: 0.3, hours: [{start: '22:00', end: '06:00'}]}"),
        ("site.tariff.hours[#1].per_kwh: is missing",),
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_each_fault_is_told(name: str) -> None:
    text, words = BROKEN[name]
    message = faults_of(text)
    assert "1 fault:" in message
    for part in words:
        assert part in message


@pytest.mark.parametrize(
    "lines",
    [
        ("min_c: 45", "eco_c: 45", "solar_min_c: 45", "max_c: 46"),
        ("max_c: 62", "legionella:"),
        ("max_c: 60", "ready_by: [{at: '06:30', temperature_c: 59.9}]"),
        ("energy: {ask_at: '05:59'}",),
    ],
)
def test_just_right_is_right(lines: tuple[str, ...]) -> None:
    load_text(comfort(*lines), "c.yaml", {})


def test_energies_need_no_sensor_and_no_kind() -> None:
    made = load_text(comfort("energy:", "litres: 100", sensor=""), "c.yaml", {})
    assert made.loads[0].comfort.energy == SeasonEnergy()
    made = load_text(comfort("energy: {morning_wh: 3000}", sensor=""), "c.yaml", {})
    assert made.loads[0].comfort.energy == SeasonEnergy(morning_wh=3000.0)
    made = load_text(comfort("energy: {kind: period, min_wh: 7}", sensor=""), "c.yaml", {})
    assert made.loads[0].comfort.energy == PeriodEnergy(min_wh=7.0)


def test_nothing_of_it_is_needed() -> None:
    made = load_text(BASE, "c.yaml", {})
    assert made.site.off_peak == ()
    assert made.site.tariff is None
    assert made.loads[0].comfort.energy is None
