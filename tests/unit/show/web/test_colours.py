"""The chart's colours, by day and by night, for those who see few colours, too.

Distances are in OKLab (Ottosson 2020), where 0.02 is just to be seen; eyes without one kind of
cones by the matrices of Machado, Oliveira and Fernandes (2009), severity 1.
"""

from __future__ import annotations

import math
import re
from itertools import combinations
from pathlib import Path

import pytest

from pvopt.show import web

FILES = Path(web.__file__).parent / "files"
LOADS = ("heat", "heat-2", "heat-3", "heat-4", "heat-5", "heat-6")
OTHERS = ("sun", "house", "battery", "grid")
Three = tuple[float, float, float]
EYES: dict[str, tuple[Three, Three, Three]] = {
    "all": ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
    "no long": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "no middle": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.01182, 0.04294, 0.968881),
    ),
    "no short": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.3039),
    ),
}
LMS = (
    (0.4122214708, 0.5363325363, 0.0514459929),
    (0.2119034982, 0.6806995451, 0.1073969566),
    (0.0883024619, 0.2817188376, 0.6299787005),
)
LAB = (
    (0.2104542553, 0.793617785, -0.0040720468),
    (1.9779984951, -2.428592205, 0.4505937099),
    (0.0259040371, 0.7827717662, -0.808675766),
)


def times(rows: tuple[Three, Three, Three], one: Three) -> Three:
    x, y, z = (math.fsum(a * b for a, b in zip(row, one, strict=True)) for row in rows)
    return x, y, z


def light(colour: str) -> Three:
    """Of #rrggbb, linear, 0 to 1."""
    each = [int(colour[k : k + 2], 16) / 255.0 for k in (1, 3, 5)]
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in each)
    return r, g, b


def seen(colour: str, eyes: str) -> Three:
    r, g, b = (max(0.0, one) for one in times(EYES[eyes], light(colour)))
    long, middle, short = (one ** (1.0 / 3.0) for one in times(LMS, (r, g, b)))
    return times(LAB, (long, middle, short))


def contrast(one: str, other: str) -> float:
    """By WCAG 2, 1 to 21."""
    lums = [math.fsum(a * b for a, b in zip((0.2126, 0.7152, 0.0722), light(c), strict=True))
            for c in (one, other)]  # fmt: skip
    return (max(lums) + 0.05) / (min(lums) + 0.05)


def tokens(scheme: str) -> dict[str, str]:
    day, night = re.findall(r":root \{(.*?)\}", (FILES / "page.css").read_text(), re.DOTALL)
    return dict(re.findall(r"--([\w-]+): (#\w{6});", day if scheme == "day" else night))


def test_the_measure() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert math.dist(seen("#000000", "all"), seen("#ffffff", "all")) == pytest.approx(1.0, abs=1e-3)
    red, green = "#b85c4a", "#7c7c3c"
    assert math.dist(seen(red, "no middle"), seen(green, "no middle")) < 0.07
    assert math.dist(seen(red, "all"), seen(green, "all")) > 0.12


@pytest.mark.parametrize("scheme", ["day", "night"])
@pytest.mark.parametrize("eyes", EYES)
def test_loads_are_told_apart(scheme: str, eyes: str) -> None:
    there = tokens(scheme)
    for one, other in combinations(LOADS, 2):
        assert math.dist(seen(there[one], eyes), seen(there[other], eyes)) > 0.12, (one, other)
    for one in LOADS:
        for other in OTHERS:
            assert math.dist(seen(there[one], eyes), seen(there[other], eyes)) > 0.06, (one, other)


@pytest.mark.parametrize("scheme", ["day", "night"])
def test_lines_stand_out_from_the_card(scheme: str) -> None:
    there = tokens(scheme)
    assert all(contrast(there[one], there["card"]) >= 3.0 for one in LOADS)


def test_each_has_its_class() -> None:
    css = (FILES / "page.css").read_text()
    assert all(f".{one} {{ --c: var(--{one});" in css for one in LOADS)
    assert f"const COLOURS = {len(LOADS)};" in (FILES / "chart.js").read_text()
