"""A column comes back as it was, to the last bit, and a calm one is small."""

from __future__ import annotations

import math
import struct

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pvopt.errors import StoreError
from pvopt.store.columns import packed, unpacked

SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(), st.text(max_size=5)
)
COLUMNS = st.one_of(
    st.lists(st.floats(), max_size=40),
    st.lists(st.floats(0, 100).map(lambda one: round(one, 1)), max_size=40),
    st.lists(st.floats(-1e6, 1e6).map(lambda one: round(one, 3) + 7.3), max_size=40),
    st.lists(st.integers(-300, 300), max_size=40),
    st.lists(st.integers(-(2**63), 2**63 - 1), max_size=40),
    st.lists(st.booleans(), max_size=40),
    st.lists(st.one_of(st.none(), st.floats()), max_size=40),
    st.lists(st.one_of(st.none(), st.booleans()), max_size=40),
    st.lists(st.sampled_from(["", "gx", "a fault: ü"]), max_size=40),
    st.lists(st.one_of(st.none(), st.booleans(), st.text(max_size=5)), max_size=40),
)


def same(a: object, b: object) -> bool:
    if isinstance(a, float) and isinstance(b, float):
        return struct.pack("<d", a) == struct.pack("<d", b) or (math.isnan(a) and math.isnan(b))
    return type(a) is type(b) and a == b


@given(COLUMNS)
def test_a_column_comes_back(column: list[object]) -> None:
    back = unpacked(packed(column), len(column))
    assert len(back) == len(column)
    assert all(map(same, back, column))


@example([False, 0.0, -0.0])
@example([2**53, 0.0])
@example([2**53 + 1, 0.0])
@example([-(2**53) - 1, None, 0.5])
@given(st.lists(SCALARS, min_size=1, max_size=10))
def test_any_mixture_comes_back_as_equal_numbers(column: list[object]) -> None:
    back = unpacked(packed(column), len(column))
    kinds = {type(one) for one in column} - {type(None)}
    if kinds == {int, float}:  # a whole number where floats are may be a float
        for read, one in zip(back, column, strict=True):
            assert read == one or (isinstance(one, float) and math.isnan(one) and math.isnan(read))
    else:
        assert all(map(same, back, column))


@given(COLUMNS.filter(len), st.data())
def test_what_is_cut_off_is_said(column: list[object], data: st.DataObject) -> None:
    text = packed(column)
    cut = text[: data.draw(st.integers(0, len(text) - 1))]
    try:
        back = unpacked(cut, len(column))
    except StoreError:
        return
    assert len(back) == len(column)  # a constant's last digit may be gone, nothing worse


@pytest.mark.parametrize(
    ("column", "most"),
    [
        ([230.0] * 60, 8),
        ([1000.0 + 0.1 * k for k in range(60)], 140),  # a moment: noise in the last bits
        ([float(k % 7) for k in range(60)], 80),
        ([None] * 60, 6),
        ([12_345.678 + k for k in range(60)], 140),
    ],
)
def test_calm_columns_are_small(column: list[object], most: int) -> None:
    assert len(packed(column)) <= most
