"""Weather files and rows for tests, and the two real months where they are at hand."""

from __future__ import annotations

import gzip
import math
from array import array
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

import pytest

from pvopt.simulator.measured_rows import Measured
from pvopt.simulator.panel import Irradiance
from pvopt.simulator.sun import SunAt, sun_at
from pvopt.simulator.weather_csv import read_weather

DATA = Path(__file__).resolve().parents[4] / "shared" / "data"
LYNGBY = (55.79, 12.52)
MONTHS = ("spring", "summer")

SkyOf = Callable[[int, SunAt], Irradiance]


def month(name: str) -> Path:
    """A real month's file; skips the test, saying so, where it is not at hand."""
    path = DATA / f"{name}_1min.csv.gz"
    if not path.exists():
        pytest.skip(f"no measured month at {path}")
    return path


@lru_cache(maxsize=2)
def _read(path: Path) -> Measured:
    return read_weather(path)


def measured_month(name: str) -> Measured:
    """A real month; not to be changed."""
    return _read(month(name))


def start(*when: int) -> float:
    return datetime(*when, tzinfo=UTC).timestamp()  # type: ignore[misc,arg-type]


def made(
    place: tuple[float, float],
    start_s: float,
    count: int,
    sky_of: SkyOf,
    *,
    load: Callable[[int], float] | None = None,
    step_s: float = 60.0,
) -> Measured:
    """Rows of a made-up sky at a place; ``sky_of`` gets the row's number and its sun."""
    ghi, dni, dhi = array("d"), array("d"), array("d")
    for row in range(count):
        sun = sun_at(start_s + (row + 0.5) * step_s, *place)
        sky = sky_of(row, sun)
        beam = sky.beam_wm2 if sun.elevation_deg > 0.0 else 0.0
        dni.append(beam)
        dhi.append(sky.diffuse_wm2)
        ghi.append(sky.diffuse_wm2 + beam * max(0.0, sine(sun)))
    return Measured(
        path="made.csv",
        start_utc_s=start_s,
        step_s=step_s,
        lines=array("L", range(2, count + 2)),
        ghi=ghi,
        dni=dni,
        dhi=dhi,
        air_c=array("d", [12.0] * count),
        load_w=array("d", [] if load is None else map(load, range(count))),
    )


def sine(sun: SunAt) -> float:
    return math.sin(math.radians(sun.elevation_deg))


HEADER = "time,ghi,dni,dhi,air_temperature,load"
ROWS = (
    "2026-06-21T11:00Z,800,700,150,20.5,300",
    "2026-06-21T11:01Z,810,710,150,20.5,310",
    "2026-06-21T11:02Z,820,720,150,20.6,2300",
)


def written(folder: Path, *lines: str, name: str = "w.csv", packed: bool = False) -> Path:
    path = folder / (name + (".gz" if packed else ""))
    raw = ("\n".join(lines) + "\n").encode()
    path.write_bytes(gzip.compress(raw) if packed else raw)
    return path
