"""Every question of the boards for Grafana, sent to the real database: data comes back.

Grafana itself is in no Debian; what it fills in and how it asks is done by tests/grafana.py.
"""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pvopt.build_page import PageParts, make_page
from pvopt.config.load import load
from pvopt.config.page import Page
from pvopt.config.store import Influx
from pvopt.decide.memory import Energy, Ledger, Memory
from pvopt.loop import Counts
from pvopt.model import Tick
from pvopt.score.keeper import ScoreKeeper
from pvopt.settings_of import settings_of
from pvopt.store.influx import InfluxWriter
from tests.databases import Database
from tests.grafana import LABEL_VALUES, Asked, Reader, board
from tests.processes import until
from tests.prometheus import Prometheus, ask, config_of
from tests.recorded import SHIPPED, recorded
from tests.unit.store.rig import HandClock

pytestmark = pytest.mark.timeout(240)

HOUR_S, DAY_S = 3600, 86_400
CHOICES = {"load": ["boiler"], "storage": ["shed"]}
PLAYED_S = 12.0  # real seconds in which the recorded hour passes for who scrapes: a step, and more


@pytest.fixture(scope="module")
def hour() -> list[Tick]:
    return recorded(HOUR_S)


class Heated:
    """What the loop's ledger has of the heater after some ticks, and the day's score."""

    def __init__(self) -> None:
        self.wh = 0.0
        self.score = ScoreKeeper(settings_of(load(SHIPPED, {})))

    def add(self, tick: Tick) -> None:
        self.wh += tick.outcomes[0].expected_w / 3600.0
        self.score.record(tick)

    def ledger(self) -> Ledger:
        return Ledger(heated_wh=(("boiler", self.wh),), energy=(Energy("boiler", self.wh),))


def heated_kwh(ticks: list[Tick]) -> float:
    return sum(tick.outcomes[0].expected_w for tick in ticks) / 3.6e6


def flows_kwh(ticks: list[Tick]) -> list[float]:
    """Of the sun, bought and sold."""
    sites = [tick.snapshot.site for tick in ticks]
    watts = [(one.pv_w.value or 0.0, one.grid_w.value or 0.0) for one in sites if one is not None]
    pv_kwh = sum(pv_w for pv_w, _ in watts) / 3.6e6
    bought_kwh = sum(max(0.0, grid_w) for _, grid_w in watts) / 3.6e6
    return [pv_kwh, bought_kwh, bought_kwh - sum(grid_w for _, grid_w in watts) / 3.6e6]


