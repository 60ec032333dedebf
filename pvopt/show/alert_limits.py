"""How often a person is told: at most one message of an event and load in so many minutes, and so
many an hour in all. What was held back is counted, and told late if it still stands. Pure."""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

from pvopt.show.alerts import Change, Key

HOUR_S = 3600.0


class Said(NamedTuple):
    """``held_back``: changes before this one that nobody was told of."""

    key: Key
    begun: bool
    text: str
    held_back: int = 0


class Kept(NamedTuple):
    """Of one event and load, for the next start: whether it was told as begun, and how many
    seconds ago a begin and an end were told last."""

    key: Key
    begun: bool
    ages_s: tuple[float, float]


class _State:
    def __init__(self) -> None:
        self.now = self.told = False
        self.text = ""
        self.untold = 0
        self.last_s: dict[bool, float] = {}


class Limits:
    """For one who is told. Begin and end have a limit each: a short alarm is told with its end."""

    def __init__(self, repeat_s: float, most_per_hour: int) -> None:
        self._repeat_s = repeat_s
        self._most = most_per_hour
        self._states: dict[Key, _State] = {}
        self._sent_s: deque[float] = deque(maxlen=most_per_hour)

    def take(self, change: Change) -> None:
        state = self._states.setdefault(change.key, _State())
        state.now, state.text = change.begun, change.text
        state.untold += 1

    def once(self, key: Key, text: str) -> None:
        """Of something that has no end."""
        state = self._states.setdefault(key, _State())
        state.now, state.told, state.text = True, False, text
        state.untold += 1

    def due(self, now_s: float) -> list[Said]:
        """What may be told now, as things stand now."""
        said: list[Said] = []
        for key, state in self._states.items():
            last_s = state.last_s.get(state.now)
            early = last_s is not None and now_s - last_s < self._repeat_s
            if state.now == state.told or early or self._full(now_s):
                continue
            self._sent_s.append(now_s)
            state.last_s[state.now] = now_s
            state.told = state.now
            said.append(Said(key, state.now, state.text, max(0, state.untold - 1)))
            state.untold = 0
        return said

    def _full(self, now_s: float) -> bool:
        sent_s = self._sent_s
        return len(sent_s) == self._most and now_s - sent_s[0] < HOUR_S

    def kept(self, now_s: float) -> list[Kept]:
        """What the next start has to know."""
        old_s = now_s - max(2.0 * self._repeat_s, HOUR_S)  # in no limit any more
        return [
            Kept(
                key,
                state.told,
                (now_s - state.last_s.get(False, old_s), now_s - state.last_s.get(True, old_s)),
            )
            for key, state in list(self._states.items())  # the loop may add to them
        ]

    def restore(self, kept: list[Kept], now_s: float) -> None:
        for one in kept:
            state = self._states.setdefault(one.key, _State())
            state.now = state.told = one.begun
            state.last_s = {False: now_s - one.ages_s[0], True: now_s - one.ages_s[1]}
        ages_s = sorted((age_s for one in kept for age_s in one.ages_s), reverse=True)
        self._sent_s.extend(now_s - age_s for age_s in ages_s if age_s < HOUR_S)
