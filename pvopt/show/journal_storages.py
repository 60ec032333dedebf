"""The log's lines about storages, as an owner of several reads them: from what to what, each.

    Net Power: 150W
    storage-1 (ONLINE): 85.2% 200→250W (+50), gives its part of what the house needs
    storage-2 (ONLINE): 78.9% 200→300W (+100), gives its part of what the house needs
    Total Output: 400→550W

Watts are those that they give here, as on their own displays; below 0 they charge.
"""

from __future__ import annotations

import logging
import math

from pvopt.model import Command, Reason, Site, StorageView, Tick, Why
from pvopt.show import words
from pvopt.show.status_storages import short_of

log = logging.getLogger("pvopt")

# The ordinary life of storages: what each gives follows the house from second to second.
_CALM = frozenset(
    {
        Why.SHARING,
        Why.REBALANCING,
        Why.RESTING,
        Why.NO_NEED,
        Why.AT_LIMIT,
        Why.AT_LEAST,
        Why.CHARGING,
        Why.RETURNING,
        Why.SURPLUS_FIRST,
    }
)
QUIET_S = 60.0  # of it not more than once in so long
SHORT_AGAIN_S = 3600.0  # that one does not follow
MOVED_SHARE, MOVED_W = 0.2, 30.0  # and only where the sum has moved by so much


class StorageLines:
    """What of a tick is worth telling: once per change."""

    def __init__(self) -> None:
        self._codes: tuple[Why, ...] = ()
        self._total_w = 0.0
        self._told_s = -QUIET_S
        self._faults: dict[str, str] = {}
        self._short_s: dict[str, float] = {}

    def of(self, tick: Tick) -> list[str]:
        """The lines, none where nothing has changed."""
        commands = tick.decision.storages
        if not commands or not self._worth(tick, commands):
            return []
        views = {view.id: view for view in tick.snapshot.storages}
        lines = _net(tick.snapshot.site)
        lines += [_line(one, views.get(one.target, StorageView(one.target))) for one in commands]
        has_w = [views[one.target].power_w.value for one in commands if one.target in views]
        before_w = -sum(watts for watts in has_w if watts is not None)
        after_w = -sum(one.setpoint_w for one in commands)
        return [*lines, f"Total Output: {before_w + 0.0:.0f}→{after_w + 0.0:.0f}W"]

    def faults(self, tick: Tick) -> list[tuple[int, str]]:
        """(level, words) where an output begins or ceases to fail."""
        found = []
        for outcome in tick.storage_outcomes:
            if outcome.fault == self._faults.get(outcome.target, ""):
                continue
            self._faults[outcome.target] = outcome.fault
            said = outcome.fault.removeprefix(f"{outcome.target}: ") or "is told again what to give"
            level = logging.ERROR if outcome.fault else logging.INFO
            found.append((level, f"{outcome.target}: {said}"))
        return found + self._short(tick)

    def _short(self, tick: Tick) -> list[tuple[int, str]]:
        """Of one that does not follow, once an hour: an empty one is tried again and again. Silence
        and nonsense are told where it is heard."""
        now_s, found = tick.snapshot.instant.mono_s, []
        views = {view.id: view for view in tick.snapshot.storages}
        for command in tick.decision.storages:
            said = short_of(command, views.get(command.target, StorageView(command.target)))
            if said and now_s - self._short_s.get(command.target, -math.inf) >= SHORT_AGAIN_S:
                self._short_s[command.target] = now_s
                found.append((logging.WARNING, f"{command.target}: {said}"))
        return found

    def _worth(self, tick: Tick, commands: tuple[Command, ...]) -> bool:
        codes = tuple(one.reason.code for one in commands)
        total_w = -sum(one.setpoint_w for one in commands)
        now_s = tick.snapshot.instant.mono_s
        news = codes != self._codes
        loud = news and not _CALM.issuperset((*codes, *self._codes))
        moved_w = abs(total_w - self._total_w)
        moved = moved_w > max(MOVED_W, MOVED_SHARE * abs(self._total_w))
        if not loud and not (now_s - self._told_s >= QUIET_S and (news or moved)):
            return False
        self._codes, self._total_w, self._told_s = codes, total_w, now_s
        return True


def _net(site: Site | None) -> list[str]:
    grid_w = None if site is None else site.grid_w.value
    return [] if grid_w is None else [f"Net Power: {grid_w:.0f}W"]


def _line(command: Command, view: StorageView) -> str:
    state = "OFFLINE" if view.connected is False else "ONLINE"
    if view.power_w.value is None:
        state = "SILENT" if view.connected is not False else state
    soc = view.soc_pct.value
    full = "" if soc is None else f" {soc:.1f}%"
    give_w = -command.setpoint_w
    moves, has_w = f" {give_w + 0.0:.0f}W", view.power_w.value
    if has_w is not None:
        moves = f" {-has_w + 0.0:.0f}→{give_w + 0.0:.0f}W ({give_w + has_w:+.0f})"
    why = words.sentence(Reason(command.reason.code, command.reason.numbers))
    return f"{command.target} ({state}):{full}{moves}, {why}"
