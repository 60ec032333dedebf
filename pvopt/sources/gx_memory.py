"""What is remembered of a GX across restarts: once seen, its absence is a fault."""

from __future__ import annotations

import json
import logging
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LOG = logging.getLogger("pvopt.sources")
FILES = "gx-mqtt-*.json"  # the star: the portal id


def keep(path: Path, record: dict[str, Any]) -> None:
    """Write a file whole or not at all; a fault is told, no more."""
    half = path.with_suffix(".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with half.open("w", encoding="utf-8") as file:
            json.dump(record, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        half.replace(path)
    except OSError as fault:
        LOG.warning("cannot keep what was found on the GX in %s: %s", path, fault)


@dataclass(slots=True)
class GxMemory:
    """Whether the GX of ``portal_id`` ever had a battery, and a grid meter of its own."""

    folder: Path
    portal_id: str
    battery_seen: bool = False
    meter_seen: bool = False

    @property
    def path(self) -> Path:
        return self.folder / FILES.replace("*", self.portal_id)

    def __post_init__(self) -> None:
        try:
            record = json.loads(self.path.read_text(encoding="utf-8"))
            if record["version"] == 1 and record["portal_id"] == self.portal_id:
                self.battery_seen = bool(record["battery_seen"])
                self.meter_seen = bool(record["meter_seen"])
        except FileNotFoundError:
            return
        except (OSError, ValueError, KeyError, TypeError) as fault:
            LOG.warning("ignoring %s (%s)", self.path, fault)

    def saw(self, *, battery: bool, meter: bool) -> None:
        """Note what is there now; writes when that is new."""
        if (battery and not self.battery_seen) or (meter and not self.meter_seen):
            self.battery_seen |= battery
            self.meter_seen |= meter
            keep(
                self.path,
                {
                    "version": 1,
                    "portal_id": self.portal_id,
                    "battery_seen": self.battery_seen,
                    "meter_seen": self.meter_seen,
                },
            )
