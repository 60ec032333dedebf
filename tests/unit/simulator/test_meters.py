"""The meters' numbers: whole, split by phase, of one shape whatever the home."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pvopt.simulator.home import HomeInputs, HomeParams
from pvopt.simulator.meters import ABSENT, Meters, rounded
from tests.unit.simulator.homes import SUNNY, steady_world


@pytest.mark.parametrize(
    ("number", "whole"),
    [(0.0, 0), (0.49, 0), (0.5, 1), (86.5, 87), (-0.49, 0), (-0.5, -1), (-2.5, -3), (-2.4, -2)],
)
def test_halves_go_away_from_zero(number: float, whole: int) -> None:
    assert rounded(number) == whole
    assert isinstance(rounded(number), int)


@given(st.floats(-1e6, 1e6))
def test_a_half_at_most_is_lost(number: float) -> None:
    assert abs(rounded(number) - number) <= 0.5
    assert rounded(-number) == -rounded(number)


def shape(meters: Meters) -> list[object]:
    """The types of all numbers, in order, those of the tuples inside too."""
    flat: list[object] = []
    for field in meters:
        inner = field if isinstance(field, tuple) else (field,)
        for number in inner:
            flat += [type(n) for n in number] if isinstance(number, tuple) else [type(number)]
    return flat


def test_every_home_has_meters_of_one_shape() -> None:
    homes = [
        steady_world(),
        steady_world(params=HomeParams(charger_b_rated_w=2500.0, phases=3)),
        steady_world(
            HomeInputs(pv_ac_w=2000.0, load_l1_w=300.0, load_l2_w=0.4),
            HomeParams(battery_wh=0.0, pv_ac_rated_w=4000.0),
        ),
        steady_world(SUNNY._replace(grid_up=False)),
        steady_world(
            SUNNY._replace(grid_up=False, generator_on=True), HomeParams(generator_w=2500.0)
        ),
    ]
    shapes = [shape(home.meters) for home in homes]
    assert all(each == shapes[0] for each in shapes)
    assert set(shapes[0]) == {int, bool}


def test_a_charger_that_is_not_there_is_told_apart_from_one_that_sleeps() -> None:
    night = HomeInputs(load_l1_w=300.0)
    one, two = steady_world(night).meters.chargers
    assert (one, two) == ((0, 0), (0, ABSENT))
    both = steady_world(night, HomeParams(charger_b_rated_w=2500.0)).meters.chargers
    assert [charger.mode for charger in both] == [0, 0]
    none = steady_world(night, HomeParams(battery_wh=0.0)).meters.chargers
    assert [charger.mode for charger in none] == [ABSENT, ABSENT]
