"""Watts shared by weight between limits: the sum is exact, limits hold, order does not matter."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pvopt.decide.split_shares import Part, allocate, weights_of


@st.composite
def _parts(draw: st.DrawFn) -> Part:
    least_w = draw(st.sampled_from([0.0, 20.0, 40.0, 80.0]))
    most_w = least_w + draw(st.floats(0.0, 1500.0))
    extra_w = draw(st.sampled_from([0.0, 100.0]))
    return Part(draw(st.floats(0.05, 20.0)), least_w, most_w, extra_w)


PARTS = st.lists(_parts(), min_size=1, max_size=8).map(tuple)
NEEDS = st.floats(-3000.0, 9000.0)


@given(NEEDS, PARTS)
def test_the_sum_and_the_remainder_are_the_need_and_no_limit_is_crossed(
    need_w: float, parts: tuple[Part, ...]
) -> None:
    watts, left_w = allocate(need_w, parts)
    assert math.fsum(watts) + left_w == pytest.approx(need_w, abs=1e-9)
    for given_w, part in zip(watts, parts, strict=True):
        assert part.least_w - 1e-9 <= given_w <= part.most_w + part.extra_w + 1e-9
    least_w = math.fsum([part.least_w for part in parts])
    most_w = math.fsum([part.most_w + part.extra_w for part in parts])
    if least_w <= need_w <= most_w:
        assert left_w == pytest.approx(0.0, abs=1e-9)
    assert left_w >= -1e-9 or need_w < least_w
    assert left_w <= 1e-9 or need_w > most_w


@given(NEEDS, PARTS)
def test_after_rounding_to_watts_at_most_half_a_watt_each_is_missing(
    need_w: float, parts: tuple[Part, ...]
) -> None:
    watts, left_w = allocate(need_w, parts)
    rounded_w = sum(round(given_w) for given_w in watts)
    assert abs(rounded_w + left_w - need_w) <= len(parts) / 2.0 + 1e-9


@given(NEEDS, PARTS, st.randoms(use_true_random=False))
def test_whoever_comes_first_it_is_the_same(
    need_w: float, parts: tuple[Part, ...], shuffle: st.DrawFn
) -> None:
    places = list(range(len(parts)))
    shuffle.shuffle(places)  # type: ignore[attr-defined]
    watts, _ = allocate(need_w, parts)
    again, _ = allocate(need_w, tuple([parts[place] for place in places]))
    for place, given_w in zip(places, again, strict=True):
        assert given_w == pytest.approx(watts[place], abs=1e-6)


@given(st.floats(0.0, 5000.0), st.floats(0.0, 500.0), PARTS)
def test_more_need_is_less_for_nobody(
    need_w: float, more_w: float, parts: tuple[Part, ...]
) -> None:
    before, _ = allocate(need_w, parts)
    after, _ = allocate(need_w + more_w, parts)
    assert all(b >= a - 1e-6 for a, b in zip(before, after, strict=True))


SOCS = st.lists(st.floats(0.0, 100.0), min_size=2, max_size=8).map(tuple)


@given(SOCS, st.floats(0.0, 20.0), st.floats(0.0, 5.0), st.booleans())
def test_the_fuller_gives_more_and_takes_less(
    socs_pct: tuple[float, ...], threshold_pct: float, rate: float, giving: bool
) -> None:
    weights = weights_of(socs_pct, threshold_pct, rate, giving)
    pairs = sorted(zip(socs_pct, weights, strict=True))
    ordered = [weight for _, weight in pairs]
    assert ordered == sorted(ordered, reverse=not giving)
    if max(socs_pct) - min(socs_pct) <= threshold_pct:
        assert set(weights) == {1.0}


@given(SOCS, st.floats(0.1, 10.0), st.floats(50.0, 2000.0))
def test_a_storages_part_rises_with_how_full_it_is(
    socs_pct: tuple[float, ...], more_pct: float, need_w: float
) -> None:
    def part_w(own_pct: float) -> float:
        weights = weights_of((own_pct, *socs_pct[1:]), 3.0, 1.0, True)
        return allocate(need_w, tuple([Part(w, 0.0, 800.0) for w in weights]))[0][0]

    assert part_w(socs_pct[0] + more_pct) >= part_w(socs_pct[0]) - 1e-9


@pytest.mark.parametrize(("soc_pct", "even"), [(82.9, True), (83.1, False)])
def test_the_threshold(soc_pct: float, even: bool) -> None:
    weights = weights_of((80.0, soc_pct), 3.0, 1.0, True)
    assert (weights[0] == weights[1]) is even


def test_one_whose_charge_is_not_known_is_as_the_others() -> None:
    assert weights_of((80.0, math.nan), 3.0, 1.0, True) == (1.0, 1.0)
    assert weights_of((math.nan, math.nan), 3.0, 1.0, True) == (1.0, 1.0)


def test_the_worked_examples() -> None:
    parts = (Part(1.0, 0.0, 200.0), Part(1.0, 0.0, 400.0))
    assert allocate(500.0, parts) == ((200.0, 300.0), 0.0)
    low, high = weights_of((67.0, 80.0), 3.0, 1.0, True)
    assert high / (low + high) == pytest.approx(0.731, abs=0.001)


@pytest.mark.parametrize("need_w", [799.0, 800.0, 801.0, 950.0])
def test_the_boost_is_no_jump(need_w: float) -> None:
    watts, left_w = allocate(need_w, (Part(1.0, 40.0, 400.0, 100.0),) * 2)
    assert sum(watts) == pytest.approx(need_w)
    assert left_w == pytest.approx(0.0)
