"""Two storages behind a real Mosquitto, in step with our own loop: bytes, days, and what breaks."""

from __future__ import annotations

import json
import re
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pvopt.build import at_broker, behind_broker
from pvopt.clock import VirtualClock
from pvopt.config.load import load
from pvopt.model import Tick, Why
from pvopt.off import OffPlan, switch_off
from pvopt.off_mqtt import OffBroker, OffMessage
from pvopt.shared_links import Links
from pvopt.simulator.mqtt_client import DeviceClient
from pvopt.simulator.mqtt_steps import Meeting, StepClock, topics
from pvopt.simulator.mqtt_wiring import home_behind
from tests.mosquitto import Mosquitto, client, program
from tests.processes import WAIT_S, until

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(program() is None, reason="mosquitto is not installed"),
]

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "Files/examples/b2500.yaml"
EVENING = 1_782_068_400.0  # 21:00 in Berlin on 2026-06-21, the sun is almost gone
WHOLE = re.compile(rb"-?\d+")
OUT = ("sma/net_power/1", "sma/net_power/2")
POWER = ("b2500/1/power/power", "b2500/2/power/power")


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    with Mosquitto(tmp_path) as made:
        yield made


class Ear:
    """All that is said on a broker; ``kept``: what it kept, for one who comes late."""

    def __init__(self, listener: Any) -> None:
        self.said: list[tuple[str, bytes]] = []
        self.kept: dict[str, bytes] = {}
        listener.on_message = self._hear
        listener.subscribe("#")

    def _hear(self, c: Any, d: Any, seen: Any) -> None:
        self.said.append((seen.topic, seen.payload))
        if seen.retain:
            self.kept[seen.topic] = seen.payload

    def of(self, topic: str) -> list[bytes]:
        return [payload for where, payload in self.said if where == topic]


class Rig:
    """The example's home and our loop, second by second in virtual time, a real broker between."""

    def __init__(self, broker: Mosquitto) -> None:
        config = at_broker(load(EXAMPLE, {}), ("127.0.0.1", broker.port))
        assert config.mqtt is not None
        self.device = DeviceClient(config.mqtt, "home")
        self.behind = home_behind(config, self.device, EVENING)
        self.home, self.world = self.behind.home, self.behind.world
        self.device.topics = (*self.home.topics, topics("rig")[1])
        inner = VirtualClock(self.world.utc_s, self.world.advance)
        self.links = Links(config, inner, "rig")
        self.meeting = Meeting(self.home, self.device, self.links.mqtt(), "rig")
        self.clock = StepClock(inner, lambda: self.meeting)
        self.loop = behind_broker(config, self.behind, self.clock, self.links)
        self.device.start()
        self.links.start()
        self.meeting.before_tick()

    def run(self, seconds: int) -> list[Tick]:
        ticks = []
        for _ in range(seconds):
            tick = self.loop.tick()
            assert tick is not None
            ticks.append(tick)
            self.clock.wait_until(self.clock.now().mono_s + 1.0)
        return ticks

    @property
    def gives_w(self) -> list[float]:
        return [-one.unit.power_w for one in self.home.storages]

    def grid_w(self, seconds: int = 20) -> float:
        """The mean of so many seconds to come."""
        found = []
        for _ in range(seconds):
            self.run(1)
            found.append(self.world.flows.grid_w)
        return statistics.mean(found)

    def close(self) -> None:
        self.loop.close()
        self.links.close()
        self.device.close()


@pytest.fixture
def rig(broker: Mosquitto) -> Iterator[Rig]:
    made = Rig(broker)
    yield made
    made.close()


def whys(tick: Tick) -> list[Why]:
    return [command.reason.code for command in tick.decision.storages]


def test_they_take_over_what_the_house_needs_and_share_it(broker: Mosquitto, rig: Rig) -> None:
    with client(broker.port) as stranger:
        ear = Ear(stranger)
        rig.run(90)
        assert abs(rig.grid_w()) < 40.0, rig.gives_w
        assert all(watts > 75.0 for watts in rig.gives_w), rig.gives_w
        for topic in (*OUT, "sma/net_power"):
            assert ear.of(topic), topic
            assert all(WHOLE.fullmatch(payload) for payload in ear.of(topic)), topic
    with client(broker.port) as late:
        ear = Ear(late)
        assert until(lambda: {*OUT, "sma/net_power"} <= ear.kept.keys(), WAIT_S)


def test_a_silent_storage_is_carried_by_the_other_and_comes_back(rig: Rig) -> None:
    rig.run(90)
    first = rig.home.storages[0]
    first.silent = True
    ticks = rig.run(90)
    assert whys(ticks[-1])[0] is Why.STORAGE_SILENT
    assert rig.gives_w[0] < 1.0  # what stands on its topic does not go on adding
    assert abs(rig.grid_w()) < 50.0
    first.silent = False
    rig.run(90)
    assert rig.gives_w[0] > 75.0
    assert abs(rig.grid_w()) < 50.0


