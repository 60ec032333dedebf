"""What is written into the ledger each tick: energies of the day, what is full, what is dangerous.

Ordinary Python. The calendar advances only while the date is known.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from pvopt.decide.asked import Standing
from pvopt.decide.day import Day, day_of
from pvopt.decide.memory import Energy, Ledger
from pvopt.decide.wants_rules import ComfortLedger
from pvopt.model import Instant, Why


class Drawn(NamedTuple):
    """Of one load: watts it should draw, whether a person had them drawn, whether it is full, the
    verdict that is latched (HOLD: none), and whether comfort had them drawn."""

    id: str
    watts: float
    by_hand: bool
    full: bool
    verdict: Why = Why.HOLD
    bought: bool = False


def ledger_step(
    ledger: Ledger,
    standing: tuple[Standing, ...],
    drawn: tuple[Drawn, ...],
    timezone: str,
    instant: Instant,
    dt_s: float,
    comfort: tuple[ComfortLedger, ...] = (),
) -> Ledger:
    """Add what each load should have drawn; keep what was found dangerous, and ``comfort``.

    Worked: 1800 W for a second are 0.5 Wh of today. With the first tick of a new day today
    becomes yesterday; after a day without a tick yesterday is 0.
    """
    day = ledger.day
    if instant.utc_ok and not day.holds(instant.utc_s):
        day = day_of(instant.utc_s, timezone)
    turned = 0 if day is ledger.day else _turned(ledger.day, day)
    energy: list[Energy] = []
    heated_wh: list[tuple[str, float]] = []
    latched: list[tuple[str, Why]] = []
    for rank, (name, watts, by_hand, full, verdict, bought) in enumerate(drawn):
        wh = watts * dt_s / 3600.0
        one, sum_wh = _before(ledger, rank, name)
        if turned:
            one = _dawned(one, turned)
        energy.append(
            Energy(
                name,
                one.today_wh + wh,
                one.yesterday_wh,
                one.by_hand_wh + wh if by_hand else one.by_hand_wh,
                one.full or full,
                one.comfort_wh + wh if bought else one.comfort_wh,
            )
        )
        heated_wh.append((name, sum_wh + wh))
        if verdict != Why.HOLD:
            latched.append((name, verdict))
    return Ledger(tuple(heated_wh), tuple(latched), tuple(energy), standing, day, comfort)


def _before(ledger: Ledger, rank: int, name: str) -> tuple[Energy, float]:
    """What the ledger has of a load: but for the first tick, at its own rank."""
    energies, heated = ledger.energy, ledger.heated_wh
    if rank < len(energies) and rank < len(heated):
        one, (other, sum_wh) = energies[rank], heated[rank]
        if one.id == name == other:
            return one, sum_wh
    found = next((one for one in energies if one.id == name), Energy(name))
    return found, dict(heated).get(name, 0.0)


def _turned(before: Day, now: Day) -> int:
    """How many days have begun since; 0 for the same, for the first that is known, and for a
    clock that was put back."""
    return max(0, now.number - before.number) if before.number > 0 else 0


def _dawned(one: Energy, days: int) -> Energy:
    """The energies of a load on the first tick of another day."""
    return Energy(one.id, 0.0, one.today_wh if days == 1 else 0.0)


def usable(energy: Energy) -> bool:
    """Whether a kept energy can be true."""
    numbers = (energy.today_wh, energy.yesterday_wh, energy.by_hand_wh, energy.comfort_wh)
    return all(math.isfinite(number) and number >= 0.0 for number in numbers)
