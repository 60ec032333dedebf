"""From the bytes of a message to one number, or words about why there is none."""

from __future__ import annotations

import json
import math
import re
from typing import Any

from pvopt.config.json_path import Path

NUMBER = re.compile(r"[-+]?(\d{1,30}(\.\d{0,30})?|\.\d{1,30})([eE][-+]?\d{1,3})?", re.ASCII)
WORD = re.compile(r"[^\x00-\x1f]{1,40}")
LONGEST_QUOTE = 30


class PayloadError(ValueError):
    """The message holds no number where one should be. ``kind``: the words without what it held,
    so that other rubbish each second is not another fault each second."""

    def __init__(self, words: str, kind: str = "") -> None:
        super().__init__(words)
        self.kind = kind or words


def number_in(payload: bytes, path: Path) -> float:
    """The finite number at ``path``; without a path the payload is the number.

    A number written as text counts, inside JSON too; true and false do not. Raises only
    PayloadError. Worked: ``{"ENERGY": {"Power": 42}}`` at ``("ENERGY", "Power")`` is 42.0.
    """
    text = _text(payload)
    return _number(_at(text, path)) if path else _of_text(text)


def word_in(payload: bytes, path: Path) -> str:
    """The word at ``path``, without blanks around it; without a path the payload is the word.

    True and false count as the words, numbers as they are written. Raises only PayloadError.
    Worked: ``{"connected": true}`` at ``("connected",)`` is ``true``.
    """
    text = _text(payload)
    found = _at(text, path) if path else text
    if isinstance(found, bool):
        return "true" if found else "false"
    word = str(found).strip() if isinstance(found, str | int | float) else ""
    if not WORD.fullmatch(word):
        raise PayloadError(f"holds no word: {quote(repr(found))}", "holds no word")
    return word


def _text(payload: bytes) -> str:
    try:
        return payload.decode("utf-8")
    except UnicodeDecodeError:
        raise PayloadError("is no text") from None


def _at(text: str, path: Path) -> Any:
    try:
        found: Any = json.loads(text)
    except (ValueError, RecursionError):
        raise PayloadError(f"is no JSON: {quote(text)}", "is no JSON") from None
    for step in path:
        found = _within(found, step)
    return found


def quote(text: str) -> str:
    """The beginning of a text, fit for one line of a log."""
    cut = text if len(text) <= LONGEST_QUOTE else f"{text[:LONGEST_QUOTE]}..."
    return repr(cut)


def _within(found: Any, step: str | int) -> Any:
    if isinstance(step, int):
        if isinstance(found, list) and step < len(found):
            return found[step]
        raise PayloadError(f"has no place [{step}]")
    if isinstance(found, dict) and step in found:
        return found[step]
    raise PayloadError(f"has no `{step}`")


def _number(found: Any) -> float:
    if isinstance(found, str):
        return _of_text(found)
    if isinstance(found, bool) or not isinstance(found, int | float):
        raise PayloadError(f"holds no number: {quote(repr(found))}", "holds no number")
    try:
        number = float(found)
    except OverflowError:
        number = math.inf
    return _finite(number)


def _of_text(text: str) -> float:
    plain = text.strip()
    if not NUMBER.fullmatch(plain):
        raise PayloadError(f"is no number: {quote(text)}", "is no number")
    return _finite(float(plain))


def _finite(number: float) -> float:
    if not math.isfinite(number):
        raise PayloadError("is no finite number")
    return number
