"""A secret is planted in every key that holds one; then all that pvopt says and keeps is searched.

Each service of this home is a real one on loopback, and those that answer by HTTP are malicious:
they refuse, and throw back in their answer whatever they were sent.
"""

from __future__ import annotations

import http.cookiejar
import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest
from paho.mqtt import client as paho

from pvopt.config.load import load
from pvopt.show.web.passwords import hashed
from tests.http_standin import Asked, Reply, Standin, standin
from tests.mosquitto import Mosquitto, client, passwords, program, say
from tests.processes import children_of, until
from tests.real.test_request import ROOT, WAIT_S, Run
from tests.unit.config.test_files import classes

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.skipif(program() is None, reason="mosquitto is not installed"),
]

MARK = "pLaNtEd"  # in every secret
PAGE_PASSWORD = f"{MARK}-page-words"
TOKEN = f"{MARK}-read-only-0123"
METRICS = f"{MARK}-metrics-0123"
USER, PASSWORD = f"{MARK}-broker-user", f"{MARK}-broker-word"
# A portal takes a token or a password, a database too: two homes have them all.
HOMES = {
    "tokens": {
        "VRM": f"token: {MARK}-vrm-token",
        "FORECAST": f"user: {MARK}-fc-user, password: {MARK}-fc-word",
        "INFLUX": f"bucket: b, org: o, token: {MARK}-influx-token",
    },
    "passwords": {
        "VRM": f"user: {MARK}-vrm-user, password: {MARK}-vrm-word",
        "FORECAST": f"token: {MARK}-fc-token",
        "INFLUX": f"user: {MARK}-influx-user, password: {MARK}-influx-word",
    },
}
HOME = f"""\
version: 1
site: {{latitude: 50, longitude: 14, timezone: Europe/Prague, planes: [{{peak_w: 4400}}]}}
sources:
  - kind: mqtt_meters
    grid: {{topic: house/grid, positive: import}}
    pv: {{topic: house/pv}}
    load: {{topic: house/load}}
  - {{kind: gx_mqtt, host: 127.0.0.1, port: PORT, user: {MARK}-gx-user, password: {MARK}-gx-word}}
  - {{kind: vrm, url: 'URL/vrm', VRM}}
  - {{kind: forecast_solar, url: 'URL/fs', key: {MARK}-fs-key}}
  - {{kind: vrm_forecast, url: 'URL/vrm', FORECAST}}
loads:
  - id: boiler
    max_w: 2000
    output:
      relay: {{pin: 17}}
      knob: {{kind: servo, pin: 18}}
gpio: {{factory: mock}}
log: {{level: debug}}
mqtt:
  host: 127.0.0.1
  port: PORT
  user: {USER}
  password: {PASSWORD}
  requests: [{{kind: pvopt}}]
  status: [{{kind: pvopt, every_s: 1}}, {{kind: solar_balancer}}, {{kind: linky_optimizer}}]
  homeassistant:
store:
  batch_s: 5
  influx: {{url: 'URL', every_s: 1, INFLUX}}
page:
  port: 0
  password_hash: HASH
  read_only_token: {TOKEN}
  metrics: true
  metrics_token: {METRICS}
webhooks:
  - {{kind: json, url: 'URL/{MARK}-hook-1', headers: ['Authorization: Bearer {MARK}-head']}}
  - {{kind: text, url: 'URL/{MARK}-hook-2', headers: ['X-Key: {MARK}-head-2']}}
  - kind: chat
    url: URL/bot{MARK}-bot/sendMessage
    chat_id: {MARK}-chat
    headers: ['X-Key: {MARK}-head-3']
"""


def thrown_back(asked: Asked) -> Reply:
    """Everything that was sent, in an answer that is an error."""
    said = f"{asked.path} {asked.query} {asked.headers} {asked.body.decode(errors='replace')}"
    status = {"/write": 503, "/api/v2/write": 400}.get(asked.path, 401)
    return Reply(status, {"error": said, "errors": said, "message": said}, {"X-Said": asked.path})


def keys_of(part: Any) -> Iterator[tuple[str, str, Any]]:
    """``(class, key, what is there)`` of all secrets below a part of a configuration."""
    if attrs.has(type(part)):
        for one in attrs.fields(type(part)):
            if one.repr:
                yield from keys_of(getattr(part, one.name))
            else:
                yield type(part).__name__, one.name, getattr(part, one.name)
    elif isinstance(part, tuple):
        for inner in part:
            yield from keys_of(inner)


def file_of(folder: Path, which: str, port: int, url: str, of_page: str) -> Path:
    text = HOME
    words = {**HOMES[which], "PORT": str(port), "URL": url, "HASH": of_page}
    for name, new in words.items():
        text = text.replace(name, new)
    (folder / "demo.yaml").write_text(text)
    return folder / "demo.yaml"


def test_every_key_that_holds_a_secret_is_planted(tmp_path: Path) -> None:
    """A new secret is not forgotten here."""
    planted = set()
    for which in HOMES:
        config = load(file_of(tmp_path, which, 1, "http://127.0.0.1:1", hashed(PAGE_PASSWORD)), {})
        planted |= {(kind, key) for kind, key, there in keys_of(config) if there}
    there_are = {
        (cls.__name__, one.name) for cls in classes() for one in attrs.fields(cls) if not one.repr
    }
    assert there_are
    assert planted == there_are
    names = {one.name for cls in classes() for one in attrs.fields(cls) if one.repr}
    assert not {one for one in names if "password" in one or "token" in one or "secret" in one}


