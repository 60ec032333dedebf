"""Loads behind a real Mosquitto: commands, a broker that goes and comes, and who says off."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from paho.mqtt import client as paho

from pvopt.act.mqtt import HEARD_S, MqttActuator
from pvopt.config.load import load
from pvopt.config.loads import Load
from pvopt.config.mqtt import Mqtt
from pvopt.config.outputs import Confirm, MqttOutput
from pvopt.links.mqtt import MqttLink
from pvopt.lock import PinLock, pins_of
from pvopt.model import Command, Instant, Outcome, Reason, Why
from pvopt.off_mqtt import BUDGET_S, OffBroker, OffMessage, say_off
from tests.mosquitto import Mosquitto, certificates, client, free_port, passwords, program, say, tls
from tests.mqtt_child import MANY
from tests.processes import until

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(program() is None, reason="mosquitto is not installed"),
]
ROOT = Path(__file__).parents[2]
QUICK = {"silence_s": 0.4, "start_s": 15.0, "stop_s": 1.0, "pauses_s": [30.0]}
TOPIC = "regul/vload/ECS/cmd"


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    with Mosquitto(tmp_path) as running:
        yield running


class Device:
    """What listens on a topic: every command in order, ``kept`` those from before."""

    def __init__(self, client: paho.Client, topic: str) -> None:
        self.heard: list[str] = []
        self.kept: list[str] = []
        self.listens = False
        client.on_message = self._take
        client.on_subscribe = self._subscribed
        client.subscribe(topic, 1)

    def _subscribed(self, *_: Any) -> None:
        self.listens = True

    def _take(self, client: Any, data: Any, seen: paho.MQTTMessage) -> None:
        (self.kept if seen.retain else self.heard).append(seen.payload.decode())


@contextmanager
def device(port: int, topic: str = TOPIC) -> Iterator[Device]:
    with client(port) as made:
        there = Device(made, topic)
        assert until(lambda: there.listens)
        yield there


class Output:
    """An actuator with a connection of its own; each ``ask`` is a tick."""

    def __init__(self, port: int, **keys: Any) -> None:
        self.link = MqttLink(Mqtt(host="127.0.0.1", port=port, client_id="out"), time.monotonic)
        output = MqttOutput(**(keys or {"preset": "vload", "device": "ECS"}))
        self.actuator = MqttActuator(Load(id="water", max_w=2000.0, output=output), self.link)
        self.link.start()
        assert until(lambda: self.link.connected)

    def ask(self, watts: float) -> Outcome:
        now_s = time.monotonic()
        command = Command("water", watts, now_s + 5.0, Reason(Why.VISIBLE))
        return self.actuator.apply(command, Instant(now_s, 0.0))

    def close(self) -> None:
        self.actuator.close()
        self.link.close()


@pytest.fixture
def output(broker: Mosquitto) -> Iterator[Output]:
    made = Output(broker.port)
    yield made
    made.close()


def test_a_device_hears_percent_and_at_the_end_zero(broker: Mosquitto, output: Output) -> None:
    with device(broker.port) as boiler:
        output.ask(0.0)
        output.ask(500.0)
        output.ask(2000.0)
        assert until(lambda: boiler.heard[-3:] == ["0", "33.3", "100"])
        output.close()
        assert until(lambda: boiler.heard[-1:] == ["0"])
    with device(broker.port) as later:
        assert until(lambda: later.kept == ["0"])


def test_a_broker_that_was_away_hears_what_counts_now(broker: Mosquitto, output: Output) -> None:
    output.ask(2000.0)
    broker.kill()
    assert until(lambda: not output.link.connected)
    outcome = output.ask(0.0)
    assert (outcome.expected_w, outcome.pending) == (2000.0, True)
    broker.start()
    with device(broker.port) as boiler:
        assert until(lambda: not output.ask(0.0).pending, 30)
        assert until(lambda: (boiler.kept + boiler.heard)[-1:] == ["0"])
        assert "100" not in boiler.heard


def test_a_broker_that_hangs_delivers_nothing_old_for_long(
    broker: Mosquitto, output: Output
) -> None:
    """What is said into a dead connection may come out of it once more, but never last."""
    with device(broker.port) as boiler:
        output.ask(0.0)
        assert until(lambda: boiler.heard == ["0"])
        broker.freeze()
        for watts in (2000.0, 1000.0, 300.0, 0.0):
            output.ask(watts)
        broker.thaw()
        assert until(lambda: not output.ask(0.0).pending, 60)
        assert until(lambda: boiler.heard[-1:] == ["0"])


def test_an_off_into_a_broker_that_hangs_shows_within_seconds_and_is_said_again(
    broker: Mosquitto, output: Output
) -> None:
    output.ask(0.0)
    output.ask(2000.0)
    broker.freeze()
    began_s = time.monotonic()
    assert until(lambda: "acknowledges nothing" in output.ask(0.0).fault, 5 * HEARD_S)
    assert time.monotonic() - began_s >= HEARD_S
    assert not output.link.connected
    broker.thaw()
    with device(broker.port) as boiler:
        assert until(lambda: output.ask(0.0).fault == "", 60)
        assert until(lambda: (boiler.kept + boiler.heard)[-1:] == ["0"])


def test_closing_waits_for_no_broker_that_hangs(broker: Mosquitto, output: Output) -> None:
    output.ask(2000.0)
    broker.freeze()
    started = time.monotonic()
    output.actuator.close()
    assert time.monotonic() - started < 5.0
    broker.thaw()


def test_rubbish_on_the_topics_keeps_no_off_back(broker: Mosquitto) -> None:
    """10,000 messages a second on what the device confirms: a tick stays short, off arrives."""
    confirm = Confirm(topic="state", within_s=2.0)
    output = Output(broker.port, preset="vload", device="ECS", confirm=confirm)
    with device(broker.port) as boiler:
        output.ask(2000.0)
        assert until(lambda: boiler.heard[-1:] == ["100"])
        script = [sys.executable, str(ROOT / "tests/mqtt_flood.py"), str(broker.port), "6", "10000"]
        with subprocess.Popen([*script, "state", "other"], stdout=subprocess.DEVNULL) as flood:
            longest_s = 0.0
            faults = set()
            while flood.poll() is None:
                started = time.monotonic()
                faults.add(output.ask(2000.0).fault != "")
                longest_s = max(longest_s, time.monotonic() - started)
                time.sleep(0.05)
            assert longest_s < 1.0
            assert True in faults  # rubbish confirms nothing
        output.ask(0.0)
        assert until(lambda: boiler.heard[-1:] == ["0"])
    output.close()


# -- the second path ---------------------------------------------------------------------------


def test_the_second_path_says_off(broker: Mosquitto) -> None:
    messages = [OffMessage("a", "a/set", "OFF", True), OffMessage("b", "b/set", "x" * 300)]
    with device(broker.port, "+/set") as seen:
        assert say_off(OffBroker("127.0.0.1", broker.port), messages) == []
        assert until(lambda: seen.heard == ["OFF", "x" * 300])
    with device(broker.port, "+/set") as later:
        assert until(lambda: later.kept == ["OFF"])


def test_the_second_path_with_a_password(tmp_path: Path) -> None:
    with Mosquitto(tmp_path, *passwords(tmp_path, "pvopt", "sesame")) as broker:
        right = OffBroker("127.0.0.1", broker.port, user="pvopt", password="sesame")
        wrong = OffBroker("127.0.0.1", broker.port, user="pvopt", password="wrong-one")
        message = OffMessage("plug", "a", "OFF")
        assert say_off(right, [message]) == []
        [fault] = say_off(wrong, [message])
    assert "plug (a): broker 127.0.0.1:" in fault
    assert fault.endswith("refuses us: not authorized") or fault.endswith("user or password")
    assert "wrong-one" not in fault


def test_the_second_path_with_tls(tmp_path: Path) -> None:
    certificates(tmp_path, "IP:127.0.0.1")
    trusted = str(tmp_path / "ca.crt")
    with Mosquitto(tmp_path, *tls(tmp_path)) as broker:
        message = OffMessage("plug", "a", "OFF", True)
        right = OffBroker("127.0.0.1", broker.port, tls=True, ca_file=trusted)
        assert say_off(right, [message]) == []
        [fault] = say_off(OffBroker("127.0.0.1", broker.port, tls=True), [message])
    assert "certificate" in fault.lower()


def test_a_stale_address_costs_the_name_nothing(broker: Mosquitto) -> None:
    moved = OffBroker("127.0.0.1", broker.port, address="127.0.0.77")
    assert say_off(moved, [OffMessage("plug", "a", "OFF")]) == []


@pytest.mark.parametrize("how", ["frozen", "gone", "unknown"])
def test_a_broker_that_does_not_answer_is_told_in_time(broker: Mosquitto, how: str) -> None:
    where = OffBroker("127.0.0.1", broker.port)
    if how == "frozen":
        broker.freeze()
    elif how == "gone":
        where = OffBroker("127.0.0.1", free_port())
    started = time.monotonic()
    told = say_off(None if how == "unknown" else where, [OffMessage("plug", "a", "OFF")])
    assert time.monotonic() - started < 2 * BUDGET_S
    broker.thaw()
    assert len(told) == 1
    assert told[0].startswith("plug (a): ")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_a_killed_or_stopped_loop_leaves_nothing_on(
    broker: Mosquitto, tmp_path: Path, number: signal.Signals
) -> None:
    """The guardian says off in its place, by a plan that is longer than its pipe."""
    with client(broker.port) as made:
        seen: dict[str, str] = {}
        made.on_message = lambda c, d, m: seen.__setitem__(m.topic, m.payload.decode())
        made.subscribe("plug/set/+", 1)
        looping = [sys.executable, str(ROOT / "tests/mqtt_child.py"), str(broker.port)]
        guarded = [sys.executable, str(ROOT / "tests/guarded.py"), json.dumps(QUICK)]
        out = tmp_path / "out"
        with out.open("w") as file:
            guardian = subprocess.Popen(
                [*guarded, *looping],
                stdout=file,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
            )
        try:
            assert until(lambda: out.read_text().endswith("\n"))
            assert until(lambda: list(seen.values()) == ["ON"] * MANY)
            os.kill(int(out.read_text()), number)
            assert until(lambda: list(seen.values()) == ["OFF"] * MANY)
        finally:
            guardian.terminate()
            guardian.wait(15)


def test_outputs_off_tells_that_another_program_goes_on(broker: Mosquitto, tmp_path: Path) -> None:
    path = tmp_path / "home.yaml"
    path.write_text(CONFIG % ("", broker.port))
    with PinLock(pins_of(load(path))):
        command = [sys.executable, "main.py", "outputs-off", "--config", str(path)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert f"a pvopt runs (process {os.getpid()}) and may switch it on" in done.stderr


def test_check_tells_what_it_would_say_and_says_nothing(broker: Mosquitto, tmp_path: Path) -> None:
    path = tmp_path / "home.yaml"
    meters = "sources: [{kind: mqtt_meters, grid: {topic: grid}}]"
    text = (CONFIG % (", confirm: {}", broker.port)).replace(
        "sources: [{kind: gx_modbus, host: 192.0.2.1}]", meters
    )
    path.write_text(f"{text}state: {{folder: {tmp_path}}}\nlog: {{file: ''}}\n")
    with device(broker.port, "#") as everything, client(broker.port) as plug:
        command = [sys.executable, "main.py", "check", "--json", "--config", str(path)]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as run:
            while run.poll() is None:
                say(plug, "grid", "-500")
                say(plug, "stat/plug/POWER", "OFF")
                time.sleep(0.2)
            assert run.stdout is not None
            rows = json.loads(run.stdout.read())["rows"]
    told = [row["text"] for row in rows if row["area"] == "loads"]
    assert told == [
        f"plug: the broker 127.0.0.1:{broker.port} is there",
        "plug: all is `ON`, off is `OFF` on cmnd/plug/POWER; the broker says off when we vanish; "
        "nothing was sent",
        "plug: stat/plug/POWER tells what it does",
    ]
    assert set(everything.heard) <= {"-500", "OFF"}


CONFIG = """
site: {latitude: 50, longitude: 14}
sources: [{kind: gx_modbus, host: 192.0.2.1}]
loads:
  - id: plug
    max_w: 1000
    drive: on_off
    output: {kind: mqtt, preset: tasmota, device: plug%s}
mqtt: {host: 127.0.0.1, port: %d}
gpio: {factory: mock}
"""


@pytest.mark.parametrize(("more", "name"), [("", "plug"), (", what: is this", "output-0")])
def test_outputs_off_says_it_too(broker: Mosquitto, tmp_path: Path, more: str, name: str) -> None:
    """From a faulty file, too."""
    path = tmp_path / "home.yaml"
    path.write_text(CONFIG % (more, broker.port))
    with device(broker.port, "cmnd/plug/POWER") as plug:
        command = [sys.executable, "main.py", "outputs-off", "--config", str(path)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout) == (0, f"off: {name} (cmnd/plug/POWER)\n")
        assert until(lambda: plug.heard == ["OFF"])
