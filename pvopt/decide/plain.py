"""Ledgers as plain numbers and back: what is saved in one run and believed in the next.

A ledger is a frozen dataclass whose fields all have defaults and hold a float, an int, a bool, or
a tuple of floats. One that is broken is forgotten whole: half of it could say anything.
"""

from __future__ import annotations

import math
from dataclasses import fields
from typing import Any, TypeVar

T = TypeVar("T")
LONGEST = 100  # numbers in one field


def to_plain(ledger: Any) -> dict[str, Any]:
    """Field names with numbers, truths and lists: what JSON can hold."""
    told = {field.name: getattr(ledger, field.name) for field in fields(ledger)}
    return {name: list(x) if isinstance(x, tuple) else x for name, x in told.items()}


def from_plain(kind: type[T], told: object) -> T:
    """The ledger that ``to_plain`` gave; an empty one if ``told`` cannot be one.

    Fields of a later version are left out, those of an earlier one have their defaults.
    """
    empty = kind()
    if not isinstance(told, dict):
        return empty
    found: dict[str, Any] = {}
    for field in fields(empty):  # type: ignore[arg-type]
        if field.name not in told:
            continue
        read = _like(getattr(empty, field.name), told[field.name])
        if read is None:
            return empty
        found[field.name] = read
    return kind(**found)


def _like(default: object, told: object) -> object:
    """``told`` as the type of ``default``; None: it cannot be that."""
    if isinstance(default, bool) or isinstance(told, bool):
        return told if isinstance(told, bool) and isinstance(default, bool) else None
    if isinstance(default, tuple):
        if not isinstance(told, list) or len(told) > LONGEST:
            return None
        parts = [_like(0.0, one) for one in told]
        return None if None in parts else tuple(parts)
    if isinstance(default, int):
        return told if isinstance(told, int) and abs(told) < 2**53 else None
    if not isinstance(told, int | float):
        return None
    try:
        number = float(told)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None
