"""Reactive power out of an index that counts whole varh, against worked numbers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pvopt.sources.reactive import ReactivePower, active_w


def after(*readings: tuple[float, float]) -> ReactivePower:
    """``(index varh, seconds)`` each."""
    made = ReactivePower()
    for index_varh, at_s in readings:
        made.take(index_varh, at_s)
    return made


@pytest.mark.parametrize(
    ("readings", "now_s", "var"),
    [
        ([(100, 0)], 1, 0.0),
        ([(100, 0), (105, 30)], 30, 600.0),  # 5 varh in half a minute
        ([(100, 0), (104, 30)], 30, 0.0),  # not sure yet
        ([(100, 0), (102, 60)], 60, 120.0),  # 2 varh in a minute
        ([(100, 0), (102, 59)], 59, 0.0),
        ([(100, 0), (101, 60)], 60, 0.0),
        ([(100, 0), (101, 60), (102, 90)], 90, 80.0),  # 2 varh in a minute and a half
        ([(100, 0), (105, 30), (105, 149)], 149, 600.0),
        ([(100, 0), (105, 30), (105, 150)], 150, 0.0),  # nothing for two minutes
        ([(100, 0), (105, 30)], 149, 600.0),
        ([(100, 0), (105, 30)], 150, 0.0),  # it fell silent
        ([(100, 0), (105, 30), (110, 60)], 60, 600.0),
        ([(100, 0), (105, 30), (3, 60)], 60, 0.0),  # another meter
        ([(100, 0), (105, 0)], 0, 0.0),  # two in one instant tell nothing
    ],
)
def test_power_of_the_index(readings: list[tuple[float, float]], now_s: float, var: float) -> None:
    assert after(*readings).var(now_s) == pytest.approx(var)


@pytest.mark.parametrize(
    ("va", "var", "w"),
    [
        (1000.0, 600.0, 800.0),
        (-1000.0, 600.0, -800.0),
        (500.0, 0.0, 500.0),
        (100.0, 100.0, 0.0),
        (100.0, 300.0, 0.0),
        (0.0, 100.0, 0.0),
    ],
)
def test_active_power(va: float, var: float, w: float) -> None:
    assert active_w(va, var) == pytest.approx(w)


@given(st.floats(-1e6, 1e6), st.floats(0, 1e6))
def test_it_is_never_more_than_the_apparent_and_keeps_its_sign(va: float, var: float) -> None:
    found = active_w(va, var)
    assert abs(found) <= abs(va) * (1 + 1e-12)
    assert found * va >= 0
