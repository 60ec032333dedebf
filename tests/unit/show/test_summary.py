"""First and last words of a run: true for demonstration, dry run, mock pins and the real thing."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from pvopt.config.load import load, load_text
from pvopt.config.schema import Config
from pvopt.decide.memory import Ledger, Memory
from pvopt.loop import Counts, Loop
from pvopt.show.summary import SHOWN_WH, ending, introduction, summary, warnings
from pvopt.simulator.account import Totals
from tests.unit.commands.test_run import TEXT

DEMO = "demo: {speed: 10000, sky: clear, soc_pct: 100}"
MOCK = "gpio: {factory: mock}"


def config(text: str) -> Config:
    return load_text(text, "test.yaml", {})


REAL = config(TEXT.replace(DEMO, "").replace(MOCK, ""))
ONLY_MOCK = config(TEXT.replace(DEMO, ""))
SIMULATED = config(TEXT)


def test_mock_pins_in_a_real_home_are_warned_of() -> None:
    assert warnings(REAL) == []
    assert warnings(SIMULATED) == []
    [words] = warnings(ONLY_MOCK)
    assert "gpio.factory: mock" in words
    assert "nothing is switched" in words


@pytest.mark.parametrize(
    ("made", "dry_run", "words"),
    [
        (REAL, False, "stopped: every output is off"),
        (ONLY_MOCK, False, "stopped (mock pins)"),
        (REAL, True, "dry run ended, no pin was touched"),
        (ONLY_MOCK, True, "dry run ended, no pin was touched"),
    ],
)
def test_the_end_claims_no_more_than_was_done(made: Config, dry_run: bool, words: str) -> None:
    assert ending(made, dry_run) == words


def test_a_dry_run_says_what_it_cannot_show() -> None:
    lines = introduction(REAL, Path("x.yaml"), dry_run=True)
    assert "stays at its first step" in lines[-1]
    assert not any("DRY" in line for line in introduction(REAL, Path("x.yaml"), dry_run=False))


def test_where_it_may_be_asked_is_said() -> None:
    asked = "requests: [{kind: pvopt}, {kind: solar_balancer}]"
    made = config(TEXT.replace(DEMO, f"mqtt: {{host: b, {asked}}}"))
    line = "may be asked by MQTT: pvopt/boiler/set, regul/mode"
    assert line in introduction(made, Path("x.yaml"), dry_run=False)
    assert line not in introduction(made, Path("x.yaml"), dry_run=True)


def told(counts: Counts, totals: Totals | None = None, heated_wh: float = 46.0) -> list[str]:
    memory = Memory(ledger=Ledger(heated_wh=(("boiler", heated_wh),)))
    return summary(cast("Loop", SimpleNamespace(counts=counts, memory=memory)), totals)


def test_looks_are_counted_in_an_owners_words() -> None:
    assert told(Counts(121))[0] == "121 looks at the home, none late, none failed"
    assert told(Counts(1, 2, 3))[0] == "1 look at the home, 2 late, 3 failed"


def test_energy_is_told_without_a_simulated_home_too() -> None:
    assert "boiler: about 0.046 kWh by the regulator's curve" in told(Counts(9))


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "0 on/off switches, 0 knob moves"),
        (1, "1 on/off switch, 1 knob move"),
        (2, "2 on/off switches, 2 knob moves"),
    ],
)
def test_one_is_no_plural(number: int, words: str) -> None:
    assert told(Counts(1), Totals(switches=number, moves=number))[-1].endswith(f"; {words}")


def test_a_share_of_nothing_is_left_out() -> None:
    assert "%" not in told(Counts(1), Totals(possible_wh=SHOWN_WH - 0.1))[-1]
    line = told(Counts(1), Totals(heat_wh=0.4, possible_wh=0.8))[-1]
    assert "50 % of the 0.001 kWh that were possible; " in line


def test_storages_are_named_with_what_they_can_and_how_they_end() -> None:
    made = load(Path(__file__).parents[3] / "Files/examples/storages.yaml", {})
    lines = introduction(made, Path("x.yaml"), dry_run=False)
    assert "storage balcony: gives up to 800 W, watts to add by MQTT, sma/net_power/2" in lines
    words = "storage cellar: gives up to 2500 W, takes up to 2000 W, watts to give by MQTT"
    assert f"{words}, cellar/set" in lines
    assert ending(made, False) == "stopped: every output is off, every storage told to rest"
