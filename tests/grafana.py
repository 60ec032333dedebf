"""What Grafana does with a board before it asks: variables filled in, times and steps chosen."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[1] / "Files" / "grafana"
ZONE = "Europe/Prague"
LABEL_VALUES = re.compile(r"label_values\((\w+), (\w+)\)")
VARIABLE = re.compile(r"\$\{?(\w+)(?::\w+)?\}?")


def board(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / f"pvopt-{name}.json").read_text(encoding="utf-8"))
    return found


@dataclass
class Asked:
    """One question of a panel, ready to be sent. ``from_s``: a panel may look further back than its
    board; ``step_s``: between two points of its answer; ``at_end``: it wants one number, of the
    end."""

    panel: str
    text: str
    legend: str
    from_s: float
    step_s: int
    at_end: bool


@dataclass
class Reader:
    """Somebody who looks at ``from_s`` to ``to_s``; ``chosen``: what stands for a variable."""

    from_s: float
    to_s: float
    step_s: int = 60
    scrape_s: int = 15
    chosen: dict[str, list[str]] = field(default_factory=dict)

    def asks(self, document: dict[str, Any]) -> list[Asked]:
        return [
            self._asked(panel, target)
            for panel in document["panels"]
            for target in panel.get("targets", ())
        ]

    def _asked(self, panel: dict[str, Any], target: dict[str, Any]) -> Asked:
        from_s, step_s = self.from_s, max(self.step_s, seconds(panel.get("interval", "1s")))
        if "timeFrom" in panel:
            from_s = self.to_s - seconds(panel["timeFrom"])
        return Asked(
            panel["title"],
            self._filled(target.get("query") or target["expr"], from_s, step_s),
            target.get("alias") or target.get("legendFormat", ""),
            from_s,
            step_s,
            bool(target.get("instant")),
        )

    def _filled(self, text: str, from_s: float, step_s: int) -> str:
        """KeyError for a variable that Grafana would not know."""
        rate_s = max(step_s + self.scrape_s, 4 * self.scrape_s)
        from_ms, to_ms = round(from_s * 1000), round(self.to_s * 1000)
        known = {
            "__interval": f"{step_s}s",
            "__rate_interval": f"{rate_s}s",
            "__range": f"{round(self.to_s - from_s)}s",
            "__timezone": ZONE,
            "timeFilter": f"time >= {from_ms}ms and time <= {to_ms}ms",
            **{name: _any_of(values) for name, values in self.chosen.items()},
        }

        def of(found: re.Match[str]) -> str:
            # The $ that ends a regular expression is none of Grafana's.
            return known[found[1]]

        return VARIABLE.sub(of, text)


def _any_of(values: list[str]) -> str:
    escaped = [re.sub(r"([\\^$*+?.()|{}\[\]/])", r"\\\1", one) for one in values]
    return escaped[0] if len(escaped) == 1 else f"({'|'.join(escaped)})"


def seconds(span: str) -> int:
    """Of a span such as 10s or 30d."""
    found = re.fullmatch(r"(\d+)([smhd])", span)
    assert found, span
    return int(found[1]) * {"s": 1, "m": 60, "h": 3600, "d": 86400}[found[2]]
