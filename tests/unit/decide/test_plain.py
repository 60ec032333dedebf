"""Ledgers through JSON: the same again, or an empty one."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pvopt.decide.energy_floor import FloorLedger
from pvopt.decide.energy_period import PeriodLedger
from pvopt.decide.legionella import LegionellaLedger
from pvopt.decide.plain import from_plain, to_plain

NUMBERS = st.floats(0, 4e9)
FEW = st.lists(NUMBERS, max_size=8).map(tuple)
LEDGERS = st.one_of(
    st.builds(
        FloorLedger,
        st.integers(0, 10**6),
        NUMBERS,
        NUMBERS,
        st.booleans(),
        st.integers(0, 10**6),
        NUMBERS,
        st.integers(0, 8),
    ),
    st.builds(PeriodLedger, NUMBERS, NUMBERS, FEW),
    st.builds(
        LegionellaLedger,
        begun_utc_s=NUMBERS,
        hot_s=NUMBERS,
        seen_hot=st.booleans(),
        forced=st.booleans(),
        done=FEW,
        bought=FEW,
    ),
)


@given(LEDGERS)
def test_there_and_back(ledger: Any) -> None:
    told = json.loads(json.dumps(to_plain(ledger), allow_nan=False))
    assert from_plain(type(ledger), told) == ledger


@pytest.mark.parametrize(
    "told",
    [
        None, [], "x", 5, {"hot_s": "1"}, {"hot_s": None}, {"hot_s": True}, {"hot_s": math.nan},
        {"hot_s": math.inf}, {"hot_s": 10**400}, {"seen_hot": 1}, {"done": 5}, {"done": [1, "x"]},
        {"done": [True]}, {"done": [1.0] * 101}, {"begun_utc_s": 5.0, "forced": "yes"},
        {"begun_utc_s": [5.0]},
    ],
)  # fmt: skip
def test_a_broken_one_is_forgotten_whole(told: object) -> None:
    assert from_plain(LegionellaLedger, told) == LegionellaLedger()


@pytest.mark.parametrize("told", [{"day": 5.5}, {"day": True}, {"day": 2**53}, {"day": "5"}])
def test_a_day_is_a_whole_number(told: object) -> None:
    assert from_plain(FloorLedger, told) == FloorLedger()


def test_other_versions() -> None:
    assert from_plain(FloorLedger, {"day": 5, "later": [{}]}) == FloorLedger(day=5)
    assert from_plain(FloorLedger, {"today_wh": 7}) == FloorLedger(today_wh=7.0)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
NAMES = st.sampled_from(list(to_plain(LegionellaLedger())))


@given(st.dictionaries(NAMES, JSON, max_size=6))
def test_nothing_makes_it_raise(told: dict[str, object]) -> None:
    found = from_plain(LegionellaLedger, told)
    json.dumps(to_plain(found), allow_nan=False)
