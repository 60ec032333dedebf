"""Hand-made inputs of a benchmark: a minute or an hour of steady sun and load."""

from __future__ import annotations

from typing import Any

from pvopt.benchmarks.inputs import Inputs


def steady(seconds: int, pv_w: float = 3000.0, load_w: float = 350.0, **other: Any) -> Inputs:
    """The same second again and again, by day, under a clear sky of 4400 W."""
    import numpy as np

    given: dict[str, Any] = {
        "start_utc_s": 0.0,
        "local_offset_s": 0.0,
        "place": (50.0, 14.0),
        "refined": True,
        "pv_w": np.full(seconds, pv_w),
        "load_w": np.full(seconds, load_w),
        "litres": np.zeros(seconds),
        "day": np.ones(seconds, np.uint8),
        "clear_w": np.full(seconds // 30 + 2, 4400.0),
        "hourly_w": np.full(seconds // 3600 + 1, pv_w),
        "nights": (seconds,),
    }
    return Inputs(**(given | other))
