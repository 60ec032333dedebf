"""The text for Prometheus: lines, escapes, and what is not told."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pvopt.show.exposition import Family, Sample, text
from tests.exposition import read


def one(number: float | None, label: str = "boiler") -> Family:
    return Family("a_watts", "gauge", "Watts.", (Sample((("load", label),), number),))


def test_a_family_with_its_lines() -> None:
    boiler = Sample((("load", "boiler"), ("reason", "riding")), 740.0)
    plain = Family("b_total", "counter", "Two\nlines, one \\.", (Sample((), 3.0),))
    assert text([Family("a_watts", "gauge", "Watts.", (boiler,)), plain]) == (
        "# HELP a_watts Watts.\n"
        "# TYPE a_watts gauge\n"
        'a_watts{load="boiler",reason="riding"} 740\n'
        "# HELP b_total Two\\nlines, one \\\\.\n"
        "# TYPE b_total counter\n"
        "b_total 3\n"
    )


@pytest.mark.parametrize("number", [None, math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_not_told(number: float | None) -> None:
    assert text([one(number)]) == ""
    both = Family("a", "gauge", "A.", (Sample((), number), Sample((("x", "y"),), 1.0)))
    assert text([both]).endswith('\na{x="y"} 1\n')


def test_of_two_with_the_same_labels_the_first_is_told() -> None:
    """Prometheus would refuse all of an answer that has such."""
    alarm = (("code", "legionella_late"),)
    twice = Family("a", "gauge", "A.", (Sample(alarm, 1.0), Sample(alarm, 2.0)))
    assert read(text([twice])) == {("a", alarm): 1.0}


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_any_label_is_read_as_it_was(label: str) -> None:
    told = text([one(1.0, label)])
    assert re.fullmatch(r"(?:[^\n]+\n){3}", told.replace("\r", ""))
    assert read(told) == {("a_watts", (("load", label),)): 1.0}


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_are_told_to_twelve_digits(number: float) -> None:
    [found] = read(text([one(number)])).values()
    assert found == pytest.approx(number, rel=1e-11)


@given(st.floats(0.0, 1e15), st.floats(0.0, 1e15))
def test_rounding_never_makes_a_counter_fall(before: float, more: float) -> None:
    [first] = read(text([one(before)])).values()
    [second] = read(text([one(before + more)])).values()
    assert second >= first
