"""What a scalar's text means where a number, a truth, a text or one of a few words is asked.

Each reader returns what was asked for or raises ``NotAllowedError`` with words for the owner.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from difflib import get_close_matches
from typing import get_args

from pvopt.config.bounds import Pin, Range
from pvopt.config.tree import Node, Rows, Scalar

WHOLE = re.compile(r"[-+]?(0|[1-9]\d*)", re.ASCII)
NUMBER = re.compile(r"[-+]?((0|[1-9]\d*)(\.\d*)?|\.\d+)([eE][-+]?\d+)?", re.ASCII)
LONGEST_QUOTE = 24
(PIN,) = (note for note in get_args(Pin) if isinstance(note, Range))
# The 40-pin header of every Pi since 2014, from board pin 28 on: the pins whose board numbers
# cannot be GPIO numbers, for those end at 27.
GPIO_OF_BOARD_PIN = {
    28: 1, 29: 5, 31: 6, 32: 12, 33: 13, 35: 19, 36: 16, 37: 26, 38: 20, 40: 21,
}  # fmt: skip


class NotAllowedError(ValueError):
    """Not what the key asks for; the text says why and what is allowed."""


def quote(node: Scalar) -> str:
    """The text as written in the file, or its length where it is long (it might be a secret)."""
    if len(node.shown) > LONGEST_QUOTE:
        return f"a text of {len(node.shown)} letters"
    return f"`{node.shown}`"


def number_words(number: float) -> str:
    """A bound for people: ``100000``, ``0.05``."""
    return str(int(number)) if float(number).is_integer() else repr(float(number))


def range_words(bounds: Range | None) -> str:
    """``allowed: 0 to 27 GPIO number (BCM)``; empty without bounds."""
    if bounds is None:
        return ""
    words = f"allowed: {number_words(bounds.lo)} to {number_words(bounds.hi)} {bounds.unit}"
    return words.rstrip()


def suggestion(word: str, known: Sequence[str]) -> str:
    """``; did you mean `port`?`` or nothing."""
    by_lower = {name.lower(): name for name in known}
    close = get_close_matches(word.lower(), by_lower, n=1, cutoff=0.6)
    return f"; did you mean `{by_lower[close[0]]}`?" if close else ""


def scalar(node: Node, wanted: str) -> Scalar:
    """The node as a scalar, complaining of lists, sections and missing environment names."""
    if not isinstance(node, Scalar):
        found = "a list" if isinstance(node, Rows) else "a section of keys"
        raise NotAllowedError(f"is {found}; {wanted} is expected")
    if node.fault:
        raise NotAllowedError(node.fault)
    return node


def read_number(node: Node, whole: bool, bounds: Range | None) -> float:
    """A finite number within ``bounds``; decimal, unquoted. ``whole``: an integer."""
    wanted = "a whole number" if whole else "a number"
    allowed = range_words(bounds)
    tail = f"; {allowed}" if allowed else ""
    found = scalar(node, wanted)
    text = found.text
    if found.empty:
        raise NotAllowedError(f"is empty; {wanted} is expected, or leave the line out{tail}")
    if not (WHOLE if whole else NUMBER).fullmatch(text):
        raise NotAllowedError(f"{quote(found)} is not {wanted}{_number_hint(text, whole)}{tail}")
    if not found.plain:
        raise NotAllowedError(f"{quote(found)} is a text; write the number without quotes{tail}")
    number = int(text) if whole else float(text)
    if not math.isfinite(number):
        raise NotAllowedError(f"{quote(found)} is too large{tail}")
    if bounds is not None and not bounds.lo <= number <= bounds.hi:
        why = f"; {bounds.why}" if bounds.why and number > bounds.hi else ""
        raise NotAllowedError(
            f"{quote(found)} is out of range; {allowed}{_board_hint(text, bounds)}{why}"
        )
    return number


def _board_hint(text: str, bounds: Range) -> str:
    """What a number above all GPIO numbers is if it was counted on the header."""
    gpio = GPIO_OF_BOARD_PIN.get(int(text)) if bounds == PIN and text.isdigit() else None
    return "" if gpio is None else f"; board pin {text} of the header is GPIO{gpio}: write {gpio}"


def _number_hint(text: str, whole: bool) -> str:
    named = re.fullmatch(r"(?:GPIO|BCM) ?(\d{1,2})", text, re.IGNORECASE)
    bare = text.replace("_", "").replace(" ", "")
    hints = (
        (
            re.fullmatch(r"[-+]?0\d+(\.\d*)?", text),
            f"a leading zero could mean octal; write {text.lstrip('+-0') or '0'}",
        ),
        (re.fullmatch(r"[-+]?\d+,\d+", text), f"write {text.replace(',', '.')} with a point"),
        (bare != text and NUMBER.fullmatch(bare), f"write {bare}"),
        (re.fullmatch(r"[-+]?\.?(nan|inf|infinity)", text.lower()), "it must be finite"),
        (named, f"write {int(named[1])}" if named else ""),
        (whole and NUMBER.fullmatch(text), "no fraction, no exponent"),
        (re.match(r"[-+]?\d.*[^\d.,:]$", text), "only the number, without a unit"),
    )
    return next((f" ({words})" for found, words in hints if found), "")


def read_truth(node: Node) -> bool:
    """``true`` or ``false``, unquoted; nothing else counts as either."""
    found = scalar(node, "true or false")
    if found.plain and found.text in {"true", "True", "TRUE"}:
        return True
    if found.plain and found.text in {"false", "False", "FALSE"}:
        return False
    raise NotAllowedError(
        f"{quote(found)} is neither true nor false; allowed: true, false (no quotes)"
    )


def read_text(node: Node) -> str:
    """Any scalar as it is written; nothing after the colon is the empty text."""
    found = scalar(node, "a text")
    return "" if found.empty else found.text


def read_choice(node: Node, options: Sequence[str | int]) -> str | int:
    """One of ``options``, letter by letter; ``off`` and ``010`` are no more than texts."""
    allowed = f"allowed: {', '.join(str(option) for option in options)}"
    found = scalar(node, "one word")
    for option in options:
        if found.text == str(option) and (found.plain or isinstance(option, str)):
            return option
    if found.empty:
        raise NotAllowedError(f"is empty; {allowed}")
    hint = suggestion(found.text, [str(option) for option in options])
    if not found.plain and any(found.text == str(option) for option in options):
        hint = "; write the number without quotes"
    raise NotAllowedError(f"{quote(found)} is not known; {allowed}{hint}")
