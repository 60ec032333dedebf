"""Options that several commands share."""

from __future__ import annotations

import argparse
from pathlib import Path

DEFAULT_CONFIG = Path(__file__).resolve().parents[2] / "Files" / "config.yaml"


def add_config(parser: argparse.ArgumentParser) -> None:
    """``--config FILE``; without it the demonstration."""
    parser.add_argument(
        "--config",
        type=Path,
        default=DEFAULT_CONFIG,
        metavar="FILE",
        help="configuration (default: Files/config.yaml, a simulated home)",
    )
