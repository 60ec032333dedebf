"""One budget, shared out by rank."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pvopt.decide.ladder import share

WATTS = st.floats(-1e4, 1e5)


def test_the_first_rank_is_served_first() -> None:
    assert share(1500.0, (1000.0, 2000.0)) == ((1000.0, 500.0), 0.0)
    assert share(3500.0, (1000.0, 2000.0)) == ((1000.0, 2000.0), 500.0)
    assert share(1500.0, (0.0, 2000.0)) == ((0.0, 1500.0), 0.0)


@given(WATTS, st.lists(WATTS, max_size=6).map(tuple))
def test_nothing_is_made_or_lost(budget_w: float, able_w: tuple[float, ...]) -> None:
    offers, left_w = share(budget_w, able_w)
    assert sum(offers) + left_w == pytest.approx(max(0.0, budget_w))
    assert all(0.0 <= o <= max(0.0, a) for o, a in zip(offers, able_w, strict=True))
    assert left_w >= 0.0
