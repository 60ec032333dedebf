"""What our loads drew when a late sample was made, by the history and in one tick."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pvopt.decide.hunt_shapes import OwnPast
from pvopt.decide.past import History, kept_s, own_past, past_now, remembered, swing_w
from pvopt.decide.world import WorldState
from pvopt.model import LoadView
from tests.unit.decide.samples import now_of, site

# Watts that move by nothing, by next to nothing and by much.
WATTS = st.lists(st.sampled_from([0.0, 0.0, 500.0, 500.9, 501.5, 2000.0]), min_size=1, max_size=40)


def lived(ticks: list[tuple[float, float]], kept_s: float = 390.0) -> History:
    """The history after ticks of (instant, watts)."""
    history: History = ()
    last_s = None
    for now_s, watts in ticks:
        history = remembered(history, last_s, now_s, watts, kept_s)
        last_s = now_s
    return history


def every(tick_s: float, *watts: float) -> list[tuple[float, float]]:
    """Ticks from 100 s on."""
    return [(100.0 + k * tick_s, w) for k, w in enumerate(watts)]


def by_the_ticks(watts: list[float], age: int) -> OwnPast:
    """The definition, tick by tick."""
    shown, last = len(watts) - 1 - age, len(watts) - 1
    near = [watts[max(0, k)] for k in (shown - 1, shown)]
    around = [watts[min(last, max(0, k))] for k in range(shown - 2, shown + 2)]
    still = shown > 2 and max(around) - min(around) <= 1.0
    return OwnPast(max(near), min(near), still)


@given(watts=WATTS, age=st.integers(0, 45), tick_s=st.sampled_from([1.0, 5.0, 30.0]))
def test_the_history_is_the_definition(watts: list[float], age: int, tick_s: float) -> None:
    ticks = every(tick_s, *watts)
    if age * tick_s > 300.0:  # older than any sample that may be used
        age = int(300.0 / tick_s)
    past = own_past(lived(ticks), ticks[-1][0], age * tick_s, tick_s)
    assert past == by_the_ticks(watts, age)


@given(watts=WATTS)
def test_a_sample_of_this_tick(watts: list[float]) -> None:
    world = WorldState()
    for tick, own_w in enumerate(watts):
        assert past_now(world, own_w) == by_the_ticks(watts[: tick + 1], 0)
        world = world._replace(
            own_w=own_w, own_1_w=world.own_w, own_2_w=world.own_1_w, own_3_w=world.own_2_w
        )


@pytest.mark.parametrize(
    ("age_s", "past"),
    [
        (0.0, OwnPast(500.0, 500.0, True)),
        (1.0, OwnPast(500.0, 500.0, True)),
        (2.0, OwnPast(500.0, 500.0, False)),
        (3.0, OwnPast(500.0, 0.0, False)),
        (4.0, OwnPast(0.0, 0.0, False)),
        (5.0, OwnPast(0.0, 0.0, True)),
    ],
)
def test_around_a_change(age_s: float, past: OwnPast) -> None:
    """The tick of 109 s, a change found at that of 106 s."""
    history = lived(every(1.0, *([0.0] * 6), *([500.0] * 4)))
    assert own_past(history, 109.0, age_s, 1.0) == past


@pytest.mark.parametrize(("watts", "still"), [(501.0, True), (501.1, False)])
def test_a_watt_is_no_change(watts: float, still: bool) -> None:
    history = lived(every(1.0, 500.0, 500.0, 500.0, 500.0, watts))
    assert own_past(history, 104.0, 1.0, 1.0).still is still


@given(
    watts=WATTS,
    age=st.integers(0, 45),
    shake=st.lists(st.floats(-0.1, 0.1), min_size=40, max_size=40),
    off_s=st.floats(-0.2, 0.2),
)
def test_ticks_and_samples_need_not_be_exact(
    watts: list[float], age: int, shake: list[float], off_s: float
) -> None:
    ticks = [
        (at_s + s, w) for (at_s, w), s in zip(every(1.0, *watts), shake[: len(watts)], strict=True)
    ]
    now_s = ticks[-1][0]
    sample_s = min(now_s, 100.0 + len(watts) - 1 - age + off_s)
    past = own_past(lived(ticks), now_s, now_s - sample_s, 1.0)
    exact = by_the_ticks(watts, age)
    assert (past.high_w, past.low_w) == (exact.high_w, exact.low_w)


def test_late_ticks_change_what_is_drawn_since_the_tick_before() -> None:
    """0 W was asked until 104 s; the next tick comes at 109 s and finds 800 W."""
    ticks = [*every(1.0, 0.0, 0.0, 0.0, 0.0, 0.0), (109.0, 800.0)]
    history = lived(ticks)
    assert own_past(history, 109.0, 3.0, 1.0) == OwnPast(800.0, 800.0, False)
    assert own_past(history, 109.0, 5.0, 1.0) == OwnPast(0.0, 0.0, False)
    assert own_past(history, 109.0, 6.0, 1.0) == OwnPast(0.0, 0.0, True)


def test_a_clock_that_jumped_back_begins_anew() -> None:
    """What was drawn at those instants before is not what was drawn now."""
    history = lived([*every(1.0, *([700.0] * 60)), (120.0, 300.0)])
    assert history == ((120.0, 300.0),)
    assert own_past(history, 120.0, 0.0, 1.0) == OwnPast(300.0, 300.0, False)
    assert own_past(history, 120.0, 60.0, 1.0) == OwnPast(300.0, 300.0, False)


def test_a_clock_that_stands_still_is_safe() -> None:
    history = lived([(100.0, 0.0), (100.0, 400.0), (100.0, 0.0)])
    assert own_past(history, 100.0, 0.0, 1.0).still is False


@pytest.mark.parametrize("age_s", [math.inf, math.nan, 1e6, -5.0])
def test_an_age_without_sense(age_s: float) -> None:
    """Before the history began nothing is known; what is not yet, is as now."""
    past = own_past(lived(every(1.0, 0.0, 0.0, 250.0, 250.0)), 103.0, age_s, 1.0)
    assert past == (OwnPast(250.0, 250.0, True) if age_s < 0.0 else OwnPast(0.0, 0.0, False))


@pytest.mark.parametrize(("allowed_age_s", "entries"), [(7.0, 11), (300.0, 304)])
def test_what_nobody_asks_for_is_forgotten(allowed_age_s: float, entries: int) -> None:
    """A change a second for an hour keeps what the oldest sample needs; a rest keeps one entry."""
    for_s = kept_s(now_of(site(allowed_age_s=allowed_age_s)), 1.0)
    watts = [float(k % 1500) for k in range(3600)]
    busy = lived(every(1.0, *watts), for_s)
    assert len(busy) == entries
    now_s = 100.0 + 3599
    assert own_past(busy, now_s, allowed_age_s, 1.0) == by_the_ticks(watts, int(allowed_age_s))
    for k in range(800):
        busy = remembered(busy, now_s + k, now_s + k + 1.0, 5.0, for_s)
    assert busy == ((now_s, 5.0),)
    assert own_past(busy, now_s + 800.0, 300.0, 1.0) == OwnPast(5.0, 5.0, True)


def test_without_a_sample_as_much_is_kept_as_any_may_need() -> None:
    assert kept_s(now_of(None), 2.0) == 306.0


def test_a_knob_on_its_way_may_have_drawn_already_what_it_is_sent_for() -> None:
    """A servo is sent up at 110 s: at 111 s it should draw 200 W, and may draw 900 W."""
    history = lived(every(1.0, *[200.0] * 11))
    history = remembered(history, 110.0, 111.0, 200.0, 390.0, 700.0)
    assert own_past(history, 111.0, 0.1, 1.0) == OwnPast(900.0, 200.0, False)
    assert own_past(history, 111.0, 1.6, 1.0) == OwnPast(200.0, 200.0, True)
    history = remembered(history, 111.0, 112.0, 900.0, 390.0)
    assert own_past(history, 112.0, 0.1, 1.0) == OwnPast(900.0, 200.0, False)
    for now_s in range(113, 118):
        history = remembered(history, now_s - 1.0, float(now_s), 900.0, 390.0)
    assert own_past(history, 117.0, 0.1, 1.0) == OwnPast(900.0, 900.0, True)


@pytest.mark.parametrize(("swung_w", "still"), [(1.0, True), (1.1, False)])
def test_a_knob_at_rest_swings_by_nothing(swung_w: float, still: bool) -> None:
    history = remembered(lived(every(1.0, *[200.0] * 11)), 110.0, 111.0, 200.0, 390.0, swung_w)
    assert own_past(history, 111.0, 0.1, 1.0).still is still


def test_the_swing_is_that_of_the_loads_asked_about() -> None:
    views = (
        LoadView("boiler", expected_w=200.0, most_w=900.0),
        LoadView("pool", expected_w=300.0, most_w=350.0),
        LoadView("relay", expected_w=500.0),
    )
    assert swing_w(views, ("boiler", "relay")) == 700.0
    assert swing_w(views, ("boiler", "pool", "relay")) == 750.0
