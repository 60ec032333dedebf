"""Numbers as they are told: what is not known, or no number, is null."""

from __future__ import annotations

import math

from pvopt.model import Reading


def known(reading: Reading) -> float | None:
    """Its number, where there is one."""
    return None if reading.value is None or not math.isfinite(reading.value) else reading.value


def rounded(number: float | None) -> float | None:
    """In tenths; None for what is none."""
    return None if number is None or not math.isfinite(number) else round(number, 1)
