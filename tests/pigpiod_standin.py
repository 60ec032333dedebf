"""A stand-in for the pigpio daemon: real socket protocol, pins that outlive client and daemon.

The pins live in a ``PinBank``; the daemon in front of it can be killed, hung, resumed and started
again on the same port while the bank keeps its levels, as the pins of a Pi do. Speaks to the real
``pigpio`` client and to gpiozero's ``PiGPIOFactory``.

Also a process of its own: ``python tests/pigpiod_standin.py --port 0 --pins FILE`` prints its
port; ``FILE`` keeps the pins when the process is killed. ``Observer`` looks at the levels over a
connection of its own, that is from outside.

Protocol (pigpio's socket interface): a request is four little-endian uint32, command, p1, p2 and
length of what follows; the reply repeats the first three and ends with an int32 result.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import select
import socket
import struct
import threading
import time
from collections.abc import Callable
from enum import IntEnum
from pathlib import Path
from types import TracebackType

HEAD = struct.Struct("<IIII")
REPLY = struct.Struct("<IIIi")
REPORT = struct.Struct("<HHII")  # sequence, flags, tick in µs, levels of bank 1
PI_3B = 0xA02082  # revision code; any board with a 40-pin header will do
INPUT, OUTPUT = 0, 1
PULL_UP = 2
SERVO_MIN_US, SERVO_MAX_US = 500, 2500

BAD_GPIO, BAD_LEVEL, BAD_PULSEWIDTH, BAD_DUTYCYCLE = -3, -5, -7, -8
UNKNOWN_COMMAND, NOT_PWM, NOT_SERVO = -88, -92, -93


class Cmd(IntEnum):
    """The part of pigpio's command numbers that a relay, a servo and a pot need."""

    MODES = 0
    MODEG = 1
    PUD = 2
    READ = 3
    WRITE = 4
    PWM = 5
    PRS = 6
    PFS = 7
    SERVO = 8
    WDOG = 9
    BR1 = 10
    TICK = 16
    HWVER = 17
    NB = 19
    NC = 21
    PRG = 22
    PFG = 23
    PRRG = 24
    PIGPV = 26
    SPIO = 71
    SPIC = 72
    SPIR = 73
    SPIW = 74
    SPIX = 75
    GDC = 83
    GPW = 84
    FG = 97
    NOIB = 99


class PinBank:
    """Pins 0-53: direction, output latch, pull, servo pulses, PWM. Survives every daemon."""

    def __init__(self, kept_in: Path | None = None) -> None:
        self._kept_in = kept_in
        self.mode: dict[int, int] = {}
        self.latch: dict[int, int] = {}
        self.pull: dict[int, int] = {}
        self.outside: dict[int, int] = {}  # what another device drives into an input
        self.pulse_us: dict[int, int] = {}
        self.duty: dict[int, int] = {}
        self.duty_range: dict[int, int] = {}
        self.frequency_hz: dict[int, int] = {}
        if kept_in is not None and kept_in.exists():
            for name, pins in json.loads(kept_in.read_text()).items():
                setattr(self, name, {int(pin): number for pin, number in pins.items()})

    def keep(self) -> None:
        if self._kept_in is not None:
            kept = {k: v for k, v in vars(self).items() if not k.startswith("_")}
            scratch = self._kept_in.with_suffix(".new")
            scratch.write_text(json.dumps(kept))
            scratch.replace(self._kept_in)

    def level(self, pin: int) -> int:
        """What a lamp at the pin would show: 0 or 1 (a pulse train counts as 0)."""
        if pin in self.pulse_us:
            return 0
        if pin in self.duty:
            return int(self.duty[pin] >= self.duty_range.get(pin, 255))
        if self.mode.get(pin, INPUT) == OUTPUT:
            return self.latch.get(pin, 0)
        return self.outside.get(pin, int(self.pull.get(pin, 0) == PULL_UP))

    def levels(self) -> int:
        return sum(self.level(pin) << pin for pin in range(32))

    def _still(self, pin: int) -> None:
        self.pulse_us.pop(pin, None)
        self.duty.pop(pin, None)

    def set_mode(self, pin: int, mode: int) -> int:
        if mode != self.mode.get(pin, INPUT):
            self._still(pin)
        self.mode[pin] = mode
        return 0

    def write(self, pin: int, level: int) -> int:
        if level not in (0, 1):
            return BAD_LEVEL
        self._still(pin)
        self.mode[pin] = OUTPUT
        self.latch[pin] = level
        return 0

    def servo(self, pin: int, us: int) -> int:
        if us and not SERVO_MIN_US <= us <= SERVO_MAX_US:
            return BAD_PULSEWIDTH
        self._still(pin)
        self.mode[pin] = OUTPUT
        self.latch[pin] = 0
        if us:
            self.pulse_us[pin] = us
        return 0

    def pwm(self, pin: int, duty: int) -> int:
        if not 0 <= duty <= self.duty_range.get(pin, 255):
            return BAD_DUTYCYCLE
        self._still(pin)
        self.mode[pin] = OUTPUT
        self.duty[pin] = duty
        return 0

    def set_number(self, table: dict[int, int], pin: int, number: int) -> int:
        table[pin] = number
        return number


