"""Saying "off" to a broker without paho and without the loop: the second path of MQTT loads.

MQTT 3.1.1 as far as it is needed: CONNECT, PUBLISH with QoS 1, DISCONNECT, and the broker's two
answers. Standard library only and small, because the guardian keeps it in memory all day; ``ssl``
is loaded when it is needed.
"""

from __future__ import annotations

# The C module under ``socket``: see ``pvopt.off``.
from _socket import SOCK_STREAM, getaddrinfo
from _socket import socket as Socket  # noqa: N812

from pvopt.clock import Deadline

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

BUDGET_S = 2.0  # for all messages together
KEEPALIVE_S = 10
CONNECT, CONNACK, PUBLISH, PUBACK, DISCONNECT = 0x10, 0x20, 0x30, 0x40, 0xE0
QOS_1, RETAIN = 0x02, 0x01
CLEAN, WITH_PASSWORD, WITH_USER = 0x02, 0x40, 0x80
REFUSALS = {4: "user or password", 5: "us: not authorized"}


class OffBroker:
    """Where to say it. ``address``: the host's, looked up while there was time; may be empty."""

    __slots__ = ("address", "ca_file", "client_id", "host", "password", "port", "tls", "user")

    def __init__(
        self,
        host: str,
        port: int,
        client_id: str = "pvopt-off",
        user: str = "",
        password: str = "",
        tls: bool = False,
        ca_file: str = "",
        address: str = "",
    ) -> None:
        self.host, self.port, self.client_id = host, port, client_id
        self.user, self.password, self.tls, self.ca_file = user, password, tls, ca_file
        self.address = address

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"

    def to_text(self) -> str:
        """One word without blanks."""
        tls = "1" if self.tls else ""
        parts = (self.host, str(self.port), self.client_id, self.user, self.password, tls)
        return ":".join(_hex(part) for part in (*parts, self.ca_file, self.address))

    @classmethod
    def from_text(cls, text: str) -> OffBroker:
        """The broker of ``to_text``; ValueError if it is none."""
        host, port, client_id, user, password, tls, ca_file, address = map(_text, text.split(":"))
        return cls(host, int(port), client_id, user, password, bool(tls), ca_file, address)


class OffMessage:
    """What means off for one load. ``load``: its name, for complaints."""

    __slots__ = ("load", "payload", "retain", "topic")

    def __init__(self, load: str, topic: str, payload: str, retain: bool = False) -> None:
        self.load, self.topic, self.payload, self.retain = load, topic, payload, retain

    def __str__(self) -> str:
        return f"{self.load} ({self.topic})"

    def to_text(self) -> str:
        """One word without blanks."""
        parts = (self.load, self.topic, self.payload, "1" if self.retain else "")
        return ":".join(_hex(part) for part in parts)

    @classmethod
    def from_text(cls, text: str) -> OffMessage:
        """The message of ``to_text``; ValueError if it is none."""
        load, topic, payload, retain = map(_text, text.split(":"))
        return cls(load, topic, payload, bool(retain))


def _hex(text: str) -> str:
    return text.encode("utf-8", "surrogatepass").hex()


def _text(word: str) -> str:
    return bytes.fromhex(word).decode("utf-8", "surrogatepass")


def say_off(
    broker: OffBroker | None, messages: Sequence[OffMessage], budget_s: float = BUDGET_S
) -> list[str]:
    """Publish every message and wait until the broker has it. Returns what failed, in words.

    Never raises; ends within ``budget_s``, and the time of the system to look up a name where
    ``address`` is empty or no longer true.
    """
    if not messages:
        return []
    if broker is None:
        return [f"{message}: no broker is known" for message in messages]
    deadline, left = Deadline(budget_s), list(messages)
    try:
        sock = _connected(broker, deadline)
        try:
            _hello(sock, broker, deadline)
            while left:
                _publish(sock, left[0], len(messages) - len(left) + 1, deadline)
                left.pop(0)
            _send(sock, bytes((DISCONNECT, 0)), deadline)
        finally:
            sock.close()
    except Exception as fault:  # the last road to off: whatever it was, it is told
        # Words of the system; none of them quotes what was sent.
        words = getattr(fault, "strerror", "") or str(fault) or type(fault).__name__
        return [f"{message}: broker {broker}: {words}" for message in left]
    return []


