"""A sheet of SVG to draw on: boxes, questions, wires, arrows, words. Has its own background.

Coordinates are pixels from the upper left corner. Texts in boxes are centred, one line each.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from xml.sax.saxutils import escape, quoteattr

PAPER, INK, QUIET = "#fcfbf7", "#1f2933", "#5b6673"
# Wide faces first: where a narrower one stands in, everything still fits.
FACES = "Verdana, 'DejaVu Sans', Arial, sans-serif"
SIZE = 13.0
LEADING = 1.35


class Look(NamedTuple):
    """Colours of a box."""

    fill: str
    edge: str


PLAIN = Look("#ffffff", "#8795a1")
SUN = Look("#fff3c9", "#d39e00")
WATER = Look("#dcefff", "#2f7fc1")
SAFE = Look("#ffe1dc", "#c0392b")
GOOD = Look("#e0f3e2", "#2e8b57")
NOTE = Look("#f1efe8", "#b8b2a1")

Point = tuple[float, float]


class Sheet:
    """What is drawn later lies above."""

    def __init__(self, width: int, height: int, title: str, words: str) -> None:
        self._width, self._height = width, height
        self._title, self._words = title, words
        self._parts: list[str] = []

    def box(
        self,
        corner: Point,
        size: Point,
        lines: Sequence[str],
        look: Look = PLAIN,
        bold: int = 1,
        text_size: float = SIZE,
    ) -> None:
        """A rounded box; its first ``bold`` lines are bold."""
        (x, y), (width, height) = corner, size
        self._parts.append(
            f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="7" '
            f'fill="{look.fill}" stroke="{look.edge}" stroke-width="1.6"/>'
        )
        self._centred((x + width / 2, y + height / 2), lines, bold, text_size)

    def question(self, middle: Point, size: Point, lines: Sequence[str]) -> None:
        """A six-sided box for a question."""
        (x, y), (width, height) = middle, size
        left, right, cut = x - width / 2, x + width / 2, height / 3
        corners = (
            (left, y),
            (left + cut, y - height / 2),
            (right - cut, y - height / 2),
            (right, y),
            (right - cut, y + height / 2),
            (left + cut, y + height / 2),
        )
        self._parts.append(
            f'<polygon points="{_points(corners)}" fill="{SUN.fill}" stroke="{SUN.edge}" '
            'stroke-width="1.6"/>'
        )
        self._centred(middle, lines, 0, SIZE)

    def text(
        self,
        at: Point,
        words: str,
        anchor: str = "start",
        text_size: float = SIZE,
        colour: str = INK,
        bold: bool = False,
    ) -> None:
        """One line; ``at`` is its base line's start, middle or end."""
        weight = ' font-weight="bold"' if bold else ""
        self._parts.append(
            f'<text x="{at[0]:g}" y="{at[1]:g}" text-anchor="{anchor}" font-size="{text_size:g}" '
            f'fill="{colour}"{weight}>{escape(words)}</text>'
        )

    def wire(self, *points: Point, colour: str = INK, width: float = 2.0, dash: str = "") -> None:
        """A line through points."""
        dashes = f' stroke-dasharray="{dash}"' if dash else ""
        self._parts.append(
            f'<polyline points="{_points(points)}" fill="none" stroke="{colour}" '
            f'stroke-width="{width:g}" stroke-linejoin="round"{dashes}/>'
        )

    def arrow(self, *points: Point, words: str = "", colour: str = INK) -> None:
        """A line with a head at its end, and words beside its beginning."""
        self._parts.append(
            f'<polyline points="{_points(points)}" fill="none" stroke="{colour}" '
            'stroke-width="1.8" stroke-linejoin="round" marker-end="url(#head)"/>'
        )
        if words:
            (x, y), (to_x, _) = points[0], points[1]
            beside = (x + 8, y - 6) if to_x > x else (x - 8, y - 6) if to_x < x else (x + 8, y + 17)
            anchor = "end" if to_x < x else "start"
            self.text(beside, words, anchor, 12.0, QUIET)

    def area(self, *corners: Point, look: Look) -> None:
        """A tinted region with a dashed border."""
        self._parts.append(
            f'<polygon points="{_points(corners)}" fill="{look.fill}" stroke="{look.edge}" '
            'stroke-width="1.4" stroke-dasharray="4 5"/>'
        )

    def dot(self, at: Point, colour: str = INK, radius: float = 3.6) -> None:
        self._parts.append(
            f'<circle cx="{at[0]:g}" cy="{at[1]:g}" r="{radius:g}" fill="{colour}"/>'
        )

    def svg(self) -> str:
        """The whole picture."""
        width, height = self._width, self._height
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
            f'width="{width}" height="{height}" role="img" aria-label={quoteattr(self._title)} '
            f'font-family="{FACES}">\n<title>{escape(self._title)}</title>\n'
            f"<desc>{escape(self._words)}</desc>\n"
            '<defs><marker id="head" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" '
            f'markerHeight="7" orient="auto"><path d="M0 0 L10 5 L0 10 z" fill="{INK}"/>'
            "</marker></defs>\n"
            f'<rect width="{width}" height="{height}" rx="12" fill="{PAPER}" stroke="#d9d4c5"/>\n'
        )
        return head + "\n".join(self._parts) + "\n</svg>\n"

    def _centred(self, middle: Point, lines: Sequence[str], bold: int, text_size: float) -> None:
        leading = text_size * LEADING
        first = middle[1] - leading * (len(lines) - 1) / 2 + text_size * 0.35
        for number, words in enumerate(lines):
            place = (middle[0], first + number * leading)
            self.text(place, words, "middle", text_size, bold=number < bold)


def _points(points: Sequence[Point]) -> str:
    return " ".join(f"{x:g},{y:g}" for x, y in points)
