"""A sentence for every reason, with the numbers that decide gives, and never an exception."""

from __future__ import annotations

import math
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pvopt.model import Alarm, Change, EssState, Reason, Why
from pvopt.show import words
from pvopt.show.words import english

NAMES = ["soc_pct", "min_pct", "age_s", "allowed_s", "alarm", "state", "since_s", "limit_w"]
NUMBERS = st.floats(allow_nan=True, allow_infinity=True)


@pytest.mark.parametrize("code", list(Why))
def test_every_reason_has_a_sentence_that_needs_no_number(code: Why) -> None:
    text = words.sentence(Reason(code))
    assert text
    assert "{" not in text


@pytest.mark.parametrize("alarm", list(Alarm))
def test_every_alarm_has_a_name(alarm: Alarm) -> None:
    text = words.sentence(Reason(Why.ALARM, (("alarm", float(alarm)),)))
    assert english.ALARMS[alarm] in text


@pytest.mark.parametrize("state", list(EssState))
def test_every_state_has_a_name(state: EssState) -> None:
    text = words.sentence(Reason(Why.ESS_STATE, (("state", float(state)),)))
    assert english.STATES[state] in text


@pytest.mark.parametrize("strange", [99.0, -1.0, math.nan, math.inf])
@pytest.mark.parametrize(("code", "name"), [(Why.ALARM, "alarm"), (Why.ESS_STATE, "state")])
def test_a_number_without_a_name_is_a_question_mark(code: Why, name: str, strange: float) -> None:
    assert "?" in words.sentence(Reason(code, ((name, strange),)))


@given(
    st.sampled_from(list(Why)),
    st.lists(st.tuples(st.sampled_from(NAMES), NUMBERS), max_size=4).map(tuple),
    st.one_of(st.none(), st.builds(Change, NUMBERS, NUMBERS)),
)
def test_no_number_however_mad_raises(
    code: Why, numbers: tuple[tuple[str, float], ...], change: Change | None
) -> None:
    reason = Reason(code, numbers, change)
    assert words.sentence(reason)
    words.needs(reason)


def test_the_numbers_stand_in_the_sentence() -> None:
    stale = Reason(Why.STALE, (("age_s", 12.4), ("allowed_s", 7.0)))
    assert "12" in words.sentence(stale)
    assert "7" in words.sentence(stale)
    low = Reason(Why.SOC_LOW, (("soc_pct", 17.0), ("min_pct", 20.0)))
    assert "17" in words.sentence(low)


@pytest.mark.parametrize(
    ("change", "has", "hasnt"),
    [
        (Change(200.0, 10.0), ("200", "10"), ()),
        (Change(200.0, 0.0), ("200",), ("s",)),
        (Change(0.0, 10.0), ("10",), ("W",)),
        (Change(0.0, 0.0), (), ()),
    ],
)
def test_what_would_change_it(change: Change, has: tuple[str, ...], hasnt: tuple[str, ...]) -> None:
    text = words.needs(Reason(Why.NO_SURPLUS, (), change))
    assert all(number in text for number in has)
    assert all(f"{number} {unit}" not in text for number in ("0",) for unit in hasnt)
    assert bool(text) == bool(has)


@pytest.mark.parametrize(
    ("code", "change", "text"),
    [
        (Why.WAIT_DISABLE, Change(40, 299), "goes off in 299 s unless 40 W more come"),
        (Why.WAIT_DISABLE, Change(0, 299), "goes off in 299 s"),
        (Why.PROBING, Change(0, 6), "judged in 6 s"),
        (Why.RIDING, Change(20, 156), "tries more in 156 s"),
        (Why.RIDING, Change(0, 20), "tries a little less in 20 s"),
        (Why.THERMOSTAT_OPEN, Change(0, 600), "tries again in 600 s"),
        (Why.MIN_OFF, Change(0, 9), "may go on in 9 s"),
        (Why.INVERTER_CAP, Change(40, 0), "needs 40 W more"),
    ],
)
def test_what_the_seconds_lead_to_depends_on_the_reason(
    code: Why, change: Change, text: str
) -> None:
    assert words.needs(Reason(code, (), change)) == text


def test_words_by_code_say_the_numbers_that_there_are() -> None:
    assert all("{s:" in text and "{w:" not in text for text in english.NEXT.values())
    assert all("{s:" in text for text in english.NEXT_BOTH.values())


def test_the_owners_wish_about_the_forecast_reads_otherwise() -> None:
    sky = words.sentence(Reason(Why.FORECAST_LOW, (("budget_w", 0.0),)))
    wish = words.sentence(Reason(Why.FORECAST_LOW, (("forecast_w", 900.0), ("pv_w", 700.0))))
    assert sky != wish
    assert "900" in wish


@pytest.mark.parametrize("code", [Why.BOOST, Why.PERSON_ON, Why.PERSON_OFF])
def test_a_wish_says_when_it_ends(code: Why) -> None:
    assert words.sentence(Reason(code, (("until_min", 870.0),))).endswith("by hand until 14:30")
    assert words.sentence(Reason(code, (("left_min", 5.0),))).endswith("for another 5 min")
    assert words.sentence(Reason(code, (("until_min", math.nan),))).endswith("by hand")
    assert words.sentence(Reason(code)).endswith("by hand")


def test_a_time_by_which_it_is_to_be_ready_is_said() -> None:
    reason = Reason(Why.READY_BY, (("lacking_wh", 1500.0), ("by_min", 425.0)))
    assert words.sentence(reason) == "to be ready by 07:05: heating 1500 Wh more"


def test_sentences_use_only_names_that_are_known() -> None:
    """A name in a sentence that decide never gives would always be a question mark."""
    known = {*NAMES, "alarm_name", "state_name", "temperature_c", "max_c", "inverter_w"}
    known |= {"forecast_w", "pv_w", "budget_w", "until"}
    known |= {"target_c", "eco_c", "solar_min_c", "lacking_wh", "by"}  # of comfort
    for text in (*english.SENTENCES.values(), english.FORECAST_GATE):
        names = {name for _, name, _, _ in string.Formatter().parse(text) if name}
        assert names <= known
