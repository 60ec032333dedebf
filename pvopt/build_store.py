"""The part of build.py that wires what is recorded. Imported when something is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from pvopt.clock import SystemClock
from pvopt.config.schema import Config
from pvopt.daylight import local_day
from pvopt.decide.memory import Memory
from pvopt.errors import StoreError
from pvopt.loop import Loop
from pvopt.ports import Recorder
from pvopt.score.day import DayScore
from pvopt.score.keeper import ScoreKeeper
from pvopt.settings_of import settings_of
from pvopt.store.items import Limits
from pvopt.store.writer import Store

if TYPE_CHECKING:
    from pvopt.store.influx import InfluxWriter

FLOWS = ("pv_wh", "load_wh", "import_wh", "export_wh", "charged_wh", "discharged_wh")
NAME, DEMO_NAME = "store.db", "demo-store.db"


def store_path(config: Config) -> Path | None:
    """Where records are kept; None: nowhere."""
    if config.store.kind == "none":
        return None
    return Path(config.state.folder) / (NAME if config.demo is None else DEMO_NAME)


def influx_of(config: Config, memory: Callable[[], Memory]) -> InfluxWriter | None:
    """A recorder for another database, not started yet; none in a demonstration."""
    section = config.store.influx
    if section is None or config.demo is not None:
        return None
    from pvopt.store.influx import InfluxWriter  # noqa: PLC0415 (only when configured)

    return InfluxWriter(section, SystemClock(), memory=memory)


def store_of(config: Config, memory: Callable[[], Memory]) -> Store | None:
    """A recorder, not started yet. A demonstration begins its day, and its records, anew."""
    path, section = store_path(config), config.store
    if path is None:
        return None
    limits = Limits(section.days, section.years, section.most_mb, section.batch_s)
    anew = config.demo is not None
    return Store(path, settings_of(config), memory, SystemClock(), limits, anew)


class Recording:
    """All that records the ticks of a loop; ``recorders`` are for that loop."""

    def __init__(self, config: Config, memory: Callable[[], Memory]) -> None:
        self._store = store_of(config, memory)
        self._anew = config.demo is not None
        self._influx = influx_of(config, memory)
        each = (self._store, self._influx)
        self.recorders: tuple[Recorder, ...] = tuple(one for one in each if one is not None)

    def begin(
        self,
        loop: Loop,
        score: ScoreKeeper | None = None,
        page: Callable[[str, dict[str, float]], None] | None = None,
    ) -> None:
        """The loop has its memory and is about to tick; ``score`` and ``page``, which takes a day
        and its Wh, go on where they were."""
        if self._store is not None:
            self._store.lives_by(loop.settings)  # a demonstration changes what is configured
            self._store.begin(loop.memory)
            if score is not None:
                if not self._anew:
                    score.begin(_score_kept(self._store.path, loop))
                self._store.scores = score.days
            if page is not None and not self._anew:
                _day_kept(self._store.path, loop, page)
            loop.on_fail = self._store.begin
            self._store.start()
        if self._influx is not None:
            if score is not None:
                self._influx.score = lambda: score.today
            self._influx.start()

    def close(self) -> None:
        """The last of it, as far as disk and database answer soon."""
        if self._store is not None:
            self._store.close()
        if self._influx is not None:
            self._influx.close()


def _day_kept(path: Path, loop: Loop, page: Callable[[str, dict[str, float]], None]) -> None:
    """Tell the page what an earlier run recorded of this day."""
    from pvopt.show.web.stored import Stored  # noqa: PLC0415 (there is a page)
    from pvopt.store.reader import Reader  # noqa: PLC0415 (once, at the start)

    reader = Reader(path)
    today = local_day(loop.clock.now().utc_s, loop.settings.daylight.timezone).isoformat()
    for row in Stored(reader).days(today, today):
        page(today, {name: wh for name, wh in row.items() if name in FLOWS and wh is not None})
    reader.leave()


def _score_kept(path: Path, loop: Loop) -> DayScore | None:
    """What an earlier run kept of this day. A file that cannot be read is the writer's affair."""
    from pvopt.store.reader import Reader  # noqa: PLC0415 (once, at the start)

    instant = loop.clock.now()
    reader = Reader(path)
    try:
        today = local_day(instant.utc_s, loop.settings.daylight.timezone)
        return reader.scores(today, today).get(today.toordinal())
    except StoreError:
        return None
    finally:
        reader.leave()