class Standin:
    """The daemon: one thread, any number of clients. A context manager."""

    def __init__(self, port: int = 0, bank: PinBank | None = None, host: str = "127.0.0.1") -> None:
        self.bank = bank or PinBank()
        self.host = host
        self.port = port
        self.spi_sent: list[bytes] = []
        self.log: list[tuple[Cmd, int, int]] = []
        self._answering = threading.Event()
        self._answering.set()
        self._quit = threading.Event()
        self._thread: threading.Thread | None = None
        self._server: socket.socket | None = None
        self._buffers: dict[socket.socket, bytes] = {}
        self._listeners: set[socket.socket] = set()
        self._commands = self._table()
        self.start()

    def __enter__(self) -> Standin:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None
    ) -> None:
        self.kill()

    def start(self) -> None:
        """Listen (again) on the same port; the bank is as it was left."""
        server = socket.socket()
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind((self.host, self.port))
        server.listen()
        self.port = server.getsockname()[1]
        self._server = server
        self._quit.clear()
        self._answering.set()
        self._thread = threading.Thread(target=self._serve, args=(server,), daemon=True)
        self._thread.start()

    restart = start

    def kill(self) -> None:
        """The daemon dies: all connections drop, the levels stay."""
        self._quit.set()
        self._answering.set()
        if self._thread is not None:
            self._thread.join(2)
            self._thread = None

    def hang(self) -> None:
        """Connections stay open, nothing is answered any more."""
        self._answering.clear()

    def resume(self) -> None:
        self._answering.set()

    def drive(self, pin: int, level: int) -> None:
        """Another device drives an input; listening clients get a report."""
        self.bank.outside[pin] = level
        report = REPORT.pack(0, 0, _tick(), self.bank.levels())
        for listener in list(self._listeners):
            with contextlib.suppress(OSError):
                listener.sendall(report)

    def _serve(self, server: socket.socket) -> None:
        with server:
            while not self._quit.is_set():
                self._answering.wait()
                ready, _, _ = select.select([server, *self._buffers], [], [], 0.02)
                if not self._answering.is_set():
                    continue
                for sock in ready:
                    if sock is server:
                        client, _ = server.accept()
                        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                        self._buffers[client] = b""
                    else:
                        self._take(sock)
        for client in list(self._buffers):
            self._drop(client)

    def _take(self, client: socket.socket) -> None:
        try:
            chunk = client.recv(4096)
            if not chunk:
                self._drop(client)
                return
            buffer = self._buffers[client] + chunk
            while len(buffer) >= HEAD.size:
                cmd, p1, p2, length = HEAD.unpack_from(buffer)
                end = HEAD.size + length
                if len(buffer) < end:
                    break
                tail = buffer[HEAD.size : end]
                buffer = buffer[end:]
                if cmd == Cmd.NC:  # the client closes its listener and reads no reply
                    self._drop(client)
                    return
                self._answer(client, cmd, p1, p2, tail)
            self._buffers[client] = buffer
        except OSError:
            self._drop(client)

    def _drop(self, client: socket.socket) -> None:
        self._listeners.discard(client)
        self._buffers.pop(client, None)
        client.close()

    def _answer(self, client: socket.socket, cmd: int, p1: int, p2: int, tail: bytes) -> None:
        known = cmd in self._commands
        result, extra = UNKNOWN_COMMAND, b""
        if known:
            self.log.append((Cmd(cmd), p1, p2))
            if cmd == Cmd.NOIB:
                self._listeners.add(client)
            result, extra = self._commands[Cmd(cmd)](p1, p2, tail)
            self.bank.keep()
        client.sendall(REPLY.pack(cmd, p1, p2, result) + extra)

    def _table(self) -> dict[Cmd, Callable[[int, int, bytes], tuple[int, bytes]]]:
        bank = self.bank

        def plain(
            answer: Callable[[int, int], int],
        ) -> Callable[[int, int, bytes], tuple[int, bytes]]:
            return lambda p1, p2, _: (answer(p1, p2), b"")

        def on_pin(
            answer: Callable[[int, int], int],
        ) -> Callable[[int, int, bytes], tuple[int, bytes]]:
            return plain(lambda p1, p2: answer(p1, p2) if 0 <= p1 <= 53 else BAD_GPIO)

        return {
            Cmd.MODES: on_pin(bank.set_mode),
            Cmd.MODEG: on_pin(lambda pin, _: bank.mode.get(pin, INPUT)),
            Cmd.PUD: on_pin(lambda pin, pull: bank.set_number(bank.pull, pin, pull) * 0),
            Cmd.READ: on_pin(lambda pin, _: bank.level(pin)),
            Cmd.WRITE: on_pin(bank.write),
            Cmd.PWM: on_pin(bank.pwm),
            Cmd.PRS: on_pin(lambda pin, n: bank.set_number(bank.duty_range, pin, n)),
            Cmd.PFS: on_pin(lambda pin, n: bank.set_number(bank.frequency_hz, pin, n)),
            Cmd.SERVO: on_pin(bank.servo),
            Cmd.WDOG: on_pin(lambda _pin, _ms: 0),
            Cmd.FG: on_pin(lambda _pin, _us: 0),
            Cmd.PRG: on_pin(lambda pin, _: bank.duty_range.get(pin, 255)),
            Cmd.PRRG: on_pin(lambda pin, _: bank.duty_range.get(pin, 255)),
            Cmd.PFG: on_pin(lambda pin, _: bank.frequency_hz.get(pin, 800)),
            Cmd.GDC: on_pin(lambda pin, _: bank.duty.get(pin, NOT_PWM)),
            Cmd.GPW: on_pin(lambda pin, _: bank.pulse_us.get(pin, NOT_SERVO)),
            Cmd.BR1: plain(lambda _a, _b: _signed(bank.levels())),
            Cmd.TICK: plain(lambda _a, _b: _signed(_tick())),
            Cmd.HWVER: plain(lambda _a, _b: PI_3B),
            Cmd.PIGPV: plain(lambda _a, _b: 79),
            Cmd.NOIB: plain(lambda _a, _b: 0),
            Cmd.NB: plain(lambda _handle, _bits: 0),
            Cmd.SPIO: plain(lambda _channel, _baud: 0),
            Cmd.SPIC: plain(lambda _handle, _: 0),
            Cmd.SPIR: lambda _handle, count, _: (count, bytes(count)),
            Cmd.SPIW: lambda _handle, _, tail: (self._spi(tail), b""),
            Cmd.SPIX: lambda _handle, _, tail: (self._spi(tail), bytes(len(tail))),
        }

    def _spi(self, frame: bytes) -> int:
        self.spi_sent.append(frame)
        return len(frame)


