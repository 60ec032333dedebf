"""Every language has every key, with the same numbers in it."""

from __future__ import annotations

import string
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pvopt.model import Alarm, Change, EssState, Reason, Why
from pvopt.show import words
from pvopt.show.words import english, tongues
from pvopt.show.words.tongues import FILES, chosen, page_words, tongue

OTHERS = [code for code in FILES if code != "en"]
PARTS = ("SENTENCES", "ALARMS", "STATES", "NEXT", "NEXT_BOTH", "HYGIENE")
TEXTS = ("UNTIL", "BY", "LEFT", "FORECAST_GATE", "NEEDS_BOTH", "NEEDS_W", "NEEDS_S")
NUMBERS = st.floats(allow_nan=True, allow_infinity=True)


def places(text: str) -> list[tuple[str, str]]:
    """Names and forms of the numbers in a template."""
    found = [(name, spec or "") for _, name, spec, _ in string.Formatter().parse(text) if name]
    return sorted(found)


@pytest.mark.parametrize("code", OTHERS)
@pytest.mark.parametrize("part", PARTS)
def test_every_key_with_the_same_numbers(code: str, part: str) -> None:
    first: Mapping[object, str] = getattr(english, part)
    own: Mapping[object, str] = getattr(tongue(code), part)
    assert set(own) == set(first)
    wrong = [key for key, text in first.items() if places(own[key]) != places(text)]
    assert wrong == []


@pytest.mark.parametrize("code", OTHERS)
@pytest.mark.parametrize("name", TEXTS)
def test_every_text_with_the_same_numbers(code: str, name: str) -> None:
    own: str = getattr(tongue(code), name)
    assert places(own) == places(getattr(english, name))
    assert own[:1].isspace() == getattr(english, name)[:1].isspace()


@pytest.mark.parametrize("code", OTHERS)
def test_the_page_has_every_word(code: str) -> None:
    module = tongues._module(FILES[code][1])
    first, own = page_words("en"), module.PAGE
    assert set(own) == set(first)
    wrong = [key for key, text in first.items() if places(own[key]) != places(text)]
    assert wrong == []
    assert all(own[key].strip() for key in own)


@pytest.mark.parametrize("code", OTHERS)
def test_a_language_is_no_copy_of_english(code: str) -> None:
    own = tongue(code).SENTENCES
    assert [why for why in Why if own[why] == english.SENTENCES[why]] == []


@pytest.mark.parametrize("code", FILES)
def test_every_reason_is_said(code: str) -> None:
    for why in Why:
        text = words.sentence(Reason(why), tongue(code))
        assert text and "{" not in text
    for alarm in Alarm:
        said = words.sentence(Reason(Why.ALARM, (("alarm", float(alarm)),)), tongue(code))
        assert tongue(code).ALARMS[alarm] in said
    for state in EssState:
        said = words.sentence(Reason(Why.ESS_STATE, (("state", float(state)),)), tongue(code))
        assert tongue(code).STATES[state] in said


@given(st.sampled_from(list(FILES)), st.sampled_from(list(Why)), NUMBERS, NUMBERS)
def test_no_number_however_mad_raises(code: str, why: Why, one: float, other: float) -> None:
    reason = Reason(why, (("age_s", one), ("until_min", other)), Change(one, other))
    assert words.sentence(reason, tongue(code))
    words.needs(reason, tongue(code))


def test_numbers_as_the_language_writes_them() -> None:
    hot = Reason(Why.TOO_HOT, (("temperature_c", 75.26), ("max_c", 75.0)))
    assert "75.3 °C" in words.sentence(hot)
    assert "75,3 °C" in words.sentence(hot, tongue("de"))
    assert words.needs(Reason(Why.NO_SURPLUS, (), Change(180.0, 40.0)), tongue("de")) == (
        "braucht 180 W mehr, 40 s lang"
    )


@pytest.mark.parametrize(
    ("asked", "accepts", "code"),
    [
        ("", "", "en"),
        ("fr", "de", "fr"),
        ("xx", "de", "de"),
        ("", "de-AT,de;q=0.9,en;q=0.8", "de"),
        ("", "es,it;q=0.9", "en"),
        ("", "es,cs;q=0.5,fr;q=0.7", "fr"),
        ("", "en;q=0.1,cs", "cs"),
        ("", "de;q=nonsense,,;q=,fr", "fr"),
        ("../../etc", "x" * 5000, "en"),
    ],
)
def test_which_language(asked: str, accepts: str, code: str) -> None:
    assert chosen(asked, accepts) == code
    assert page_words(code)["title"]
