"""What our loads drew lately, by who serves them. Ordinary Python."""

from __future__ import annotations

from typing import NamedTuple

from pvopt.decide.hunt_shapes import OwnPast
from pvopt.decide.load_tick import LoadTick
from pvopt.decide.memory import Timers
from pvopt.decide.past import History, kept_s, own_past, remembered, swing_w
from pvopt.decide.settings import Settings
from pvopt.decide.site_now import SiteNow
from pvopt.model import LoadView


def drawn_lately(before: tuple[float, ...], watts: float) -> tuple[float, ...]:
    """What some loads draw, now and in the four ticks before; empty while that is nothing."""
    if watts <= 0.0 and not before:
        return ()
    recent_w = (watts, *before[:4])
    return recent_w if any(recent_w) else ()


class Draws(NamedTuple):
    """Watts. ``own_w``: of all our loads, now; ``apart_w``, ``first_w``, ``later_w``: of those a
    person had draw, those before the battery and the others, now and in the ticks before (empty:
    nothing, or nobody asks); ``own``, ``first_own``: histories of the others and of the first."""

    own_w: float
    apart_w: tuple[float, ...]
    first_w: tuple[float, ...]
    later_w: tuple[float, ...]
    own: History
    first_own: History
    past: OwnPast
    first_past: OwnPast


def draws_of(
    settings: Settings,
    timers: Timers,
    now: SiteNow,
    loads: tuple[LoadTick, ...],
    views: tuple[LoadView, ...],
) -> Draws:
    """What they draw in this tick, added to what is remembered."""
    own_w = sum([load.now.expected_w for load in loads], 0.0)
    apart_w = drawn_lately(
        timers.apart_w, sum([load.now.expected_w for load in loads if load.apart], 0.0)
    )
    mine_w = own_w - apart_w[0] if apart_w else own_w
    first_w: tuple[float, ...] = ()
    later_w: tuple[float, ...] = ()
    first_own, first_past = timers.first_own, OwnPast()
    mine = tuple([load.settings.id for load in loads if not load.apart])
    if settings.first is not None:
        firsts = [load for load in loads if load.first and not load.apart]
        first_now_w = sum([load.now.expected_w for load in firsts], 0.0)
        first_w = drawn_lately(timers.first_w, first_now_w)
        mine_w -= first_now_w
        later_w = drawn_lately(timers.later_w, mine_w)
        names = tuple([load.settings.id for load in firsts])
        mine = tuple([name for name in mine if name not in names])
        first_own = _with(settings, first_own, timers, now, first_now_w, views, names)
        first_past = _past(settings, first_own, now)
    own = _with(settings, timers.own, timers, now, mine_w, views, mine)
    past = _past(settings, own, now)
    return Draws(own_w, apart_w, first_w, later_w, own, first_own, past, first_past)


def _with(
    settings: Settings,
    history: History,
    timers: Timers,
    now: SiteNow,
    watts: float,
    views: tuple[LoadView, ...],
    names: tuple[str, ...],
) -> History:
    for_s = kept_s(now, settings.tick_s)
    return remembered(history, timers.last_s, now.now_s, watts, for_s, swing_w(views, names))


def _past(settings: Settings, history: History, now: SiteNow) -> OwnPast:
    return own_past(history, now.now_s, max(0.0, now.now_s - now.at_s), settings.tick_s)
