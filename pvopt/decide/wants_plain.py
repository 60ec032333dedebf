"""What comfort remembers of a load as plain numbers, and back. Ordinary Python.

A part that cannot be true is forgotten whole, the others stay: a week's hygiene is not lost for a
broken day.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pvopt.decide.energy_floor import FloorLedger
from pvopt.decide.energy_period import PeriodLedger
from pvopt.decide.legionella import LegionellaLedger
from pvopt.decide.levels import Level
from pvopt.decide.plain import from_plain, to_plain
from pvopt.decide.wants_rules import ComfortLedger, ReadyLedger

LAST_DAY = 765_000  # 2095; dates beyond it are none
LATEST_UTC_S = 4e9
LONGEST = 20  # times to be ready by
# When water that is not hot was last seen matters to the quarter of an hour; a file that is the
# same as before is not written again.
SEEN_S = 900.0


def comfort_to_plain(ledger: ComfortLedger) -> dict[str, Any]:
    """What JSON can hold."""
    legionella = ledger.legionella
    if not legionella.seen_hot:
        seen_utc_s = SEEN_S * (legionella.seen_utc_s // SEEN_S)
        legionella = replace(legionella, seen_utc_s=max(legionella.begun_utc_s, seen_utc_s))
    return {
        "id": ledger.id,
        "level": ledger.level,
        "floor": to_plain(ledger.floor),
        "period": to_plain(ledger.period),
        "legionella": to_plain(legionella),
        "ready": [list(one) for one in ledger.ready],
    }


def comfort_from_plain(name: str, told: dict[str, Any]) -> ComfortLedger:
    """The ledger of one load; what of it cannot be true is empty. Never raises."""
    level = told.get("level")
    known = isinstance(level, int) and not isinstance(level, bool) and level in set(Level)
    floor = from_plain(FloorLedger, told.get("floor"))
    period = from_plain(PeriodLedger, told.get("period"))
    legionella = from_plain(LegionellaLedger, told.get("legionella"))
    return ComfortLedger(
        name,
        int(level) if known and isinstance(level, int) else 0,
        floor if _floor_can_be(floor) else FloorLedger(),
        period if _period_can_be(period) else PeriodLedger(),
        legionella if _legionella_can_be(legionella) else LegionellaLedger(),
        _ready(told.get("ready")),
    )


def _floor_can_be(floor: FloorLedger) -> bool:
    days = 0 <= floor.day <= LAST_DAY and 0 <= floor.asked <= LAST_DAY
    return days and min(floor.today_wh, floor.yesterday_wh, floor.owed_wh) >= 0.0


def _period_can_be(period: PeriodLedger) -> bool:
    dated = 0.0 <= period.start_utc_s <= LATEST_UTC_S
    return dated and min(period.present_wh, *period.past_wh, 0.0) >= 0.0


def _legionella_can_be(ledger: LegionellaLedger) -> bool:
    dates = (
        ledger.begun_utc_s,
        ledger.done_utc_s,
        ledger.seen_utc_s,
        ledger.start_utc_s,
        ledger.planned_utc_s,
        *ledger.done,
        *ledger.bought,
    )
    dated = all(0.0 <= one <= LATEST_UTC_S for one in dates)
    return dated and min(ledger.hot_s, ledger.total_s) >= 0.0


def _ready(told: object) -> tuple[ReadyLedger, ...]:
    if not isinstance(told, list) or len(told) > LONGEST:
        return ()
    found = [_one_ready(one) for one in told]
    return tuple(found)


def _one_ready(told: object) -> ReadyLedger:
    if not isinstance(told, list) or len(told) != 3:
        return ReadyLedger()
    deadline, heated, force = told
    numbers = all(isinstance(one, int | float) and not isinstance(one, bool) for one in told[:2])
    if not numbers or not isinstance(force, bool):
        return ReadyLedger()
    if not (0.0 <= deadline <= LATEST_UTC_S and 0.0 <= heated < 1e9):  # neither is NaN
        return ReadyLedger()
    return ReadyLedger(float(deadline), float(heated), force)
