"""`simulate --mqtt` at a real Mosquitto: bytes on the wire, strangers, our own loop beside it."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pymodbus.client import ModbusTcpClient

from tests.mosquitto import Mosquitto, client, program, say
from tests.processes import WAIT_S, until

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(program() is None, reason="mosquitto is not installed"),
]

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "Files/examples"
NUMBER = rb"\d+\.\d\d"
PZEM = re.compile(
    rb'\{"voltage": 230\.00, "current": N, "power": N, "energy": N, "frequency": 50\.00, '
    rb'"powerfactor": 1\.00\}'.replace(b"N", NUMBER)
)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    with Mosquitto(tmp_path) as made:
        yield made


def command(example: str, port: int, *words: str) -> list[str]:
    given = ["--config", str(EXAMPLES / example), "--mqtt", f"127.0.0.1:{port}"]
    return [sys.executable, "-u", str(ROOT / "main.py"), "simulate", *given, *words]


class Home:
    """A simulated home in a process of its own, and somebody who listens to all that is said."""

    def __init__(self, example: str, broker: Mosquitto, folder: Path, *words: str) -> None:
        self.log = folder / "home.log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                command(example, broker.port, *words), stdout=log, stderr=log, cwd=folder
            )
        assert until(lambda: "obeys" in self.log.read_text(), WAIT_S), self.log.read_text()

    def end(self) -> str:
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(WAIT_S) == 0, self.log.read_text()
        return self.log.read_text()

    def __enter__(self) -> Home:
        return self

    def __exit__(self, *fault: object) -> None:
        self.process.kill()
        self.process.wait()


class Ear:
    """All that is said on a broker."""

    def __init__(self, listener: Any) -> None:
        self.said: list[tuple[str, bytes]] = []
        listener.on_message = lambda c, d, seen: self.said.append((seen.topic, seen.payload))
        listener.subscribe("#")

    def of(self, topic: str) -> list[bytes]:
        return [payload for where, payload in self.said if where == topic]

    def power(self, topic: str) -> float:
        found = [re.search(rb'"power": (-?[\d.]+)', one) for one in self.of(topic)]
        return float(found[-1][1]) if found and found[-1] is not None else -1.0


def test_a_stranger_finds_the_solar_balancers_home(broker: Mosquitto, tmp_path: Path) -> None:
    with Home("solar-balancer.yaml", broker, tmp_path) as home, client(broker.port) as stranger:
        ear = Ear(stranger)
        meters = ("smeter/pzem/CONSOMMATION", "smeter/pzem/PRODUCTION", "smeter/pzem/ECS")
        assert until(lambda: all(ear.of(topic) for topic in meters), WAIT_S)
        for topic in meters:
            assert all(PZEM.fullmatch(payload) for payload in ear.of(topic)), ear.of(topic)
        house_w = ear.power("smeter/pzem/CONSOMMATION")
        say(stranger, "regul/vload/ECS/cmd", "50")
        say(stranger, "domoticz/in", '{"command": "switchlight", "idx": 359, "switchcmd": "On" }')
        assert until(lambda: ear.power("smeter/pzem/ECS") == 1150.0, WAIT_S)
        assert until(
            lambda: ear.power("smeter/pzem/CONSOMMATION") > house_w + 1150.0 + 596.0 - 200.0, WAIT_S
        )
        assert ear.of("regul/vload/ECS") == [b'{"percent": 50.00, "power": 1150.00}']
        say(stranger, "regul/vload/ECS/cmd", "0")
        assert until(lambda: ear.power("smeter/pzem/ECS") == 0.0, WAIT_S)
        assert "3 commands heard" in home.end()


def test_a_stranger_finds_the_linky_optimizers_home(broker: Mosquitto, tmp_path: Path) -> None:
    with (
        Home("linky-optimizer.yaml", broker, tmp_path, "--speed", "5") as home,
        client(broker.port) as stranger,
    ):
        ear = Ear(stranger)
        topics = ("tic/SINSTS", "tic/SINSTI", "tic/ERQT")
        every = (*topics, "scr/0/temperature")
        assert until(lambda: all(ear.of(topic) for topic in every), WAIT_S)
        assert all(payload.isdigit() for topic in topics for payload in ear.of(topic))
        assert re.fullmatch(rb"4[45]\.\d\d", ear.of("scr/0/temperature")[0])
        fed_va = int(ear.of("tic/SINSTI")[-1])
        assert (fed_va > 1500, ear.of("tic/SINSTS")[-1]) == (True, b"0")
        say(stranger, "scr/0/in", "50.0")
        assert until(lambda: int(ear.of("tic/SINSTI")[-1]) < fed_va - 1000, WAIT_S)
        assert "1 commands heard" in home.end()


def test_the_home_comes_back_with_its_broker(broker: Mosquitto, tmp_path: Path) -> None:
    with Home("solar-balancer.yaml", broker, tmp_path):
        broker.kill()
        broker.start()
        with client(broker.port) as stranger:
            ear = Ear(stranger)
            assert until(lambda: bool(ear.of("smeter/pzem/ECS")), WAIT_S)

            def obeyed() -> bool:
                say(stranger, "regul/vload/ECS/cmd", "100")
                return until(lambda: ear.power("smeter/pzem/ECS") == 2300.0, 4.0)

            assert until(obeyed, WAIT_S)


def test_a_gx_with_loads_behind_a_broker(broker: Mosquitto, tmp_path: Path) -> None:
    """What a plug draws shows in the GX's registers."""
    serve = ("--serve", "127.0.0.1:0")
    with (
        Home("outputs-mqtt.yaml", broker, tmp_path, *serve) as home,
        client(broker.port) as stranger,
    ):
        port = int(home.log.read_text().splitlines()[0].rpartition(":")[2])

        def house_w() -> int:
            with ModbusTcpClient("127.0.0.1", port=port) as gx:
                return int(gx.read_holding_registers(817, count=1, device_id=100).registers[0])

        before_w = house_w()
        say(stranger, "house/heater/set", '{"power": 3000, "for_s": 300}')
        assert until(lambda: house_w() > before_w + 2500, WAIT_S)


