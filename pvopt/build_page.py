"""The part of build.py that wires the page. Imported when there is a section ``page``."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from pvopt.clock import SystemClock
from pvopt.comfort_of import hygiene_of
from pvopt.config.page import Page
from pvopt.config.schema import Config
from pvopt.config.shown import shown
from pvopt.daylight import zone
from pvopt.decide.memory import Ledger
from pvopt.loop import Counts
from pvopt.ports import Counting
from pvopt.score.keeper import ScoreKeeper
from pvopt.settings_of import least_w
from pvopt.show.web import passwords
from pvopt.show.web.days import Days
from pvopt.show.web.door import Door
from pvopt.show.web.loglines import LogLines
from pvopt.show.web.now import Home
from pvopt.show.web.pages import Granted, Pages, Refusal
from pvopt.show.web.published import PageRecorder, Published
from pvopt.show.web.scrape import Scrape
from pvopt.show.web.server import PageServer
from pvopt.show.web.stored import Stored
from pvopt.show.words.wishes import local_time, wish
from pvopt.sources.page_requests import PageRequests, TooManyError
from pvopt.sources.paper import HEATING, BadRequestError

log = logging.getLogger("pvopt.page")


@dataclass
class PageParts:
    """A page that is served. ``recorder`` belongs among the loop's."""

    recorder: PageRecorder
    pages: Pages
    server: PageServer
    lines: LogLines
    section: Page

    def start(self) -> None:
        """A page that cannot be had is no reason not to heat."""
        section = self.section
        logging.getLogger().addHandler(self.lines)
        if self.server.start():
            self.recorder.wake = self.server.wake
            log.info("the page: %s%s", *reached_at(section, self.server.port))
        else:
            log.warning(
                "no page: %s cannot be listened on (%s); going on without it. Another pvopt may "
                "use it: set another page.port",
                address(section, section.port),
                self.server.fault,
            )

    def close(self) -> None:
        self.recorder.wake = lambda: None
        self.server.stop()
        self.pages.close()
        logging.getLogger().removeHandler(self.lines)


def address(section: Page, port: int) -> str:
    host = f"[{section.host}]" if ":" in section.host else section.host
    return f"http://{host}:{port}"


def reached_at(section: Page, port: int) -> tuple[str, str]:
    """An address that a browser here can open, and how others come to it."""
    here = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(section.host)
    if here is None:
        return address(section, port), ""
    return f"http://{here}:{port}", " (from elsewhere: by this machine's name or address)"


def make_page(
    section: Page,
    config: Config,
    ledger: Callable[[], Ledger],
    takes_requests: bool,
    counts: Callable[[], Counts] = Counts,
    recorders: Sequence[object] = (),
    score: ScoreKeeper | None = None,
) -> PageParts:
    """Not started yet. A request is a person's: its end is by the machine's clock. ``counts``: the
    loop's; ``recorders``: those of them that count are told of to Prometheus."""
    recorder = PageRecorder(ledger, config.site.timezone, score)
    home = Home(
        config.site.name,
        zone(config.site.timezone),
        config.site.timezone,
        config.loads,
        tuple(least_w(load) for load in config.loads),
        config.demo is not None,
        hygiene_of(config),
    )
    clock, lines = SystemClock(), LogLines()
    fits = partial(_fits, kept=section.password_hash) if section.password_hash else None
    door = Door(fits, section.read_only_token, lambda: clock.now().mono_s)
    ask = None
    if takes_requests:
        requests = PageRequests(
            config.loads, Path(config.state.folder), config.site.timezone, clock, home.demo
        )
        ask = partial(_ask, requests, config)
    stored = _stored(config)
    days = Days(None if stored is None else stored.days)
    counting = [one for one in recorders if isinstance(one, Counting)]
    scrape = Scrape(section.metrics_token, _told(home, counts, counting))
    pages = Pages(
        home,
        recorder,
        door,
        lines,
        shown(config),
        ask,
        stored,
        days,
        scrape if section.metrics else None,
    )
    server = PageServer(pages, section.host, section.port)
    return PageParts(recorder, pages, server, lines, section)


def _told(
    home: Home, counts: Callable[[], Counts], recorders: Sequence[Counting]
) -> Callable[[Published], str]:
    def told(latest: Published) -> str:
        from pvopt.show import exposition, metrics  # noqa: PLC0415 (only when somebody asks)

        return exposition.text(metrics.families(latest, home, counts(), recorders))

    return told


def _stored(config: Config) -> Stored | None:
    if config.store.kind == "none":
        return None
    from pvopt.build_store import store_path  # noqa: PLC0415 (only when configured)
    from pvopt.store.reader import Reader  # noqa: PLC0415

    path = store_path(config)
    return None if path is None else Stored(Reader(path))


def _fits(password: str, kept: str) -> bool:
    return passwords.fits(password, kept)


def _ask(
    requests: PageRequests, config: Config, load: str, body: bytes, by: str
) -> Granted | Refusal:
    try:
        request, instant = requests.granted(requests.ask(load, body, by))
        [max_w] = [one.max_w for one in config.loads if one.id == load]
        heats = request.kind in HEATING
        watts = max_w if heats and request.watts is None else request.watts
        local = local_time(config.site.timezone, instant)
        return Granted(
            request.id,
            request.target,
            request.kind.name.lower().replace("_", "-"),
            watts,
            request.until_utc_s,
            request.until_c,
            wish(request, local, max_w),
        )
    except TooManyError as fault:
        return Refusal(str(fault), fault.wait_s)
    except BadRequestError as fault:
        return Refusal(str(fault))
