"""So much energy a period: when the grid helps, when enough is enough, what clocks may do to it."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pvopt.decide.energy_period import PeriodFloor, PeriodLedger, Want, count_period, wanted
from pvopt.model import Instant

DAY = PeriodFloor(2000.0)
START_S = 1.8e9
H = 3600.0


def at(hours: float, utc_ok: bool = True) -> Instant:
    return Instant(hours, START_S + hours * H, utc_ok)


@pytest.mark.parametrize(
    ("past", "present", "short_periods", "off_peak", "want"),
    [
        ((1999.0,), 0.0, 1, True, Want.FORCED), ((1999.0,), 0.0, 1, False, Want.SUN),
        ((2000.0,), 0.0, 1, True, Want.SUN), ((1999.0,), 1999.0, 1, True, Want.FORCED),
        ((1999.0,), 2000.0, 1, True, Want.ENOUGH), ((2000.0,), 2000.0, 1, False, Want.ENOUGH),
        ((), 0.0, 1, True, Want.SUN), ((0.0,), 0.0, 2, True, Want.SUN),
        ((0.0, 1999.0), 0.0, 2, True, Want.FORCED), ((0.0, 2000.0), 0.0, 2, True, Want.SUN),
        ((2000.0, 0.0), 0.0, 2, True, Want.SUN), ((0.0, 2000.0), 0.0, 1, True, Want.FORCED),
    ],
)  # fmt: skip
def test_table(
    past: tuple[float, ...], present: float, short_periods: int, off_peak: bool, want: Want
) -> None:
    floor = PeriodFloor(2000.0, short_periods=short_periods)
    assert wanted(floor, PeriodLedger(START_S, present, past), off_peak) == want


def test_periods_follow_one_another() -> None:
    ledger = count_period(DAY, PeriodLedger(), at(0), 500.0)
    assert ledger == PeriodLedger(START_S, 500.0, ())
    ledger = count_period(DAY, ledger, at(23.99), 100.0)
    assert ledger.present_wh == 600.0
    ledger = count_period(DAY, ledger, at(24), 10.0)
    assert ledger == PeriodLedger(START_S + 24 * H, 10.0, (600.0,))
    ledger = count_period(DAY, ledger, at(49), 20.0)
    assert ledger == PeriodLedger(START_S + 48 * H, 20.0, (10.0, 600.0))


@pytest.mark.parametrize(
    ("hours", "past"), [(25, (600.0,)), (49, (0.0, 600.0)), (73, (0.0, 0.0)), (9999, (0.0, 0.0))]
)
def test_periods_that_were_missed_had_nothing(hours: float, past: tuple[float, ...]) -> None:
    ledger = count_period(DAY, PeriodLedger(START_S, 600.0), at(hours), 0.0)
    assert (ledger.past_wh, ledger.present_wh) == (past, 0.0)
    assert 0 <= at(hours).utc_s - ledger.start_utc_s < DAY.period_s


def test_without_a_true_date_only_energy_counts() -> None:
    ledger = PeriodLedger(START_S, 600.0)
    assert count_period(DAY, ledger, at(100, utc_ok=False), 5.0) == PeriodLedger(START_S, 605.0)
    assert count_period(DAY, PeriodLedger(), at(1, utc_ok=False), 5.0) == PeriodLedger(0.0, 5.0)


def test_a_clock_that_went_back_ends_no_period() -> None:
    ledger = count_period(DAY, PeriodLedger(START_S, 600.0, (1.0,)), at(-500), 5.0)
    assert ledger == PeriodLedger(START_S - 500 * H, 605.0, (1.0,))


@given(
    steps=st.lists(
        st.tuples(st.floats(-50, 50), st.floats(0, 900), st.booleans()), min_size=1, max_size=40
    )
)
def test_no_energy_is_counted_twice(steps: list[tuple[float, float, bool]]) -> None:
    ledgers, hours, told_wh = [PeriodLedger()], 0.0, 0.0
    for after_h, wh, utc_ok in steps:
        hours += after_h
        told_wh += wh
        ledgers.append(count_period(DAY, ledgers[-1], at(hours, utc_ok), wh))
    for before, after in pairwise(ledgers):
        grown = after.present_wh + sum(after.past_wh)
        assert grown <= before.present_wh + sum(before.past_wh) + 900.0 + 1e-9
    last = ledgers[-1]
    assert last.present_wh + sum(last.past_wh) <= told_wh + 1e-6
    assert len(last.past_wh) <= 2
