"""Options that several commands share."""

from __future__ import annotations

import argparse
from datetime import datetime
from pathlib import Path

DEFAULT_CONFIG = Path(__file__).resolve().parents[2] / "Files" / "config.yaml"
MOST_DAYS = 3660.0


def add_config(parser: argparse.ArgumentParser) -> None:
    """``--config FILE``; without it the demonstration."""
    parser.add_argument(
        "--config",
        type=Path,
        default=DEFAULT_CONFIG,
        metavar="FILE",
        help="configuration (default: Files/config.yaml, a simulated home)",
    )


def add_measured(parser: argparse.ArgumentParser, weather: str, load: str) -> None:
    """``--weather``, ``--load``, ``--place``; ``weather`` and ``load``: what their help says."""
    parser.add_argument("--weather", type=Path, metavar="CSV", help=weather)
    parser.add_argument("--load", type=Path, metavar="CSV", help=load)
    parser.add_argument(
        "--place",
        type=place,
        metavar="LAT,LON",
        help="where --weather was measured, degrees north and east (default: found from it)",
    )


def days(text: str) -> float:
    """How many days: 0.001 to 3660."""
    return number(text, 0.001, MOST_DAYS)


def number(text: str, least: float, most: float) -> float:
    """A number within bounds, or words for the command line."""
    try:
        number = float(text)
    except ValueError:
        number = float("nan")
    if not least <= number <= most:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from {least:g} to {most:g}")
    return number


def local_start(text: str) -> tuple[datetime, bool]:
    """(Local moment, whether a time of day was given)."""
    for pattern in ("%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"):
        try:
            return datetime.strptime(text, pattern), "%H" in pattern
        except ValueError:
            continue
    raise argparse.ArgumentTypeError(
        f'{text!r} is no date such as 2026-06-21 (or "2026-06-21 11:00")'
    )


def place(text: str) -> tuple[float, float]:
    """Latitude and longitude, degrees north and east."""
    parts = text.split(",")
    try:
        latitude, longitude = (float(part) for part in parts)
    except ValueError:
        latitude = longitude = float("nan")
    if not (-90.0 <= latitude <= 90.0 and -180.0 <= longitude <= 180.0):
        raise argparse.ArgumentTypeError(
            f"{text!r} is not degrees north and east such as 55.79,12.52 (-90 to 90, -180 to 180; "
            "for south write --place=-33.9,18.4)"
        )
    return latitude, longitude