def test_nonsense_is_silence(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    rig.run(60)
    rig.home.storages[0].silent = True
    caplog.clear()
    for _ in range(60):
        rig.device.publish(POWER[0], b"-1e9")
        tick = rig.run(1)[0]
    assert whys(tick)[0] is Why.STORAGE_SILENT
    said = [record.getMessage() for record in caplog.records]
    assert len([one for one in said if "says 1e+09 W" in one]) == 1, said


def test_one_that_is_not_connected_is_left_out_at_once(rig: Rig) -> None:
    rig.run(90)
    rig.home.storages[1].unit.alive = False
    tick = rig.run(2)[-1]
    assert tick.snapshot.storages[1].connected is False
    assert whys(tick)[1] is Why.STORAGE_OFFLINE


def test_a_silent_meter_ends_in_rest(rig: Rig) -> None:
    rig.run(90)
    assert sum(rig.gives_w) > 150.0
    meters, rig.home.meters = rig.home.meters, ()
    ticks = rig.run(120)
    silent = [second for second, tick in enumerate(ticks) if Why.METER_SILENT in whys(tick)]
    assert silent[0] in range(29, 33)
    # Kept at no less than 40 W: at the least that they can give, as far as they can be told.
    assert all(75.0 < watts < 110.0 for watts in rig.gives_w), rig.gives_w
    rig.home.meters = meters
    grid_w = []
    for _ in range(90):
        rig.run(1)
        grid_w.append(rig.world.flows.grid_w)
    assert len([watts for watts in grid_w if watts > 100.0]) <= 10, grid_w
    assert abs(rig.grid_w()) < 50.0


def test_a_killed_broker_that_comes_back_knowing_nothing(broker: Mosquitto, rig: Rig) -> None:
    rig.run(60)
    broker.kill()
    broker.start()
    rig.run(30)
    assert abs(rig.grid_w()) < 40.0
    with client(broker.port) as late:
        ear = Ear(late)
        assert until(lambda: set(OUT) <= ear.kept.keys(), WAIT_S)


def test_the_end_leaves_them_at_rest(broker: Mosquitto) -> None:
    rig = Rig(broker)
    rig.run(60)
    rig.loop.close()
    rig.links.close()
    with client(broker.port) as late:
        ear = Ear(late)
        assert until(lambda: set(OUT) <= ear.kept.keys(), WAIT_S)
        assert {ear.kept[topic] for topic in OUT} == {b"-400"}
    for _ in range(60):  # nobody looks on any more
        rig.device.pump(0.01)
        while rig.device.heard:
            rig.home.obey(*rig.device.heard.popleft())
        rig.world.advance(1.0)
    assert rig.gives_w == [0.0, 0.0]
    rig.device.close()


def test_the_second_path_says_what_is_harmless(broker: Mosquitto) -> None:
    said = OffMessage("storage-1", OUT[0], "-400", True)
    plan = OffPlan((), broker=OffBroker("127.0.0.1", broker.port), messages=[said])
    assert switch_off(plan) == []
    with client(broker.port) as late:
        ear = Ear(late)
        assert until(lambda: ear.kept.get(OUT[0]) == b"-400", WAIT_S)


def test_a_whole_day(broker: Mosquitto, tmp_path: Path) -> None:
    """By ticks of 15 s, for the sake of time."""
    text = EXAMPLE.read_text()
    for old, new in (
        ("${MQTT_BROKER:-localhost}", "127.0.0.1"),
        ("${MQTT_PORT:-1883}", str(broker.port)),
        ("    preset: sma\n", "    preset: sma\n    allowed_age_s: 30\n"),
        ("split:\n", f"control: {{tick_s: 15}}\nstate: {{folder: {tmp_path}}}\nsplit:\n"),
    ):
        assert old in text, old
        text = text.replace(old, new)
    config = tmp_path / "day.yaml"
    config.write_text(text)
    with client(broker.port) as stranger:
        ear = Ear(stranger)
        done = subprocess.run(
            [sys.executable, str(ROOT / "main.py"), "simulate", "--config", str(config), "--mqtt",
             "--days", "1", "--start", "2026-06-21"],
            check=False, capture_output=True, text=True, cwd=tmp_path, timeout=600,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert "none failed" in done.stdout
        assert set(ear.of("b2500/1/smartmeter/connected")) == {b"ON"}
        for topic in (*OUT, *POWER, "sma/net_power"):
            assert all(WHOLE.fullmatch(payload) for payload in ear.of(topic)), topic
        for payload in ear.of("sma"):
            assert json.loads(payload).keys() == {"1-0:1.7.0", "1-0:2.7.0"}
    rows = re.findall(r"^storage-\d +(.*)$", done.stdout, re.MULTILINE)
    found = [[float(word) for word in re.findall(r"[\d.]+", row)] for row in rows]
    bought = re.search(r"house without the loads ([\d.]+) kWh, bought ([\d.]+)", done.stdout)
    assert bought is not None
    given_kwh = sum(row[0] for row in found)
    assert given_kwh > 0.4 * float(bought[1]), done.stdout
    assert abs(found[0][3] - found[1][3]) < 8.0, done.stdout  # as full as one another
    assert all(25.0 < row[4] < 75.0 for row in found), done.stdout
