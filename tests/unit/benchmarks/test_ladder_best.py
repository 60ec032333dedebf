"""The all-knowing ladder: cases by hand, and what holds for all."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pvopt.benchmarks.ladder_best import best_shares
from pvopt.benchmarks.ladder_loads import LADDER, Kind, Member, real_w

BOILER, TOWELS, PUMP, FLOOR, DAMP, BUFFER = LADDER
REAL = tuple(real_w(member, 0) for member in LADDER)


def shares(spare_w: float, *members: Member) -> tuple[float, ...]:
    return best_shares(members, [member.max_w for member in members], spare_w)


@pytest.mark.parametrize(
    ("spare_w", "expected"),
    [
        (-10.0, (0.0, 0.0, 0.0)),
        (0.0, (0.0, 0.0, 0.0)),
        (1.0, (1.0, 0.0, 0.0)),
        (2000.0, (2000.0, 0.0, 0.0)),
        (2200.0, (2000.0, 0.0, 200.0)),
        (2700.0, (2000.0, 500.0, 200.0)),
        (3500.0, (2000.0, 500.0, 1000.0)),
        (9000.0, (2000.0, 500.0, 1000.0)),
    ],
)
def test_all_of_it_by_rank(spare_w: float, expected: tuple[float, ...]) -> None:
    assert shares(spare_w, BOILER, TOWELS, BUFFER) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("spare_w", "expected"),
    [(2499.0, (2000.0, 0.0)), (2500.0, (2000.0, 500.0))],
)
def test_with_a_regulator_only_in_the_first_rank_the_sum_counts(
    spare_w: float, expected: tuple[float, ...]
) -> None:
    """2499 W are 1999 W and the 500 W of the switched load: more than the heater alone."""
    if spare_w == 2499.0:
        expected = (1999.0, 500.0)
    assert shares(spare_w, BOILER, TOWELS) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("spare_w", "expected"),
    [(499.0, (0.0, 0.0)), (500.0, (500.0, 0.0)), (799.0, (500.0, 0.0)), (800.0, (0.0, 800.0))],
)
def test_switched_loads_alone_leave_what_is_between_their_levels(
    spare_w: float, expected: tuple[float, ...]
) -> None:
    assert shares(spare_w, TOWELS, PUMP) == expected


@pytest.mark.parametrize(("spare_w", "floor_w"), [(999.0, 500.0), (1000.0, 1000.0), (9e3, 1500.0)])
def test_a_load_of_stages_takes_the_highest_that_fits(spare_w: float, floor_w: float) -> None:
    assert shares(spare_w, FLOOR) == (floor_w,)


def test_an_open_thermostat_takes_nothing() -> None:
    assert best_shares((BOILER, TOWELS), (0.0, 500.0), 1500.0) == (0.0, 500.0)


def test_what_nobody_tells_is_known_here() -> None:
    assert DAMP.kind == Kind.UNKNOWN
    assert best_shares((DAMP,), (300.0,), 299.0) == (0.0,)
    assert best_shares((DAMP,), (300.0,), 300.0) == (300.0,)


@settings(max_examples=60, deadline=None)
@given(spare_w=st.floats(-100.0, 8000.0), able=st.tuples(*[st.booleans()] * 6))
def test_nothing_that_the_loads_can_be_set_to_is_better(
    spare_w: float, able: tuple[bool, ...]
) -> None:
    real = [watts if yes else 0.0 for watts, yes in zip(REAL, able, strict=True)]
    found = best_shares(LADDER, real, spare_w)
    assert sum(found) <= max(0.0, spare_w) + 1e-3
    assert all(0.0 <= mine <= most for mine, most in zip(found, real, strict=True))
    # Every way to switch the four, the two heaters filling what is left.
    levels = [(0.0, 500.0), (0.0, 800.0), (0.0, 500.0, 1000.0, 1500.0), (0.0, REAL[4])]
    best_w = 0.0
    for switched in product(*levels):
        if any(watts > most for watts, most in zip(switched, real[1:5], strict=True)):
            continue
        if sum(switched) <= max(0.0, spare_w) + 1e-6:
            filled_w = min(real[0] + real[5], max(0.0, spare_w) - sum(switched))
            best_w = max(best_w, sum(switched) + max(0.0, filled_w))
    assert sum(found) == pytest.approx(best_w, abs=2e-3)
