"""What a calibration speaks of: its plan, what it is told each tick, what it found."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import NamedTuple

from pvopt.shape import frozen

DOWN, UP = -1, 1
VIA_PCT = 10.0  # from so far above the play of a coupling is surely taken up
BLOCK = 4  # places between two looks at the house alone
WHOLE = 1e-9  # of a percent: a step that divides 100 ends at its last place above 0


class End(IntEnum):
    """How a sweep ended; the sentences are in show/words."""

    DONE = 0
    WATCHED = 1  # what the watch saw: its own reason says what
    DRAWS_NOTHING = 2
    DRAWS_AT_ZERO = 3
    DRAWS_TOO_MUCH = 4
    NO_REST = 5  # the house changes more often than a block lasts
    NO_SAMPLES = 6  # the meter is too slow, or the load is not in it
    NO_ROOM = 7  # the inverter has no room for the heater
    OUTPUTS = 8  # relay or knob do not arrive


@frozen
class Sample:
    """One tick: ``watts`` of the meter, valid at ``at_s`` (None: no number); ``closed`` and
    ``resting``: relay and knob after the last command; ``room_w``: what the inverter may still
    give beside all that it gives now (infinite: no limit)."""

    now_s: float
    at_s: float
    watts: float | None
    closed: bool
    resting: bool
    room_w: float = float("inf")


class Block(NamedTuple):
    """Places measured between two looks at the house alone, all approached from one side.

    ``via_pct``: where the knob goes first, so that the first place is approached so, too.
    """

    pcts: tuple[float, ...]
    way: int
    via_pct: float | None = None


@frozen
class Plan:
    """``max_w``: the heater's watts by its plate. ``settle_s``: what regulator, heater and meter
    need after the knob has come to rest; ``samples``: the least that are averaged."""

    max_w: float
    blocks: tuple[Block, ...]
    step_pct: float
    settle_s: float = 2.0
    samples: int = 5

    @property
    def places(self) -> int:
        return sum(len(block.pcts) for block in self.blocks)

    @property
    def ways_there(self) -> int:
        return sum(block.via_pct is not None for block in self.blocks)

    @property
    def estimate_s(self) -> float:
        """Seconds that it takes in a quiet house whose meter tells each second."""
        dwell_s = self.settle_s + self.samples + 1.5
        return dwell_s * (self.places + len(self.blocks) + self.ways_there + 3)

    @property
    def estimate_wh(self) -> float:
        """What the water gets meanwhile: half of its power on average."""
        return 0.5 * self.max_w * self.estimate_s / 3600.0


@frozen
class Level:
    """A mean of the meter, and the middle of its time."""

    watts: float
    at_s: float


@frozen
class Point:
    """Watts of the load at a place of the knob, reached from above (``DOWN``) or below."""

    pct: float
    watts: float
    way: int


def middles(points: Sequence[Point], way: int) -> list[Point]:
    """One point a place of a way, in order: the middle of what was measured there."""
    row: list[Point] = []
    for pct in sorted({one.pct for one in points if one.way == way}):
        here = [one.watts for one in points if one.pct == pct and one.way == way]
        row.append(Point(pct, median(here), way))
    return row


def median(values: Sequence[float]) -> float:
    """The middle one, or the mean of the middle two."""
    row = sorted(values)
    half = len(row) // 2
    return row[half] if len(row) % 2 else (row[half - 1] + row[half]) / 2.0


def plan_of(max_w: float, step_pct: float, both_ways: bool, has_play: bool) -> Plan:
    """From 100 % down to the last step above 0; ``both_ways``: and up again.

    ``has_play``: what turns the knob may have play, so each place is approached from one side.
    """
    count = int((100.0 - WHOLE) / step_pct)
    pcts = tuple(round(100.0 - step_pct * k, 6) for k in range(count + 1))
    blocks = [_block(part, DOWN, has_play) for part in _parts(pcts)]
    if both_ways:
        blocks += [_block(part, UP, has_play) for part in _parts(pcts[::-1])]
    return Plan(max_w, tuple(blocks), step_pct)


def again(suspects: tuple[Point, ...], has_play: bool) -> tuple[Block, ...]:
    """Each place that stands out, alone, and twice: the middle of three measurements counts."""
    return tuple(_block((one.pct,), one.way, has_play) for one in suspects for _ in range(2))


def _parts(pcts: tuple[float, ...]) -> list[tuple[float, ...]]:
    return [pcts[k : k + BLOCK] for k in range(0, len(pcts), BLOCK)]


def _block(pcts: tuple[float, ...], way: int, has_play: bool) -> Block:
    # From 0 a place is reached from below anyway.
    via = min(100.0, pcts[0] + VIA_PCT) if has_play and way == DOWN else None
    return Block(pcts, way, None if via == pcts[0] else via)
