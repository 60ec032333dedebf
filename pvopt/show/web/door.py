"""Who may come in: password, sessions, tokens, and a brake on guessing.

Everything is kept in memory: a restart asks for the password again. Times are mono seconds.
"""

from __future__ import annotations

import hmac
import ipaddress
import math
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

LASTS_S = 30 * 86400.0  # of a session since it was last used
MOST_SESSIONS = 50
FREE_TRIES = 5  # wrong passwords before an address has to wait
FIRST_WAIT_S, LONGEST_WAIT_S = 30.0, 900.0
FORGOTTEN_S = 3600.0
MOST_ADDRESSES = 500
# All addresses together: a botnet may not try more either.
ALL_TRIES, ALL_S = 30, 60.0


class Role(IntEnum):
    NOBODY = 0
    LOOKS = 1  # the read-only link
    OWNER = 2


@dataclass
class Session:
    """``token``: what a form sends along, so that no other site can ask in its name."""

    role: Role
    csrf: str
    used_s: float


@dataclass
class Tries:
    wrong: int
    last_s: float


class Door:
    """``fits``: whether a text is the password; None: there is none and everybody who reaches the
    page is the owner. ``read_only``: the token of the link, empty: none."""

    def __init__(
        self,
        fits: Callable[[str], bool] | None,
        read_only: str,
        now_s: Callable[[], float],
    ) -> None:
        self.locked = fits is not None
        self._fits = fits
        self._read_only = read_only
        self._now_s = now_s
        self._sessions: dict[str, Session] = {}
        self._tries: dict[str, Tries] = {}
        self._all: list[float] = []
        self._open = Session(Role.OWNER, secrets.token_urlsafe(24), 0.0)

    def session(self, key: str) -> Session | None:
        """Whose a cookie is. Without a password there is one session for all."""
        if not self.locked:
            return self._open
        found, now_s = self._sessions.get(key), self._now_s()
        if found is None:
            return None
        if now_s - found.used_s > LASTS_S:
            del self._sessions[key]
            return None
        found.used_s = now_s
        return found

    def wait_s(self, address: str) -> float:
        """Seconds until this address may try a password; 0: now."""
        now_s = self._now_s()
        self._all = [at_s for at_s in self._all if now_s - at_s < ALL_S]
        wait_s = ALL_S - (now_s - self._all[0]) if len(self._all) >= ALL_TRIES else 0.0
        tries = self._tries.get(net_of(address))
        if tries is not None and tries.wrong >= FREE_TRIES:
            pause_s = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0 ** min(10, tries.wrong - FREE_TRIES))
            wait_s = max(wait_s, tries.last_s + pause_s - now_s)
        return max(0.0, wait_s)

    def login(self, address: str, password: str) -> str | None:
        """The key of a new session, or None: wrong, or tried too often (``wait_s``).

        Slow by intention: not for the thread that serves.
        """
        if self._fits is None or self.wait_s(address) > 0.0:
            return None
        # Counted before it is looked at: many at once are many tries.
        at_s = self._count(address)
        if not self._fits(password):
            return None
        self._tries.pop(net_of(address), None)
        if at_s in self._all:
            self._all.remove(at_s)
        return self._begin(Role.OWNER)

    def link(self, address: str, token: str) -> str | None:
        """The key of a session that may look, for whoever knows the link's token. A wrong one
        counts as a wrong password does (``wait_s``)."""
        if not self.locked or not self._read_only:
            return None
        right = hmac.compare_digest(token.encode(), self._read_only.encode())
        return self._begin(Role.LOOKS) if self.passes(address, right) else None

    def passes(self, address: str, right: bool) -> bool:
        """Whether a token that was shown opens: never while the address has to wait. A right one
        forgives no wrong passwords."""
        if self.wait_s(address) > 0.0:
            return False
        if not right:
            self._count(address)
        return right

    def leave(self, key: str) -> None:
        self._sessions.pop(key, None)

    def _begin(self, role: Role) -> str:
        while len(self._sessions) >= MOST_SESSIONS:  # whoever only looks drives no owner out
            each = dict(self._sessions)
            self._sessions.pop(min(each, key=lambda one: (each[one].role, each[one].used_s)), None)
        key = secrets.token_urlsafe(32)
        self._sessions[key] = Session(role, secrets.token_urlsafe(24), self._now_s())
        return key

    def _count(self, address: str) -> float:
        now_s, net = self._now_s(), net_of(address)
        self._all.append(now_s)
        self._tries = {
            one: tries for one, tries in self._tries.items() if now_s - tries.last_s < FORGOTTEN_S
        }
        wrong = self._tries[net].wrong if net in self._tries else 0
        if net in self._tries or len(self._tries) < MOST_ADDRESSES:
            self._tries[net] = Tries(wrong + 1, now_s)
        return now_s


def net_of(address: str) -> str:
    """An IPv6 home has 2^64 addresses and is one."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if found.version == 4:
        return str(found)
    mapped = found.ipv4_mapped
    return str(mapped) if mapped else str(ipaddress.ip_network((int(found), 64), strict=False))


def retry_after(wait_s: float) -> str:
    return str(max(1, math.ceil(wait_s)))
