"""The text that Prometheus reads, format 0.0.4: families with their help, kind and samples.

Written here and not by prometheus_client: what is told is made anew of the last tick for each
scrape, so that its registry would have nothing to keep, and the library takes memory all day.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

Kind = Literal["gauge", "counter"]
Labels = tuple[tuple[str, str], ...]


class Sample(NamedTuple):
    """One number with its labels; None or no finite number: it is not told at all."""

    labels: Labels
    number: float | None


class Family(NamedTuple):
    """Samples of one name. ``help``: one sentence; a counter's name ends in ``_total``."""

    name: str
    kind: Kind
    help: str
    samples: tuple[Sample, ...]


def text(families: Iterable[Family]) -> str:
    """All families that have a sample, in their order.

    Worked: ``pvopt_load_setpoint_watts{load="boiler"} 740`` below its lines of HELP and TYPE.
    """
    return "".join(f"{line}\n" for family in families for line in _lines(family))


def _lines(family: Family) -> Iterator[str]:
    told: dict[Labels, float] = {}  # the same twice would spoil the whole answer
    for labels, number in family.samples:
        if number is not None and math.isfinite(number):
            told.setdefault(labels, number)
    if not told:
        return
    yield f"# HELP {family.name} {_plain(family.help)}"
    yield f"# TYPE {family.name} {family.kind}"
    for labels, number in told.items():
        yield f"{family.name}{_labels(labels)} {number:.12g}"


def _labels(labels: Labels) -> str:
    if not labels:
        return ""
    return "{" + ",".join(f'{name}="{_quoted(value)}"' for name, value in labels) + "}"


def _plain(words: str) -> str:
    return words.replace("\\", "\\\\").replace("\n", "\\n")


def _quoted(words: str) -> str:
    return _plain(words).replace('"', '\\"')
