"""A simulated GX at a real Mosquitto: read, lost, found again, and never told anything."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pvopt.act.curve import Curve
from pvopt.clock import SystemClock
from pvopt.commands.cli import main
from pvopt.config import outputs
from pvopt.config.load import load_text
from pvopt.config.sources import GxMqtt
from pvopt.errors import SourceError
from pvopt.model import Site
from pvopt.shared_links import ANY_USER, Links
from pvopt.sources.victron_mqtt import GxMqttSource
from tests.gx_told import Numbers, numbers_of
from tests.modbus_standin import home
from tests.mosquitto import Mosquitto, certificates, client, free_port, passwords, program, tls
from tests.mqtt_gx import PORTAL, BrokerGx
from tests.processes import children_of, until
from tests.standin_process import StandinProcess

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(program() is None, reason="mosquitto is not installed"),
]
ROOT = Path(__file__).parents[2]
SLACK_S = 2.0  # a busy machine, beside what is allowed
RELAY, SERVO = 23, 24
MIN_US, MAX_US = 600, 2400
GRID, LOAD = "system/0/Ac/Grid/L1/Power", "system/0/Ac/Consumption/L1/Power"

HOME = """
version: 1
site: {latitude: 50, longitude: 14}
sources:
  - {kind: gx_mqtt, host: 127.0.0.1, port: MQTT_PORT, password: PASSWORD, allowed_age_s: AGE}
loads:
  - id: boiler
    max_w: 2000
    output:
      relay: {pin: 23, min_off_s: 0, min_on_s: 0}
      knob: {kind: servo, pin: 24, pulse: pigpio}
