"""The sweep: which place of the knob next, and whether what was measured there can be believed.

A pure state machine. First the house alone with the relay open, then closed at knob 0, then
blocks of a few places, each between two looks at the house alone (knob 0). A block whose two
looks differ was disturbed by a kettle and is measured again; so is one whose watts do not fall
(or rise) with the knob, or that fit nothing that was found before.
"""

from __future__ import annotations

import math
from enum import IntEnum
from itertools import pairwise
from typing import NamedTuple

from pvopt.calibration.judge import Verdict, judge
from pvopt.calibration.shapes import Block, End, Level, Plan, Point, Sample

ARRIVE_S = 30.0  # relay and knob need a few; more is a fault
STEADY_S = 45.0  # until a level must be steady; the house may make it wait
FIRST_S = 675.0  # the same before the first place
SAMPLE_S = 20.0  # between two samples: a meter that tells more rarely is of no use here
ROOM_S = 900.0  # wait for room in the inverter: the longest oven
MOST_TRIES = 30  # of one block: a quarter of an hour in which nothing rests
MOST_SAMPLES = 30
SPLIT_TRIES = 4  # then its places come one by one: the house need not rest for so long
ZERO_TRIES = 3
# What a kettle can look like as well has to be seen so often in a row.
MOST_DOUBTS = {Verdict.NOTHING: 3, Verdict.TOO_MUCH: 4}
ENDS = {Verdict.NOTHING: End.DRAWS_NOTHING, Verdict.TOO_MUCH: End.DRAWS_TOO_MUCH}


class Phase(IntEnum):
    OPEN = 0  # the house alone, relay open
    ZERO = 1  # relay closed, knob at 0
    BLOCK = 2
    OVER = 3


class State(NamedTuple):
    """``spot``: within a block 0 is the first look at the house, then ``via``, places, last look.
    ``window``: (instant, watts) of the samples since everything rests; ``levels``: of this
    block so far; ``noise_w``: deviation of a single sample in the house at rest."""

    phase: Phase = Phase.OPEN
    blocks: tuple[Block, ...] = ()
    block: int = 0
    spot: int = 0
    levels: tuple[Level, ...] = ()
    begun_s: float = math.nan
    rested_s: float = math.nan
    window: tuple[tuple[float, float], ...] = ()
    heard_s: float = math.nan  # the last new sample
    noise_w: float = math.nan
    tries: int = 0
    doubts: int = 0  # blocks of the last that said the same grave thing
    repeated: int = 0
    points: tuple[Point, ...] = ()
    open_w: float = math.nan
    end: End | None = None


def begin(plan: Plan) -> State:
    return State(blocks=plan.blocks)


def asked_pct(state: State) -> float | None:
    """Where the knob shall be; None: the relay open."""
    if state.phase in (Phase.OPEN, Phase.OVER):
        return None
    if state.phase == Phase.ZERO:
        return 0.0
    return _spots(state.blocks[state.block])[state.spot]


def share(plan: Plan, state: State) -> float:
    """How much of the work is done, 0 to 1."""
    places = sum(len(block.pcts) for block in state.blocks) or 1
    here = max(0, len(state.levels) - 1) if state.phase == Phase.BLOCK else 0
    return min(1.0, (len(state.points) + here) / places)


def stop(state: State, end: End) -> State:
    return state._replace(phase=Phase.OVER, end=end)


def more(state: State, blocks: tuple[Block, ...], now_s: float) -> State:
    """Go on with more blocks after the last."""
    state = state._replace(blocks=state.blocks + blocks, phase=Phase.BLOCK, end=None)
    return _start(state._replace(spot=0, levels=(), tries=0, doubts=0), now_s)


def step(plan: Plan, state: State, sample: Sample) -> State:
    """One tick. The command of it is ``asked_pct`` of what is returned."""
    if state.phase == Phase.OVER:
        return state
    if math.isnan(state.begun_s):
        return _start(state, sample.now_s)
    if sample.room_w <= 0.0 and (asked_pct(state) or 0.0) > 0.0:
        return _again(state, sample.now_s)  # an oven came on: the inverter first
    state = _listen(plan, state, sample)
    if state.phase == Phase.OVER:
        return state
    level = _steady(plan, state)
    if level is not None:
        return _arrived(plan, state, level, sample)
    waited_s = sample.now_s - state.begun_s
    if state.phase == Phase.BLOCK and waited_s > STEADY_S:
        return _again(state, sample.now_s)
    return stop(state, End.NO_REST) if waited_s > FIRST_S else state


def _spots(block: Block) -> tuple[float, ...]:
    via = () if block.via_pct is None else (block.via_pct,)
    return (0.0, *via, *block.pcts, 0.0)


def _start(state: State, now_s: float) -> State:
    """A new place: nothing that was heard before counts."""
    return state._replace(begun_s=now_s, rested_s=math.nan, window=(), heard_s=now_s)


def _listen(plan: Plan, state: State, sample: Sample) -> State:
    """Keep the samples that were taken after everything had come to rest."""
    arrived = sample.resting and sample.closed == (asked_pct(state) is not None)
    if not arrived:
        late = sample.now_s - state.begun_s > ARRIVE_S
        state = state._replace(rested_s=math.nan, window=(), heard_s=sample.now_s)
        return stop(state, End.OUTPUTS) if late else state
    if math.isnan(state.rested_s):
        state = state._replace(rested_s=sample.now_s, heard_s=sample.now_s)
    if sample.now_s - state.heard_s > SAMPLE_S:
        return stop(state, End.NO_SAMPLES)
    last_s = state.window[-1][0] if state.window else -math.inf
    if sample.watts is None or sample.at_s <= max(last_s, state.rested_s + plan.settle_s - 1e-6):
        return state
    window = (*state.window, (sample.at_s, sample.watts))[-MOST_SAMPLES:]
    return state._replace(window=window, heard_s=sample.now_s)


