"""Rows of the benchmark out of hand-made sums, and which law runs in which home."""

from __future__ import annotations

from typing import Any

import pytest

from pvopt.benchmarks import control
from pvopt.benchmarks.control import ALL_KNOWING, FRONTIER, NAMES, inputs_for, plant_of, row_of
from pvopt.benchmarks.homes import ENDLESS_C, HOMES
from pvopt.benchmarks.ours import DIGITAL, SERVO, actuator_s, config_of, ours
from pvopt.benchmarks.runs import Run
from pvopt.config.control import Control
from pvopt.model import Why
from pvopt.settings_of import settings_of
from pvopt.simulator.account import Totals
from tests.unit.benchmarks.seconds import steady

pytest.importorskip("numpy", reason="numpy is not installed:  . ./env.sh sim")
BEST = Run(Totals(heat_wh=2000.0), 0.0, (90.0, 95.0), 0.0, 0.0)
TOTALS = Totals(
    heat_wh=1000.0,
    from_grid_wh=30.0,
    from_battery_wh=20.0,
    from_charging_wh=100.0,
    possible_wh=1900.0,
    switches=6,
    moves=240,
    travel_pct=1200.0,
)


def row(totals: Totals = TOTALS, **run: Any) -> control.Row:
    given = {"worst_minute_w": 55.0, "soc_pct": (89.0, 93.0), "drawn_l": 0.0, "hot_l": 0.0}
    made = Run(totals, **(given | run))  # type: ignore[arg-type]
    return row_of("dc-zero", 1, "s2", made, BEST, steady(86_400 // 2))


def test_the_worked_row() -> None:
    """Half a day: 950 Wh of sun of 2000 Wh, 50 of 1000 Wh bought, 100 of 1000 Wh from charging."""
    made = row()
    assert (made.home, made.data_age_s, made.law, made.refined) == ("dc-zero", 1, "s2", True)
    assert made.caught_pct == pytest.approx(47.5)
    assert made.not_solar_pct == pytest.approx(5.0)
    assert made.from_charging_pct == pytest.approx(10.0)
    assert made.surplus_pct == pytest.approx(42.5)
    assert made.caught_own_path_pct == pytest.approx(50.0)
    assert (made.switches_per_day, made.moves_per_day) == (12.0, 480.0)
    assert made.travel_per_day == pytest.approx(24.0)  # full strokes
    assert made.worst_minute_import_w == 55.0
    assert made.soc_at_sunset_diff_pct == pytest.approx(-1.5)
    assert made.heat_kwh == 1.0


def test_no_heat_is_neither_bought_nor_caught() -> None:
    made = row(Totals(possible_wh=10.0))
    assert (made.caught_pct, made.not_solar_pct, made.from_charging_pct) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize(("alarm", "word"), [(0, ""), (int(Why.WELDED), "welded")])
def test_an_alarm_is_named(alarm: int, word: str) -> None:
    assert row(alarm=alarm).alarm == word


def test_fields_are_those_that_were_promised() -> None:
    assert control.Row._fields[:9] == (
        "home", "data_age_s", "law", "caught_pct", "not_solar_pct", "from_charging_pct",
        "switches_per_day", "moves_per_day", "travel_per_day",
    )  # fmt: skip
    assert control.Row._fields[9] == "worst_minute_import_w"
    assert NAMES == (
        "all-knowing", "pvopt-servo", "pvopt-digital", "frontier", "s2", "s1", "s0", "mk2",
        "f1atb", "yasolr", "esphome", "evcc", "openems", "victron-ol", "forgetful",
    )  # fmt: skip


def test_half_the_load_off_the_grid() -> None:
    inputs = steady(10, load_w=400.0)
    assert inputs_for("off-grid", inputs).load_w[0] == 200.0
    assert inputs_for("dc-zero", inputs) is inputs


@pytest.mark.parametrize("home", HOMES, ids=lambda home: home.name)
def test_the_sink_has_no_end_but_in_the_real_tank(home: Any) -> None:
    assert plant_of(home.name).home.thermostat_c == ENDLESS_C
    assert plant_of(home.name, tank=True).home.thermostat_c == 70.0


@pytest.mark.parametrize("law", NAMES)
def test_each_name_runs_its_law(monkeypatch: pytest.MonkeyPatch, law: str) -> None:
    ran: list[str] = []

    def standing_for(name: str) -> Any:
        def run(*_: Any) -> Any:
            ran.append(name)
            return Found()

        return run

    for name in ("run_reference", "run_ours", "run_rival", "frontier"):
        monkeypatch.setattr(control, name, standing_for(name))
    control.run_law("dc-zero", 60, law, steady(10))
    kind = {ALL_KNOWING: "run_reference", SERVO: "run_ours", DIGITAL: "run_ours"}
    assert ran == [kind.get(law, "frontier" if law == FRONTIER else "run_rival")]


class Found:
    run = BEST


@pytest.mark.parametrize("law", [SERVO, DIGITAL])
def test_our_law_has_its_defaults(law: str) -> None:
    config = config_of(law, (50.0, 14.0))
    assert config.control == Control()
    assert config.loads[0].temperature is None
    made = ours(law, (50.0, 14.0), HOMES[0].plant)
    assert made.params.hunt == settings_of(config).hunt
    # Every step that the outputs can make counts as a movement.
    assert 0.0 < made.plant.resolution_pct < made.outlet.grain_pct


def test_only_the_servo_has_play_and_takes_time() -> None:
    servo, digital = (
        ours(law, (50.0, 14.0), HOMES[0].plant).plant.home for law in (SERVO, DIGITAL)
    )
    assert (servo.knob_backlash_pct, digital.knob_backlash_pct) == (1.0, 0.0)
    assert servo.knob_lag_s > 0.0 == digital.knob_lag_s
    assert actuator_s(SERVO) == pytest.approx(1.0)
    assert actuator_s(DIGITAL) == 0.0
