"""What the house needs of its storages: the grid, less what they give, at one and the same moment.

Meter and storages report at different moments, and storages move meanwhile. So a guess of each
storage's power is kept, from one sample of the grid to the next: a change of the grid that the
storages may have made, on their way to where they were sent, is theirs; the rest is the house's
doing and is followed at once. Each report then corrects the guess for its own moment. So a storage
on its way is not taken for a change of the house, which would send it back and forth, and a kettle
is seen at once. Ordinary Python.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import NamedTuple

from pvopt.shape import replaceable

Points = tuple[tuple[float, float], ...]  # (instant, watts), oldest first

KEPT = 16  # points of each that are remembered
# Clocks of meter and storages, and what lies between them and us, agree this well (s).
JITTER_S = 0.6
# A report may be older than it says: at first so much, at most so much (s). How much is learned
# where a storage has moved by so much within that time, from what is clearly nearer (W).
LATE_S, LATEST_S, SEEN_W, NEARER_W, LEARNS = 3.0, 4.0, 40.0, 20.0, 0.3
# Where one has jumped by so much within a sample of the grid (W), both sides are believed.
JUMP_W = 60.0
# A storage may still be on its way to where it was sent so long ago (s).
UNDER_WAY_S = 12.0
# How fast a storage moves where nothing has been seen of it yet, and at the least (W/s).
PACE_W_S, LEAST_PACE_W_S = 1000.0, 20.0


@replaceable
class Track(NamedTuple):
    """One storage. ``reports``: what it said, ``used_s``: the last of them that was taken in;
    ``guess_w``: its power at the last sample of the grid (NaN: nothing known), ``guesses``: at
    those before; ``wishes``: where it was sent; ``pace_w_s``: it moves so fast at the most;
    ``late_s``: its reports are so much older than they say."""

    reports: Points = ()
    used_s: float = -math.inf
    guess_w: float = math.nan
    guesses: Points = ()
    wishes: Points = ()
    pace_w_s: float = PACE_W_S
    late_s: float = LATE_S


def added(points: Points, at_s: float, watts: float) -> Points:
    """With one more, if it is a later one."""
    if points and at_s <= points[-1][0]:
        return points
    return (*points[1 - KEPT :], (at_s, watts))


def said(track: Track, at_s: float, watts: float) -> Track:
    """After one more report."""
    reports = added(track.reports, at_s, watts)
    if reports is track.reports:
        return track
    return track._replace(reports=reports, pace_w_s=_pace(reports, track.pace_w_s))


def _pace(reports: Points, before_w_s: float) -> float:
    """The fastest that was seen, which fades slowly. What happened between two reports may have
    happened within a second."""
    if len(reports) < 2:
        return before_w_s
    (first_s, first_w), (last_s, last_w) = reports[-2:]
    seen_w_s = abs(last_w - first_w) / max(0.1, min(1.0, last_s - first_s))
    if seen_w_s < LEAST_PACE_W_S:
        return before_w_s
    return max(seen_w_s, LEAST_PACE_W_S, 0.98 * before_w_s)


def sent(track: Track, now_s: float, wish_w: float, over_w: float) -> Track:
    """After it was sent somewhere; ``over_w``: where it may come if it does so twice."""
    wishes = [wish for wish in track.wishes if now_s - UNDER_WAY_S <= wish[0] < now_s]
    if over_w != wish_w:
        wishes.append((now_s, over_w))
    return track._replace(wishes=(*wishes, (now_s, wish_w)))


def guessed(grid: Points, tracks: tuple[Track, ...], fresh: bool) -> tuple[Track, ...]:
    """Every storage's power at the last sample of the grid; ``fresh``: it is a new one."""
    now_s = grid[-1][0]
    if fresh and len(grid) > 1:
        tracks = _moved(grid[-1][1] - grid[-2][1], now_s - grid[-2][0], tracks)
    return tuple([_corrected(track, now_s) for track in tracks])


