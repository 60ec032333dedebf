"""A configuration as it may be shown to people: plain words and numbers, secrets left out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

HIDDEN = "(hidden)"


def shown(part: Any) -> Any:
    """``part`` of a configuration for JSON. A key that is kept out of ``repr`` is a secret: of it
    is told only whether it is set."""
    if attrs.has(type(part)):
        return {
            one.name: shown(getattr(part, one.name))
            if one.repr
            else (HIDDEN if getattr(part, one.name) else "")
            for one in attrs.fields(type(part))
        }
    if isinstance(part, Mapping):
        return {str(key): shown(inner) for key, inner in part.items()}
    if isinstance(part, tuple | list):
        return [shown(inner) for inner in part]
    return part if part is None or isinstance(part, bool | int | float | str) else str(part)
