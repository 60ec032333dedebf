"""What was measured on a regulator, for people and for their configuration: report and CSV."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pvopt.calibration.fit import (
    DEGREE,
    Law,
    merged,
    misfit,
    monotone_law,
    play_pct,
    polynomial_law,
    smoothed,
    straight_law,
    thinned,
)
from pvopt.calibration.shapes import Point
from pvopt.errors import StoreError

WIDTH = 96
NEAR = 0.03  # a plate that tells the watts within so much is right
PLAY_TOLD_PCT = 0.5


class Measured:
    """Everything that follows from the points. ``present``: the configured curve's watts."""

    def __init__(self, load_id: str, points: Sequence[Point], max_w: float, present: Law) -> None:
        self.load_id = load_id
        self.points = tuple(points)
        self.pairs = merged(points)
        self.law, knots = monotone_law(smoothed(self.pairs))
        self.full_w = knots[-1][1]
        self.table = thinned(self.law, knots)
        self.polynomial = polynomial_law(self.pairs)
        self.present = present
        self.play_pct = play_pct(points, self.law)
        self.max_w = max_w

    def report(self, repeated: int) -> list[str]:
        """Lines for a terminal."""
        lines = [f"{self.load_id}: {len(self.pairs)} places measured{_again(repeated)}"]
        lines.append(f"full knob gives {self.full_w:.0f} W; max_w says {self.max_w:.0f} W")
        if abs(self.full_w - self.max_w) > NEAR * self.max_w:
            lines[-1] += f": write  max_w: {self.full_w:.0f}"
        if self.play_pct is not None and self.play_pct > PLAY_TOLD_PCT:
            lines.append(
                f"from above and from below the knob stands {self.play_pct:.1f} % apart: play; "
                "`approach: from_below` in the section knob takes it out (then measure again)"
            )
        lines += ["", f"{'off the measured watts, % of full':<36}{'on average':>12}{'at most':>10}"]
        laws = (
            ("monotone curve", self.law),
            (f"its {len(self.table)} points in the configuration", straight_law(self.table)),
            (f"polynomial of degree {DEGREE}", self.polynomial),
            ("the configuration's present curve", self.present),
        )
        for name, law in laws:
            off = misfit(law, self.pairs, self.full_w)
            lines.append(f"{name:<36}{off.rms_pct:>10.1f} %{off.worst_pct:>8.1f} %")
        return lines

    def section(self) -> list[str]:
        """The lines for the configuration, indented as they stand in it."""
        words = [f"[{pct:g}, {watts:g}]" for pct, watts in self.table]
        lines, line = ["      curve:", "        kind: table"], "        points: ["
        for k, word in enumerate(words):
            last = k == len(words) - 1
            piece = word + ("]" if last else ",")
            if len(line) + len(piece) + 1 > WIDTH:
                lines.append(line.rstrip())
                line = "          "
            line += piece + ("" if last else " ")
        return [*lines, line]

    def write_csv(self, path: Path) -> None:
        """``percent;watt``, from 100 % down to 0. StoreError."""
        rows = [(0.0, 0.0), *self.pairs]
        text = "".join(f"{pct:g};{max(0.0, watts):.1f}\n" for pct, watts in reversed(rows))
        try:
            path.write_text(text, encoding="ascii")
        except OSError as error:
            raise StoreError(f"{path}: cannot be written ({error.strerror})") from error


def _again(repeated: int) -> str:
    if not repeated:
        return ""
    blocks = "one block" if repeated == 1 else f"{repeated} blocks"
    return f"; the house had changed, and {blocks} had to be measured again"
