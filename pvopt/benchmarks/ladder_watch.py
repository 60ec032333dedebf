"""Who watches the ladder: inversions, minimum times and switches, by what the loads do.

It knows commands and watts of each second and nothing of what a law remembers.

Inversion: lower ranks run while a higher one lacks power that it could have in their stead, for
longer than its enable delay. Lacking is a load whose thermostat is closed, that has been off for
its minimum off time if it is off, and

* switched: whose next level needs no more than lower ranks draw that may be cut now (of an unknown
  load what its plate says);
* behind a regulator: below its most, while lower ranks draw, in pieces that it could take whole,
  more than ``LEAST_SHARE`` of its most. A lower rank of 500 W that runs while a heater lacks 200 W
  is none: cut, 300 W of the sun would be lost.

What may be cut: all watts behind a regulator, and those of switched loads that have been on for
their minimum on time. Of that, still higher ranks come first, as far as each could use it: those
that may start before a switched load that starts now could stop again. As at a start of the
program, all loads count as just switched off when the watch begins.

Both is counted twice. By what a ladder can know: a load of unknown draw and without a meter gives
up what it draws at the least, for in which minute it draws more is seen by nobody. And by the watts
that flowed: there some inversions are left that no law could have seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from pvopt.benchmarks.ladder_loads import LEAST_SHARE as LEAST_DRAW
from pvopt.benchmarks.ladder_loads import Kind, Member

# Beyond the enable delay: the meter's second, its age, the tick, three seconds of a knob at zero.
SLACK_S = 6.0
# A knob goes to zero before its contact opens, and the time off counts from there.
SEQUENCE_S = 2.0
LEAST_SHARE = 0.05
RUNS_W = 1.0
# A step of a chip at the largest regulator: by so much its watts may be below what is there, and
# a higher rank that needs them all comes first.
CHIP_STEP_W = 8.0


class Seen(NamedTuple):
    """One load in a second. ``on``: its contact is closed; ``most_w``: what it would draw at its
    most, 0 for one whose thermostat is open."""

    on: bool
    drawn_w: float
    most_w: float


class Cut(NamedTuple):
    """Watts that may be cut: all of them, those behind regulators, and the pieces of the rest."""

    whole_w: float
    loose_w: float
    pieces: tuple[float, ...]


class Want(NamedTuple):
    """``needs_w``: what a load needs to draw more (0: nothing); ``wait_s``: before it may."""

    needs_w: float
    wait_s: float


class Counts(NamedTuple):
    """``inversions`` and ``inverted_s`` of the loads that lacked, by what can be known;
    ``flow_inversions`` by the watts that flowed; ``broken``: contacts switched before their
    minimum time."""

    switches: int = 0
    inversions: int = 0
    inverted_s: int = 0
    broken: int = 0
    drawn_wh: float = 0.0
    flow_inversions: int = 0


class Lacks:
    """How often and how long each load lacked for longer than it may (``allowed_s``)."""

    def __init__(self, allowed_s: Sequence[float]) -> None:
        self._allowed_s = allowed_s
        self._lacking_s = [0] * len(allowed_s)
        self.times, self.seconds = [0] * len(allowed_s), [0] * len(allowed_s)

    def second(self, lacking: Sequence[bool]) -> None:
        """One second, by rank."""
        for place, lacks in enumerate(lacking):
            lacking_s = self._lacking_s[place] + 1 if lacks else 0
            self._lacking_s[place] = lacking_s
            if lacking_s > self._allowed_s[place]:
                self.times[place] += lacking_s - 1 <= self._allowed_s[place]
                self.seconds[place] += 1


class Watch:
    """Called once a second with what each load does, by rank. ``enable_s``: of each."""

    def __init__(self, members: Sequence[Member], enable_s: Sequence[float]) -> None:
        self._members = tuple(members)
        count = len(self._members)
        self._on = [False] * count
        self._since_s = [0.0] * count  # in the state that it is in
        self._drawn_w = [0.0] * count
        self._drawn_ws = [0.0] * count
        self._switches, self._broken = [0] * count, [0] * count
        allowed_s = [delay_s + SLACK_S for delay_s in enable_s]
        self._known, self._flow = Lacks(allowed_s), Lacks(allowed_s)

    @property
    def counts(self) -> tuple[Counts, ...]:
        """Of each load, by rank."""
        wh = [ws / 3600.0 for ws in self._drawn_ws]
        known, flow = self._known, self._flow
        columns = (self._switches, known.times, known.seconds, self._broken, wh, flow.times)
        return tuple(Counts(*each) for each in zip(*columns, strict=True))

    def second(self, seen: Sequence[Seen]) -> None:
        """One second of the run."""
        for place, now in enumerate(seen):
            self._switch(place, now)
        flow_w = [now.drawn_w for now in seen]
        known_w = [_known_w(one, watts) for one, watts in zip(self._members, flow_w, strict=True)]
        lacking = self._lacking(seen, flow_w)
        self._flow.second(lacking)
        self._known.second(lacking if known_w == flow_w else self._lacking(seen, known_w))

    def _lacking(self, seen: Sequence[Seen], drawn_w: Sequence[float]) -> list[bool]:
        """Who lacks, if what could be cut drew so much."""
        below = self._to_cut(drawn_w)
        wanting: list[Want] = []  # of higher ranks
        lacking: list[bool] = []
        for place, now in enumerate(seen):
            to_cut = below[place]
            lacking.append(to_cut.whole_w > 0.0 and self._lacks(place, now, to_cut, wanting))
            want = self._wants(place, now)
            if want.needs_w > 0.0:
                wanting.append(want)
        return lacking

    def _to_cut(self, drawn_w: Sequence[float]) -> list[Cut]:
        """For each load what may be cut of lower ranks."""
        found = [Cut(0.0, 0.0, ())]
        for place in reversed(range(1, len(drawn_w))):
            member, watts, last = self._members[place], drawn_w[place], found[-1]
            if watts > RUNS_W and not member.switched:
                last = Cut(last.whole_w + watts, last.loose_w + watts, last.pieces)
            elif watts > RUNS_W and self._since_s[place] > member.min_on_s:
                last = Cut(last.whole_w + watts, last.loose_w, (*last.pieces, watts))
            found.append(last)
        return found[::-1]

    def _wants(self, place: int, now: Seen) -> Want:
        """What a load would take more, and how long its contact has to wait."""
        member = self._members[place]
        if now.most_w <= 0.0 or now.drawn_w >= now.most_w - RUNS_W:
            return Want(0.0, 0.0)
        wait_s = 0.0 if now.on else max(0.0, member.min_off_s - self._since_s[place])
        if member.switched:
            return Want(_next_w(member, now), wait_s)
        return Want(now.most_w - now.drawn_w, wait_s)

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

    def _lacks(self, place: int, now: Seen, to_cut: Cut, wanting: Sequence[Want]) -> bool:
        member, mine = self._members[place], self._wants(place, now)
        if mine.needs_w <= 0.0 or mine.wait_s > 0.0:
            return False
        left_w, busy_s = to_cut.whole_w, member.min_on_s if member.switched else 0.0
        for want in wanting:
            if want.wait_s <= busy_s and want.needs_w <= left_w + CHIP_STEP_W:
                left_w -= want.needs_w
        if member.switched:
            return left_w >= mine.needs_w
        taken_w = 0.0
        for piece_w in sorted(to_cut.pieces):
            if taken_w + piece_w > mine.needs_w:
                break
            taken_w += piece_w
        usable_w = min(mine.needs_w, taken_w + to_cut.loose_w, left_w)
        return usable_w > LEAST_SHARE * now.most_w


def _known_w(member: Member, watts: float) -> float:
    """What can be known of a load's draw (W). Worked: of the dehumidifier's 340 W 262 W."""
    if member.kind != Kind.UNKNOWN or member.metered:
        return watts
    return min(watts, LEAST_DRAW * member.max_w)


def _stepped(before_w: float, now_w: float) -> bool:
    """From one stage to another."""
    return before_w != now_w and before_w > 0.0 and now_w > 0.0


def _next_w(member: Member, now: Seen) -> float:
    """What a switched load needs for its next level (W)."""
    higher = [level_w for level_w in member.levels_w if level_w > now.drawn_w + RUNS_W]
    return higher[0] - now.drawn_w if higher else 0.0