def _needed(plan: Plan, state: State) -> int:
    """So many samples bring the mean of the noise below 0.3 % of the heater's watts."""
    if math.isnan(state.noise_w):
        return 2 * plan.samples
    noise = state.noise_w / (0.003 * plan.max_w)
    return min(MOST_SAMPLES, max(plan.samples, math.ceil(noise * noise)))


def _steady(plan: Plan, state: State) -> Level | None:
    """The mean of the last samples, if they neither move nor scatter."""
    needed = _needed(plan, state)
    if len(state.window) < needed:
        return None
    window = state.window[-needed:]
    watts = [w for _, w in window]
    half = needed // 2
    noise_w = 0.0 if math.isnan(state.noise_w) else state.noise_w
    trend_w = abs(sum(watts[:half]) / half - sum(watts[-half:]) / half)
    if trend_w > max(0.006 * plan.max_w, 2.5 * noise_w / math.sqrt(half)):
        return None
    if max(watts) - min(watts) > max(0.04 * plan.max_w, 6.0 * noise_w):
        return None
    return Level(sum(watts) / needed, (window[0][0] + window[-1][0]) / 2.0)


def _noise_w(window: tuple[tuple[float, float], ...]) -> float:
    """Deviation of one sample from the middle difference of neighbours, which one kettle does
    not move: of normal noise the middle difference is 0.954 deviations."""
    steps = sorted(abs(b[1] - a[1]) for a, b in pairwise(window))
    return steps[len(steps) // 2] / 0.954


def _arrived(plan: Plan, state: State, level: Level, sample: Sample) -> State:
    now_s = sample.now_s
    if state.phase == Phase.OPEN:
        noise_w = _noise_w(state.window)
        state = state._replace(phase=Phase.ZERO, open_w=level.watts, noise_w=noise_w)
        return _start(state, now_s)
    if state.phase == Phase.ZERO:
        return _at_zero(plan, state, level, sample)
    block = state.blocks[state.block]
    if state.spot == 0 and sample.room_w < _need_w(plan, state):
        if now_s - state.begun_s > ROOM_S:
            return stop(state, End.NO_ROOM)
        return state  # go on listening to the house alone
    if block.via_pct is None or state.spot != 1:  # the way there is waited for, not measured
        state = state._replace(levels=(*state.levels, level))
    if state.spot < len(_spots(block)) - 1:
        return _start(state._replace(spot=state.spot + 1), now_s)
    return _finished(plan, state, now_s, sample.room_w)


def _at_zero(plan: Plan, state: State, level: Level, sample: Sample) -> State:
    """Watts at knob 0 are a fault of regulator or coupling, unless it was the house."""
    now_s = sample.now_s
    if level.watts - state.open_w <= max(50.0, 0.05 * plan.max_w, 3.0 * state.noise_w):
        state = state._replace(phase=Phase.BLOCK, tries=0)
        return _first_look(plan, state, level, sample.room_w, now_s)
    if state.tries + 1 >= ZERO_TRIES:
        return stop(state, End.DRAWS_AT_ZERO)
    return _start(state._replace(phase=Phase.OPEN, tries=state.tries + 1), now_s)


def _need_w(plan: Plan, state: State) -> float:
    """What the next block may draw: as much as a place above it did, else all."""
    block = state.blocks[state.block]
    highest = max((*block.pcts, block.via_pct or 0.0))
    known = [point.watts for point in state.points if point.pct >= highest]
    return min([plan.max_w, *known])


def _finished(plan: Plan, state: State, now_s: float, room_w: float) -> State:
    block = state.blocks[state.block]
    found, verdict = judge(plan, block, state.levels, state.points, state.noise_w, state.tries)
    if verdict in MOST_DOUBTS:
        state = state._replace(doubts=state.doubts + 1)
        if state.doubts >= MOST_DOUBTS[verdict]:
            return stop(state, ENDS[verdict])
    elif verdict == Verdict.AGAIN:
        state = state._replace(doubts=0)
    if verdict != Verdict.GOOD:
        return _again(state, now_s)
    state = state._replace(points=(*state.points, *found), tries=0, doubts=0)
    if state.block + 1 >= len(state.blocks):
        return stop(state._replace(block=state.block + 1), End.DONE)
    last = state.levels[-1]
    state = state._replace(block=state.block + 1, levels=(), spot=0)
    return _first_look(plan, state, last, room_w, now_s)


def _first_look(plan: Plan, state: State, last: Level, room_w: float, now_s: float) -> State:
    """The last look at the house is the first of the next block, if that has room now."""
    if room_w >= _need_w(plan, state):
        state = state._replace(levels=(last,), spot=1)
    return _start(state, now_s)


def _again(state: State, now_s: float) -> State:
    """The block once more, from knob 0; a block that fails again and again in pieces."""
    tries, blocks, block = state.tries + 1, state.blocks, state.blocks[state.block]
    if tries >= MOST_TRIES:
        return stop(state, End.NO_REST)
    if tries == SPLIT_TRIES and state.doubts == 0 and len(block.pcts) > 1:
        parts = tuple(block._replace(pcts=(pct,)) for pct in block.pcts)
        blocks, tries = (*blocks[: state.block], *parts, *blocks[state.block + 1 :]), 0
    repeated = state.repeated + 1
    state = state._replace(blocks=blocks, levels=(), spot=0, tries=tries, repeated=repeated)
    return _start(state, now_s)
