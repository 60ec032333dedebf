"""A Modbus TCP server that answers as a GX does, serving the last published image.

One daemon thread with one selector for all connections: no thread a client, nothing to leak, and
whatever a client sends, only its own connection ends. Written here and not taken from a library,
because which of its exception codes a GX sends when is half of its behaviour: an unknown
register 0x02 (checked before anything else), an absent device 0x0A, a gap 0x02 for the whole
read, more than 125 registers 0x03, other functions 0x01. Nothing can be written.
"""

from __future__ import annotations

import contextlib
import selectors
import socket
import struct
import threading

from pvopt.errors import SourceError
from pvopt.simulator.gx_image import SYSTEM, GxImage, Unit, image_of
from pvopt.simulator.gx_listed import SERVICE_OF
from pvopt.simulator.world import World

READ_FUNCTIONS = (3, 4)
WRITE_SINGLE, WRITE_SEVERAL = 6, 16
BAD_FUNCTION, BAD_REGISTER, BAD_COUNT, NO_DEVICE = 0x01, 0x02, 0x03, 0x0A
MOST_REGISTERS = 125
HEADER = struct.Struct(">HHHB")  # transaction, protocol, length after this field, unit
READ = struct.Struct(">HH")
LONGEST = 260  # bytes of a Modbus TCP frame
MOST_BACKLOG = 1 << 20  # bytes a client may leave unread before its connection is closed


def answer(image: GxImage, unit_id: int, request: bytes) -> bytes:
    """The reply to one request, both without the frame's header (function code first)."""
    function = request[0]
    try:
        if function in READ_FUNCTIONS:
            return _read(image, unit_id, function, request)
        if function in (WRITE_SINGLE, WRITE_SEVERAL):
            return bytes((function | 0x80, BAD_REGISTER))  # as a GX set to read-only
    except struct.error:
        return bytes((function | 0x80, BAD_COUNT))
    return bytes((function | 0x80, BAD_FUNCTION))


def _read(image: GxImage, unit_id: int, function: int, request: bytes) -> bytes:
    start, count = READ.unpack_from(request, 1)
    failed = function | 0x80
    if not 1 <= count <= MOST_REGISTERS:
        return bytes((failed, BAD_COUNT))
    addresses = range(start, start + count)
    services = [SERVICE_OF.get(address, "") for address in addresses]
    if not services[0]:
        return bytes((failed, BAD_REGISTER))
    unit = _unit(image, unit_id)
    if unit is None or services[0] not in unit.services:
        return bytes((failed, NO_DEVICE))
    if not all(service in unit.services for service in services):
        return bytes((failed, BAD_REGISTER))
    words = [unit.words.get(address, 0) for address in addresses]
    return struct.pack(f">BB{count}H", function, 2 * count, *words)


def _unit(image: GxImage, unit_id: int) -> Unit | None:
    return image.get(SYSTEM if unit_id == 0 else unit_id)


class _Client:
    """One connection: what came and is not yet whole, what is to be sent."""

    __slots__ = ("inbox", "outbox", "wire")

    def __init__(self, wire: socket.socket) -> None:
        self.wire = wire
        self.inbox = bytearray()
        self.outbox = bytearray()


class GxServer:
    """``start() -> port``, ``publish(image)`` from any thread, ``stop()``. Port 0: a free one."""

    def __init__(self, host: str = "127.0.0.1", port: int = 0) -> None:
        self._host = host
        self._port = port
        self._image: GxImage = {}
        self._listener: socket.socket | None = None
        self._thread: threading.Thread | None = None
        self._wake_out, self._wake_in = socket.socketpair()

    def publish(self, image: GxImage) -> None:
        """Serve ``image`` from now on. It is replaced whole: a read never sees two of them."""
        self._image = image

    def follow(self, world: World) -> None:
        """Serve what this world's meters show, renewed each simulated second."""

        def renew(now: World) -> None:
            self.publish(image_of(now))

        renew(world)
        world.on_second = renew

    def start(self) -> int:
        """Listen and serve in a thread of its own; returns the port. SourceError if it cannot."""
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        try:
            self._listener = socket.create_server((self._host, self._port), family=family)
        except OSError as fault:
            raise SourceError(
                f"the simulated GX cannot listen on {self._host}:{self._port} ({fault.strerror})"
            ) from fault
        self._listener.setblocking(False)
        self._port = int(self._listener.getsockname()[1])
        self._thread = threading.Thread(target=self._serve, name="gx-server", daemon=True)
        self._thread.start()
        return self._port

    def stop(self) -> None:
        """Close every connection and end the thread; idempotent."""
        with contextlib.suppress(OSError):
            self._wake_in.send(b".")
        if self._thread is not None:
            self._thread.join(timeout=2.0)
            self._thread = None
        elif self._listener is not None:
            self._listener.close()
        self._wake_in.close()
        self._wake_out.close()

    def _serve(self) -> None:
        listener = self._listener
        if listener is None:
            return
        with selectors.DefaultSelector() as selector, listener:
            selector.register(listener, selectors.EVENT_READ, None)
            selector.register(self._wake_out, selectors.EVENT_READ, self)
            while True:
                for key, events in selector.select():
                    if key.data is self:
                        self._close_all(selector)
                        return
                    if key.data is None:
                        self._accept(selector, listener)
                    else:
                        self._talk(selector, key.data, events)

    def _accept(self, selector: selectors.BaseSelector, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            wire, _ = listener.accept()
            wire.setblocking(False)
            wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            selector.register(wire, selectors.EVENT_READ, _Client(wire))

    def _talk(self, selector: selectors.BaseSelector, client: _Client, events: int) -> None:
        try:
            if events & selectors.EVENT_READ:
                came = client.wire.recv(4096)
                if not came:
                    raise ConnectionResetError
                client.inbox += came
                self._answer_whole_frames(client)
            if client.outbox:
                sent = client.wire.send(client.outbox)
                del client.outbox[:sent]
        except (BlockingIOError, InterruptedError):
            pass
        except OSError:
            self._close(selector, client)
            return
        if len(client.outbox) > MOST_BACKLOG:
            self._close(selector, client)
            return
        wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if client.outbox else 0)
        selector.modify(client.wire, wanted, client)

    def _answer_whole_frames(self, client: _Client) -> None:
        while len(client.inbox) >= HEADER.size:
            transaction, protocol, length, unit_id = HEADER.unpack_from(client.inbox)
            end = length + 6
            if not 2 <= length <= LONGEST - 6:
                raise ConnectionAbortedError  # no frame begins like this: nothing can follow
            if len(client.inbox) < end:
                return
            reply = answer(self._image, unit_id, bytes(client.inbox[HEADER.size : end]))
            del client.inbox[:end]
            client.outbox += HEADER.pack(transaction, protocol, len(reply) + 1, unit_id) + reply

    def _close(self, selector: selectors.BaseSelector, client: _Client) -> None:
        with contextlib.suppress(KeyError):
            selector.unregister(client.wire)
        client.wire.close()

    def _close_all(self, selector: selectors.BaseSelector) -> None:
        for key in list(selector.get_map().values()):
            if isinstance(key.data, _Client):
                self._close(selector, key.data)
