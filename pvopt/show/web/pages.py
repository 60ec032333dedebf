"""What is answered at which address, and to whom."""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from pvopt import __version__
from pvopt.errors import StoreError
from pvopt.show.web import files, openapi
from pvopt.show.web.aside import Aside, BusyError
from pvopt.show.web.days import Days
from pvopt.show.web.door import Door, Role, Session, retry_after
from pvopt.show.web.http import Answer, Asked, RefusedError, as_json
from pvopt.show.web.loglines import LogLines
from pvopt.show.web.now import Home, now
from pvopt.show.web.origin import COOKIE, alone, cookie, same_site, whom
from pvopt.show.web.published import PageRecorder
from pvopt.show.web.ring import History, joined
from pvopt.show.web.scrape import ASKS, Scrape
from pvopt.show.words import tongues

log = logging.getLogger("pvopt.page")

DAY_S = 86_400.0
MOST_NAMES, MOST_ROWS, LEAST_ROWS = 16, 1500, 10
ALONE = (
    "without a password the page is for this machine alone, under its own name: open the "
    "address that the start's log tells, or set page.password_hash (python main.py password)"
)


class Granted(NamedTuple):
    """What was understood of a request, and will stand. ``watts``: None where it heats nothing;
    ``until_utc_s``: None where it ends by no date."""

    id: str
    target: str
    kind: str
    watts: float | None
    until_utc_s: float | None
    until_c: float | None
    words: str


class Refusal(NamedTuple):
    """Why a request was not taken; ``wait_s``: when it may be tried again."""

    words: str
    wait_s: float = 0.0


# Load, body, who asks.
Ask = Callable[[str, bytes, str], Granted | Refusal]


