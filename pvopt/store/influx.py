"""A recorder that sends values to InfluxDB 1.x, 2.x or VictoriaMetrics, by line protocol.

The loop only appends to a queue of bounded size; a thread empties it. While the database cannot be
reached lines wait, and the oldest are lost and counted when there is no more room. Only numbers are
sent: VictoriaMetrics would keep a text as 0.
"""

from __future__ import annotations

import base64
import logging
import math
import re
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from pvopt.clock import Deadline
from pvopt.config.store import Influx
from pvopt.decide.memory import Memory
from pvopt.flows import Energies
from pvopt.links.http import HttpError, post_text
from pvopt.model import Reading, Site, Tick
from pvopt.ports import Clock
from pvopt.score.causes import Cause
from pvopt.score.day import DayScore, missed_wh, possible_wh
from pvopt.workers import Periodic, Turn

FLUSH_S = 10.0
LAST_RETRY_S = 60.0
MOST_LINES = 1000  # in one message
DEADLINE_S = 10.0
END_S = 2.0
EARLY_S = 0.1  # ticks are not quite regular
LINE_BYTES = 50  # what a line takes beside its text
BAD_LINES = (400, 413, 422)  # such lines will not be taken another time either
SILENT_S = 900.0  # an older temperature is that of no sensor that speaks
SITE = ("grid_w", "pv_w", "load_w", "battery_w", "soc_pct", "frequency_hz", "battery_v")

log = logging.getLogger("pvopt.influx")

NOTHING: Mapping[str, float] = MappingProxyType({})
Fields = list[tuple[str, float]]


class Sent(NamedTuple):
    """Lines that were taken, and that were lost."""

    kept: int = 0
    lost: int = 0


class InfluxWriter:
    """``ports.Recorder``. ``threaded`` False: nothing runs by itself; tests call ``flush``.

    ``memory``: asks for the loop's, after each tick.
    """

    def __init__(
        self,
        config: Influx,
        clock: Clock,
        threaded: bool = True,
        memory: Callable[[], Memory] = Memory,
    ) -> None:
        self.name = "influx"
        self._sent, self._dropped = Sent(), 0  # of the thread's, of the loop's
        self.score: Callable[[], DayScore | None] = lambda: None  # of today
        self._energies = Energies()
        self._memory = memory
        self._config = config
        self._clock = clock
        self._threaded = threaded
        self._url, self._params, self._headers = _address(config)
        self._queue: deque[bytes] = deque()
        self._bytes = 0
        self._most = int(config.queue_mb * 1e6)
        self._next_s = -math.inf
        self._retry_s = FLUSH_S
        self._worker: Periodic[None] = Periodic("influx", self._turn, clock)

    # -- in the loop's thread ----------------------------------------------------------

    def record(self, tick: Tick) -> None:
        """Queue what is due; never raises, never waits. Without a true date nothing is."""
        instant = tick.snapshot.instant
        self._energies.add(_fresh(tick), instant.mono_s)
        if not instant.utc_ok or instant.mono_s < self._next_s - EARLY_S:
            return
        self._next_s = instant.mono_s + self._config.every_s
        heated_wh = self._memory().ledger.heated_wh
        name = self._config.measurement
        for line in (
            *lines_of(tick, name, self._energies.wh, heated_wh),
            *score_lines(self.score(), name, instant.utc_s),
        ):
            self._queue.append(line)
            self._bytes += len(line) + LINE_BYTES
        while self._bytes > self._most:
            try:
                self._drop(self._queue.popleft())
            except IndexError:  # the thread has them all
                break

    def counted(self) -> tuple[int, int]:
        """Lines that were taken and that were lost."""
        return self.sent

    @property
    def sent(self) -> Sent:
        return Sent(self._sent.kept, self._sent.lost + self._dropped)

    def start(self) -> None:
        if self._threaded:
            self._worker.start()

    def close(self) -> None:
        """What can be sent at once; nobody waits for a database that does not answer."""
        if not self._threaded or self._worker.stop(END_S):
            self.flush(END_S, END_S)

    # -- in the writer's thread --------------------------------------------------------

    def _turn(self, _now: object) -> Turn[None]:
        fault = self.flush(DEADLINE_S)
        self._retry_s = min(LAST_RETRY_S, 2.0 * self._retry_s) if fault else FLUSH_S
        if fault and self.sent.lost:
            fault = f"{fault}; lines are lost"
        return Turn(None, self._retry_s, fault)

    def flush(self, deadline_s: float = DEADLINE_S, all_s: float = math.inf) -> str:
        """Send what waits, the oldest first; why not, if it fails. ``deadline_s``: for each
        message; after ``all_s`` none is begun."""
        budget = Deadline(all_s)
        while self._queue and budget.left_s() > 0.0:
            lines = self._taken()
            try:
                post_text(self._url, b"\n".join(lines), self._params, self._headers, deadline_s)
            except HttpError as fault:
                if fault.status not in BAD_LINES:
                    self._put_back(lines)
                    return str(fault)
                self._sent = self._sent._replace(lost=self._sent.lost + len(lines))
                log.warning("%s: %d lines were refused", fault, len(lines))
            else:
                self._sent = self._sent._replace(kept=self._sent.kept + len(lines))
        return ""

    def _taken(self) -> list[bytes]:
        lines: list[bytes] = []
        while self._queue and len(lines) < MOST_LINES:
            line = self._queue.popleft()
            self._bytes -= len(line) + LINE_BYTES
            lines.append(line)
        return lines

    def _put_back(self, lines: list[bytes]) -> None:
        for line in reversed(lines):
            if self._bytes + len(line) + LINE_BYTES > self._most:
                self._sent = self._sent._replace(lost=self._sent.lost + 1)
                continue
            self._queue.appendleft(line)
            self._bytes += len(line) + LINE_BYTES

    def _drop(self, line: bytes) -> None:
        self._bytes -= len(line) + LINE_BYTES
        self._dropped += 1


