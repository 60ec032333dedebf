"""A hash fits its password and no other, and no broken hash opens anything."""

from __future__ import annotations

import pytest

from pvopt.config.rules_page import HASH
from pvopt.show.web.passwords import LONGEST, fits, hashed

KEPT = hashed("correct horse")


def test_it_fits_its_own_password_only() -> None:
    assert fits("correct horse", KEPT)
    for wrong in ("", "correct hors", "correct horse ", "Correct horse"):
        assert not fits(wrong, KEPT)


def test_each_hash_has_a_salt_of_its_own_and_the_form_that_is_asked_for() -> None:
    again = hashed("correct horse")
    assert again != KEPT
    assert fits("correct horse", again)
    assert HASH.fullmatch(again)
    assert "horse" not in again


BROKEN = {
    "empty": "",
    "a word": "scrypt",
    "another kind": "md5:8192:8:5:a:b",
    "no number": KEPT.replace("8192", "x"),
    "too much work": KEPT.replace("8192", "9999999"),
    "no power of two": KEPT.replace("8192", "8191"),
    "cut off": KEPT[:-5],
    "too long": KEPT + ":",
}


# The salt is another each time; the names of the cases are not.
@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
def test_a_broken_hash_fits_nothing(broken: str) -> None:
    assert not fits("correct horse", broken)


def test_a_very_long_password_is_not_even_tried() -> None:
    assert not fits("a" * (LONGEST + 1), KEPT)


def test_letters_of_all_languages() -> None:
    assert fits("žluťoučký kůň 🐎", hashed("žluťoučký kůň 🐎"))