class Pages:
    """``ask`` None: requests are not taken. ``history`` None: no store, the ring alone.

    ``config``: the configuration as it may be shown. ``scrape`` None: Prometheus is told nothing.
    """

    def __init__(
        self,
        home: Home,
        recorder: PageRecorder,
        door: Door,
        log: LogLines,
        config: Mapping[str, Any],
        ask: Ask | None,
        history: History | None,
        days: Days,
        scrape: Scrape | None = None,
    ) -> None:
        self._home = home
        self._recorder = recorder
        self._door = door
        self._log = log
        self._config = config
        self._ask = ask
        self._history = history
        self._days = days
        self._scrape = scrape
        self._files = files.Files()
        self._events: dict[str, tuple[int, bytes]] = {}
        self._aside = Aside()
        self._reads: dict[str, Callable[[Asked], Any]] = {
            "/api/now": lambda asked: now(self._latest(), home, tongues.tongue(_language(asked))),
            "/api/openapi.json": lambda asked: openapi.document(__version__),
            "/api/log": self._log_lines,
            "/api/config": lambda asked: self._config,
        }
        self._owners = frozenset({"/api/log", "/api/config"})

    def close(self) -> None:
        self._aside.close()

    # -- live ----------------------------------------------------------------------------

    def live(self, asked: Asked) -> str | None:
        """The language of whoever wants events; None: an ordinary request. RefusedError."""
        if asked.path != "/api/live" or asked.method != "GET":
            return None
        self._known_host(asked)
        self._needs(asked, Role.LOOKS)
        return _language(asked)

    def event(self, language: str) -> bytes | None:
        """The newest tick, made once for all clients of a language."""
        latest = self._recorder.latest
        if latest is None:
            return None
        kept = self._events.get(language)
        if kept is None or kept[0] != latest.number:
            text = as_json(now(latest, self._home, tongues.tongue(language))).body
            kept = self._events[language] = (latest.number, b"data: " + text + b"\n\n")
        return kept[1]

    # -- requests ------------------------------------------------------------------------

    async def answer(self, asked: Asked) -> Answer:
        self._known_host(asked)
        if asked.method == "POST":
            return await self._post(asked)
        file = self._files.plain(asked.path)
        if file is not None:
            return files.answer(file, asked)
        if asked.path in {"/", "/login"}:
            return self._page(asked)
        if asked.path == "/api/words":
            return files.answer(self._files.words(_language(asked)), asked)
        if asked.path == "/api/session":
            return self._session(asked)
        if asked.path == "/metrics":
            return self._metrics(asked)
        if not asked.path.startswith("/api/"):
            raise RefusedError(404, "there is no such page")
        self._needs(asked, Role.OWNER if asked.path in self._owners else Role.LOOKS)
        if asked.path == "/api/series":
            return as_json(await self._beside(lambda: self._series(asked)))
        if asked.path == "/api/days":
            return as_json(await self._beside(lambda: self._day_rows(asked)))
        read = self._reads.get(asked.path)
        if read is None:
            raise RefusedError(404, "there is no such thing; see /api/openapi.json")
        return as_json(read(asked))

    def _known_host(self, asked: Asked) -> None:
        """A name of somebody else that leads here could read an open page from any site."""
        if not self._door.locked and not alone(asked.fields.get("host", "")):
            raise RefusedError(403, ALONE)

    def _needs(self, asked: Asked, role: Role) -> Session:
        session = self._door.session(asked.cookie(COOKIE))
        if session is None:
            raise RefusedError(401, "log in first")
        if session.role < role:
            raise RefusedError(403, "who came by the read-only link may not")
        return session

    def _page(self, asked: Asked) -> Answer:
        if "key" in asked.query:
            self._may_try(asked)
            key = self._door.link(asked.address, asked.query["key"])
            if key is not None:
                return Answer(b"", 302, headers={"Location": "/", **cookie(asked, key)})
            if self._door.locked:
                self._warned(asked, "links")
                raise RefusedError(403, "this link is not valid")
        known = self._door.session(asked.cookie(COOKIE)) is not None
        if asked.path == "/login" and known and not self._door.locked:
            return Answer(b"", 302, headers={"Location": "/"})
        name = "index" if known and asked.path == "/" else "login"
        return files.answer(self._files.page(name, _language(asked)), asked)

    def _session(self, asked: Asked) -> Answer:
        session = self._door.session(asked.cookie(COOKIE))
        role = Role.NOBODY if session is None else session.role
        return as_json(
            {
                "role": role.name.lower(),
                "csrf": "" if session is None else session.csrf,
                "locked": self._door.locked,
                "asks": self._ask is not None and role == Role.OWNER,
                "name": self._home.name if role > Role.NOBODY else "",
                "timezone": self._home.timezone if role > Role.NOBODY else "",
                "version": __version__ if role > Role.NOBODY else "",
            }
        )

    async def _post(self, asked: Asked) -> Answer:
        same_site(asked)
        if asked.path == "/api/login":
            return await self._login(asked)
        first, _, load = asked.path.removesuffix("/request").rpartition("/")
        asks = first == "/api/loads" and asked.path.endswith("/request")
        if not asks and asked.path != "/api/logout":
            raise RefusedError(404, "there is no such thing; see /api/openapi.json")
        session = self._needs(asked, Role.OWNER if asks else Role.LOOKS)
        if asked.fields.get("x-csrf-token", "") != session.csrf:
            raise RefusedError(403, "the token of /api/session is missing (X-CSRF-Token)")
        if asks:
            return await self._request(load, asked)
        self._door.leave(asked.cookie(COOKIE))
        return as_json({}, headers=cookie(asked, ""))

    async def _login(self, asked: Asked) -> Answer:
        try:
            password = json.loads(asked.body)["password"]
        except (ValueError, KeyError, TypeError, RecursionError):
            password = None
        if not isinstance(password, str):
            raise RefusedError(400, "JSON with `password` is needed")
        self._may_try(asked)
        key = await self._beside(lambda: self._door.login(asked.address, password))
        if key is None:
            self._warned(asked, "passwords")
            raise RefusedError(401, "wrong password")
        return as_json({}, headers=cookie(asked, key))

    def _may_try(self, asked: Asked) -> None:
        """A password, a link or a token: all of them are guesses of one address."""
        wait_s = self._door.wait_s(asked.address) if self._door.locked else 0.0
        if wait_s > 0.0:
            after = retry_after(wait_s)
            words = f"too many wrong passwords or tokens: wait {after} s"
            raise RefusedError(429, words, {"Retry-After": after})

    def _warned(self, asked: Asked, what: str) -> None:
        if self._door.wait_s(asked.address) > 0.0:
            log.warning("the page: too many wrong %s from %s; it has to wait", what, whom(asked))

    async def _request(self, load: str, asked: Asked) -> Answer:
        ask = self._ask
        if ask is None:
            raise RefusedError(403, "this run takes no requests")
        try:
            found = await self._beside(lambda: ask(load, asked.body, "the page"))
        except StoreError as fault:
            raise RefusedError(503, str(fault)) from fault
        if isinstance(found, Refusal):
            if found.wait_s > 0.0:
                raise RefusedError(429, found.words, {"Retry-After": retry_after(found.wait_s)})
            raise RefusedError(400, found.words)
        return as_json(found._asdict())

    async def _beside(self, what: Callable[[], Any]) -> Any:
        try:
            return await self._aside.run(what)
        except BusyError as fault:
            raise RefusedError(503, "too much is asked at once") from fault

    # -- what is read --------------------------------------------------------------------

    def _latest(self) -> Any:
        latest = self._recorder.latest
        if latest is None:
            raise RefusedError(503, "nothing is known yet: pvopt has just started")
        return latest

    def _metrics(self, asked: Asked) -> Answer:
        if self._scrape is None:
            raise RefusedError(404, "not told: page.metrics is false")
        if self._door.session(asked.cookie(COOKIE)) is None:
            right = self._scrape.knows(asked)
            if right is not None:
                self._may_try(asked)
            if right is None or not self._door.passes(asked.address, right):
                self._warned(asked, "tokens")
                raise RefusedError(401, "page.metrics_token is wanted, as bearer token", ASKS)
        return self._scrape.answer(self._latest())

    def _series(self, asked: Asked) -> dict[str, Any]:
        names = [name for name in asked.query.get("names", "").split(",") if name]
        if not names or len(names) > MOST_NAMES:
            raise RefusedError(400, f"names: 1 to {MOST_NAMES} with commas between")
        to_s = _number(asked, "to", self._latest().tick.snapshot.instant.utc_s)
        from_s = _number(asked, "from", to_s - DAY_S)
        most = int(min(MOST_ROWS, max(LEAST_ROWS, _number(asked, "most", 600))))
        ring = self._recorder.ring
        if self._history is None:
            found = ring.series(names, from_s, to_s, most)
        else:
            found = joined(self._history, ring, names, (from_s, to_s), most)
        return {
            "schema": "pvopt.series/1",
            "t_utc_s": found.t_utc_s,
            "columns": found.columns,
            "span": _span(self._history, ring),
        }

    def _day_rows(self, asked: Asked) -> dict[str, Any]:
        try:
            rows = self._days.rows(
                self._latest(), asked.query.get("from", ""), asked.query.get("to", "")
            )
        except ValueError as fault:
            raise RefusedError(400, "from, to: days such as 2026-06-21") from fault
        return {"schema": "pvopt.days/1", "kept": self._days.kept, "rows": rows}

    def _log_lines(self, asked: Asked) -> dict[str, Any]:
        most = int(min(300, max(1, _number(asked, "most", 100))))
        return {"lines": [line._asdict() for line in self._log.lines(most)]}


def _span(history: History | None, ring: Any) -> list[float] | None:
    spans = [one.span() for one in (history, ring) if one is not None]
    known = [span for span in spans if span is not None]
    if not known:
        return None
    return [min(span[0] for span in known), max(span[1] for span in known)]


def _number(asked: Asked, name: str, default: float) -> float:
    text = asked.query.get(name, "")
    try:
        number = float(text) if text else default
    except ValueError:
        number = math.nan
    if not math.isfinite(number) or abs(number) > 1e11:
        raise RefusedError(400, f"{name} is no number")
    return number


def _language(asked: Asked) -> str:
    return tongues.chosen(asked.query.get("lang", ""), asked.fields.get("accept-language", ""))
