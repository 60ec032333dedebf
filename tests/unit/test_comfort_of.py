"""What decide is told of comfort, and of the hours in which energy is cheap."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from pvopt.comfort_of import CHEAP_SHARE, hours_of, rules_of
from pvopt.config.comfort import Comfort, Legionella, PeriodEnergy, ReadyBy, SeasonEnergy
from pvopt.config.hours import OffPeak, PricedHours, Tariff
from pvopt.config.load import load
from pvopt.config.loads import Load
from pvopt.config.outputs import GpioOutput, Relay
from pvopt.config.site import Site
from pvopt.decide.energy_floor import Floors
from pvopt.decide.energy_period import PeriodFloor
from pvopt.decide.legionella import LegionellaRule
from pvopt.decide.windows import EVERY_DAY, Hours, PricedWindow, Window
from pvopt.decide.windows import Tariff as Prices
from pvopt.settings_of import settings_of

ROOT = Path(__file__).parents[2]


def heater(**comfort: Any) -> Load:
    output = GpioOutput(relay=Relay(pin=17))
    return Load(
        id="boiler", max_w=2000.0, drive="on_off", output=output, comfort=Comfort(**comfort)
    )


def site(**given: Any) -> Site:
    return Site(latitude=50.0, longitude=14.0, **given)


def test_a_maximum_alone_is_no_rule() -> None:
    assert rules_of(heater()) is None
    assert rules_of(heater(max_c=60.0, hysteresis_c=5.0, litres=300.0)) is None
    assert hours_of(site()) == Hours()


@pytest.mark.parametrize(
    "given",
    [
        {"min_c": 40.0},
        {"solar_min_c": 50.0},
        {"energy": SeasonEnergy()},
        {"ready_by": (ReadyBy(at="07:00", energy_wh=1.0),)},
        {"legionella": Legionella()},
    ],
)
def test_any_other_key_is_one(given: dict[str, Any]) -> None:
    assert rules_of(heater(**given)) is not None


def test_the_defaults_of_both_sides_are_the_same() -> None:
    rules = rules_of(heater(energy=SeasonEnergy(), legionella=Legionella()))
    assert rules is not None
    assert rules.floors == Floors()
    assert rules.legionella == LegionellaRule(power_w=2000.0)
    period = rules_of(heater(energy=PeriodEnergy(min_wh=2000.0)))
    assert period is not None
    assert period.period == PeriodFloor(2000.0)


def test_times_and_days_are_translated() -> None:
    by = ReadyBy(at="06:30", days=("sat", "mon"), temperature_c=45.0, spare_min=5.0)
    rules = rules_of(heater(ready_by=(by,)))
    assert rules is not None
    [one] = rules.ready
    assert (one.by.by_min, one.by.days, one.by.power_w, one.by.spare_s) == (
        390,
        (0, 5),
        2000.0,
        300.0,
    )
    assert one.temperature_c == 45.0
    assert math.isnan(one.energy_wh)


NIGHT, WEEKEND = Window(1320, 360), Window(0, 0, (5, 6))


@pytest.mark.parametrize(
    ("given", "hours"),
    [
        (
            {"off_peak": (OffPeak(start="22:00", end="06:00"),)},
            Hours((NIGHT,), Prices(1.0, (PricedWindow(NIGHT, CHEAP_SHARE),))),
        ),
        (
            {
                "tariff": Tariff(
                    base_per_kwh=0.3,
                    hours=(
                        PricedHours(start="22:00", end="06:00", per_kwh=0.2),
                        PricedHours(start="17:00", end="19:00", per_kwh=0.5),
                    ),
                )
            },
            Hours(
                (NIGHT,),
                Prices(0.3, (PricedWindow(NIGHT, 0.2), PricedWindow(Window(1020, 1140), 0.5))),
            ),
        ),
        (
            {
                "off_peak": (OffPeak(start="02:05", end="06:50"),),
                "tariff": Tariff(base_per_kwh=0.3),
            },
            Hours((Window(125, 410),), Prices(0.3)),
        ),
        ({"tariff": Tariff(base_per_kwh=0.3)}, Hours((), Prices(0.3))),
    ],
)
def test_cheap_hours_are_those_named_or_those_below_the_base(
    given: dict[str, Any], hours: Hours
) -> None:
    assert hours_of(site(**given)) == hours


def test_the_example_reaches_decide() -> None:
    settings = settings_of(load(ROOT / "Files/examples/comfort.yaml", {}))
    boiler, buffer = settings.loads
    assert boiler.rules is not None
    assert boiler.rules.legionella is not None
    assert boiler.rules.floors is not None
    assert [one.by.days for one in boiler.rules.ready] == [(0, 1, 2, 3, 4), EVERY_DAY]
    assert buffer.rules is not None
    assert buffer.rules.period == PeriodFloor(1500.0)
    assert settings.hours.off_peak == (Window(125, 410),)
