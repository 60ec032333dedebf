"""At least so much energy in each period: the rule of the linky optimiser's plain loads (S1).

A load that had too little in the periods before is forced at full power in off-peak hours until
the present period has enough; one that has enough wants nothing more until the period ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from pvopt.model import Instant

KEPT = 2  # periods that are remembered


class Want(IntEnum):
    SUN = 0
    FORCED = 1
    ENOUGH = 2


@dataclass(frozen=True, slots=True)
class PeriodFloor:
    """``min_wh`` in each ``period_s``. ``short_periods``: how many in a row must have been short
    before the grid helps, 1 or 2 (S1's published program waits for two)."""

    min_wh: float
    period_s: float = 86_400.0
    short_periods: int = 1


@dataclass(frozen=True, slots=True)
class PeriodLedger:
    """``start_utc_s``: of the present period (0: none yet); ``past_wh``: the last ones, newest
    first. Plain numbers, to be saved."""

    start_utc_s: float = 0.0
    present_wh: float = 0.0
    past_wh: tuple[float, ...] = ()


def count_period(
    floor: PeriodFloor, ledger: PeriodLedger, instant: Instant, heated_wh: float
) -> PeriodLedger:
    """The ledger after ``heated_wh`` more. Periods end only with a true date.

    Periods that were missed count 0. A clock that went back begins a period without ending one.
    """
    present_wh, past_wh, start_s = ledger.present_wh, ledger.past_wh, ledger.start_utc_s
    if instant.utc_ok and (start_s == 0.0 or instant.utc_s < start_s):
        start_s = instant.utc_s
    ended = int((instant.utc_s - start_s) // floor.period_s) if instant.utc_ok else 0
    if ended > 0:
        missed = (0.0,) * min(KEPT, ended - 1)
        past_wh = (*missed, present_wh, *past_wh)[:KEPT]
        present_wh, start_s = 0.0, start_s + ended * floor.period_s
    return PeriodLedger(start_s, present_wh + heated_wh, past_wh)


def wanted(floor: PeriodFloor, ledger: PeriodLedger, off_peak: bool) -> Want:
    """What the load wants now.

    Worked: 2000 Wh a day; yesterday 1500, today 300: forced from 02:05 on until today has 2000.
    Yesterday 2000: sun only. A period that is not over yet is not short, so a new load waits.
    """
    if ledger.present_wh >= floor.min_wh:
        return Want.ENOUGH
    before = ledger.past_wh[: floor.short_periods]
    short = len(before) == floor.short_periods and all(wh < floor.min_wh for wh in before)
    return Want.FORCED if short and off_peak else Want.SUN
