"""All laws in one kernel are the laws of the table."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pvopt.benchmarks import rivals
from pvopt.benchmarks.rivals import Rivals, rival_step
from pvopt.benchmarks.runs import RIVALS
from pvopt.simulator.baselines.table import LAWS
from pvopt.simulator.baselines.types import Heater, Sees

WATTS = st.one_of(st.floats(-5000.0, 5000.0), st.just(math.nan))
SAMPLES = st.lists(
    st.builds(
        Sees,
        grid_w=WATTS,
        pv_w=WATTS,
        load_w=WATTS,
        battery_w=WATTS,
        soc_pct=st.sampled_from([50.0, 96.0, 99.0, 100.0, math.nan]),
        own_w=st.floats(0.0, 2000.0),
        forecast_w=st.floats(0.0, 4000.0),
        feed_in=st.booleans(),
        age_s=st.sampled_from([1.0, 60.0]),
    ),
    min_size=1,
    max_size=70,
)


def test_each_law_has_its_place_and_its_state() -> None:
    for place, law in enumerate(LAWS):
        name = law.name.replace("-", "_")
        assert getattr(rivals, name.upper()) == place
        assert getattr(Rivals(), name) == law.state
    assert tuple(law.name for law in LAWS) == RIVALS


@pytest.mark.parametrize("place", range(len(LAWS)), ids=RIVALS)
@settings(max_examples=10, deadline=None)
@given(samples=SAMPLES)
def test_a_law_by_number_is_the_law_by_name(place: int, samples: list[Sees]) -> None:
    law, heater = LAWS[place], Heater()
    states, state = Rivals(), law.state
    for sees in samples:
        states, watts, closed = rival_step(place, states, sees, heater, 1.0)
        state, watts_there, closed_there = law.step(law.params, state, sees, heater, 1.0)
        assert (watts, closed) == (watts_there, closed_there)
    # Nobody else's memory was touched.
    name = law.name.replace("-", "_")
    assert repr(getattr(states, name)) == repr(state)
    fresh = Rivals()._replace(**{name: getattr(states, name)})
    assert repr(fresh) == repr(states)
