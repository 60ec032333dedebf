"""Each storage by itself: is it heard, does it follow, is it back? Ordinary Python."""

from __future__ import annotations

import math
from enum import IntEnum
from typing import NamedTuple

from pvopt.decide.split_house import Track, said, sent
from pvopt.model import StorageView
from pvopt.shape import replaceable

# One that is back has all of its part after so long (s): it may be at rest, and slow.
RETURN_S = 20.0
# It does not follow if it is so much off (W, and as a share of what is asked), always on the same
# side and no nearer than before, for so long and several times its usual answer (s).
OFF_W, OFF_SHARE, OFF_S, OFF_ANSWERS = 25.0, 0.25, 20.0, 3.0
# One that did not follow is tried again after so long (s), twice as long each time, up to the last.
AGAIN_S, LATEST_S = 120.0, 1920.0
FIRST_ANSWER_S = 5.0
ASSUMED = "assumed"  # origin of what nobody has said
MOVED_W = 10.0
COMING_W = 5.0  # between two reports: it is on its way
# Beyond its wish by so much it has gone too far (W); a dead band is less.
OVER_W = 40.0
# Of a change, to a storage that goes too far: less by this each time, at the least so much, and
# more again at this rate (1/s).
# A B2500 makes nine tenths of a change, others all of it: so a little more is asked.
STEP, STEP_LESS, LEAST_STEP, STEP_BACK = 1.05, 0.6, 0.1, 0.002


class State(IntEnum):
    """Kept as a number in the memory."""

    UNHEARD = 0
    WELL = 1
    SILENT = 2
    OFFLINE = 3
    SHORT = 4  # it does not follow


@replaceable
class Each(NamedTuple):
    """What is remembered of one storage.

    ``heard``: it has said something since the start, ``last_w`` the last; ``since_s``: in its state
    for so long;
    ``back_w``: where it began when it came back; ``off_s``: off its wish for so long, ``off_w`` by
    so much at the nearest, or what one gave that did not follow; ``again_s``: the wait of its next
    failure; ``asked_s``: since its wish changed, and ``from_w`` what it gave then (NaN: it has
    answered); ``answer_s``: it takes so long to begin. ``step``: so much of a change is asked at
    once of one that takes changes; ``gap_w``: it lacked so much lately, ``anchor_w``: of that;
    ``short_w``: the wish that it did not follow.
    """

    id: str
    state: State = State.UNHEARD
    heard: bool = False
    track: Track = Track()
    last_w: float = math.nan
    soc_pct: float = math.nan
    since_s: float = 0.0
    back_w: float = math.nan
    off_s: float = 0.0
    off_w: float = math.inf
    again_s: float = AGAIN_S
    asked_s: float = 0.0
    from_w: float = math.nan
    answer_s: float = FIRST_ANSWER_S
    step: float = STEP
    gap_w: float = 0.0
    anchor_w: float = 0.0
    short_w: float = math.nan


def each_step(each: Each, view: StorageView, dt_s: float, judged: bool = True) -> Each:
    """One tick of one storage: what it says, taken in. ``judged``: False: nothing is asked of it
    that it could fail in, as while the meter is silent."""
    heard = view.power_w.value is not None and math.isfinite(view.power_w.value)
    track, last_w = each.track, each.last_w
    if heard:
        last_w = float(view.power_w.value or 0.0)
        track = said(track, view.power_w.at_s, last_w)
    soc = view.soc_pct.value
    soc_pct = each.soc_pct if soc is None or not math.isfinite(soc) else float(soc)
    if not heard:
        # What it said long ago is no measure of what it does now.
        track = Track(wishes=track.wishes, pace_w_s=track.pace_w_s)
    told = heard and view.power_w.origin != ASSUMED
    one = each._replace(
        track=track,
        last_w=last_w,
        soc_pct=soc_pct,
        since_s=each.since_s + dt_s,
        heard=each.heard or told,
    )
    state = _state(each, view, heard)
    if state != each.state and not (each.state == State.SHORT and state == State.WELL):
        return _changed(one, state)
    if state != State.WELL:
        return one
    if not judged:
        return one._replace(off_s=0.0, off_w=math.inf, from_w=math.nan)
    return _followed(_answered(one, dt_s), dt_s)


def _state(each: Each, view: StorageView, heard: bool) -> State:
    if view.connected is False:
        return State.OFFLINE
    if heard:
        return State.WELL
    waiting = each.state == State.UNHEARD and view.power_w.value is None
    return State.UNHEARD if waiting else State.SILENT


def _changed(one: Each, state: State) -> Each:
    """Into another state; back in service it begins from what it gives."""
    back_w = math.nan
    if state == State.WELL and one.track.reports:
        back_w = one.track.reports[-1][1]
    return one._replace(
        state=state, since_s=0.0, back_w=back_w, off_s=0.0, off_w=math.inf, from_w=math.nan
    )


