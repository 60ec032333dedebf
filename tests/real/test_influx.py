"""Real InfluxDB 1.x and VictoriaMetrics: what is sent can be asked for, an outage loses nothing."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pvopt.config.store import Influx
from pvopt.store.influx import InfluxWriter
from tests.mosquitto import free_port
from tests.processes import until
from tests.unit.store.rig import HandClock
from tests.unit.store.test_influx import tick_at

SEARCHED = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"
INFLUX = """
reporting-disabled = true
bind-address = "127.0.0.1:{rpc}"
[meta]
  dir = "{folder}/meta"
[data]
  dir = "{folder}/data"
  wal-dir = "{folder}/wal"
[http]
  bind-address = "127.0.0.1:{port}"
  log-enabled = false
"""


class Database:
    """One server on a free port; ``start`` after ``kill`` finds what it had."""

    def __init__(self, folder: Path, kind: str) -> None:
        self.kind, self.port, self._folder = kind, free_port(), folder
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None
        name = {"influxdb": "influxd", "victoria": "victoria-metrics"}[kind]
        found = shutil.which(name, path=SEARCHED)
        assert found is not None, f"{name} is not installed: bash tests/run.sh installs it"
        if kind == "influxdb":
            config = folder / "influx.conf"
            config.write_text(INFLUX.format(folder=folder, port=self.port, rpc=free_port()))
            self._words = [found, "-config", str(config)]
        else:
            self._words = [
                found,
                f"-storageDataPath={folder}/vm",
                f"-httpListenAddr=127.0.0.1:{self.port}",
                "-retentionPeriod=100y",
                "-memory.allowedBytes=64MB",
            ]

    def start(self) -> None:
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(self._words, stdout=log, stderr=log)
        path = "/ping" if self.kind == "influxdb" else "/health"
        assert until(lambda: self.ask(path) is not None, 60.0), (self._folder / "log").read_text()

    def kill(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(30.0)
            self._process = None

    def ask(self, path: str, **query: str) -> str | None:
        """The text of an answer; None: nobody answers."""
        asked = f"{self.url}{path}?{urllib.parse.urlencode(query)}" if query else self.url + path
        try:
            with urllib.request.urlopen(asked, timeout=5.0) as answer:
                text: str = answer.read().decode()
                return text
        except OSError:
            return None

    def post(self, path: str, **query: str) -> None:
        text = urllib.parse.urlencode(query).encode()
        urllib.request.urlopen(self.url + path, data=text, timeout=5.0).close()

    def setpoints(self) -> list[float]:
        """All values of the heater's set-point, in order of time."""
        if self.kind == "influxdb":
            text = self.ask(
                "/query", db="home", q="SELECT setpoint_w FROM pvopt_load WHERE load='boiler'"
            )
            series: Any = json.loads(text or "{}")["results"][0].get("series", [])
            return [row[1] for row in series[0]["values"]] if series else []
        match = '{__name__="pvopt_load_setpoint_w",load="boiler"}'
        text = self.ask("/api/v1/export", **{"match[]": match, "reduce_mem_usage": "1"})
        rows = [json.loads(line) for line in (text or "").splitlines()]
        pairs = sorted(
            pair for row in rows for pair in zip(row["timestamps"], row["values"], strict=True)
        )
        return [value for _, value in pairs]


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
