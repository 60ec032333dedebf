"""What our heater drew when a late sample was made: the ring of a run says what the loop knows."""

from __future__ import annotations

from typing import Any

import pytest

from pvopt.benchmarks import course
from pvopt.benchmarks.course import COLUMNS, MORE_ROWS, Driven, inputs_of, pvopt_course
from pvopt.benchmarks.homes import home_of
from pvopt.benchmarks.ours import SERVO, ours
from pvopt.benchmarks.runs import begun
from pvopt.decide.hunt_shapes import OwnPast
from pvopt.decide.one_heater import HeaterResult, heater_step
from pvopt.decide.past import History, own_past, remembered
from pvopt.decide.site_now import LoadNow, SiteNow

np = pytest.importorskip("numpy", reason="numpy is not installed:  . ./env.sh sim")
SECONDS = 400


@pytest.mark.parametrize("age", [0, 1, 2, 60])
def test_ring_and_history_agree(age: int, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[float, OwnPast]] = []

    def listening(params: Any, state: Any, now: SiteNow, load: LoadNow, *rest: Any) -> HeaterResult:
        told.append((load.expected_w, rest[-1]))
        return heater_step(params, state, now, load, *rest)

    monkeypatch.setattr(course, "heater_step", listening)
    made = ours(SERVO, (50.0, 14.0), home_of("no-battery").plant)
    pv_w = 2000.0 + 1500.0 * np.sin(np.arange(SECONDS) / 20.0)
    given = (pv_w, np.full(SECONDS, 350.0), np.zeros(SECONDS), np.ones(SECONDS))
    pvopt_course(
        made.plant,
        made.params,
        made.outlet,
        begun(made.plant, inputs_of(made.plant, 2000.0, 350.0, 0.0)),
        Driven(),
        age,
        150.0,
        *given,
        np.full(SECONDS // 30 + 2, 4400.0),
        np.zeros((age + MORE_ROWS, COLUMNS)),
        np.zeros((0, 4)),
    )
    history: History = ()
    for tick, (own_w, past) in enumerate(told):
        history = remembered(history, tick - 1.0 if tick else None, float(tick), own_w, age + 3.0)
        assert past == own_past(history, float(tick), float(age), 1.0), tick
    assert len({past.high_w for _, past in told}) > 4
    assert {past.still for _, past in told} == {True, False}