def _answered(one: Each, dt_s: float) -> Each:
    """How long it takes from a wish to its first movement, seen at every larger change of it."""
    if math.isnan(one.from_w):
        return one
    asked_s = one.asked_s + dt_s
    said_w, wish_w = one.track.reports[-1][1], wish_of(one.track)
    begun = (
        abs(said_w - one.from_w) >= MOVED_W and (said_w - one.from_w) * (wish_w - one.from_w) > 0.0
    )
    if begun:
        answer_s = one.answer_s + 0.25 * (asked_s - one.answer_s)
        return one._replace(asked_s=asked_s, from_w=math.nan, answer_s=answer_s)
    if asked_s > 60.0:
        return one._replace(from_w=math.nan)
    return one._replace(asked_s=asked_s)


def _followed(one: Each, dt_s: float) -> Each:
    """Whether it does what it is asked; one that does not is left where it is for a time, until
    it is asked for less than it does, or for the opposite, or goes on: then it was only slow."""
    said_w, wish_w = one.track.reports[-1][1], wish_of(one.track)
    lacking_w = abs(wish_w) - abs(said_w) if wish_w * said_w >= 0.0 else abs(wish_w)
    if one.state == State.SHORT:
        if one.since_s >= one.again_s:
            longer_s = min(LATEST_S, 2.0 * one.again_s)
            return _changed(one, State.WELL)._replace(again_s=longer_s)
        if said_w * one.short_w > 0.0 and abs(said_w) > one.off_w + OFF_W:
            answer_s = max(one.answer_s, one.since_s + OFF_S)
            return _changed(one, State.WELL)._replace(answer_s=answer_s)
        other = lacking_w < -OFF_W or wish_w * one.short_w < 0.0
        return _changed(one, State.WELL) if other else one
    if math.isnan(wish_w) or lacking_w <= max(OFF_W, OFF_SHARE * abs(wish_w)):
        near = not math.isnan(wish_w) and abs(wish_w) > OFF_W
        again_s = AGAIN_S if near and one.since_s > 60.0 else one.again_s
        return one._replace(off_s=0.0, off_w=math.inf, again_s=again_s)
    if lacking_w < one.off_w - MOVED_W:
        return one._replace(off_s=0.0, off_w=lacking_w)
    off_s = one.off_s + dt_s
    if off_s >= max(OFF_S, OFF_ANSWERS * one.answer_s):
        return _changed(one, State.SHORT)._replace(short_w=wish_w, off_w=abs(said_w))
    return one._replace(off_s=off_s)


def asked(one: Each, wish_w: float, over_w: float, now_s: float) -> Each:
    """Where it is sent now."""
    track, before_w = one.track, wish_of(one.track)
    if track.reports and math.isnan(one.from_w):
        said_w = track.reports[-1][1]
        far = abs(wish_w - said_w) >= 2.0 * MOVED_W
        was_near = math.isnan(before_w) or abs(before_w - said_w) < MOVED_W
        if far and was_near:
            one = one._replace(from_w=said_w, asked_s=0.0)
    return one._replace(track=sent(track, now_s, wish_w, over_w))


def stepped(one: Each, wish_w: float, from_w: float, dt_s: float) -> Each:
    """How much of a change to ask at once. One that goes too far, again and again, sees our words
    later than it acts on them: it is asked for less. It has gone too far where it, and not its
    wish, has gone from one side of the other to the other side."""
    step = min(STEP, one.step * (1.0 + STEP_BACK * dt_s))
    gap_w = wish_w - from_w
    if abs(gap_w) < OVER_W:
        return one._replace(step=step)
    moved_w = abs(from_w - (one.anchor_w - one.gap_w))
    if gap_w * one.gap_w < 0.0 and moved_w > 2.0 * abs(wish_w - one.anchor_w):
        step = max(LEAST_STEP, STEP_LESS * step)
    return one._replace(step=step, gap_w=gap_w, anchor_w=wish_w)


def coming(one: Each, gap_w: float) -> bool:
    """Whether it is on its way to where it still lacks ``gap_w``, as it last said."""
    if len(one.track.reports) < 2:
        return False
    (_, before_w), (_, said_w) = one.track.reports[-2:]
    return (said_w - before_w) * gap_w > 0.0 and abs(said_w - before_w) >= COMING_W


def is_able(one: Each, giving: bool) -> bool:
    """Whether it may be asked to give, or to take. One that is empty can take: what it could not
    do the other way is no reason to wait."""
    other_way = one.short_w > 0.0 if giving else one.short_w < 0.0
    return one.state == State.WELL or (one.state == State.SHORT and other_way)


def wish_of(track: Track) -> float:
    """Where it was sent last (W); NaN: nowhere yet."""
    return track.wishes[-1][1] if track.wishes else math.nan


def most_now_w(one: Each, most_w: float) -> float:
    """Of its most, what it may be asked for while it comes back (W)."""
    if math.isnan(one.back_w) or one.since_s >= RETURN_S:
        return most_w
    begun_w = min(most_w, abs(one.back_w))
    return begun_w + (most_w - begun_w) * one.since_s / RETURN_S
