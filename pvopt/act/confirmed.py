"""What a device says that it does, held against what it was told."""

from __future__ import annotations

import json
import math
from typing import Any

from pvopt.config.json_path import Path
from pvopt.config.output_wire import Wire
from pvopt.links.mqtt_cells import Cell, Link

DISTRUST_S = 60.0  # a device that did not obey is left alone for so long
NEAR_PCT, NEAR_SHARE = 1.0, 0.02  # as near as this is the same: percent, share of the load's watts
ON_WORDS = {"on", "true", "1", "yes"}
OFF_WORDS = {"off", "false", "0", "no"}
LONGEST_QUOTE = 24


class Watch:
    """Looks at the topic of ``Wire.confirm``; without one everything counts as obeyed."""

    def __init__(self, wire: Wire, max_w: float, link: Link) -> None:
        self._wire = wire
        self._near = NEAR_PCT if wire.sends == "percent" else NEAR_SHARE * max_w
        self._link = link
        self._cell: Cell | None = link.cell(wire.confirm.topic) if wire.confirm else None
        self._number, self._on = 0.0, False
        self._like_s = math.nan  # it last did what it was told, or was told something new
        self._fault = ""
        self._fault_s = -math.inf
        self.waiting = False

    def anew(self, number: float, on: bool, now_s: float) -> None:
        """The device was told something else."""
        self._number, self._on, self._like_s = number, on, now_s

    def complain(self, words: str) -> None:
        """A fault that is told once."""
        self._fault = words

    def look(self, now_s: float) -> str:
        """What is wrong, empty if nothing is. ``waiting``: it has not confirmed yet."""
        if self._cell is None or self._wire.confirm is None:
            words, self._fault = self._fault, ""
            return words
        if math.isnan(self._like_s):
            self._like_s = now_s
        message = self._cell.latest()
        seen = None if message is None else seen_in(message.payload, self._wire.confirm.path)
        obeyed = seen is not None and self._like(seen)
        self.waiting = not obeyed
        if obeyed:
            self._like_s = now_s
        elif now_s - self._like_s >= self._wire.confirm.within_s:
            self._fault = f"{self._wire.confirm.topic} {self._other(seen)}"
            self._fault_s = now_s
        if self._fault and obeyed and now_s - self._fault_s >= DISTRUST_S:
            self._fault = ""
        return self._fault

    def _like(self, seen: str | float) -> bool:
        """Whether what it says is what it was told."""
        if isinstance(seen, float) and self._wire.sends != "on_off":
            return abs(seen - (self._number if self._on else 0.0)) <= self._near
        word = f"{seen:g}" if isinstance(seen, float) else seen
        flows = self._on and self._number > 0.0
        if word == (self._wire.on if flows else self._wire.off):
            return True
        return word.lower() in (ON_WORDS if flows else OFF_WORDS)

    def _other(self, seen: str | float | None) -> str:
        if seen is None:
            return "does not say what it does"
        shown = f"{seen:g}" if isinstance(seen, float) else repr(seen[:LONGEST_QUOTE])
        wanted = f"{self._number:g}" if self._wire.sends != "on_off" else "on"
        return f"says {shown} although it was told {wanted if self._on else 'off'}"


def seen_in(payload: bytes, path: Path) -> str | float | None:
    """A word or a number of a message; None: there is none. true and false are words.

    Worked: ``{"output": true}`` at ``("output",)`` is ``true``; ``45.5`` is 45.5.
    """
    text = payload.decode("utf-8", "replace").strip()
    found: Any = text
    if path:
        try:
            found = json.loads(text)
            for step in path:
                found = found[step]
        except (ValueError, RecursionError, KeyError, IndexError, TypeError):
            return None
    if isinstance(found, bool):
        return "true" if found else "false"
    try:
        number = float(found)
    except OverflowError:  # a whole number of hundreds of digits
        return None
    except (TypeError, ValueError):
        return found if isinstance(found, str) and found else None
    return number if math.isfinite(number) else None
