"""The ladder: one budget shared out among the loads, first come the first ranks.

A load that knows only whole steps (a relay alone) cannot follow a budget as a knob does, so it has
a few rights of its own, in this order:

* Within its minimum time on it keeps what it draws: that comes off the budget before anybody else
  is served, for it is drawn in any case.
* Short by its rank, it keeps it for some seconds more, as long as knobs can make room: a cloud
  that passes, or a knob that has not arrived yet, is no reason to switch.
* Where sun is left that nobody takes, it begins sooner than its enable delay: that is long, for a
  cloud within the minimum time on has to be bought, and meanwhile a knob takes the sun.
* Where hidden sun is left although all knobs are at their end, it may begin on *trial* with watts
  of a knob: nothing is borrowed, and the knob shows by climbing again whether there was more. If
  it could not, the next trial waits, twice as long after each failure.

A load that still waits for its contact, not for long, has its watts kept from lower relays, for
those could not give them back soon, but not from lower knobs.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from pvopt.decide.hunt import HuntResult
from pvopt.decide.settings import HuntParams
from pvopt.model import Why

# A whole-step load that is short by its rank runs on for so long if knobs can make room.
SHORT_S = 5.0
# Watts are kept for a load whose contact may close within this.
RESERVE_S = 30.0
# A relay that waits for its delay does not begin anew for so little, nor for this share of its
# watts: a search moves by as much.
NEARLY_W, NEARLY_SHARE = 30.0, 0.1
# After a trial that failed the next waits so long, twice as long each time, up to the last.
TRIAL_AGAIN_S, TRIAL_LATEST_S = 600.0, 4800.0


class Seat(NamedTuple):
    """One load in a tick. Watts.

    ``most_w``: what it can take now, 0 for one that may not run or is in a person's hand;
    ``least_w``: the least that it can use; ``knob``: it can take any watts between them;
    ``on``: its contact is closed; ``must_w``: it draws so much whatever it is offered, by its
    minimum time; ``draws_w``: what it draws now while on (of whole-step loads); ``wait_s``: its
    contact may not close before; ``next_w``: its next step.
    """

    most_w: float
    least_w: float = 0.0
    knob: bool = True
    on: bool = False
    must_w: float = 0.0
    draws_w: float = 0.0
    wait_s: float = 0.0
    next_w: float = math.inf


class Turn(NamedTuple):
    """What the ladder remembers of one load. ``short_s``: it has been short by its rank for so
    long; ``lost_s``: sun that it could use has been left by all for so long; ``trial``: it began
    on trial; ``wait_s``: until the next trial; ``backoff``."""

    short_s: float = 0.0
    lost_s: float = 0.0
    trial: bool = False
    wait_s: float = 0.0
    backoff: float = 1.0


def offer_of(left_w: float, most_w: float, least_w: float) -> float:
    """One load's part of what is left (W): what it can take, or nothing if it cannot use it. A
    kernel. Worked: of 500 W a load of 40 to 2000 W gets 500 W, one of 1000 to 2000 W nothing."""
    offer_w = min(left_w, max(0.0, most_w))
    return 0.0 if offer_w < least_w else offer_w


def lacking(budget_w: float, seats: tuple[Seat, ...]) -> tuple[bool, ...]:
    """Which running whole-step loads the budget does not reach, served strictly by rank.

    Worked: 2900 W over a knob of 2000 W and a relay of 1000 W that is on: the relay is short.
    """
    left_w = max(0.0, budget_w)
    short: list[bool] = []
    for seat in seats:
        offer_w = offer_of(left_w, seat.most_w, seat.least_w) if seat.knob or seat.on else 0.0
        short.append(seat.on and not seat.knob and offer_w <= 0.0)
        left_w -= offer_w
    return tuple(short)


def held_w(budget_w: float, seats: tuple[Seat, ...], turns: tuple[Turn, ...]) -> tuple[float, ...]:
    """What whole-step loads keep before anybody is served (W): by their minimum time in any case,
    by a short lack only as far as the budget reaches.

    Worked: 2900 W, a knob of 2000 W, a relay of 1000 W that has been short for 2 s: the relay
    keeps 1000 W and the knob gets 1900 W.
    """
    kept = [seat.must_w for seat in seats]
    left_w = max(0.0, budget_w) - sum(kept)
    for rank, (seat, turn) in enumerate(zip(seats, turns, strict=True)):
        soft = seat.on and not seat.knob and seat.must_w <= 0.0 < turn.short_s
        if soft and turn.short_s <= SHORT_S and 0.0 < seat.draws_w <= min(left_w, seat.most_w):
            kept[rank] = seat.draws_w
            left_w -= seat.draws_w
    return tuple(kept)


def unused(budget_w: float, seats: tuple[Seat, ...]) -> int | None:
    """The rank that could use what is left when all that runs has its most: the first of those
    with whole steps whose contact may close; None where there is none, or too little.

    Worked: 2700 W, a knob of 2000 W that runs, a relay of 500 W that does not: the relay.
    """
    left_w = budget_w
    for seat in seats:
        if seat.knob:
            left_w -= seat.most_w
        elif seat.on:
            left_w -= max(seat.draws_w, seat.must_w)
    for rank, seat in enumerate(seats):
        if _may_close(seat) and seat.least_w <= left_w:
            return rank
    return None


def _may_close(seat: Seat) -> bool:
    """A contact that is open and may close now."""
    return not seat.knob and not seat.on and seat.most_w > 0.0 and seat.wait_s <= 0.0


def knobs_w(seats: tuple[Seat, ...]) -> float:
    """What knobs that run can make room for (W)."""
    return sum(seat.most_w for seat in seats if seat.knob and seat.on)


def nearly_w(seat: Seat) -> float:
    """Watts that are next to nothing for a load that waits. Worked: 500 W: 30 W; 200 W: 20 W."""
    return 0.0 if seat.knob or seat.on else min(NEARLY_W, NEARLY_SHARE * seat.least_w)


class Sharing:
    """One budget on its way down the ladder: ask for each rank's offer in order, and say what
    came of it."""

    def __init__(self, budget_w: float, seats: tuple[Seat, ...], kept_w: tuple[float, ...]) -> None:
        self._seats, self._kept_w = seats, kept_w
        self.left_w = max(0.0, budget_w) - sum(kept_w)
        self._spare_w = math.inf  # what a relay may take without those that wait above it

    def offer(self, rank: int) -> float:
        """Watts for this rank, 0 where it cannot use what is there."""
        seat = self._seats[rank]
        flexible = seat.knob or seat.on
        left_w = self.left_w if flexible else min(self.left_w, self._spare_w)
        return offer_of(max(0.0, left_w + self._kept_w[rank]), seat.most_w, seat.least_w)

    def nearly(self, rank: int) -> bool:
        """Whether what a load has waited counts on although there is no offer for it: next to
        nothing is missing, or a higher one waits for the same watts, and may not get as far.

        Worked: 1300 W for a second over relays of 500 W, 800 W and 500 W: the third one goes on
        where it was once the second has nothing again.
        """
        seat = self._seats[rank]
        if seat.knob or seat.on or self.offer(rank) > 0.0:
            return False
        there_w = max(0.0, self.left_w + self._kept_w[rank] + nearly_w(seat))
        return offer_of(there_w, seat.most_w, seat.least_w) > 0.0

    def took(self, rank: int, offer_w: float, used_w: float) -> None:
        """``used_w``: what it is asked to draw; it may wait with an offer, or draw without one.

        What waits for 800 W of 2000 W leaves 1200 W to relays below it, though stages between
        them draw all of it now: those go back at once when it starts.
        """
        seat, kept_w = self._seats[rank], self._kept_w[rank]
        waiting_w = min(offer_w, seat.next_w) if seat.wait_s <= RESERVE_S else 0.0
        if waiting_w < seat.next_w < math.inf:
            waiting_w = 0.0  # what does not reach its next step is of no use to it
        if waiting_w > used_w:
            beside_w = self.left_w + kept_w - waiting_w
            self._spare_w = min(self._spare_w - (waiting_w - used_w), beside_w)
        elif not (seat.knob or seat.on):
            self._spare_w -= used_w - kept_w
        self.left_w -= used_w - kept_w


def reach_w(seats: tuple[Seat, ...]) -> float:
    """How far the loads can follow a budget watt by watt from here (W); infinite where only knobs
    are, or where nothing runs yet that could be followed.

    Worked: a knob of 2000 W, a relay of 1000 W that is on and one of 500 W that is not: 3000 W.
    """
    if all(seat.knob for seat in seats if seat.most_w > 0.0):
        return float("inf")
    followed_w = sum(seat.most_w for seat in seats if seat.knob)
    followed_w += sum(max(seat.draws_w, seat.must_w) for seat in seats if seat.on and not seat.knob)
    return followed_w if followed_w > 0.0 else float("inf")


def is_waiting(seats: tuple[Seat, ...]) -> bool:
    """Whether more could be drawn only after a contact has closed."""
    if any(seat.knob and seat.on and seat.most_w > 0.0 for seat in seats):
        return False
    if any(seat.knob and seat.most_w > 0.0 for seat in seats):
        return True
    able = [seat for seat in seats if seat.most_w > 0.0]
    return bool(able) and not any(seat.on for seat in able)


def on_trial(seats: tuple[Seat, ...], turns: tuple[Turn, ...]) -> int | None:
    """The rank that may begin with a knob's watts: the first whole-step load whose contact may
    close, that waits for no earlier failure, and that the knobs which run can make room for."""
    room_w = knobs_w(seats)
    for rank, (seat, turn) in enumerate(zip(seats, turns, strict=True)):
        if _may_close(seat) and turn.wait_s <= 0.0 and seat.least_w <= room_w:
            return rank
    return None


def turned(turn: Turn, seat: Seat, short: bool, stopped: bool, dt_s: float) -> Turn:
    """What is remembered after a tick. ``turn``: its ``short_s`` counts this tick; ``short``: of
    ``lacking``; ``stopped``: it was switched off now.

    Worked: on trial for its minimum time of 120 s, then short for 5 s, then off: the next trial
    waits 600 s.
    """
    wait_s = max(0.0, turn.wait_s - dt_s)
    if stopped and turn.trial:
        again_s = min(TRIAL_LATEST_S, TRIAL_AGAIN_S * turn.backoff)
        return Turn(wait_s=again_s, backoff=min(8.0, 2.0 * turn.backoff))
    proved = turn.trial and seat.on and not short
    return Turn(
        short_s=turn.short_s,
        lost_s=turn.lost_s,
        trial=turn.trial and seat.on and not proved,
        wait_s=wait_s,
        backoff=1.0 if proved else turn.backoff,
    )


def plenty(before_s: float, hunt: HuntResult, params: HuntParams, dt_s: float) -> float:
    """How long hidden sun has been left over although all that can follow is at its end (s)."""
    there = hunt.why == Why.HEATER_MAX and 0.0 < hunt.budget_w < params.max_w
    return before_s + dt_s if there else 0.0
