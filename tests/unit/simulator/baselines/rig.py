"""A home of one line for the laws: a steady export from which the heater takes its share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pvopt.simulator.baselines.table import LAWS, Law
from pvopt.simulator.baselines.types import Heater, Sees

HEATER = Heater(max_w=2000.0)


def law_named(name: str) -> Law:
    return next(law for law in LAWS if law.name == name)


def steady(export_w: float) -> Callable[[float], Sees]:
    """Meters of a home without battery that exports ``export_w`` while the heater is off."""

    def sees(own_w: float) -> Sees:
        return Sees(
            grid_w=own_w - export_w, own_w=own_w, pv_w=export_w + 300.0, load_w=300.0 + own_w
        )

    return sees


def watts_of(
    law: Law,
    sees: Callable[[float], Sees],
    seconds: int,
    heater: Heater = HEATER,
    state: Any = None,
) -> list[float]:
    """Watts second by second; the meters show the heater as it was asked the second before."""
    state = law.state if state is None else state
    own_w = 0.0
    asked = []
    for _ in range(seconds):
        state, watts, closed = law.step(law.params, state, sees(own_w), heater, 1.0)
        own_w = watts if closed else 0.0
        asked.append(watts)
    return asked


def seconds_to(asked: list[float], level_w: float) -> int:
    """The first second at whose end the watts have reached the level."""
    return next(k for k, watts in enumerate(asked, start=1) if watts >= level_w)