control: {enable_delay_s: 0, min_soc_pct: 0, daylight: {mode: always}}
gpio: {factory: FACTORY, pigpio_port: PIGPIO_PORT}
state: {folder: STATE}
log: {file: ""}
"""


def text_of(folder: Path, port: int, pins: int | None = None, age_s: float = 7.0) -> str:
    text = HOME.replace("MQTT_PORT", str(port)).replace("PASSWORD", "sesame")
    text = text.replace("AGE", f"{age_s:g}").replace("STATE", str(folder / "state"))
    factory = "mock" if pins is None else "pigpio"
    return text.replace("FACTORY", factory).replace("PIGPIO_PORT", str(pins or 8888))


class Rig:
    """A broker, its GX, and the source as the loop has it."""

    def __init__(self, folder: Path) -> None:
        self.broker = Mosquitto(folder).start()
        self.gx = BrokerGx(self.broker.port, numbers_of(home().raw))
        self.clock = SystemClock()
        config = load_text(text_of(folder, self.broker.port, age_s=4.0), "c.yaml", {})
        self.links = Links(config, self.clock)
        (source,) = config.sources
        assert isinstance(source, GxMqtt)
        self.source = GxMqttSource(source, self.links.gx(source), folder)
        self.links.start()
        self.fault = ""

    def look(self) -> Site | None:
        self.fault = ""
        try:
            return self.source.read(self.clock.now(), 0.0).site
        except SourceError as fault:
            self.fault = str(fault)
            return None

    def sees(self, grid_w: float) -> bool:
        def seen() -> bool:
            site = self.look()
            return site is not None and site.grid_w.value == grid_w

        return until(seen)

    def close(self) -> None:
        self.links.close()
        self.gx.__exit__(None, None, None)
        self.broker.kill()


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path)
    yield made
    made.close()


def test_it_is_found_and_read_and_only_kept_alive(rig: Rig) -> None:
    heard: list[str] = []
    with client(rig.broker.port) as other:
        other.on_message = lambda c, d, seen: heard.append(seen.topic)
        other.subscribe("#")
        assert rig.sees(-350), rig.fault
        site = rig.look()
        assert site is not None
        assert [device.id for device in site.pv] == ["solarcharger:279"]
        assert site.soc_pct.value == 86.5
        rig.gx.tell({**rig.gx.gx.numbers, GRID: -1234})
        assert rig.sees(-1234)
        assert until(lambda: f"N/{PORTAL}/heartbeat" in heard)
    assert {topic for topic in heard if not topic.startswith("N/")} <= {f"R/{PORTAL}/keepalive"}
    assert {topic for topic, _ in rig.gx.asked} == {f"R/{PORTAL}/keepalive"}
    assert len(rig.gx.asked) == 1
    with pytest.raises(ValueError, match="is only read"):
        rig.source.link.publish(f"W/{PORTAL}/settings/0/Settings/CGwacs/Hub4Mode", '{"value": 3}')


def test_a_steady_home_stays_fresh_by_heartbeats(rig: Rig) -> None:
    assert rig.sees(-350)
    ages = []
    for _ in range(35):
        site = rig.look()
        assert site is not None, rig.fault
        ages.append(rig.clock.now().mono_s - site.at_s)
        time.sleep(0.1)
    assert max(ages) < 3.5 + SLACK_S


def test_a_dead_gx_a_killed_broker_and_both_back(rig: Rig) -> None:
    assert rig.sees(-350)
    rig.gx.gx.dead = True
    assert until(lambda: rig.look() is None, 4.0 + SLACK_S)
    assert "its GX is silent for more than 4 s" in rig.fault
    rig.gx.gx.dead = False
    assert rig.sees(-350)
    rig.broker.kill()
    assert until(lambda: rig.look() is None, 4.0 + SLACK_S)
    assert "127.0.0.1" in rig.fault
    rig.broker.start()
    assert until(rig.gx._client.is_connected, 30)
    rig.gx.tell({**rig.gx.gx.numbers, GRID: 500})
    assert rig.sees(500), rig.fault


def test_a_large_system_tells_everything_at_once(rig: Rig) -> None:
    """2400 topics, 500 of them ours: no flood, and nothing is lost."""
    large: Numbers = {f"other/{n}/Some/Thing": n for n in range(1900)}
    large |= rig.gx.gx.numbers
    for name, number in rig.gx.gx.numbers.items():
        if name.startswith("solarcharger/279/"):
            large |= {name.replace("279", f"{n}"): number for n in range(280, 310)}
    rig.gx.gx.numbers = large
    assert rig.sees(-350), rig.fault
    site = rig.look()
    assert site is not None
    assert len(site.pv) == 31
    assert len(rig.gx.asked) == 1
    assert rig.source.link.flood.heard > 450  # type: ignore[attr-defined]


def test_a_password_and_tls(tmp_path: Path) -> None:
    """As a GX wants it: any user, one password. Its own certificate has to be known."""
    certificates(tmp_path, "IP:127.0.0.1")
    plain = free_port()
    lines = [*tls(tmp_path), f"listener {plain} 127.0.0.1"]
    lines += passwords(tmp_path, ANY_USER, "sesame")
    with (
        Mosquitto(tmp_path, *lines) as broker,
        BrokerGx(plain, numbers_of(home().raw), ANY_USER, "sesame"),
    ):
        clock = SystemClock()
        text = text_of(tmp_path, broker.port)
        links = Links(load_text(text, "c.yaml", {}), clock)

        def made(name: str, password: str, ca_file: str) -> GxMqttSource:
            config = GxMqtt(
                host="127.0.0.1",
                port=broker.port,
                name=name,
                password=password,
                tls=True,
                ca_file=ca_file,
            )
            return GxMqttSource(config, links.gx(config), tmp_path)

        known = str(tmp_path / "ca.crt")
        good, wrong = made("good", "sesame", known), made("wrong", "open", known)
        stranger = made("stranger", "sesame", "")
        links.start()

        def fault(source: GxMqttSource) -> str:
            try:
                source.read(clock.now(), 0.0)
            except SourceError as told:
                return str(told)
            return ""

        try:
            assert until(lambda: fault(good) == ""), fault(good)
            assert until(lambda: "refuses user or password" in fault(wrong)), fault(wrong)
            assert until(lambda: "is not trusted" in fault(stranger)), fault(stranger)
        finally:
            links.close()


def test_the_doctor_sees_it(rig: Rig, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(text_of(tmp_path, rig.broker.port))
    main(["check", "--json", "--config", str(path)])
    told = capsys.readouterr().out
    assert "sesame" not in told
    rows: list[dict[str, Any]] = [r for r in json.loads(told)["rows"] if r["area"] == "gx"]
    assert {row["level"] for row in rows} == {"OK"}
    assert f"portal id {PORTAL}" in rows[0]["text"]
    assert any("solar charger 279" in row["text"] for row in rows)
    assert {topic for topic, _ in rig.gx.asked} == {f"R/{PORTAL}/keepalive"}


class House:
    """Sun, a house and the heater behind the pins, told by the GX twice a second."""

    def __init__(self, gx: BrokerGx, pins: StandinProcess) -> None:
        self.pv_w, self.house_w = 1500.0, 300.0
        self._gx, self._pins = gx, pins
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def heater_w(self) -> float:
        if self._pins.seen.level(RELAY) != 1:
            return 0.0
        pct = 100.0 * (self._pins.seen.pulse_us(SERVO) - MIN_US) / (MAX_US - MIN_US)
        return Curve.from_config(outputs.Curve(), 2000.0).watts(max(0.0, pct))

    def _run(self) -> None:
        told: Numbers = dict(self._gx.gx.numbers)
        told["system/0/Dc/Battery/Power"] = 0
        while not self._ended.wait(0.5):
            load_w = self.house_w + self.heater_w
            told |= {LOAD: round(load_w), GRID: round(load_w - self.pv_w)}
            self._gx.tell(told)

    def stop(self) -> None:
        self._ended.set()
        self._thread.join()


def test_the_heater_follows_and_is_off_ten_seconds_after_the_last_sign(
    tmp_path: Path, standin_process: StandinProcess
) -> None:
    log = tmp_path / "log"
    config = tmp_path / "config.yaml"
    with Mosquitto(tmp_path) as broker, BrokerGx(broker.port, numbers_of(home().raw)) as gx:
        house = House(gx, standin_process)
        config.write_text(text_of(tmp_path, broker.port, standin_process.port))
        with log.open("w") as out:
            command = [sys.executable, "-u", str(ROOT / "main.py"), "--config", str(config)]
            job = subprocess.Popen(command, stderr=out, process_group=0)
        try:
            assert until(lambda: house.heater_w > 900, 60), log.read_text()
            since_s = time.monotonic()
            gx.gx.dead = True
            house.stop()
            off = until(lambda: standin_process.seen.level(RELAY) == 0, 10.0 + SLACK_S)
            assert off, log.read_text()
            assert time.monotonic() - since_s > 3.0  # not at the first heartbeat that is late
            assert until(lambda: "its GX is silent for more than 7 s" in log.read_text()), log
            assert {topic for topic, _ in gx.asked} == {f"R/{PORTAL}/keepalive"}
        finally:
            for pid in (job.pid, *([] if job.poll() is not None else children_of(job.pid))):
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    continue
            job.wait()
            house.stop()
