"""Real InfluxDB 1.x and VictoriaMetrics: what is sent can be asked for, an outage loses nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pvopt.clock import SystemClock
from pvopt.config.store import Influx
from pvopt.store import influx
from pvopt.store.influx import InfluxWriter
from tests.databases import Database
from tests.processes import until
from tests.unit.store.rig import HandClock
from tests.unit.store.test_influx import tick_at


@pytest.fixture(params=["influxdb", "victoria"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    made = Database(tmp_path, request.param)
    made.start()
    if made.kind == "influxdb":
        made.post("/query", q="CREATE DATABASE home")
    yield made
    made.kill()


def test_what_is_sent_is_there(database: Database) -> None:
    """Half of it, an outage, the other half: all of it in the end, nothing twice."""
    config = Influx(url=database.url, database="home", every_s=1.0)
    writer = InfluxWriter(config, HandClock(), threaded=False)
    for second in range(30):
        writer.record(tick_at(1000.0 + second))
    assert writer.flush() == ""
    assert until(lambda: len(database.setpoints()) == 30)
    database.kill()
    for second in range(30, 60):
        writer.record(tick_at(1000.0 + second))
    assert "not reachable" in writer.flush()
    database.start()
    writer.close()
    assert until(lambda: len(database.setpoints()) == 60)
    assert set(database.setpoints()) == {740.0}
    assert writer.sent == (120, 0)


def test_an_outage_of_a_running_program(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The writer's own thread fails and catches up by itself: nothing lost, nothing twice."""
    monkeypatch.setattr(influx, "FLUSH_S", 0.1)
    monkeypatch.setattr(influx, "LAST_RETRY_S", 0.4)
    config = Influx(url=database.url, database="home", every_s=1.0)
    writer = InfluxWriter(config, SystemClock())
    writer.start()
    try:
        for second in range(100):
            writer.record(tick_at(1000.0 + second))
        assert until(lambda: writer.sent.kept == 200)
        database.kill()
        for second in range(100, 1100):
            writer.record(tick_at(1000.0 + second))
        assert writer.sent.lost == 0
        database.start()
        assert until(lambda: writer.sent.kept == 2200)
    finally:
        writer.close()
    assert until(lambda: len(database.setpoints()) == 1100)
    assert writer.sent == (2200, 0)
