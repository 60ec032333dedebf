"""A sweep's engine against `simulate`, compiled; and how its long steps differ from seconds."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from pvopt.benchmarks.sweep_work import Figures, Task, figures_of
from tests.unit.benchmarks.sweep_samples import by_the_loop, task_of, with_demo

pytestmark = pytest.mark.slow

HOMES: dict[str, dict[str, Any]] = {
    "hidden surplus": {},
    "feed-in": {"feed_in": True, "soc_pct": 80.0},
    "no battery": {"battery_wh": 0.0, "feed_in": True},
    "cold, a power cut": {"battery_c": 3.0, "outages": (("11:20", "11:30"),)},
    "two layers, play": {"tank_layers": 2, "knob_backlash_pct": 1.0},
}


@pytest.mark.parametrize("name", HOMES)
def test_a_second_a_step_is_simulate(name: str) -> None:
    """An hour of June, within a thousandth: the panels' watts are summed in another order."""
    task = with_demo(task_of(hours=1.0, step_s=1, from_h=11.0), **HOMES[name])
    loop, ours = by_the_loop(task), figures_of(task)
    assert ours is not None
    assert loop.sun_kwh > 0.0
    for key, expected, figure in zip(Figures._fields, loop, ours, strict=True):
        assert figure == pytest.approx(expected, rel=1e-3, abs=2e-3), key


WEEK_S = 7 * 86_400


def week_of(name: str, step_s: int) -> Task:
    return with_demo(task_of(hours=WEEK_S / 3600.0, step_s=step_s), **HOMES[name])


@cache
def exact_of(name: str) -> Figures:
    """The week in steps of a second."""
    exact = figures_of(week_of(name, 1))
    assert exact is not None
    return exact


@pytest.mark.parametrize("step_s", [5, 10, 60])
@pytest.mark.parametrize("name", ["hidden surplus", "no battery"])
def test_long_steps_tell_nearly_the_same(name: str, step_s: int) -> None:
    """A week of broken sky: heat within 5 %, hot water within half a day, the bill within 1 % of
    the money that changes hands. What is left of 9 paid out and 6 paid in may be off by more."""
    exact, rough = exact_of(name), figures_of(week_of(name, step_s))
    assert rough is not None
    demo = week_of(name, 1).demo
    money = demo.buy_per_kwh * exact.bought_kwh + demo.sell_per_kwh * exact.sold_kwh
    assert rough.sun_kwh == pytest.approx(exact.sun_kwh, rel=0.05)
    assert rough.bill == pytest.approx(exact.bill, abs=0.05 + 0.01 * money)
    assert rough.hot_h == pytest.approx(exact.hot_h, abs=12.0)
    assert rough.caught_pct == pytest.approx(exact.caught_pct, abs=5.0)