def _address(config: Influx) -> tuple[str, dict[str, str | int | float], dict[str, str]]:
    """Where to, with which questions and heads."""
    base = config.url.rstrip("/")
    headers = {"Content-Type": "text/plain; charset=utf-8"}
    if config.bucket:
        headers["Authorization"] = f"Token {config.token}"
        params = {"org": config.org, "bucket": config.bucket, "precision": "ms"}
        return f"{base}/api/v2/write", dict(params), headers
    if config.user:
        secret = base64.b64encode(f"{config.user}:{config.password}".encode()).decode()
        headers["Authorization"] = f"Basic {secret}"
    return f"{base}/write", {"db": config.database, "precision": "ms"}, headers


def _fresh(tick: Tick) -> Site | None:
    """The home, if its numbers may still be believed."""
    site, now_s = tick.snapshot.site, tick.snapshot.instant.mono_s
    return None if site is None or now_s - site.at_s > site.allowed_age_s else site


def lines_of(
    tick: Tick,
    name: str,
    wh: Mapping[str, float] = NOTHING,
    heated_wh: Iterable[tuple[str, float]] = (),
) -> list[bytes]:
    """A line for the site, each load, storage and source; what is not known, or too old to be
    believed, is left out. ``wh``: of the home since the start; ``heated_wh``: of the loads.

    Worked: ``pvopt_load,load=boiler setpoint_w=740,on=1,why=5 1782043200000``.
    """
    snapshot, decision = tick.snapshot, tick.decision
    at = round(snapshot.instant.utc_s * 1000.0)
    site: Fields = [
        ("budget_w", decision.budget_w),
        ("remaining_w", decision.remaining_w),
        ("alarms", float(len(decision.alarms))),
    ]
    now_s, home, heated = snapshot.instant.mono_s, _fresh(tick), dict(heated_wh)
    if home is not None:
        site += _known((one, getattr(home, one)) for one in SITE)
        site += wh.items()
    lines = [_line(f"{name}_site", site, at)]
    views = {view.id: view for view in snapshot.loads}
    for command, outcome in zip(decision.commands, tick.outcomes, strict=False):
        fields: Fields = [
            ("setpoint_w", command.setpoint_w),
            ("expected_w", outcome.expected_w),
            ("on", 1.0 if outcome.expected_w > 0.0 else 0.0),
            ("why", float(command.reason.code)),
            ("fault", 1.0 if outcome.fault else 0.0),
        ]
        if outcome.switches or outcome.moves or not outcome.fault:  # one that failed tells none
            fields += [("switches", float(outcome.switches)), ("moves", float(outcome.moves))]
        if command.target in heated:
            fields.append(("energy_wh", heated[command.target]))
        view = views.get(command.target)
        if view is not None:
            fields += _known((("actual_w", view.actual_w),))
            if view.temperature_c.age_s(now_s) <= SILENT_S:
                fields += _known((("temperature_c", view.temperature_c),))
        lines.append(_line(f"{name}_load,load={command.target}", fields, at))
    asked = {command.target: command.setpoint_w for command in decision.storages}
    for storage in snapshot.storages:
        fields = _known((("power_w", storage.power_w), ("soc_pct", storage.soc_pct)))
        if storage.id in asked:
            fields.append(("setpoint_w", asked[storage.id]))
        lines.append(_line(f"{name}_storage,storage={storage.id}", fields, at))
    for source in snapshot.health:
        fields = [("ok", float(source.ok)), ("used", float(source.used)), ("age_s", source.age_s)]
        lines.append(_line(f"{name}_source,source={_tag(source.origin)}", fields, at))
    return [line for line in lines if line]


def score_lines(score: DayScore | None, name: str, utc_s: float) -> list[bytes]:
    """The day's score so far, and what of the sun was missed by which cause."""
    if score is None:
        return []
    at = round(utc_s * 1000.0)
    fields: Fields = [
        ("caught_wh", score.caught_wh),
        ("possible_wh", possible_wh(score)),
        ("charging_wh", score.charging_wh),
        ("grid_wh", score.grid_wh),
        ("battery_wh", score.battery_wh),
        ("estimated_wh", score.guessed_wh),
    ]
    lines = [_line(f"{name}_score", fields, at)]
    for cause in Cause:
        wh = missed_wh(score, cause)
        if wh > 0.0:
            head = f"{name}_missed,cause={cause.name.lower()}"
            lines.append(_line(head, [("missed_wh", wh)], at))
    return lines


def _tag(words: str) -> str:
    """A value of a tag; what the protocol parts by is escaped."""
    return re.sub(r"([,= ])", r"\\\1", words.replace("\n", " ").replace("\\", "/"))


def _known(readings: Iterable[tuple[str, Reading]]) -> Fields:
    return [(name, one.value) for name, one in readings if one.value is not None]


def _line(head: str, fields: Fields, at: int) -> bytes:
    told = ",".join(f"{name}={number:.10g}" for name, number in fields if math.isfinite(number))
    return f"{head} {told} {at}".encode() if told else b""
