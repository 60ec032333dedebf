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
# A report may be older than it says, by so much at the most: whole seconds, found by when the grid
# moved as the storage did. What moved by so much counts (W), what was found before fades by this,
# and another age has to fit so much better (W and a share).
LATEST_S, SEEN_W, FADES, BETTER_W, BETTER = 4, 20.0, 0.9, 40.0, 1.2
# A storage may still be on its way to where it was sent so long ago (s).
UNDER_WAY_S = 12.0
# How fast a storage moves where nothing has been seen of it yet, and at the least (W/s).
PACE_W_S, LEAST_PACE_W_S = 1000.0, 20.0


@replaceable
class Track(NamedTuple):
    """One storage. ``reports``: what it said, ``used_s``: the last of them that was taken in;
    ``guess_w``: its power at the last sample of the grid (NaN: nothing known), ``guesses``: at
    those before; ``wishes``: where it was sent; ``pace_w_s``: it moves so fast at the most;
    ``late_s``: its reports are so much older than they say; ``fits_w``: so well each age fits."""

    reports: Points = ()
    used_s: float = -math.inf
    guess_w: float = math.nan
    guesses: Points = ()
    wishes: Points = ()
    pace_w_s: float = PACE_W_S
    late_s: float = 0.0
    fits_w: tuple[float, ...] = (0.0,) * (LATEST_S + 1)


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
    return tuple([_corrected(_aged(track, grid), now_s) for track in tracks])


def house_w(grid: Points, tracks: tuple[Track, ...]) -> float:
    """What the house draws but for these storages (W), as of the last sample of the grid."""
    return grid[-1][1] - math.fsum([t.guess_w for t in tracks if not math.isnan(t.guess_w)])


def now_at(track: Track) -> float:
    """Its power now, as far as is known (W): what it said, or the guess if that is later."""
    if not track.reports:
        return track.guess_w
    said_s, said_w = track.reports[-1]
    later = bool(track.guesses) and track.guesses[-1][0] > said_s - track.late_s
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
    if guesses and guesses[-1][0] == now_s:
        guesses = guesses[:-1]
    if not math.isnan(guess_w):
        guesses = (*guesses[1 - KEPT :], (now_s, guess_w))
    for at_s, watts in track.reports:
        if at_s <= used_s or (at_s > now_s and not math.isnan(guess_w)):
            continue
        used_s, then_s = at_s, at_s - track.late_s
        if math.isnan(guess_w):
            guess_w, guesses = watts, ((now_s, watts),)
            continue
        off_w = _off(guesses, then_s, watts)
        if off_w != 0.0:
            guesses = tuple([(s, w + off_w if s >= then_s else w) for s, w in guesses])
            guess_w += off_w
    return track._replace(guess_w=guess_w, guesses=guesses, used_s=used_s)


def _aged(track: Track, grid: Points) -> Track:
    """How much older than they say its reports are: what a storage does the grid does with it."""
    first_s, last_s = grid[0][0] + LATEST_S, grid[-1][0]
    for (before_s, before_w), (at_s, watts) in pairwise(track.reports):
        moved_w = watts - before_w
        due = before_s >= first_s and track.used_s < at_s <= last_s
        if not due or abs(moved_w) < SEEN_W:
            continue
        fits_w: list[float] = []
        for age_s, fit_w in enumerate(track.fits_w):
            grid_w = _then(grid, at_s - age_s) - _then(grid, before_s - age_s)
            alike_w = math.copysign(1.0, moved_w) * grid_w
            fits_w.append(FADES * fit_w + max(-abs(moved_w), min(abs(moved_w), alike_w)))
        now_w, best_w = fits_w[round(track.late_s)], max(fits_w)
        if best_w > max(now_w + BETTER_W, BETTER * now_w):
            track = track._replace(late_s=float(fits_w.index(best_w)))
        track = track._replace(fits_w=tuple(fits_w))
    return track


def _then(grid: Points, at_s: float) -> float:
    """The grid's sample of a moment, the last one before it (W)."""
    return next((watts for s, watts in reversed(grid) if s <= at_s + JITTER_S), grid[0][1])


def _off(guesses: Points, at_s: float, watts: float) -> float:
    """By how much a report is beyond all that was guessed around its moment (W)."""
    near = [w for s, w in guesses if abs(s - at_s) <= JITTER_S]
    near += [w for s, w in guesses if s <= at_s][-1:] + [w for s, w in guesses if s > at_s][:1]
    return watts - max(min(near), min(max(near), watts))
