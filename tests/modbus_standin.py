"""Stand-ins for a GX's Modbus TCP server: one that answers by Victron's rules, one that misbehaves.

``RegisterServer`` knows which registers exist (by firmware), which devices are plugged in, and
answers exceptions in the order a GX does. ``RawServer`` hands each request to a behaviour that
may hang, drip, reset or lie. Both listen on loopback at a free port, in daemon threads.
"""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

RESERVED = 0xFFFF
ALWAYS: dict[str, tuple[tuple[int, int], ...]] = {
    "system": ((800, 826), (840, 846), (850, 851), (855, 855), (860, 860), (865, 866)),
    "settings": ((2700, 2708), (2710, 2712), (2900, 2903)),
    "hub4": ((2709, 2709),),
    "vebus": ((3, 95),),
    "battery": ((258, 309), (320, 326)),
    "solarcharger": ((771, 791), (3700, 3703), (3724, 3727)),
    "pvinverter": ((1026, 1057),),
    "grid": ((2600, 2637),),
    "multi": ((4500, 4573), (4594, 4615)),
    "inverter": ((3100, 3102), (3105, 3106), (3110, 3117), (3125, 3128), (3164, 3172)),
    "temperature": ((3300, 3306),),
}
# Reserved words that read 0xFFFF.
FILLERS = ((827, 829), (836, 839), (847, 849), (852, 854), (856, 859), (861, 864), (867, 867))
LATER: dict[str, tuple[tuple[int, int], ...]] = {
    "1.0.54": (),
    "1.0.82": ((827, 839), (868, 883)),
    "1.0.101": ((827, 919),),
}
LATER_OTHERS: dict[str, dict[str, tuple[tuple[int, int], ...]]] = {
    "1.0.54": {},
    "1.0.82": {
        "solarcharger": ((792, 793), (3728, 3734)),
        "grid": ((2638, 2648),),
        "battery": ((256, 257),),
        "settings": ((2713, 2715),),
        "hub4": ((2716, 2717),),
        "pvinverter": ((1058, 1063),),
    },
    "1.0.101": {
        "system": ((5400, 5407),),
        "solarcharger": ((792, 793), (3704, 3738)),
        "grid": ((2638, 2649),),
        "battery": ((256, 257), (327, 331)),
        "settings": ((2713, 2715), (2718, 2723)),
        "hub4": ((2716, 2717), (2724, 2724)),
        "pvinverter": ((1058, 1069),),
        "vebus": ((96, 139),),
    },
}


def register_map(firmware: str) -> dict[int, str]:
    """Address → kind of device, for one version of the GX's Modbus server."""
    later = {kind: list(spans) for kind, spans in LATER_OTHERS[firmware].items()}
    later.setdefault("system", []).extend(LATER[firmware])
    found: dict[int, str] = {}
    for kinds in (ALWAYS, later):
        for kind, spans in kinds.items():
            for first, last in spans:
                found.update(dict.fromkeys(range(first, last + 1), kind))
    return found


class Serving:
    """A listening socket on 127.0.0.1 whose connections each get a thread."""

    def __init__(self, port: int = 0) -> None:
        self._ear = socket.create_server(("127.0.0.1", port))
        self.port = int(self._ear.getsockname()[1])
        self.connections = 0
        self._open: set[socket.socket] = set()
        self._ended = False
        threading.Thread(target=self._listen, daemon=True).start()

    def converse(self, wire: socket.socket) -> None:
        """Serve one connection until it ends."""
        raise NotImplementedError

    def stop(self) -> None:
        self._ended = True
        # A blocked accept() keeps the listening port alive until it is woken.
        self._ear.shutdown(socket.SHUT_RDWR)
        self._ear.close()
        self.drop()

    def drop(self) -> None:
        """End all open connections."""
        for wire in tuple(self._open):
            try:
                wire.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        if not self._ended:
            self.stop()

    def _listen(self) -> None:
        while not self._ended:
            try:
                wire, _ = self._ear.accept()
            except OSError:
                return
            self.connections += 1
            self._open.add(wire)
            threading.Thread(target=self._serve, args=(wire,), daemon=True).start()

    def _serve(self, wire: socket.socket) -> None:
        try:
            self.converse(wire)
        except OSError:
            pass
        finally:
            self._open.discard(wire)
            wire.close()


def read_request(wire: socket.socket) -> bytes | None:
    """One whole request with its header; None when the other side has gone."""
    head = _exactly(wire, 6)
    if head is None:
        return None
    body = _exactly(wire, int.from_bytes(head[4:6], "big"))
    return None if body is None else head + body


def _exactly(wire: socket.socket, count: int) -> bytes | None:
    got = b""
    while len(got) < count:
        part = wire.recv(count - len(got))
        if not part:
            return None
        got += part
    return got


def reply(request: bytes, body: bytes) -> bytes:
    """A frame that answers ``request`` with ``body`` (function code and what follows)."""
    return request[0:2] + b"\0\0" + struct.pack(">HB", len(body) + 1, request[6]) + body


def refusal(request: bytes, code: int) -> bytes:
    return reply(request, bytes((request[7] | 0x80, code)))


def words(request: bytes, numbers: Iterable[int]) -> bytes:
    octets = b"".join(n.to_bytes(2, "big") for n in numbers)
    return reply(request, bytes((request[7], len(octets))) + octets)