class Observer:
    """Levels as seen from outside: a connection of its own for every look."""

    def __init__(self, port: int, host: str = "127.0.0.1") -> None:
        self.address = (host, port)

    def ask(self, cmd: Cmd, p1: int = 0, p2: int = 0) -> int:
        """The daemon's result; OSError if it does not answer within a second."""
        with socket.create_connection(self.address, 1) as sock:
            sock.sendall(HEAD.pack(cmd, p1, p2, 0))
            reply = b""
            while len(reply) < REPLY.size:
                chunk = sock.recv(REPLY.size - len(reply))
                if not chunk:
                    raise ConnectionError("the stand-in closed the connection")
                reply += chunk
            result: int = REPLY.unpack(reply)[3]
            return result

    def level(self, pin: int) -> int:
        return self.ask(Cmd.READ, pin)

    def is_output(self, pin: int) -> bool:
        return self.ask(Cmd.MODEG, pin) == OUTPUT

    def pulse_us(self, pin: int) -> int:
        """Width of the servo pulses, 0 when there are none."""
        return max(0, self.ask(Cmd.GPW, pin))


def _tick() -> int:
    return time.monotonic_ns() // 1000 & 0xFFFFFFFF


def _signed(number: int) -> int:
    return number - (1 << 32) if number & (1 << 31) else number


def main() -> None:
    parser = argparse.ArgumentParser(description="A stand-in for pigpiod.")
    parser.add_argument("--port", type=int, default=8888)
    parser.add_argument("--pins", type=Path, help="file that keeps the pins")
    args = parser.parse_args()
    with Standin(args.port, PinBank(args.pins)) as daemon:
        print(daemon.port, flush=True)  # noqa: T201
        threading.Event().wait()


if __name__ == "__main__":
    main()