class Ears:
    """All that the broker has to say."""

    def __init__(self, who: paho.Client) -> None:
        self.heard: dict[str, bytes] = {}
        who.on_message = lambda client, data, seen: self._take(seen)
        who.subscribe("#")

    def _take(self, seen: paho.MQTTMessage) -> None:
        before = self.heard.get(seen.topic, b"")
        self.heard[seen.topic] = (before + b"\n" + seen.payload)[-200_000:]


class Browser:
    """Somebody with the password."""

    def __init__(self, url: str) -> None:
        self.url = url
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self._open = urllib.request.build_opener(jar)

    def get(self, path: str, **headers: str) -> bytes:
        asked = urllib.request.Request(self.url + path, headers=headers)
        try:
            with self._open.open(asked, timeout=WAIT_S) as answer:
                return _whole(answer)
        except urllib.error.HTTPError as refused:
            return _whole(refused)

    def log_in(self, password: str) -> bytes:
        body = json.dumps({"password": password}).encode()
        asked = urllib.request.Request(
            f"{self.url}/api/login", body, {"Content-Type": "application/json"}
        )
        with self._open.open(asked, timeout=WAIT_S) as answer:
            return _whole(answer)


def _whole(answer: Any) -> bytes:
    return str(answer.headers).encode() + bytes(answer.read())


PATHS = (
    "/", "/login", "/api/now", "/api/config", "/api/log", "/api/days", "/api/openapi.json",
    "/api/session", "/api/series", "/api/words", "/metrics", "/api/none", f"/?key={MARK}-wrong",
)  # fmt: skip


def words_of(folder: Path, *words: str) -> bytes:
    command = [sys.executable, str(ROOT / "main.py"), *words, "--config", "demo.yaml"]
    done = subprocess.run(command, cwd=folder, capture_output=True, timeout=120, check=False)
    return done.stdout + done.stderr


def address(run: Run) -> str:
    run.waits_for(r"the page: http://127\.0\.0\.1:\d+")
    line = next(one for one in run.log.read_text().splitlines() if "the page: http" in one)
    return line.partition("the page: ")[2].split()[0]


def settled(server: Standin) -> bool:
    """Whether all who speak by HTTP have been refused once."""
    paths = " ".join(server.paths())
    return all(one in paths for one in ("/vrm", "/fs", "write", "hook-1", "hook-2", "bot"))


@pytest.mark.parametrize("which", HOMES)
def test_a_secret_is_nowhere(tmp_path: Path, which: str) -> None:
    folder, of_broker = tmp_path / "home", tmp_path / "broker"
    folder.mkdir()
    of_broker.mkdir()
    of_page = hashed(PAGE_PASSWORD)
    said: dict[str, bytes] = {}
    with (
        standin(thrown_back) as server,
        Mosquitto(of_broker, *passwords(of_broker, USER, PASSWORD)) as broker,
        client(broker.port, USER, PASSWORD) as other,
    ):
        path = file_of(folder, which, broker.port, server.url, of_page)
        ears = Ears(other)
        run = Run(folder, "stderr")
        try:
            browser = Browser(address(run))

            def fed() -> bool:
                for topic, watts in (("grid", "-900"), ("pv", "1500"), ("load", "600")):
                    say(other, f"house/{topic}", watts)
                return b'"fresh": true' in ears.heard.get("pvopt/status", b"")

            assert until(fed, WAIT_S), run.log.read_text()
            assert until(lambda: browser.get("/api/session") != b"", WAIT_S)
            said["login"] = browser.log_in(PAGE_PASSWORD)
            # The guardian starts the loop anew, and all webhooks are told of it.
            [loop] = children_of(run.process.pid)
            assert until((folder / "state" / "store.db").exists, WAIT_S)
            os.kill(loop, signal.SIGKILL)
            assert until(lambda: fed() and settled(server), WAIT_S), server.paths()
            assert until(lambda: run.log.read_text().count("the page: http") == 2, WAIT_S)
            browser = Browser(_last_address(run))
            said["login again"] = browser.log_in(PAGE_PASSWORD)
            for one in PATHS:
                said[one] = browser.get(one)
            said["metrics"] = browser.get("/metrics", Authorization=f"Bearer {METRICS}")
            said["looks"] = Browser(browser.url).get(f"/?key={TOKEN}")
            assert b"pvopt_" in said["metrics"]
            assert b"(hidden)" in said["/api/config"]
            said["check"] = words_of(folder, "check", "--send-test")
            said["check --json"] = words_of(folder, "check", "--json")
            assert b"webhooks" in said["check"]
            run.process.send_signal(signal.SIGTERM)
            assert run.process.wait(WAIT_S) == 0
        finally:
            run.kill_all()
        for words in ("export --format csv", "export --format json", "replay"):
            said[words] = words_of(folder, *words.split())
            told = b"decided again" if words == "replay" else b"boiler"
            assert told in said[words], said[words]
        said.update({f"mqtt {topic}": payload for topic, payload in ears.heard.items()})
        assert "homeassistant/device/pvopt/config" in ears.heard
    files = [one for one in folder.rglob("*") if one.is_file() and one != path]
    assert {"store.db", "stderr", "homeassistant.json"} <= {one.name for one in files}
    said.update({str(one.relative_to(folder)): one.read_bytes() for one in files})
    leaks = {where for where, text in said.items() if MARK.encode() in text}
    leaks |= {where for where, text in said.items() if of_page.encode() in text}
    assert leaks == set(), {where: _around(said[where]) for where in leaks}


def _last_address(run: Run) -> str:
    lines = [one for one in run.log.read_text().splitlines() if "the page: http" in one]
    return lines[-1].partition("the page: ")[2].split()[0]


def _around(text: bytes) -> bytes:
    at = max(0, text.find(MARK.encode()))
    return text[max(0, at - 150) : at + 100]
