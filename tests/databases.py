"""Real databases on free ports of this machine: InfluxDB 1.x and VictoriaMetrics."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

from tests.mosquitto import free_port
from tests.processes import until

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
    """One server on a free port; ``start`` after ``kill`` finds what it had. ``scrape``: a
    configuration as Prometheus has it, for VictoriaMetrics to ask by itself."""

    def __init__(self, folder: Path, kind: str, scrape: str = "") -> None:
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
                "-search.latencyOffset=1s",  # 30 s else, until what is new is told
            ]
        if scrape:
            asked = folder / "scrape.yml"
            asked.write_text(scrape)
            self._words.append(f"-promscrape.config={asked}")

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