def test_without_a_broker_it_says_so(tmp_path: Path) -> None:
    done = subprocess.run(
        command("solar-balancer.yaml", 1), check=False, capture_output=True, text=True,
        cwd=tmp_path, timeout=60,
    )  # fmt: skip
    assert done.returncode == 1
    assert "nobody listens at 127.0.0.1:1" in done.stderr
    assert "Traceback" not in done.stderr


def changed(folder: Path, example: str, port: int, *changes: tuple[str, str]) -> Path:
    """An example with this broker, without the clouds of a real sky, and other changes."""
    text = (EXAMPLES / example).read_text()
    host = re.search(r"^  host: \S+$", text, re.MULTILINE)
    assert host is not None
    changes = (
        (host[0], f"  host: 127.0.0.1\n  port: {port}"),
        ("  - kind: open_meteo\n", ""),
        *changes,
        ("gpio:\n", f"state: {{folder: {folder / 'state'}}}\nlog: {{file: ''}}\ngpio:\n"),
    )
    for old, new in changes:
        assert old in text or old == "  - kind: open_meteo\n", old
        text = text.replace(old, new)
    made = folder / example
    made.write_text(text)
    return made


def days(config: Path, *words: str) -> str:
    """Some simulated days in step with the broker; what was printed, but for how long it took."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "main.py"), "simulate", "--config", str(config), "--mqtt",
         *words],
        check=False, capture_output=True, text=True, cwd=config.parent, timeout=LONGEST_S,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "none failed" in done.stdout
    return re.sub(r"in [\d.]+ \w+: ", "", done.stdout)


LONGEST_S = 600  # a day takes half a minute on an idle machine
QUARTER = ("--days", "0.01", "--start", "2026-06-21 12:00")
SWITCH = b'{"command": "switchlight", "idx": 359, "switchcmd": "%s" }'


def test_our_own_loop_in_step_with_the_solar_balancers_home(
    broker: Mosquitto, tmp_path: Path
) -> None:
    config = changed(tmp_path, "solar-balancer.yaml", broker.port, ("peak_w: 3000", "peak_w: 6000"))
    with client(broker.port) as stranger:
        ear = Ear(stranger)
        first = days(config, *QUARTER)
        orders = ear.of("regul/vload/ECS/cmd")
        assert orders[0] == orders[-1] == b"0"
        assert all(re.fullmatch(rb"\d{1,3}(\.\d)?", order) for order in orders), orders
        assert b"100" in orders
        switched = [order for order in ear.of("domoticz/in") if b"switchlight" in order]
        assert set(switched) == {SWITCH % b"On", SWITCH % b"Off"}
        status = ear.of("regul/status")
        assert all(b'"date_str": "2026-06-21 12:' in one for one in status)
        assert len(status) >= 300  # by the home's time, not by ours
        say(stranger, "regul/vload/ECS/cmd", "", retain=True)  # what the broker kept
    found = re.search(r"^ecs +([\d.]+) +([\d.]+) %", first, re.MULTILINE)
    assert found is not None
    assert (float(found[1]) > 0.4, float(found[2]) < 3.0) == (True, True), first
    assert days(config, *QUARTER) == first


def test_our_own_loop_in_step_with_the_linky_optimizers_home(
    broker: Mosquitto, tmp_path: Path
) -> None:
    config = changed(tmp_path, "linky-optimizer.yaml", broker.port)
    with client(broker.port) as stranger:
        ear = Ear(stranger)
        said = days(config, *QUARTER)
        orders = ear.of("scr/0/in")
        assert orders[-1] == b"0"
        assert all(re.fullmatch(rb"\d{1,3}(\.\d+)?", order) for order in orders), orders
        assert max(float(order) for order in orders) > 50.0
    assert re.search(r"^water_heater +0\.[2-9]", said, re.MULTILINE), said


@pytest.mark.parametrize(
    ("example", "load", "kwh"),
    [
        ("linky-optimizer.yaml", "water_heater", (4.0, 9.0)),
        ("solar-balancer.yaml", "ecs", (5.0, 9.0)),
    ],
)
def test_a_whole_day(
    broker: Mosquitto, tmp_path: Path, example: str, load: str, kwh: tuple[float, float]
) -> None:
    """By 15 s ticks, for the sake of time; what was bought is what comfort asks for at night."""
    changes = [(f"  tick_s: {'5' if load == 'water_heater' else '2.5 '}", "  tick_s: 15 ")]
    if load == "ecs":
        changes.append(("      every_s: 2.5\n", "      every_s: 60\n"))
    config = changed(tmp_path, example, broker.port, *changes)
    said = days(config, "--days", "1", "--start", "2026-06-21")
    found = re.search(rf"^{load} +([\d.]+) +([\d.]+) %", said, re.MULTILINE)
    assert found is not None
    assert kwh[0] < float(found[1]) < kwh[1], said
    assert "5761 ticks" in said


def test_a_running_pvopt_heats_there_and_leaves_it_off(broker: Mosquitto, tmp_path: Path) -> None:
    config = changed(
        tmp_path,
        "solar-balancer.yaml",
        broker.port,
        ("  tick_s: 2.5 ", "  enable_delay_s: 0\n  daylight: {mode: always}\n  tick_s: 2.5 "),
        ("device: ECS\n", "device: ECS\n      min_off_s: 0\n"),
    )
    with Home("solar-balancer.yaml", broker, tmp_path), client(broker.port) as stranger:
        ear = Ear(stranger)
        log = tmp_path / "run.log"
        with log.open("w") as out:
            job = subprocess.Popen(
                [sys.executable, str(ROOT / "main.py"), "--config", str(config)],
                stdout=out, stderr=out, cwd=tmp_path,
            )  # fmt: skip
        try:
            assert until(lambda: ear.power("smeter/pzem/ECS") > 1000.0, 60.0), log.read_text()
            job.send_signal(signal.SIGTERM)
            assert job.wait(WAIT_S) == 0, log.read_text()
            assert ear.of("regul/vload/ECS/cmd")[-1] == b"0"
            assert until(lambda: ear.power("smeter/pzem/ECS") == 0.0, WAIT_S)
        finally:
            job.kill()
            job.wait()
