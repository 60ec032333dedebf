"""Virtual time in step with a broker: what waits for what, and when it gives up."""

from __future__ import annotations

from collections import deque

import pytest

from pvopt.clock import VirtualClock
from pvopt.errors import SourceError
from pvopt.links.mqtt_cells import Cell, Message
from pvopt.simulator import mqtt_steps
from pvopt.simulator.mqtt_home import MqttHome
from pvopt.simulator.mqtt_steps import Meeting, StepClock, topics

THERE, BACK = topics("t")
LOOKS = 3  # that a message takes


class SlowBroker:
    """Both ends of a connection; each message arrives after some looks, in its order."""

    broker = "slow:1883"

    def __init__(self) -> None:
        self.heard: deque[tuple[str, bytes]] = deque()
        self.connected = True
        self.hastened = 0
        self.events: list[str] = []
        self._cell = Cell(THERE)
        self._way: list[tuple[int, str, bytes]] = []
        self.deaf = False

    # the devices' side
    def pump(self, seconds: float) -> None:
        self._way = [(looks - 1, topic, payload) for looks, topic, payload in self._way]
        while self._way and self._way[0][0] <= 0 and not self.deaf:
            _, topic, payload = self._way.pop(0)
            self.events.append(f"arrived {topic}")
            if topic == THERE:
                self._cell.take(Message(topic, payload, 0.0, False))
            elif topic != "meter":
                self.heard.append((topic, payload))

    # both
    def publish(self, topic: str, payload: str | bytes, retain: bool = False) -> bool:
        raw = payload.encode() if isinstance(payload, str) else payload
        self._way.append((LOOKS, topic, raw))
        return True

    # the appliance's side
    def cell(self, topic_filter: str) -> Cell:
        return self._cell

    def hasten(self) -> None:
        self.hastened += 1


class SpokenHome(MqttHome):
    """Says one number each time, and keeps what it is told."""

    def __init__(self, wire: SlowBroker) -> None:
        super().__init__(wire, (), (), lambda: 0.0)  # type: ignore[arg-type]
        self.told: list[bytes] = []

    def speak(self) -> None:
        self._say("meter", b"1")

    def obey(self, topic: str, payload: bytes) -> None:
        self.told.append(payload)


def meeting() -> tuple[Meeting, SlowBroker, SpokenHome]:
    wire = SlowBroker()
    home = SpokenHome(wire)
    return Meeting(home, wire, wire, "t"), wire, home  # type: ignore[arg-type]


def test_a_tick_begins_when_every_meter_was_heard() -> None:
    made, wire, _ = meeting()
    made.before_tick()
    assert wire.events == [f"arrived {THERE}", "arrived meter", f"arrived {THERE}"]
    assert wire.hastened >= LOOKS


def test_nothing_is_said_before_the_appliance_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    made, wire, _ = meeting()
    carries = wire.publish
    said: list[str] = []

    def publish(topic: str, payload: str | bytes, retain: bool = False) -> bool:
        said.append(topic)
        return carries(topic, payload) if len(said) > 1 else True  # the first is lost

    monkeypatch.setattr(wire, "publish", publish)
    made.before_tick()
    assert said == [THERE, THERE, "meter", THERE]


def test_time_passes_when_every_command_has_arrived() -> None:
    made, wire, home = meeting()
    made.before_tick()
    wire.publish("load/cmd", b"42")
    wire.publish("load/cmd", b"43")
    made.after_tick()
    assert home.told == [b"42", b"43"]


def test_an_old_number_is_not_taken_for_the_new_one() -> None:
    made, wire, home = meeting()
    made.before_tick()
    wire.publish(BACK, b"0")  # of an earlier round
    wire.publish("load/cmd", b"42")
    made.after_tick()
    assert home.told == [b"42"]
    made.before_tick()
    made.before_tick()
    assert made.rounds == 4  # and once to meet


def test_a_clock_lets_both_sides_meet_around_each_wait() -> None:
    made, wire, home = meeting()
    clock = StepClock(VirtualClock(0.0, lambda s: wire.events.append(f"{s:g} s")), lambda: made)
    made.before_tick()
    wire.events.clear()
    wire.publish("load/cmd", b"42")
    clock.wait_until(2.0)
    assert wire.events == [
        "arrived load/cmd", f"arrived {BACK}", "1 s", "1 s", "arrived meter", f"arrived {THERE}",
    ]  # fmt: skip
    assert (clock.now().mono_s, home.told) == (2.0, [b"42"])


def test_a_broker_that_passes_nothing_on_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mqtt_steps, "LONGEST_S", 0.05)
    made, wire, _ = meeting()
    wire.deaf = True
    with pytest.raises(SourceError, match="slow:1883 did not pass on a message"):
        made.before_tick()
