"""One load in the course of a tick."""

from __future__ import annotations

from typing import NamedTuple

from pvopt.decide.asked import NOTHING, Asked
from pvopt.decide.look import LoadState, Look
from pvopt.decide.rungs import Rung
from pvopt.decide.settings import LoadParams, LoadSettings
from pvopt.decide.site_now import LoadNow
from pvopt.model import Why


class LoadTick(NamedTuple):
    """``apart``: what it draws now a person or comfort asked for; ``bought``: comfort did."""

    settings: LoadSettings
    params: LoadParams
    now: LoadNow
    state: LoadState
    look: Look
    asked: Asked = NOTHING
    apart: bool = False
    bought: bool = False
    rung: Rung = Rung()

    @property
    def in_hand(self) -> bool:
        return self.asked.why != Why.HOLD

    @property
    def first(self) -> bool:
        """It comes before the battery."""
        return self.settings.before_battery
