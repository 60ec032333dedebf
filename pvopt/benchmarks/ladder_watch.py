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
    """Called once a second with what each load does, by rank."""

    def __init__(self, members: Sequence[Member], enable_s: float) -> None:
        self._members = tuple(members)
        self._allowed_s = enable_s + SLACK_S
        count = len(self._members)
        self._on = [False] * count
        self._since_s = [EVER_S] * count  # in the state that it is in
        self._lacking_s = [0] * count
        self._drawn_w = [0.0] * count
        self.counts = [Counts()] * count

    def second(self, seen: Sequence[Seen]) -> None:
        """One second of the run."""
        for place, now in enumerate(seen):
            self._switch(place, now)
        for place in range(len(seen)):
            self._lack(place, seen)

    def _switch(self, place: int, now: Seen) -> None:
        member, counts, was = self._members[place], self.counts[place], self._on[place]
        switches, broken = counts.switches, counts.broken
        if now.on != was:
            least_s = member.min_on_s if was else member.min_off_s
            broken += self._since_s[place] < least_s - SEQUENCE_S
            self._since_s[place] = 0.0
        if now.on != was or self._stepped(place, now):
            switches += 1
        self._since_s[place] += 1.0
        self._on[place] = now.on
        self._drawn_w[place] = now.drawn_w
        drawn_wh = counts.drawn_wh + now.drawn_w / 3600.0
        self.counts[place] = counts._replace(switches=switches, broken=broken, drawn_wh=drawn_wh)

    def _stepped(self, place: int, now: Seen) -> bool:
        """A switched load of several levels has gone from one to another."""
        member = self._members[place]
        if len(member.levels_w) < 2 or not now.on:
            return False
        before_w = self._drawn_w[place]
        return min(before_w, now.drawn_w) > 0.0 and before_w != now.drawn_w

    def _lack(self, place: int, seen: Sequence[Seen]) -> None:
        lacking_s = self._lacking_s[place] + 1 if self._lacks(place, seen) else 0
        self._lacking_s[place] = lacking_s
        if lacking_s <= self._allowed_s:
            return
        counts = self.counts[place]
        first = lacking_s - 1 <= self._allowed_s
        self.counts[place] = counts._replace(
            inversions=counts.inversions + first, inverted_s=counts.inverted_s + 1
        )

    def _lacks(self, place: int, seen: Sequence[Seen]) -> bool:
        member, now = self._members[place], seen[place]
        if now.most_w <= 0.0 or now.drawn_w >= now.most_w - RUNS_W:
            return False
        if not now.on and self._since_s[place] < member.min_off_s:
            return False
        loose, whole = self._to_cut(place, seen)
        if member.switched:
            return loose + sum(whole) >= _next_w(member, now)
        lacks_w = now.most_w - now.drawn_w
        taken_w = 0.0
        for piece_w in sorted(whole):
            if taken_w + piece_w > lacks_w:
                break
            taken_w += piece_w
        return min(lacks_w, taken_w + loose) > LEAST_SHARE * now.most_w

    def _to_cut(self, place: int, seen: Sequence[Seen]) -> tuple[float, list[float]]:
        """(Watts behind regulators, pieces of switched loads) of lower ranks that may be cut."""
        loose, whole = 0.0, []
        for lower in range(place + 1, len(seen)):
            member, now = self._members[lower], seen[lower]
            if now.drawn_w <= RUNS_W:
                continue
            if not member.switched:
                loose += now.drawn_w
            elif self._since_s[lower] > member.min_on_s:
                whole.append(now.drawn_w)
        return loose, whole


def _next_w(member: Member, now: Seen) -> float:
    """What a switched load needs for its next level (W)."""
    if len(member.levels_w) < 2:
        return now.most_w
    higher = [level_w for level_w in member.levels_w if level_w > now.drawn_w + RUNS_W]
    return higher[0] - now.drawn_w if higher else math.inf