@dataclass
class Devices:
    """What is plugged in: (kind, unit) → address → raw word. Absent addresses read 0."""

    raw: dict[tuple[str, int], dict[int, int]] = field(default_factory=dict)

    def plug(self, kind: str, unit: int, numbers: dict[int, int] | None = None) -> None:
        self.raw.setdefault((kind, unit), {}).update(numbers or {})

    def unplug(self, kind: str, unit: int) -> None:
        self.raw.pop((kind, unit), None)

    def put(self, kind: str, unit: int, address: int, *numbers: int) -> None:
        """Raw 16-bit words (negative ones as two's complement) from ``address`` on."""
        for n, number in enumerate(numbers):
            self.raw[kind, unit][address + n] = number & 0xFFFF

    def put32(self, kind: str, unit: int, address: int, number: int) -> None:
        self.put(kind, unit, address, number >> 16, number)


class RegisterServer(Serving):
    """Answers as a GX does. ``functions``: function codes seen; ``asked``: (unit, address, count).

    ``silent``: (kind, unit) that never answer; ``answers_with``: an exception code for all;
    ``latency_s``: before each answer.
    """

    def __init__(self, devices: Devices, firmware: str = "1.0.101", port: int = 0) -> None:
        self.devices = devices
        self.map = register_map(firmware)
        self.functions: list[int] = []
        self.asked: list[tuple[int, int, int]] = []
        self.silent: set[tuple[str, int]] = set()
        self.answers_with: int | None = None
        self.clock_step_s = 1
        self.latency_s = 0.0
        self._pause = threading.Event()
        self._clock_s = 1_800_000_000
        super().__init__(port)

    def converse(self, wire: socket.socket) -> None:
        while (request := read_request(wire)) is not None:
            self.functions.append(request[7])
            answer = self._answer(request)
            if answer is None:
                wire.recv(1)  # as quiet as a hanging driver, until the client gives up
                return
            if self.latency_s > 0:
                self._pause.wait(self.latency_s)
            wire.sendall(answer)

    def _answer(self, request: bytes) -> bytes | None:
        unit, function = request[6], request[7]
        if function not in (3, 4):
            return refusal(request, 1)
        address, count = struct.unpack(">HH", request[8:12])
        self.asked.append((unit, address, count))
        if self.answers_with is not None:
            return refusal(request, self.answers_with)
        if not 1 <= count <= 125:
            return refusal(request, 3)
        if address not in self.map:
            return refusal(request, 2)
        if self.map[address] == "system" and address < 827:
            self._tell_time()
        numbers = []
        for place in range(address, address + count):
            kind = self.map.get(place)
            if kind is not None and (kind, unit) in self.silent:
                return None
            known = None if kind is None else self.devices.raw.get((kind, unit))
            if known is None:
                return refusal(request, 10 if place == address else 2)
            filler = kind == "system" and any(a <= place <= b for a, b in FILLERS)
            numbers.append(RESERVED if filler else known.get(place, 0))
        return words(request, numbers)

    def _tell_time(self) -> None:
        """The GX's clock goes on by a second with every look at the system's registers."""
        self._clock_s += self.clock_step_s
        for unit in (unit for kind, unit in self.devices.raw if kind == "system"):
            self.devices.put("system", unit, 832, self._clock_s >> 16, self._clock_s)


class RawServer(Serving):
    """Hands each request to ``behave(wire, request)``, which may be replaced at any time."""

    def __init__(self, behave: Callable[[socket.socket, bytes], None], port: int = 0) -> None:
        self.behave = behave
        super().__init__(port)

    def converse(self, wire: socket.socket) -> None:
        while (request := read_request(wire)) is not None:
            self.behave(wire, request)


SERIAL = (0x6338, 0x3161, 0x6234, 0x6335, 0x6436, 0x6537)  # "c81ab4c5d6e7"


def home() -> Devices:
    """A usual home: Cerbo GX, one phase, Multi, charger, meter, BMS, boiler sensor.

    Grid −350 W (export), PV 1500 W, load 900 W, battery +200 W at 54.0 V and 86.5 %.
    """
    devices = Devices()
    devices.plug("system", 100)
    devices.put("system", 100, 800, *SERIAL)
    devices.put("system", 100, 817, 900)
    devices.put("system", 100, 820, -350)
    devices.put("system", 100, 826, 1)
    devices.put("system", 100, 834, 0x0372, 0x00FF)
    devices.put("system", 100, 840, 540, 37, 200, 87, 1)
    devices.put("system", 100, 850, 1500, 278)
    devices.put32("system", 100, 902, 900)
    devices.put32("system", 100, 908, -350)
    devices.plug("settings", 100)
    devices.put("settings", 100, 2700, 50)
    devices.put("settings", 100, 2704, 0, -1, 0, 1, 0)
    devices.put32("settings", 100, 2720, -1)
    devices.put32("settings", 100, 2722, -1)
    devices.put("settings", 100, 2900, 10, 200, 1, 100)
    devices.plug("hub4", 100)
    devices.plug("vebus", 227)
    devices.put("vebus", 227, 12, -35)
    devices.put("vebus", 227, 21, 5001)
    devices.put("vebus", 227, 23, 90, 0, 0, 5400, 37, 1, 0, 865, 3, 0, 3)
    devices.put32("vebus", 227, 130, 3000)
    devices.plug("solarcharger", 226)
    devices.put("solarcharger", 226, 771, 5400, 278)
    devices.put("solarcharger", 226, 775, 3)
    devices.put("solarcharger", 226, 789, 15300, 0, 1)
    devices.put32("solarcharger", 226, 792, 1530)
    devices.put("solarcharger", 226, 3724, 1530)
    devices.put("solarcharger", 226, 3730, 1530, 1)
    devices.plug("grid", 30)
    devices.put("grid", 30, 2600, -350)
    devices.put32("grid", 30, 2638, -350)
    devices.plug("battery", 225)
    devices.put("battery", 225, 266, 865)
    devices.put("battery", 225, 305, 552, 460, 1000, 1200)
    devices.plug("temperature", 24)
    devices.put("temperature", 24, 3303, 5, 4725, 0)
    return devices
