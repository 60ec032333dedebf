"""What of a person's request cannot be meant: the same words from command line and page."""

from __future__ import annotations

from collections.abc import Callable

from pvopt.config.loads import Load
from pvopt.model import RequestKind
from pvopt.settings_of import least_w
from pvopt.sources.paper import ENDING, HEATING, KINDS, LEAST_C, BadRequestError, Paper

MOST_MIN = 1440.0


def bounded(paper: Paper, load: Load, name: Callable[[str], str] = str) -> None:
    """Whether what is given belongs to what is asked, and is within bounds. BadRequestError in
    words. ``name``: how whoever asked writes a key; ``to_c`` is the ``until_c`` of set-temp.

    Worked: 99999 W of a heater of 2000 W: "watts 99999: boiler can draw 40 to 2000 W".
    """
    kind = KINDS[paper.kind]
    _watts(paper, load, name("watts"))
    if kind in ENDING and (paper.minutes is not None or paper.until is not None):
        raise BadRequestError(
            f"`{paper.kind}` has no end: leave {name('minutes')} and {name('until')} out"
        )
    if paper.minutes is not None and not 1.0 <= paper.minutes <= MOST_MIN:
        raise BadRequestError(f"{name('minutes')} {paper.minutes:g}: from 1 to {MOST_MIN:g}")
    if kind == RequestKind.SET_TEMP and paper.until_c is None:
        raise BadRequestError(f"set-temp needs {name('to_c')}: how warm")
    if kind != RequestKind.SET_TEMP and paper.temp != "max":
        raise BadRequestError(f"{name('temp')} means nothing with {paper.kind}: leave it out")
    _degrees(paper, load, name)


def _watts(paper: Paper, load: Load, name: str) -> None:
    if paper.watts is None:
        return
    if KINDS[paper.kind] not in HEATING:
        raise BadRequestError(f"{name} means nothing with {paper.kind}: leave it out")
    least = least_w(load)
    if not least <= paper.watts <= load.max_w:
        able = f"{least:.0f} to {load.max_w:.0f} W"
        if least == load.max_w:
            able = f"{least:.0f} W or nothing"
        raise BadRequestError(f"{name} {paper.watts:g}: {load.id} can draw {able}")


def _degrees(paper: Paper, load: Load, name: Callable[[str], str]) -> None:
    degrees, kind = paper.until_c, KINDS[paper.kind]
    if degrees is None:
        return
    if kind not in (*HEATING, RequestKind.SET_TEMP):
        raise BadRequestError(f"{name('until_c')} means nothing with {paper.kind}: leave it out")
    key = name("to_c" if kind == RequestKind.SET_TEMP else "until_c")
    if load.temperature is None:
        raise BadRequestError(f"{key}: {load.id} has no temperature sensor (key `temperature`)")
    if not LEAST_C <= degrees <= load.comfort.max_c:
        raise BadRequestError(
            f"{key} {degrees:g}: from {LEAST_C:g} to {load.comfort.max_c:g} °C, the maximum of "
            f"{load.id} (key `comfort.max_c`)"
        )
