"""The languages that there are: a file of reasons and a file of the page's words each.

A file is loaded when somebody wants its language. What it lacks is said in English.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any, Protocol, cast

from pvopt.decide.legionella import Progress
from pvopt.model import Alarm, EssState, Why


class Tongue(Protocol):
    """A file of reasons: templates whose numbers are filled in by name."""

    DECIMAL: str
    SENTENCES: dict[Why, str]
    ALARMS: dict[Alarm, str]
    STATES: dict[EssState, str]
    UNTIL: str
    UNTIL_TOMORROW: str
    BY: str
    LEFT: str
    FORECAST_GATE: str
    NEEDS_BOTH: str
    NEEDS_W: str
    NEEDS_S: str
    NEXT: dict[Why, str]
    NEXT_BOTH: dict[Why, str]
    HYGIENE: dict[Progress, str]


# Code of the language: (file of reasons, file of the page's words).
FILES = {
    "en": ("english", "page_english"),
    "de": ("german", "page_german"),
    "fr": ("french", "page_french"),
    "cs": ("czech", "page_czech"),
}
FIRST = "en"


def tongue(code: str) -> Tongue:
    """The reasons of a language; of an unknown one English."""
    return cast("Tongue", _module(FILES.get(code, FILES[FIRST])[0]))


def page_words(code: str) -> Mapping[str, str]:
    """The page's words in a language; what is missing there is English."""
    english = cast("dict[str, str]", _module(FILES[FIRST][1]).PAGE)
    own = cast("dict[str, str]", _module(FILES.get(code, FILES[FIRST])[1]).PAGE)
    return {**english, **own}


def _module(name: str) -> Any:
    return importlib.import_module(f"pvopt.show.words.{name}")


def chosen(asked: str, accepts: str) -> str:
    """The language of a page: ``asked`` for in the address, else the first that the browser
    ``accepts`` (the field Accept-Language) and that we have, else English."""
    if asked in FILES:
        return asked
    weighed: list[tuple[float, int, str]] = []
    for rank, part in enumerate(accepts[:200].split(",")):
        code, _, weight = part.strip().partition(";q=")
        try:
            weighed.append((-float(weight) if weight else -1.0, rank, code[:2].lower()))
        except ValueError:
            continue
    return next((code for _, _, code in sorted(weighed) if code in FILES), FIRST)
