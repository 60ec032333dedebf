"""A home by night whose owner wants comfort: dates, forecasts, what is remembered."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from pvopt.decide.memory import Ledger, Memory
from pvopt.decide.settings import PlaneSettings, Settings
from pvopt.decide.wants_rules import ComfortLedger, ComfortRules
from pvopt.decide.windows import Hours, window
from pvopt.model import (
    Forecast,
    Instant,
    Reading,
    Snapshot,
    Why,
)
from tests.unit.decide.hand_rig import HandRig
from tests.unit.decide.home_rig import HomeAt
from tests.unit.decide.samples import LOAD, SETTINGS, site

NIGHT = window("02:05", "06:50")
assert NIGHT is not None
OFF_PEAK = Hours((NIGHT,))
LEVELS = ComfortRules(min_c=45.0, eco_c=50.0, solar_min_c=55.0)


def utc(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def settings(rules: ComfortRules | None, hours: Hours = OFF_PEAK, mode: str = "sun") -> Settings:
    comfort = LOAD.comfort._replace(max_c=60.0, required=False)
    load = replace(LOAD, rules=rules, comfort=comfort)
    daylight = replace(SETTINGS.daylight, mode=mode, planes=(PlaneSettings(4400.0, 35.0, 0.0),))
    return replace(SETTINGS, loads=(load,), hours=hours, daylight=daylight)


def dark(now_s: float, own_w: float) -> object:
    """A night: the house and we live on the grid."""
    return site(
        now_s,
        grid_w=Reading(400.0 + own_w, now_s, "test"),
        pv_w=Reading(0.0, now_s, "test"),
        load_w=Reading(400.0 + own_w, now_s, "test"),
    )


@dataclass
class Rig(HandRig):
    """``at``: the date (UTC) of the first tick; ``utc_ok``: whether it is known."""

    home: HomeAt = dark  # type: ignore[assignment]
    at: str = "2026-01-14 12:00"  # a winter's Wednesday, 13:00 in Prague
    utc_ok: bool = True
    forecast: Forecast | None = None

    def snapshot(self) -> Snapshot:
        made = super().snapshot()
        instant = Instant(self.now_s, utc(self.at) + self.now_s, self.utc_ok)
        return replace(made, instant=instant, forecast=self.forecast)

    def remember(self, **known: object) -> Rig:
        comfort = (ComfortLedger("boiler", **known),)  # type: ignore[arg-type]
        self.memory = Memory(ledger=Ledger(comfort=comfort))
        return self

    def said(self, seconds: int = 30) -> tuple[float, Why]:
        """Past the minimum time of a start."""
        command = self.run(seconds)
        return command.setpoint_w, command.reason.code

    @property
    def kept(self) -> ComfortLedger:
        [one] = self.memory.ledger.comfort
        return one


def rig(rules: ComfortRules | None, warm_c: float | None = 40.0, **how: object) -> Rig:
    hours = how.pop("hours", OFF_PEAK)
    made = Rig(rules=settings(rules, hours), **how)  # type: ignore[arg-type]
    made.temperature_c = warm_c
    return made