def choices(document: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The variables that a database is asked for."""
    for one in document["templating"]["list"]:
        if one["type"] == "query":
            asked = one["query"]
            yield one["name"], asked if isinstance(asked, str) else asked["query"]


def a_year(reader: Reader) -> Reader:
    """Who looks at a whole year: no database may find a question too large."""
    return replace(reader, from_s=reader.to_s - 365.0 * DAY_S, step_s=6 * HOUR_S)


def numbers(series: dict[str, list[float]]) -> list[float]:
    return [number for row in series.values() for number in row]


# -- InfluxDB --------------------------------------------------------------------------------------


def influx_rows(database: Database, query: str) -> list[dict[str, Any]]:
    text = database.ask("/query", db="home", epoch="ms", q=query)
    assert text is not None, query
    [result] = json.loads(text)["results"]
    assert "error" not in result, f"{query}: {result['error']}"
    found: list[dict[str, Any]] = result.get("series", [])
    return found


def influx_series(database: Database, asked: Asked) -> dict[str, list[float]]:
    """Lines by their legend, what is null left out."""
    lines: dict[str, list[float]] = {}
    for one in influx_rows(database, asked.text):
        legend = asked.legend
        for tag, value in one.get("tags", {}).items():
            legend = legend.replace(f"$tag_{tag}", value)
        lines[legend] = [row[1] for row in one["values"] if row[1] is not None]
    return lines


@pytest.fixture
def sent(request: pytest.FixtureRequest, tmp_path: Path, hour: list[Tick]) -> Iterator[Database]:
    """A database that got the hour by line protocol."""
    database = Database(tmp_path, request.param)
    database.start()
    if database.kind == "influxdb":
        database.post("/query", q="CREATE DATABASE home")
    heated = Heated()
    section = Influx(url=database.url, database="home")
    writer = InfluxWriter(section, HandClock(), False, lambda: Memory(ledger=heated.ledger()))
    writer.score = lambda: heated.score.today
    for tick in hour:
        heated.add(tick)
        writer.record(tick)
    writer.close()
    assert writer.sent.lost == 0
    assert until(lambda: len(database.setpoints()) == len(hour) // 10)
    yield database
    database.kill()


def reader_of(hour: list[Tick]) -> Reader:
    ends = hour[0].snapshot.instant.utc_s, hour[-1].snapshot.instant.utc_s
    return Reader(ends[0], ends[1], chosen=CHOICES)


@pytest.mark.parametrize("sent", ["influxdb"], indirect=True)
def test_the_board_for_influx(sent: Database, hour: list[Tick]) -> None:
    document = board("influx")
    for name, asked in choices(document):
        [row] = influx_rows(sent, asked)
        assert [value for _, value in row["values"]] == CHOICES[name]
    reader = reader_of(hour)
    found = {(one.panel, one.legend): influx_series(sent, one) for one in reader.asks(document)}
    told(found, "$tag_load", "$tag_source", hour)
    for one in a_year(reader).asks(document):
        influx_series(sent, one)


# -- VictoriaMetrics and Prometheus ----------------------------------------------------------------


def label_values(url: str, asked: str) -> list[str]:
    found = LABEL_VALUES.fullmatch(asked)
    assert found, asked
    values: list[str] = ask(url, f"/api/v1/label/{found[2]}/values", **{"match[]": found[1]})
    return values


def prom_series(url: str, asked: Asked, reader: Reader) -> dict[str, list[float]]:
    """Lines by their legend. Steps of a day begin at midnight, as Grafana asks for them."""
    if asked.at_end:
        rows = ask(url, "/api/v1/query", query=asked.text, time=str(reader.to_s))["result"]
        points = [[row["value"]] for row in rows]
    else:
        start_s = asked.from_s // asked.step_s * asked.step_s
        rows = ask(
            url, "/api/v1/query_range", query=asked.text, start=str(start_s),
            end=str(reader.to_s), step=str(asked.step_s),
        )["result"]  # fmt: skip
        points = [row["values"] for row in rows]
    lines: dict[str, list[float]] = {}
    for row, values in zip(rows, points, strict=True):
        legend = asked.legend
        for tag, value in row["metric"].items():
            legend = legend.replace(f"{{{{{tag}}}}}", value)
        lines.setdefault(legend, []).extend(float(number) for _, number in values)
    return lines


@pytest.mark.parametrize("sent", ["victoria"], indirect=True)
def test_the_board_for_victoria_metrics(sent: Database, hour: list[Tick]) -> None:
    """It got lines as InfluxDB does, and is asked as Prometheus is."""
    document = board("victoria")
    for name, asked in choices(document):
        assert label_values(sent.url, asked) == CHOICES[name]
    reader = reader_of(hour)
    found = {
        (one.panel, one.legend): prom_series(sent.url, one, reader) for one in reader.asks(document)
    }
    told(found, "{{load}}", "{{source}}", hour)
    for one in a_year(reader).asks(document):
        prom_series(sent.url, one, reader)


ASKED_BY_ALL = "label_values(pvopt_load_setpoint_watts, load)"


class Player:
    """A page whose ticks are the recorded hour, in a few real seconds."""

    def __init__(self, folder: Path, ticks: list[Tick]) -> None:
        config = load(SHIPPED, {})
        self._ticks, self._played, self._ended = ticks, 0, threading.Event()
        self._heated = Heated()
        section = Page(port=0, metrics=True)
        writer = InfluxWriter(Influx(url="http://127.0.0.1:1"), HandClock(), threaded=False)
        self.parts: PageParts = make_page(
            section, config, self._heated.ledger, False, self._counts, [writer], self._heated.score
        )
        self._thread = threading.Thread(target=self._play, daemon=True)

    def _counts(self) -> Counts:
        return Counts(ticks=self._played)

    def _play(self) -> None:
        each_s = PLAYED_S / len(self._ticks)
        begun_s = time.monotonic()
        for tick in self._ticks:
            self._heated.add(tick)
            self.parts.recorder.record(tick)
            self._played += 1
            late_s = begun_s + self._played * each_s - time.monotonic()
            if late_s > 0.0 and self._ended.wait(late_s):
                return

    def __enter__(self) -> str:
        """Shows the first tick; where the numbers are."""
        self.parts.start()
        self.parts.recorder.record(self._ticks[0])
        return f"127.0.0.1:{self.parts.server.port}"

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self.parts.close()

    def play(self) -> None:
        """All of it."""
        self._thread.start()
        self._thread.join(60.0)


@pytest.mark.parametrize("kind", ["prometheus", "victoria"])
def test_the_board_for_who_scrapes(kind: str, tmp_path: Path, hour: list[Tick]) -> None:
    """Prometheus, and VictoriaMetrics that asks in its place."""
    document, begun_s = board("prometheus"), time.time()
    with contextlib.ExitStack() as undo:
        player = Player(tmp_path, hour)
        target = undo.enter_context(player)
        url = scraper(kind, tmp_path, target, undo)
        assert until(lambda: "boiler" in label_values(url, ASKED_BY_ALL), 60.0)
        player.play()
        assert until(lambda: newest(url, "pvopt_ticks_total") == len(hour), 60.0)
        for name, asked in choices(document):
            assert label_values(url, asked) == CHOICES[name]
        # A step is ten seconds: the last one ends a little later than all that is told.
        reader = Reader(begun_s, time.time() + 10.0, step_s=1, scrape_s=1, chosen=CHOICES)
        found = {
            (one.panel, one.legend): prom_series(url, one, reader) for one in reader.asks(document)
        }
        for one in a_year(reader).asks(document):
            prom_series(url, one, reader)
    told(found, "{{load}}", "{{source}}", hour, share=0.25)


def newest(url: str, metric: str) -> float | None:
    found = ask(url, "/api/v1/query", query=metric)["result"]
    return float(found[0]["value"][1]) if found else None


def scraper(kind: str, folder: Path, target: str, undo: contextlib.ExitStack) -> str:
    if kind == "prometheus":
        made = Prometheus(folder, target)
        made.start()
        undo.callback(made.stop)
        return made.url
    database = Database(folder, "victoria", scrape=config_of(target))
    database.start()
    undo.callback(database.kill)
    return database.url


# -- what must come back ---------------------------------------------------------------------------

Found = dict[tuple[str, str], dict[str, list[float]]]


def told(found: Found, load: str, source: str, hour: list[Tick], share: float = 0.03) -> None:
    """Nothing is empty, and what is known otherwise is right, within ``share``. (Who asks twelve
    times in an hour knows neither its first nor its last minutes.)"""
    empty = [key for key, lines in found.items() if not numbers(lines)]
    assert empty == []
    kwh = heated_kwh(hour)
    assert kwh > 0.5
    for panel in ("Into the loads", "Energy into the loads"):
        [into] = found[panel, load].values()
        assert sum(into) == pytest.approx(kwh, rel=share), panel
    flows = [sum(numbers(found["The home", one])) for one in ("sun", "bought", "sold")]
    assert flows == pytest.approx(flows_kwh(hour), rel=share, abs=0.02)
    [sun] = found["Where the watts go", "sun"].values()
    assert 500.0 < max(sun) < 4500.0
    [charge] = found["Charge", "battery"].values()
    assert 90.0 < charge[-1] <= 100.0
    assert list(found["How full each is", load.replace("load", "storage")]) == ["shed"]
    [why] = found["Why", load].values()
    assert set(why) <= {float(tick.decision.commands[0].reason.code) for tick in hour}
    assert set(found["Age of what the sources told", source]) == {"gx", "vrm"}
    [caught] = found["Sun caught and missed", "caught"].values()
    assert 0.5 * kwh < max(caught) <= 1.01 * kwh
    missed = found["Sun caught and missed", f"missed: {load.replace('load', 'cause')}"]
    assert "missed: waiting" in missed
    [moves] = found["Knobs moved", load].values()
    assert sum(moves) == pytest.approx(hour[-1].outcomes[0].moves, rel=max(share, 0.1))
