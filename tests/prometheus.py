"""A real Prometheus on a free port of this machine, and questions to it."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

from tests.mosquitto import free_port
from tests.processes import until

WAIT_S = 60.0
CONFIG = """
global:
  scrape_interval: 1s
  scrape_timeout: 1s
scrape_configs:
  - job_name: pvopt
    static_configs:
      - targets: ["{target}"]
"""
BEARER = """    authorization:
      credentials: {token}
"""


def config_of(target: str, token: str = "") -> str:
    """For whoever scrapes as Prometheus does."""
    return CONFIG.format(target=target) + (BEARER.format(token=token) if token else "")


def ask(url: str, path: str, **query: str | list[str]) -> Any:
    """The ``data`` of an answer of Prometheus' API; AssertionError says why there is none."""
    asked = f"{url}{path}?{urllib.parse.urlencode(query, doseq=True)}"
    try:
        with urllib.request.urlopen(asked, timeout=10.0) as answer:
            found = json.load(answer)
    except urllib.error.HTTPError as refused:
        raise AssertionError(f"{query}: {refused.read().decode()}") from refused
    assert found["status"] == "success", found
    return found["data"]


def healthy(url: str, path: str) -> bool:
    try:
        urllib.request.urlopen(url + path, timeout=5.0).close()
    except OSError:
        return False
    return True


class Prometheus:
    """Asks ``target`` each second, from ``start`` to ``stop``."""

    def __init__(self, folder: Path, target: str, token: str = "") -> None:
        found = shutil.which("prometheus")
        assert found, "prometheus is not installed: bash tests/run.sh installs it"
        self._folder = folder
        folder.mkdir(exist_ok=True)
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        config = folder / "prometheus.yml"
        config.write_text(config_of(target, token))
        self._words = [
            found,
            f"--config.file={config}",
            f"--storage.tsdb.path={folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{port}",
        ]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(self._words, stdout=log, stderr=log)
        assert until(lambda: healthy(self.url, "/-/ready"), WAIT_S), self.said()

    def stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(30.0)
            self._process = None

    def said(self) -> str:
        return (self._folder / "log").read_text()

    def number(self, query: str) -> float | None:
        """The newest number of the first series; None: there is none."""
        found = ask(self.url, "/api/v1/query", query=query)["result"]
        return float(found[0]["value"][1]) if found else None


def checked(text: str) -> str:
    """What promtool has against a text that is exposed; empty: nothing."""
    found = shutil.which("promtool")
    assert found, "promtool is not installed: bash tests/run.sh installs it"
    done = subprocess.run(
        [found, "check", "metrics"], input=text, capture_output=True, text=True, timeout=30,
        check=False,
    )  # fmt: skip
    return done.stdout + done.stderr + ("" if done.returncode == 0 else f"exit {done.returncode}")
