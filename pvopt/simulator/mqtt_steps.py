"""Virtual time with a real broker: between two ticks everything that was said has arrived.

Before a tick the home speaks, then says a number, and the tick waits until the appliance's own
connection has heard that number: a broker keeps the order of one speaker. After a tick it goes the
other way round. So nothing depends on how fast broker, network or machine are.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from pvopt.clock import Deadline, VirtualClock
from pvopt.errors import SourceError
from pvopt.links.mqtt_cells import Cell
from pvopt.model import Instant
from pvopt.simulator.mqtt_client import DeviceClient
from pvopt.simulator.mqtt_home import MqttHome

LONGEST_S = 20.0  # real seconds that a broker may take
LOOK_S = 0.0005


class Link(Protocol):
    """What is needed of the appliance's connection."""

    connected: bool

    def cell(self, topic_filter: str) -> Cell: ...

    def publish(self, topic: str, payload: str | bytes) -> bool: ...
    def hasten(self) -> None: ...


class Meeting:
    """The two connections at one broker. ``name``: makes the topics of this run its own."""

    def __init__(self, home: MqttHome, client: DeviceClient, link: Link, name: str) -> None:
        self.home = home
        self.rounds = 0
        self._client, self._link = client, link
        self._there, self._back = topics(name)
        self._cell = link.cell(self._there)

    def before_tick(self) -> None:
        """The home speaks, and is heard: not before the appliance listens, for a message that
        nobody has asked for yet is lost."""
        if self.rounds == 0:
            self._meet()
        self.home.speak()
        self._meet()

    def after_tick(self) -> None:
        """What the tick has sent has come to the devices."""
        self._until(self._heard_back, lambda: self._link.publish(self._back, self._number))

    def _meet(self) -> None:
        """The appliance has heard all that was said."""
        self.rounds += 1
        self._until(self._heard_there, lambda: self._client.publish(self._there, self._number))

    @property
    def _number(self) -> bytes:
        return b"%d" % self.rounds

    def _heard_there(self) -> bool:
        self._link.hasten()
        self._client.pump(LOOK_S)
        self._listen()
        last = self._cell.live()
        return last is not None and last.payload == self._number

    def _heard_back(self) -> bool:
        self._client.pump(LOOK_S)
        return self._listen()

    def _listen(self) -> bool:
        """The devices hear what has come; whether our number was the last of it."""
        ours = False
        while self._client.heard:
            topic, payload = self._client.heard.popleft()
            if topic == self._back:
                ours = payload == self._number
            else:
                self.home.obey(topic, payload)
        return ours

    def _until(self, heard: Callable[[], bool], say: Callable[[], object]) -> None:
        """Say it, again each second in case a connection was lost, until it is heard."""
        whole = Deadline(LONGEST_S)
        while whole.left_s() > 0:
            if self._link.connected:
                say()
            again = Deadline(1.0)
            while again.left_s() > 0 and whole.left_s() > 0:
                if heard():
                    return
        raise SourceError(
            f"the broker {self._client.broker} did not pass on a message within {LONGEST_S:g} s"
        )


def topics(name: str) -> tuple[str, str]:
    """(to the appliance, back from it)."""
    return f"pvopt-simulated/{name}/there", f"pvopt-simulated/{name}/back"


class StepClock:
    """ports.Clock whose waits let virtual time pass, and both sides hear each other."""

    def __init__(self, clock: VirtualClock, meeting: Callable[[], Meeting]) -> None:
        self._clock = clock
        self._meeting = meeting

    def now(self) -> Instant:
        return self._clock.now()

    def wait_until(self, mono_s: float) -> None:
        meeting = self._meeting()
        meeting.after_tick()
        self._clock.wait_until(mono_s)
        meeting.before_tick()