def house_w(grid: Points, tracks: tuple[Track, ...]) -> float:
    """What the house draws but for these storages (W), as of the last sample of the grid."""
    return grid[-1][1] - math.fsum([t.guess_w for t in tracks if not math.isnan(t.guess_w)])


def now_at(track: Track) -> float:
    """Its power now, as far as is known (W): what it said, or the guess if that is later."""
    if not track.reports:
        return track.guess_w
    said_s, said_w = track.reports[-1]
    later = bool(track.guesses) and track.guesses[-1][0] > said_s
    return track.guess_w if later else said_w


def _moved(change_w: float, in_s: float, tracks: tuple[Track, ...]) -> tuple[Track, ...]:
    """A change of the grid, shared among those that may have made it."""
    rooms_w = [_room(track, change_w > 0.0, in_s) for track in tracks]
    room_w = math.fsum(rooms_w)
    share = 0.0 if room_w <= 0.0 else min(1.0, abs(change_w) / room_w)
    moved: list[Track] = []
    for track, part_w in zip(tracks, rooms_w, strict=True):
        guess_w = track.guess_w + math.copysign(share * part_w, change_w)
        moved.append(track._replace(guess_w=guess_w))
    return tuple(moved)


def _room(track: Track, up: bool, in_s: float) -> float:
    """How far it may have moved, up or down, on its way to where it was sent (W)."""
    if math.isnan(track.guess_w):
        return 0.0
    most_w = track.pace_w_s * in_s
    recent = [wish_w for _, wish_w in track.wishes]
    if up:
        left_w = max(recent, default=track.guess_w) - track.guess_w
    else:
        left_w = track.guess_w - min(recent, default=track.guess_w)
    return max(0.0, min(most_w, left_w))


def _corrected(track: Track, now_s: float) -> Track:
    """After those of its reports whose moment the grid has reached."""
    guess_w, guesses, used_s = track.guess_w, track.guesses, track.used_s
    late_s = track.late_s
    if guesses and guesses[-1][0] == now_s:
        guesses = guesses[:-1]
    if not math.isnan(guess_w):
        guesses = (*guesses[1 - KEPT :], (now_s, guess_w))
    for at_s, watts in track.reports:
        if at_s <= used_s or (at_s > now_s and not math.isnan(guess_w)):
            continue
        used_s = at_s
        if math.isnan(guess_w):
            guess_w, guesses = watts, ((now_s, watts),)
            continue
        late_s = _late(guesses, at_s, watts, late_s)
        off_w = _off(guesses, at_s, watts, late_s)
        if off_w != 0.0:
            guesses = tuple([(s, w + off_w if s >= at_s else w) for s, w in guesses])
            guess_w += off_w
    return track._replace(guess_w=guess_w, guesses=guesses, used_s=used_s, late_s=late_s)


def _late(guesses: Points, at_s: float, watts: float, late_s: float) -> float:
    """How much older than they say its reports are (s), by where this one fits best."""
    then = [(at_s - s, w) for s, w in guesses if -JITTER_S <= at_s - s <= LATEST_S + JITTER_S]
    if not then or max(w for _, w in then) - min(w for _, w in then) < SEEN_W:
        return late_s
    off = {max(0.0, age_s): abs(watts - w) for age_s, w in then}
    best_s = min(off, key=lambda age_s: (off[age_s], age_s))
    now_s = min(off, key=lambda age_s: abs(age_s - late_s))
    clear = off[best_s] + NEARER_W < off[now_s]
    return late_s + LEARNS * (best_s - late_s) if clear else late_s


def _off(guesses: Points, at_s: float, watts: float, late_s: float) -> float:
    """By how much a report is beyond all that was guessed around its moment (W)."""
    near = [w for s, w in guesses if -2.0 * JITTER_S <= at_s - s <= LATEST_S + JITTER_S]
    if not any(abs(after - before) >= JUMP_W for before, after in pairwise(near)):
        near = [w for s, w in guesses if -JITTER_S <= at_s - s <= late_s + 0.5]
    near += [w for s, w in guesses if s <= at_s][-1:] + [w for s, w in guesses if s > at_s][:1]
    return watts - max(min(near), min(max(near), watts))
