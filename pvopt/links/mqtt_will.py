"""A connection that says nothing and leaves a last will: when this machine vanishes, the broker
itself switches one device off.

A connection can leave one will alone, so each device has one of its own. It ends in silence where
the broker has acknowledged all that was said beside it, off among it; else it breaks off, and the
broker speaks.
"""

from __future__ import annotations

from collections.abc import Callable

from pvopt.links.mqtt import MqttLink
from pvopt.links.mqtt_cells import Broker
from pvopt.links.sockets import sever

END_S = 0.2  # nothing of ours waits to be said here
TOLD_AFTER = 2  # attempts; a broker that is started anew takes the next


class WillLink(MqttLink):
    """``beside``: the connection on which the device is told; while that is away, too, it has
    told why. ``load``: for words."""

    def __init__(
        self, config: Broker, now_s: Callable[[], float], beside: MqttLink, load: str
    ) -> None:
        super().__init__(config, now_s)
        self.end_s = END_S
        self._beside = beside
        self._load = load
        self._failures = 0
        self.on_connect.append(self._stands)

    def close(self) -> None:
        if not self._beside.connected or self._beside.unheard_s() > 0.0:
            self._break_off()
        self._will = None  # not said here: the device was told beside it
        super().close()

    def _break_off(self) -> None:
        """Without good-bye."""
        opened = self._client.socket()
        if opened is not None:
            sever(opened)

    def _stands(self) -> None:
        self._failures = 0

    def _lost(self, words: str) -> None:
        self.fault = words
        self._failures += 1
        if self._failures >= TOLD_AFTER and self._beside.connected:
            super()._lost(f"no last will for {self._load}: {words}")