def _connected(broker: OffBroker, deadline: Deadline) -> Any:
    hosts = [host for host in (broker.address, broker.host) if host]
    failure: Exception = OSError("no address")
    for host in hosts:
        try:
            for family, kind, number, _, address in getaddrinfo(host, broker.port, 0, SOCK_STREAM):
                sock = Socket(family, kind, number)
                try:
                    sock.settimeout(_left_s(deadline))
                    sock.connect(address)
                    return _secured(sock, broker, deadline) if broker.tls else sock
                except OSError as fault:
                    failure = fault
                    sock.close()
        except OSError as fault:
            failure = fault
    raise failure


def _secured(sock: Socket, broker: OffBroker, deadline: Deadline) -> Any:
    import socket  # noqa: PLC0415 (these two are large)
    import ssl  # noqa: PLC0415

    trusted = ssl.create_default_context(cafile=broker.ca_file or None)
    whole = socket.socket(sock.family, sock.type, sock.proto, fileno=sock.detach())
    whole.settimeout(_left_s(deadline))
    return trusted.wrap_socket(whole, server_hostname=broker.host)


def _left_s(deadline: Deadline) -> float:
    left_s = deadline.left_s()
    if left_s <= 0.0:
        raise TimeoutError("no answer")
    return left_s


def _hello(sock: Any, broker: OffBroker, deadline: Deadline) -> None:
    flags = CLEAN
    body = _string(broker.client_id)
    if broker.user:
        flags |= WITH_USER
        body += _string(broker.user)
        if broker.password:
            flags |= WITH_PASSWORD
            body += _string(broker.password)
    head = _string("MQTT") + bytes((4, flags)) + KEEPALIVE_S.to_bytes(2, "big")
    _send(sock, _packet(CONNECT, head + body), deadline)
    answer = _packet_of(sock, CONNACK, deadline)
    code = answer[1] if len(answer) > 1 else -1
    if code:
        raise ConnectionError(f"refuses {REFUSALS.get(code, f'us (code {code})')}")


def _publish(sock: Any, message: OffMessage, number: int, deadline: Deadline) -> None:
    kind = PUBLISH | QOS_1 | (RETAIN if message.retain else 0)
    body = _string(message.topic) + number.to_bytes(2, "big") + message.payload.encode()
    _send(sock, _packet(kind, body), deadline)
    while _packet_of(sock, PUBACK, deadline)[:2] != number.to_bytes(2, "big"):
        pass


def _string(text: str) -> bytes:
    raw = text.encode()
    return len(raw).to_bytes(2, "big") + raw


def _packet(kind: int, body: bytes) -> bytes:
    """A packet with its length, seven bits a byte, the lowest first."""
    length, left = bytearray(), len(body)
    while left > 127:
        length.append(left & 127 | 128)
        left >>= 7
    length.append(left)
    return bytes((kind,)) + bytes(length) + body


def _packet_of(sock: Any, kind: int, deadline: Deadline) -> bytes:
    """The body of the next packet of a kind; others are passed by."""
    while True:
        found = _bytes(sock, 1, deadline)[0]
        length = shift = 0
        more = 128
        while more & 128:
            more = _bytes(sock, 1, deadline)[0]
            length |= (more & 127) << shift
            shift += 7
            if shift > 28:
                raise ConnectionError("speaks no MQTT")
        body = _bytes(sock, length, deadline)
        if found & 0xF0 == kind:
            return body


def _bytes(sock: Any, count: int, deadline: Deadline) -> bytes:
    found = b""
    while len(found) < count:
        sock.settimeout(_left_s(deadline))
        chunk = sock.recv(count - len(found))
        if not chunk:
            raise ConnectionError("closed the connection")
        found += chunk
    return found


def _send(sock: Any, raw: bytes, deadline: Deadline) -> None:
    sock.settimeout(_left_s(deadline))
    sock.sendall(raw)
