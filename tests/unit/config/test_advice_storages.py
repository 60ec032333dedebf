"""What is worth a second look at storages."""

from __future__ import annotations

from pathlib import Path

import pytest

from pvopt.config.advice import advice
from pvopt.config.load import load, load_text
from tests.unit.config.test_storages import text

EXAMPLES = Path(__file__).parents[3] / "Files/examples"


def said(*lines: str) -> str:
    return "; ".join(advice(load_text(text(*lines), "c.yaml", {})))


@pytest.mark.parametrize(("floor", "told"), [("89.9", True), ("90", False)])
def test_the_floor_of_a_b2500(floor: str, told: bool) -> None:
    words = "storages[one].floor_w: a B2500 that is told less than about 90 W gives nothing"
    assert (words in said(f"floor_w: {floor}")) is told


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (("max_charge_w: 100",), True),
        ((), False),
        (("max_charge_w: 100", "output: {send: setpoint}"), False),
    ],
)
def test_one_that_can_charge_holds(lines: tuple[str, ...], told: bool) -> None:
    assert ("is told to hold when pvopt ends" in said(*lines)) is told


@pytest.mark.parametrize(("age", "told"), [("60", False), ("60.1", True)])
def test_an_adjustment_of_old_watts(age: str, told: bool) -> None:
    assert ("it will overshoot" in said(f"meter: {{allowed_age_s: {age}}}")) is told


@pytest.mark.parametrize("name", ["b2500.yaml", "storages.yaml"])
def test_of_the_examples_there_is_nothing_to_say(name: str) -> None:
    assert not [one for one in advice(load(EXAMPLES / name, {})) if one.startswith("storages")]
