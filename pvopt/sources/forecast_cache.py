"""The last forecast on disk: written atomically, set aside when it cannot be read."""

from __future__ import annotations

import json
import logging
import math
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from pvopt.model import Forecast, ForecastPoint

SCHEMA = "pvopt.forecast/1"

log = logging.getLogger(__name__)


class Kept(NamedTuple):
    """``setup``: what the forecast was asked for; ``not_before_utc_s``: when the service, by
    its own word, may be asked again."""

    forecast: Forecast | None
    setup: str = ""
    not_before_utc_s: float = 0.0


class ForecastCache:
    """One file per forecast source. Neither reading nor writing ever raises."""

    def __init__(self, folder: Path, name: str) -> None:
        safe_name = re.sub(r"[^\w.-]+", "_", name).strip(".") or "forecast"
        self.path = folder / f"forecast-{safe_name}.json"

    def load(self, setup: str) -> Kept:
        """What is kept for this ``setup``; a broken file is set aside and said."""
        try:
            kept = json.loads(self.path.read_text(encoding="utf-8"))
            found = _kept(kept)
        except FileNotFoundError:
            return Kept(None, setup)
        except OSError as fault:
            log.warning("%s cannot be read: %s", self.path, fault.strerror)
            return Kept(None, setup)
        except (ValueError, KeyError, TypeError, RecursionError):
            self._set_aside()
            return Kept(None, setup)
        # panels or place were changed: the old numbers speak of another roof
        return found if found.setup == setup else Kept(None, setup)

    def save(self, kept: Kept) -> None:
        """Write beside the file, then rename: a power cut leaves the old or the new one."""
        text = json.dumps(_document(kept), separators=(",", ":"))
        beside = self.path.with_suffix(".new")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with beside.open("w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(self.path)
        except OSError as fault:
            log.warning("%s cannot be written: %s", self.path, fault.strerror)

    def _set_aside(self) -> None:
        aside = self.path.with_suffix(".broken")
        try:
            self.path.replace(aside)
        except OSError:
            aside = self.path
        log.warning("the kept forecast could not be read; set aside as %s", aside)


def _document(kept: Kept) -> dict[str, Any]:
    forecast = kept.forecast
    points: Sequence[ForecastPoint] = forecast.points if forecast is not None else ()
    return {
        "schema": SCHEMA,
        "setup": kept.setup,
        "not_before_utc_s": kept.not_before_utc_s,
        "id": forecast.id if forecast is not None else "",
        "issued_utc_s": forecast.issued_utc_s if forecast is not None else 0,
        "origin": forecast.origin if forecast is not None else "",
        "points": [[point.start_utc_s, point.pv_w] for point in points],
    }


def _kept(document: Any) -> Kept:
    if document["schema"] != SCHEMA:
        raise ValueError("another schema")
    numbers = [(float(start), float(watts)) for start, watts in document["points"]]
    flat = [number for pair in numbers for number in pair]
    issued_utc_s, not_before = float(document["issued_utc_s"]), float(document["not_before_utc_s"])
    if not all(map(math.isfinite, [*flat, issued_utc_s, not_before])):
        raise ValueError("not a number")
    points = tuple(ForecastPoint(start, watts) for start, watts in sorted(numbers))
    forecast = None
    if points:
        forecast = Forecast(str(document["id"]), issued_utc_s, str(document["origin"]), points)
    return Kept(forecast, str(document["setup"]), not_before)
