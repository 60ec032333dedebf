"""What the search is told beside the home's own numbers; what outlives a gate."""

from __future__ import annotations

from typing import Any

import pytest

from pvopt.decide import budget
from pvopt.decide.budget import rested
from pvopt.decide.hunt import HuntMeters, HuntResult, HuntState, hunt_step
from pvopt.decide.hunt_shapes import OwnPast
from pvopt.decide.memory import Memory
from pvopt.decide.one_heater import HeaterState, heater_params, heater_step
from pvopt.decide.past import own_past
from pvopt.decide.policy import decide
from pvopt.decide.site_now import load_now, site_now
from pvopt.model import LimitWhy, Site
from tests.unit.decide import samples

NAN = float("nan")


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[HuntMeters]:
    """What the search is given, call by call."""
    given: list[HuntMeters] = []

    def listening(params: Any, state: HuntState, meters: HuntMeters, dt_s: float) -> HuntResult:
        given.append(meters)
        return hunt_step(params, state, meters, dt_s)

    monkeypatch.setattr(budget, "hunt_step", listening)
    return given


def step(home: Site, past: OwnPast) -> None:
    params = heater_params(samples.SETTINGS)
    load = load_now(samples.view(), 0.0)
    heater_step(params, HeaterState(), samples.now_of(home), load, True, NAN, NAN, 1.0, past)


def near(grid_w: float, *more: LimitWhy) -> Site:
    whys = (LimitWhy.NEAR_LIMIT, *more)
    return samples.site(
        pv=tuple(samples.charger(True, why) for why in whys), grid_w=samples.reading(grid_w)
    )


@pytest.mark.parametrize(
    ("home", "unsure"),
    [
        (near(0.0), True),
        (near(-16.0), True),  # half the margin of 30 W and 1 W
        (near(-17.0), False),
        (near(0.0, LimitWhy.FEED_IN_LIMIT), False),
        (samples.site(grid_w=samples.reading(0.0)), False),
    ],
)
def test_who_exports_is_sure_of_sun_to_spare(
    told: list[HuntMeters], home: Site, unsure: bool
) -> None:
    step(home, OwnPast())
    assert [meters.unsure for meters in told] == [unsure]


def test_the_search_knows_what_was_drawn(told: list[HuntMeters]) -> None:
    step(samples.site(), OwnPast(900.0, 200.0, False))
    step(samples.site(), OwnPast(500.0, 500.0, True))
    assert [(m.high_w, m.low_w, m.still) for m in told] == [
        (900.0, 200.0, False),
        (500.0, 500.0, True),
    ]


@pytest.mark.parametrize("age_s", [0.0, 1.0, 5.0])
def test_policy_tells_what_was_drawn_then(told: list[HuntMeters], age_s: float) -> None:
    memory, watts = Memory(), [0.0] * 5 + [600.0] * 3 + [650.0] * 8
    for second, own_w in enumerate(watts):
        now_s = float(second)
        shot = samples.snapshot(now_s, samples.site(now_s - age_s), samples.view(own_w, at_s=now_s))
        _, memory = decide(shot, memory, samples.SETTINGS)
        now = site_now(shot.site, shot.instant)
        past = own_past(memory.timers.own, now.now_s, age_s, samples.SETTINGS.tick_s)
        assert (told[-1].high_w, told[-1].low_w, told[-1].still) == past
    changed = [m.high_w != m.low_w for m in told]
    assert len(told) == len(watts)
    assert [k for k, change in enumerate(changed) if change] == [5 + age_s, 8 + age_s]


def test_what_a_search_learned_outlives_a_gate() -> None:
    state = HuntState(
        budget_w=500.0,
        accept_w=800.0,
        step_w=100.0,
        response_s=9.0,
        hour_wh=3.0,
        wait_s=7.0,
        backoff=4.0,
    )
    kept = rested(state)
    assert (kept.budget_w, kept.step_w) == (0.0, 0.0)
    assert (kept.accept_w, kept.response_s, kept.hour_wh) == (800.0, 9.0, 3.0)
    assert (kept.wait_s, kept.backoff) == (7.0, 4.0)
