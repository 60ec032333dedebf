"""What holds for every law: bounds, names, steady homes, and the same numbers when compiled."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pvopt.simulator.baselines.table import LAWS, Law
from pvopt.simulator.baselines.types import Heater, Sees, live_grid_w, lowered_w, raised_w
from pvopt.simulator.compiled import compile_kernel
from tests.unit.simulator.baselines.rig import HEATER, law_named, steady, watts_of

BY_EXPORT = ("s1", "s0", "mk2", "f1atb", "yasolr", "esphome", "evcc", "openems", "forgetful")
WATTS = st.one_of(st.just(math.nan), st.floats(-20000.0, 20000.0))
SEES = st.builds(
    Sees,
    grid_w=WATTS,
    pv_w=WATTS.map(abs),
    load_w=WATTS.map(abs),
    battery_w=WATTS,
    soc_pct=st.one_of(st.just(math.nan), st.floats(0.0, 100.0)),
    own_w=WATTS.map(abs),
    forecast_w=WATTS.map(abs),
    day_s=st.floats(0.0, 86400.0),
    charge_limit_w=WATTS.map(abs),
    feed_in=st.booleans(),
    fresh=st.booleans(),
    age_s=st.sampled_from((1.0, 60.0)),
)


NAMES = (
    *("s2", "s1", "s0", "mk2", "f1atb", "yasolr", "esphome", "evcc", "openems"),
    *("victron-ol", "forgetful"),
)


def each(names: tuple[str, ...] = NAMES) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("law", [law_named(name) for name in names], ids=names)


def test_the_names_of_the_table() -> None:
    assert tuple(law.name for law in LAWS) == NAMES


@each()
@settings(max_examples=10)
@given(samples=st.lists(SEES, min_size=1, max_size=20), max_w=st.sampled_from((700.0, 4000.0)))
def test_never_below_nothing_or_above_the_heater(
    law: Law, samples: list[Sees], max_w: float
) -> None:
    state = law.state
    for sees in samples:
        state, watts, closed = law.step(law.params, state, sees, Heater(max_w), 1.0)
        assert 0.0 <= watts <= max_w + 1e-9
        assert closed or watts == 0.0
    shape = type(law.state)
    assert isinstance(state, shape)
    assert [type(x) for x in state] == [type(x) for x in law.state]


@pytest.mark.slow
def test_compiled_they_give_the_same() -> None:
    chance = random.Random(3)

    def some(low: float, high: float) -> float:
        return math.nan if chance.random() < 0.02 else chance.uniform(low, high)

    samples = [
        Sees(
            grid_w=some(-3000.0, 800.0),
            pv_w=some(0.0, 4000.0),
            load_w=some(0.0, 1500.0),
            battery_w=some(-300.0, 300.0),
            soc_pct=chance.choice([math.nan, 95.0, 96.0, 97.0, 99.0, 100.0]),
            own_w=some(0.0, 2000.0),
            forecast_w=some(0.0, 4000.0),
            day_s=chance.uniform(30000.0, 66000.0),
            feed_in=chance.random() < 0.5,
            fresh=chance.random() < 0.8,
            age_s=chance.choice([1.0, 60.0]),
        )
        for _ in range(1200)
    ]
    for law in LAWS:
        compiled = compile_kernel(law.step)
        one, other = law.state, law.state
        seen = set()
        for sees in samples:
            one, watts, closed = law.step(law.params, one, sees, HEATER, 1.0)
            other, same_watts, same_closed = compiled(law.params, other, sees, HEATER, 1.0)
            assert (watts, closed) == (same_watts, same_closed), law.name
            assert repr(tuple(one)) == repr(tuple(other)), law.name
            seen.add(watts)
        assert len(seen) > 1, f"{law.name} never moved: the comparison would say nothing"


# Where a law settles with 1000 W to spare and a heater of 2000 W.
SETTLES = (
    ("s1", 950.0, 1000.0),  # within 50 W
    ("s0", 960.0, 980.0),  # 20 W of margin, 20 W of indifference
    ("mk2", 980.0, 1020.0),  # a cycle is 40 W of a second
    ("f1atb", 980.0, 1020.0),  # whole percents are 20 W
    ("yasolr", 999.0, 1001.0),
    ("esphome", 999.0, 1001.0),
    ("evcc", 995.0, 1000.0),  # whole watts of measured current
    ("openems", 666.0, 667.0),  # one element of three
)


@pytest.mark.parametrize(("name", "least_w", "most_w"), SETTLES)
def test_where_a_steady_export_is_taken_up(name: str, least_w: float, most_w: float) -> None:
    settled = watts_of(law_named(name), steady(1000.0), 600)[-120:]
    assert least_w <= sum(settled) / len(settled) <= most_w
    assert max(settled) - min(settled) <= 80.0


@each(BY_EXPORT)
def test_without_export_nothing_is_done(law: Law) -> None:
    """A home without feed-in never exports, so a law that looks at export alone sees nothing."""
    assert set(watts_of(law, lambda own_w: Sees(grid_w=0.0, own_w=own_w), 300)) == {0.0}


@each(tuple(name for name in BY_EXPORT if name != "forgetful"))
def test_import_ends_the_heating(law: Law) -> None:
    asked = watts_of(law, steady(2000.0), 400)
    assert asked[-1] > 1900.0
    state = law.state
    own_w = 0.0
    for k in range(900):
        export_w = 2000.0 if k < 400 else -200.0
        sees = steady(export_w)(own_w)
        state, own_w, _ = law.step(law.params, state, sees, HEATER, 1.0)
    assert own_w == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize(("by_w", "watts"), [(100.0, 0.0), (101.0, 101.0), (2500.0, 2000.0)])
def test_a_rise_begins_at_the_least(by_w: float, watts: float) -> None:
    assert raised_w(0.0, by_w, 101.0, 2000.0) == watts


@pytest.mark.parametrize(("by_w", "watts"), [(49.0, 101.0), (50.0, 0.0), (999.0, 0.0)])
def test_a_cut_below_the_least_is_off(by_w: float, watts: float) -> None:
    assert lowered_w(150.0, by_w, 101.0) == watts


@pytest.mark.parametrize(("age_s", "grid_w"), [(1.0, 400.0), (3.0, 400.0), (3.1, 0.0)])
def test_the_own_clamp_is_alive_while_the_sample_is_young(age_s: float, grid_w: float) -> None:
    assert live_grid_w(Sees(grid_w=0.0, own_w=0.0, age_s=age_s), 400.0) == grid_w
