"""Pins behind pigpiod, as a gpiozero factory; the only importer of pigpio.

The client library connects without a time limit, and beside its command socket runs a thread
for edge notifications, which spins at a full core once the daemon has died. Outputs need no
notifications, so ``Connection`` makes the command socket itself, with a limit on every answer,
and starts no thread: a lost daemon then costs one bounded wait, and nothing after that.
"""

from __future__ import annotations

import socket
import struct
from typing import Any

import pigpio
from gpiozero.pins.pi import PiFactory
from gpiozero.pins.pigpio import PiGPIOFactory, PiGPIOPin

ANSWER_S = 0.5  # a healthy daemon answers in well under a millisecond
ABORT = struct.pack("ii", 1, 0)  # SO_LINGER on, 0 s: close drops what was not yet sent


class OneStrike:
    """The command socket: whole answers or an OSError, and after the first only errors.

    A late answer would be taken for the next command's, and every further wait would be lost time.
    """

    def __init__(self, host: str, port: int) -> None:
        self._sock = socket.create_connection((host, port), ANSWER_S)
        self._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, ABORT)
        self.lost = ""

    def sendall(self, request: bytes) -> None:
        self._check()
        try:
            self._sock.sendall(request)
        except OSError as error:
            raise self._strike(str(error)) from error

    send = sendall

    def recv(self, count: int) -> bytes:
        """Exactly ``count`` bytes."""
        self._check()
        answer = b""
        while len(answer) < count:
            try:
                chunk = self._sock.recv(count - len(answer))
            except TimeoutError as error:
                raise self._strike(f"no answer in {ANSWER_S} s") from error
            except OSError as error:
                raise self._strike(str(error)) from error
            if not chunk:
                raise self._strike("closed the connection")
            answer += chunk
        return answer

    def close(self) -> None:
        self._sock.close()

    def _check(self) -> None:
        if self.lost:
            raise ConnectionError(f"pigpiod is lost: {self.lost}")

    def _strike(self, words: str) -> ConnectionError:
        self.lost = words
        self._sock.close()
        return ConnectionError(f"pigpiod is lost: {words}")


class Connection(pigpio.pi):  # type: ignore[misc]  # pigpio has no types
    """pigpio's client on one bounded socket. OSError if no daemon answers there."""

    def __init__(self, host: str, port: int) -> None:
        self.sl = pigpio._socklock()
        self._notify = None
        self._host, self._port = host, port
        self.sl.s = OneStrike(host, port)
        self.connected = True
        self.get_current_tick()  # the system accepts connections for a daemon that hangs


class Line(PiGPIOPin):  # type: ignore[misc]
    """One pin of the daemon."""

    def output_with_state(self, state: float) -> None:
        # The daemon's write sets the level before the direction, so nothing blips.
        self.factory.connection.write(self._number, int(bool(state)))


class Factory(PiGPIOFactory):  # type: ignore[misc]
    """gpiozero's pigpio factory on a bounded connection."""

    def __init__(self, host: str, port: int) -> None:
        PiFactory.__init__(self)  # its own constructor would connect without a limit
        self.pin_class = Line
        self._host, self._port = host, port
        self._spis: list[Any] = []
        self._connection: Connection | None = Connection(host, port)

    def set_pulse_us(self, number: int, width_us: int) -> None:
        """Servo pulses of 500-2500 µs every 20 ms, timed by DMA in steps of 5 µs; 0 ends them."""
        self.connection.set_servo_pulsewidth(number, width_us)

    def is_lost(self) -> bool:
        """Asks the daemon, unless it is known to be lost. Bounded by ``ANSWER_S``."""
        try:
            self._connection.get_current_tick()  # type: ignore[union-attr]
        except Exception:
            return True
        return False

    def abandon(self) -> None:
        """Close the socket without asking the daemon anything more."""
        connection, self._connection = self._connection, None
        self._spis.clear()
        if connection is not None:
            connection.stop()
