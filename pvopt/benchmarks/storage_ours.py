"""Our law for storages, through the production decision."""

from __future__ import annotations

import math

from pvopt.benchmarks.inputs import sun_rule
from pvopt.benchmarks.storage_home import BOOST_W, LEAST_W, MOST_W, Said
from pvopt.decide.memory import Memory
from pvopt.decide.policy import decide
from pvopt.decide.settings import HuntParams, Settings, SiteParams, SplitSettings, StorageSettings
from pvopt.model import Instant, Reading, Site, Snapshot, StorageView

NO_HUNT = HuntParams(*(0.0,) * 13)
PLACE = (50.0, 10.0)


class Ours:
    """``decide`` for a home with storages and no load."""

    def __init__(self, count: int, least_w: float = LEAST_W, most_w: float = MOST_W) -> None:
        storages = tuple(
            [
                StorageSettings(str(place), most_w, boost_w=BOOST_W, floor_w=least_w, adjusts=True)
                for place in range(count)
            ]
        )
        self._settings = Settings(
            tick_s=1.0,
            site=SiteParams(),
            daylight=sun_rule(PLACE),
            hunt=NO_HUNT,
            loads=(),
            split=SplitSettings(storages=storages),
        )
        self._memory = Memory()

    def tell(self, second: int, grid_w: float, said: tuple[Said, ...]) -> tuple[float, ...]:
        now_s = float(second)
        site = Site("meter", now_s, 30.0, grid_w=Reading(grid_w, now_s, "meter"))
        views = tuple(
            [
                StorageView(
                    str(place),
                    Reading(one.power_w, now_s, "storage"),
                    Reading(one.soc_pct, now_s, "storage"),
                    True,
                )
                for place, one in enumerate(said)
            ]
        )
        shot = Snapshot(Instant(now_s, now_s), site, storages=views)
        decision, self._memory = decide(shot, self._memory, self._settings)
        return tuple(
            [
                math.nan if one.from_w is None else float(round(one.setpoint_w - one.from_w))
                for one in decision.storages
            ]
        )
