"""Who watches the ladder: inversions, minimum times and switches, by what the loads do.

It knows commands and watts of each second and nothing of what a law remembers.

Inversion: a lower rank runs while a higher one lacks power that it could have in its stead, for
longer than its enable delay. Lacking is a load whose thermostat is closed, that has been off for
its minimum off time if it is off, and

* switched: whose next level needs no more than lower ranks draw that may be cut now;
* behind a regulator: below its most, while lower ranks draw, in pieces that it could take whole,
  more than ``LEAST_SHARE`` of its most. A lower rank of 500 W that runs while a heater lacks 200 W
  is none: cut, 300 W of the sun would be lost.

What may be cut: all watts behind a regulator, and those of switched loads that have been on for
their minimum on time.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from pvopt.benchmarks.ladder_loads import Member

# Beyond the enable delay: the meter's second, its age, the tick, three seconds of a knob at zero.
SLACK_S = 6.0
# A knob goes to zero before its contact opens, and the time off counts from there.
SEQUENCE_S = 2.0
LEAST_SHARE = 0.05
RUNS_W = 1.0
EVER_S = math.inf


class Seen(NamedTuple):
    """One load in a second. ``on``: its contact is closed; ``most_w``: what it would draw at its
    most, 0 for one whose thermostat is open."""

    on: bool
    drawn_w: float
    most_w: float


class Counts(NamedTuple):
    """``inversions`` and ``inverted_s`` of the loads that lacked; ``broken``: contacts switched
    before their minimum time."""

    switches: int = 0
    inversions: int = 0
    inverted_s: int = 0
    broken: int = 0
    drawn_wh: float = 0.0


class Watch:
    """Called once a second with what each load does, by rank. ``enable_s``: of each."""

    def __init__(self, members: Sequence[Member], enable_s: Sequence[float]) -> None:
        self._members = tuple(members)
        self._allowed_s = [delay_s + SLACK_S for delay_s in enable_s]
        count = len(self._members)
        self._on = [False] * count
        self._since_s = [EVER_S] * count  # in the state that it is in
        self._lacking_s = [0] * count
        self._drawn_w = [0.0] * count
        self._drawn_ws = [0.0] * count
        self._switches, self._broken = [0] * count, [0] * count
        self._inversions, self._inverted_s = [0] * count, [0] * count

    @property
    def counts(self) -> tuple[Counts, ...]:
        """Of each load, by rank."""
        wh = [ws / 3600.0 for ws in self._drawn_ws]
        columns = (self._switches, self._inversions, self._inverted_s, self._broken, wh)
        return tuple(Counts(*each) for each in zip(*columns, strict=True))

    def second(self, seen: Sequence[Seen]) -> None:
        """One second of the run."""
        for place, now in enumerate(seen):
            self._switch(place, now)
        loose_w = 0.0  # what may be cut of lower ranks: behind regulators, and in whole pieces
        pieces: list[float] = []
        for place in reversed(range(len(seen))):
            now = seen[place]
            lacks = (loose_w > 0.0 or pieces) and self._lacks(place, now, loose_w, pieces)
            self._lack(place, bool(lacks))
            if now.drawn_w <= RUNS_W:
                continue
            if not self._members[place].switched:
                loose_w += now.drawn_w
            elif self._since_s[place] > self._members[place].min_on_s:
                pieces.append(now.drawn_w)

    def _switch(self, place: int, now: Seen) -> None:
        member, was = self._members[place], self._on[place]
        if now.on != was:
            least_s = member.min_on_s if was else member.min_off_s
            self._broken[place] += self._since_s[place] < least_s - SEQUENCE_S
            self._since_s[place] = 0.0
            self._on[place] = now.on
            self._switches[place] += 1
        elif len(member.levels_w) > 1 and _stepped(self._drawn_w[place], now.drawn_w):
            self._switches[place] += 1
        self._since_s[place] += 1.0
        self._drawn_w[place] = now.drawn_w
        self._drawn_ws[place] += now.drawn_w

    def _lack(self, place: int, lacks: bool) -> None:
        lacking_s = self._lacking_s[place] + 1 if lacks else 0
        self._lacking_s[place] = lacking_s
        if lacking_s > self._allowed_s[place]:
            self._inversions[place] += lacking_s - 1 <= self._allowed_s[place]
            self._inverted_s[place] += 1

    def _lacks(self, place: int, now: Seen, loose_w: float, pieces: Sequence[float]) -> bool:
        member = self._members[place]
        if now.most_w <= 0.0 or now.drawn_w >= now.most_w - RUNS_W:
            return False
        if not now.on and self._since_s[place] < member.min_off_s:
            return False
        if member.switched:
            return loose_w + sum(pieces) >= _next_w(member, now)
        lacks_w = now.most_w - now.drawn_w
        taken_w = 0.0
        for piece_w in sorted(pieces):
            if taken_w + piece_w > lacks_w:
                break
            taken_w += piece_w
        return min(lacks_w, taken_w + loose_w) > LEAST_SHARE * now.most_w


def _stepped(before_w: float, now_w: float) -> bool:
    """From one stage to another."""
    return before_w != now_w and before_w > 0.0 and now_w > 0.0


def _next_w(member: Member, now: Seen) -> float:
    """What a switched load needs for its next level (W)."""
    if len(member.levels_w) < 2:
        return now.most_w
    higher = [level_w for level_w in member.levels_w if level_w > now.drawn_w + RUNS_W]
    return higher[0] - now.drawn_w if higher else math.inf
