"""The way to one number in a JSON message, such as ``phases[0].w`` or ``"1-0:1.7.0".value``.

Names are joined by dots, a place in a list stands in brackets and counts from 0; a name that
holds a dot, a blank or a bracket itself stands in double quotes.
"""

from __future__ import annotations

import re

Path = tuple[str | int, ...]

MAX_STEPS = 16
_STEP = re.compile(r'"(?P<quoted>[^"]+)"|\[(?P<place>\d{1,4})\]|(?P<plain>[^\s".\[\]]+)')


def parse_path(text: str) -> Path:
    """The steps of ``text``, none for an empty one. ValueError with words for the owner.

    Worked: ``a."b.c"[2]`` is ``("a", "b.c", 2)``.
    """
    steps: list[str | int] = []
    at = 0
    while at < len(text):
        if steps and text[at] == ".":
            at += 1
            if at < len(text) and text[at] == "[":
                raise ValueError("a place such as [0] follows its name without a dot")
        elif steps and text[at] != "[":
            raise ValueError(f"a dot is missing behind the first {at} letters")
        found = _STEP.match(text, at)
        if found is None:
            raise ValueError(_wrong(text[at:]))
        place = found["place"]
        steps.append(int(place) if place is not None else found["quoted"] or found["plain"])
        at = found.end()
    if len(steps) > MAX_STEPS:
        raise ValueError(f"has more than {MAX_STEPS} steps")
    return tuple(steps)


def _wrong(rest: str) -> str:
    if rest.startswith('"'):
        return "a quoted name has no end or is empty"
    if rest.startswith("["):
        return "in brackets stands one number that counts from 0, such as [0]"
    if not rest:
        return "ends with a dot"
    return 'a name is missing; such a path is ENERGY.Power, phases[0].w or "1-0:1.7.0".value'
