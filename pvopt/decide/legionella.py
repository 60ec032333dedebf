"""Hot water that keeps legionella away: a ledger of hours at temperature, and when to buy the rest.

Once in ``every_s`` the tank has to be at ``target_c`` for ``hold_s`` in one go. Whatever brought
it there counts: on most weeks of summer the sun does, and nothing is bought. What is left is
compulsory; it is placed before the deadline where it costs least: in hours when the forecast's
sun does most of it, else in the cheapest hours, else as late as is safe, for the sun may still do
it and hot water cools. (For the temperatures see WHO, Legionella and the prevention of
legionellosis, 2007: above 60 °C the bacteria die within minutes to half an hour.)

The ledger is plain numbers, to be saved, and moves only with a true date: what was hot while the
date was not known is no evidence of a day. Pure.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import NamedTuple

from pvopt.decide.levels import is_reading
from pvopt.decide.placing import Heating, cheapest_start_s
from pvopt.decide.ready_by import STRETCH, heat_wh, needed_s
from pvopt.decide.windows import Tariff
from pvopt.model import Forecast, Instant

COLD_C = 10.0  # mains water: what a tank may come down to before or while it is heated
# Bought heat goes on to so much above the target, and again from so little above it.
OVER_K, AGAIN_K = 1.5, 0.5
RIPPLE_K = 2.0  # a thermostat's swing, and a tap: no end of the run, but not counted
GAP_S = 300.0  # what was hot before and after such a gap was hot in it
LONGEST_GAP_S = 3600.0  # beyond it a run begins anew
PLAN_S = 900.0  # a plan holds so long
KEPT = 8  # cycles that are remembered


@dataclass(frozen=True, slots=True)
class LegionellaRule:
    """``power_w`` > 0: of the heater; ``house_w``: what the house takes of the forecast's sun.

    ``ahead_s``: how long before the deadline the grid may help at the earliest; ``first_s``: when
    a tank is due of which nothing is known; ``spare_s``: how much earlier it is to be done.
    ``ahead_s`` < ``every_s``; the load's maximum has to be 2 K above ``target_c`` or more.
    """

    power_w: float
    litres: float = 200.0
    target_c: float = 60.0
    hold_s: float = 1800.0
    every_s: float = 7 * 86_400.0
    ahead_s: float = 2 * 86_400.0
    first_s: float = 86_400.0
    spare_s: float = 3600.0
    house_w: float = 300.0


@dataclass(frozen=True, slots=True)
class LegionellaLedger:
    """Unix times (0: not yet) and seconds. Plain numbers, to be saved.

    ``begun_utc_s``: first entry; ``done_utc_s``: last second of the last whole cycle;
    ``hot_s``: of the present run, ``total_s`` of all; ``seen_utc_s``: last reading, ``seen_hot``:
    what it said; ``forced``: the grid is at it, ``heating``: and the water is not hot enough just
    now; ``start_utc_s``: planned, ``planned_utc_s``: when that was; ``done`` and ``bought``: ends
    of the last cycles, newest first, and those of the grid.
    """

    begun_utc_s: float = 0.0
    done_utc_s: float = 0.0
    hot_s: float = 0.0
    total_s: float = 0.0
    seen_utc_s: float = 0.0
    seen_hot: bool = False
    forced: bool = False
    heating: bool = False
    start_utc_s: float = 0.0
    planned_utc_s: float = 0.0
    done: tuple[float, ...] = ()
    bought: tuple[float, ...] = ()


class LegionellaStep(NamedTuple):
    """``force``: heat now. ``start_s``, ``deadline_s``: Unix time, NaN while
    the date is not known; ``needs_wh``: what it still takes; ``overdue``: the deadline is over."""

    ledger: LegionellaLedger
    force: bool
    start_s: float
    deadline_s: float
    needs_wh: float
    overdue: bool


class Progress(IntEnum):
    """DONE, and the grid may not help yet; FIRST: the same of a tank that is new to us; WAITING:
    it may, but the sun still has time; HEATING: it does."""

    DONE = 0
    FIRST = 1
    WAITING = 2
    HEATING = 3
    OVERDUE = 4


class Standing(NamedTuple):
    """For people. Unix times; ``start_utc_s``: when the grid begins, as planned; ``done_utc_s``
    0: never yet."""

    progress: Progress
    due_utc_s: float
    start_utc_s: float
    done_utc_s: float


def stands(rule: LegionellaRule, ledger: LegionellaLedger, utc_s: float) -> Standing | None:
    """Where a tank stands; None: no true date was seen yet. Worked: a cycle that was whole 6 days
    ago, once a week, with two days in which the grid may help: WAITING."""
    if ledger.begun_utc_s == 0.0:
        return None
    due_s, done_s = deadline_s(rule, ledger), ledger.done_utc_s
    start_s = max(ledger.start_utc_s, due_s - rule.ahead_s)
    if utc_s > due_s:
        progress = Progress.OVERDUE
    elif ledger.forced:
        progress = Progress.HEATING
    elif utc_s >= due_s - rule.ahead_s and ledger.start_utc_s > 0.0:
        progress = Progress.WAITING
    else:
        progress = Progress.DONE if done_s > 0.0 else Progress.FIRST
    return Standing(progress, due_s, start_s, done_s)


def deadline_s(rule: LegionellaRule, ledger: LegionellaLedger) -> float:
    """When the next cycle has to be over (Unix time). Worked: done on Monday noon: next Monday."""
    if ledger.done_utc_s > 0.0:
        return ledger.done_utc_s + rule.every_s
    return ledger.begun_utc_s + rule.first_s


def observe(
    rule: LegionellaRule, ledger: LegionellaLedger, temperature_c: float, instant: Instant
) -> LegionellaLedger:
    """The ledger after one more reading; ``temperature_c`` NaN: none, or one not to be trusted.

    Worked: 60 °C at 13:00:00 and again at 13:00:01 is one second; at 13:30:00 the cycle is done,
    and goes on being done while it stays so hot.
    """
    if not instant.utc_ok:
        return ledger
    ledger = _begun(ledger, instant.utc_s)
    if not is_reading(temperature_c):
        return ledger
    hot = temperature_c >= rule.target_c
    gap_s = instant.utc_s - ledger.seen_utc_s
    hot_s = ledger.hot_s
    if temperature_c < rule.target_c - RIPPLE_K or gap_s > LONGEST_GAP_S:
        hot_s = 0.0
    more_s = gap_s if hot and ledger.seen_hot and gap_s <= GAP_S else 0.0
    seen = replace(
        ledger,
        hot_s=hot_s + more_s,
        total_s=ledger.total_s + more_s,
        seen_utc_s=instant.utc_s,
        seen_hot=hot,
    )
    return _done(rule, seen, hot_s) if hot and seen.hot_s >= rule.hold_s else seen


def _begun(ledger: LegionellaLedger, utc_s: float) -> LegionellaLedger:
    """A first entry; and a clock that was ahead may not put the next cycle off."""
    if ledger.begun_utc_s == 0.0:
        return replace(ledger, begun_utc_s=utc_s, seen_utc_s=utc_s)
    if utc_s >= ledger.seen_utc_s:
        return ledger
    return replace(
        ledger,
        begun_utc_s=min(ledger.begun_utc_s, utc_s),
        done_utc_s=min(ledger.done_utc_s, utc_s),
        seen_utc_s=utc_s,
        seen_hot=False,
        start_utc_s=0.0,
        planned_utc_s=0.0,
    )


def _done(rule: LegionellaRule, ledger: LegionellaLedger, before_s: float) -> LegionellaLedger:
    now_s = ledger.seen_utc_s
    ledger = replace(ledger, done_utc_s=now_s, start_utc_s=0.0, planned_utc_s=0.0)
    if before_s >= rule.hold_s:
        return ledger
    done = (now_s, *ledger.done)[:KEPT]
    bought = (now_s, *ledger.bought) if ledger.forced else ledger.bought
    bought = tuple(one for one in bought if one in done)
    return replace(ledger, forced=False, heating=False, done=done, bought=bought)


def need_s(rule: LegionellaRule, ledger: LegionellaLedger, temperature_c: float) -> float:
    """How long a cycle takes from here (s). NaN: as from mains water.

    Worked: 200 l from 50 °C at 2000 W: 2326 Wh, 4480 s with 7 % more, and 1800 s to hold: 6280 s.
    """
    from_c = temperature_c if is_reading(temperature_c) else COLD_C
    heat_s = needed_s(heat_wh(rule.litres, from_c, rule.target_c), rule.power_w)
    return heat_s + max(0.0, rule.hold_s - ledger.hot_s)


def latest_s(rule: LegionellaRule, ledger: LegionellaLedger) -> float:
    """The last safe start: even a tank that is emptied then is in time.

    Worked: 200 l, 2000 W: 11 630 Wh from 10 °C, 6 h 13 min, 30 min to hold, 1 h to spare: 7 h
    43 min before the deadline.
    """
    cold_s = needed_s(heat_wh(rule.litres, COLD_C, rule.target_c), rule.power_w) + rule.hold_s
    return deadline_s(rule, ledger) - cold_s - rule.spare_s


def legionella_step(
    rule: LegionellaRule,
    ledger: LegionellaLedger,
    temperature_c: float,
    instant: Instant,
    forecast: Forecast | None,
    tariff: Tariff,
    tz: str,
) -> LegionellaStep:
    """Take one reading into the ledger, and say whether the grid has to heat now.

    Without a reading nothing is forced: no evidence could come of it.
    """
    if not instant.utc_ok:
        return LegionellaStep(ledger, False, math.nan, math.nan, math.nan, False)
    ledger = observe(rule, ledger, temperature_c, instant)
    now_s, due_s = instant.utc_s, deadline_s(rule, ledger)
    if not ledger.forced and _plan_is_old(ledger, now_s, due_s - rule.ahead_s):
        start_s = _start_s(rule, ledger, temperature_c, now_s, forecast, tariff, tz)
        ledger = replace(ledger, start_utc_s=start_s, planned_utc_s=now_s)
    ledger = _forced(rule, ledger, temperature_c, now_s)
    needs_wh = need_s(rule, replace(ledger, hot_s=rule.hold_s), temperature_c)
    return LegionellaStep(
        ledger=ledger,
        force=ledger.forced and ledger.heating,
        start_s=ledger.start_utc_s,
        deadline_s=due_s,
        needs_wh=needs_wh * rule.power_w / 3600.0 / STRETCH,
        overdue=now_s > due_s,
    )


def _forced(
    rule: LegionellaRule, ledger: LegionellaLedger, temperature_c: float, now_s: float
) -> LegionellaLedger:
    """Whether the grid is at it. A tank that is at the target by itself is left to it, while
    there is time."""
    if not is_reading(temperature_c):
        return replace(ledger, heating=False) if ledger.heating else ledger
    over_k = temperature_c - rule.target_c
    alone = over_k >= 0.0 and now_s < latest_s(rule, ledger)
    forced = ledger.forced or (now_s >= ledger.start_utc_s and not alone)
    heating = forced and over_k < (OVER_K if ledger.heating else AGAIN_K)
    if (forced, heating) == (ledger.forced, ledger.heating):
        return ledger
    return replace(ledger, forced=forced, heating=heating)


def _plan_is_old(ledger: LegionellaLedger, now_s: float, first_s: float) -> bool:
    """Or of the time before ``first_s``, when nothing was looked at yet."""
    planned_s = ledger.planned_utc_s
    return planned_s == 0.0 or not 0.0 <= now_s - planned_s < PLAN_S or planned_s < first_s <= now_s


def _start_s(
    rule: LegionellaRule,
    ledger: LegionellaLedger,
    temperature_c: float,
    now_s: float,
    forecast: Forecast | None,
    tariff: Tariff,
    tz: str,
) -> float:
    due_s, last_s = deadline_s(rule, ledger), latest_s(rule, ledger)
    if now_s >= last_s or now_s < due_s - rule.ahead_s:
        return max(now_s, min(last_s, due_s - rule.ahead_s))
    length_s = need_s(rule, ledger, temperature_c)
    return cheapest_start_s(
        Heating(rule.power_w, length_s, rule.house_w), now_s, last_s, forecast, tariff, tz
    )
