"""The loads of the ladder's benchmark and what becomes full behind them."""

from __future__ import annotations

from itertools import pairwise

import pytest

from pvopt.benchmarks.ladder_loads import (
    ENDLESS,
    LADDER,
    NAMES,
    TABLES,
    Filled,
    Kind,
    Store,
    filled_step,
    real_w,
    table_of,
)

STORE = Store(1000.0, 300.0, 60.0, 55.0)


def test_one_regulated_load_is_as_large_as_the_largest_step() -> None:
    """Else no ladder could take what is between its steps."""
    regulated = max(load.max_w for load in LADDER if load.kind == Kind.CONTINUOUS)
    levels = [(0.0, *load.levels_w) for load in LADDER]
    steps = [b - a for each in levels for a, b in pairwise(each)]
    assert regulated >= max(steps)
    assert {load.kind for load in LADDER} == set(Kind)


def test_only_the_unknown_load_draws_what_its_plate_does_not_say() -> None:
    for load in LADDER:
        drawn = {real_w(load, 60 * minute) for minute in range(200)}
        if load.kind == Kind.UNKNOWN:
            assert 0.75 * load.max_w <= min(drawn) < max(drawn) <= load.max_w
            assert real_w(load, 0) == real_w(load, 59) != real_w(load, 60)
        else:
            assert drawn == {load.max_w}


@pytest.mark.parametrize(
    ("held_wh", "was", "open_now"),
    [(999.9, False, False), (1000.0, False, True), (700.1, True, True), (700.0, True, False)],
)
def test_the_thermostat_opens_and_closes_again_below(
    held_wh: float, was: bool, open_now: bool
) -> None:
    still = STORE._replace(leak_w=0.0)
    assert filled_step(still, Filled(held_wh, was), 0.0, 0.0, 1.0).open is open_now


def test_what_goes_in_and_out() -> None:
    after = filled_step(STORE, Filled(500.0), 2000.0, 2.0, 1800.0)
    assert after.held_wh == pytest.approx(500.0 + 1000.0 - 30.0 - 110.0)
    assert filled_step(STORE, Filled(5.0), 0.0, 1.0, 1.0).held_wh == 0.0
    assert not filled_step(ENDLESS, Filled(1e9), 2000.0, 0.0, 3600.0).open


def test_every_table_has_the_same_loads() -> None:
    for table in TABLES:
        assert {load._replace(store=ENDLESS) for load in table.members} == {
            load._replace(store=ENDLESS) for load in LADDER
        }
        full = [load.store != ENDLESS for load in table.members]
        assert any(full) is (table.name == "tanks")
    assert [table_of(name).members[0].id for name in NAMES] == ["boiler", "towels", "boiler"]
    assert table_of("boiler-last").members[-1].id == "boiler"
