"""The connection to a GX under every misbehaviour of a network: budget kept, and it recovers."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Iterator

import pytest

from pvopt.clock import Deadline
from pvopt.sources.gx_link import (
    GxLink,
    OutOfTimeError,
    RefusedError,
    SilentError,
    UnreachableError,
)
from tests.gx_rig import SLACK
from tests.modbus_standin import RawServer, refusal, reply, words

TIMEOUT_S = 0.15
Behaviour = Callable[[socket.socket, bytes], None]


def well(wire: socket.socket, request: bytes) -> None:
    count = struct.unpack(">H", request[10:12])[0]
    wire.sendall(words(request, range(count)))


def hang(wire: socket.socket, request: bytes) -> None:
    wire.recv(1)


def drip(wire: socket.socket, request: bytes) -> None:
    """A byte each 50 ms: 29 bytes would take a second and a half."""
    pause = threading.Event()
    for octet in words(request, range(10)):
        wire.sendall(bytes((octet,)))
        pause.wait(0.05)


def half(wire: socket.socket, request: bytes) -> None:
    wire.sendall(words(request, range(10))[:11])
    wire.recv(1)


def reset(wire: socket.socket, request: bytes) -> None:
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    wire.close()


def hang_up(wire: socket.socket, request: bytes) -> None:
    wire.shutdown(socket.SHUT_RDWR)


def wrong_transaction(wire: socket.socket, request: bytes) -> None:
    well(wire, bytes((request[0] ^ 0x55, request[1])) + request[2:])


def wrong_unit(wire: socket.socket, request: bytes) -> None:
    well(wire, request[:6] + bytes((request[6] + 1,)) + request[7:])


def wrong_count(wire: socket.socket, request: bytes) -> None:
    wire.sendall(words(request, range(3)))


def wrong_function(wire: socket.socket, request: bytes) -> None:
    wire.sendall(reply(request, bytes((4, 20)) + bytes(20)))


def web_page(wire: socket.socket, request: bytes) -> None:
    wire.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n" * 20)


def noise(wire: socket.socket, request: bytes) -> None:
    wire.sendall(request[:2] + b"\0\0\0\xff" + bytes(range(1, 200)))


def unknown_answer(wire: socket.socket, request: bytes) -> None:
    wire.sendall(reply(request, bytes((3, 250)) + b"\1\2"))


MISBEHAVIOURS = [
    hang,
    drip,
    half,
    reset,
    hang_up,
    wrong_transaction,
    wrong_unit,
    wrong_count,
    wrong_function,
    web_page,
    noise,
    unknown_answer,
]


@pytest.fixture
def server() -> Iterator[RawServer]:
    with RawServer(well) as raw:
        yield raw


def link_to(port: int, timeout_s: float = TIMEOUT_S) -> GxLink:
    return GxLink("127.0.0.1", port, timeout_s, lambda: "127.0.0.1")


def ask(link: GxLink, budget_s: float = 0.8) -> tuple[int, ...]:
    return link.read(100, 800, 10, Deadline(budget_s))


def test_a_good_answer_comes_as_words(server: RawServer) -> None:
    assert ask(link_to(server.port)) == tuple(range(10))


@pytest.mark.parametrize("behave", MISBEHAVIOURS)
def test_misbehaviour_costs_no_more_than_twice_the_timeout(
    server: RawServer, behave: Behaviour
) -> None:
    link = link_to(server.port)
    ask(link)
    server.behave = behave
    clock = Deadline(100.0)
    with pytest.raises(SilentError):
        ask(link)
    assert 100.0 - clock.left_s() < 2 * TIMEOUT_S * SLACK
    assert not link.connected


@pytest.mark.parametrize("behave", MISBEHAVIOURS)
def test_the_next_read_is_well_again(server: RawServer, behave: Behaviour) -> None:
    link = link_to(server.port)
    server.behave = behave
    with pytest.raises(SilentError):
        ask(link)
    server.behave = well
    assert ask(link) == tuple(range(10))
    assert server.connections == 2


def test_a_late_answer_is_never_taken_for_the_next_one(server: RawServer) -> None:
    late = threading.Event()

    def answer_late(wire: socket.socket, request: bytes) -> None:
        late.wait(5.0)
        wire.sendall(words(request, [666] * 10))

    link = link_to(server.port)
    server.behave = answer_late
    with pytest.raises(SilentError):
        ask(link)
    server.behave = well
    late.set()
    assert ask(link) == tuple(range(10))


@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        (1, "function"),
        (2, "unknown to this firmware"),
        (3, "number of registers"),
        (4, "failed"),
        (6, "busy"),
        (10, "absent (0x0A)"),
        (11, "does not answer"),
    ],
)
def test_exception_codes_have_words_and_keep_the_connection(
    server: RawServer, code: int, meaning: str
) -> None:
    server.behave = lambda wire, request: wire.sendall(refusal(request, code))
    link = link_to(server.port)
    with pytest.raises(RefusedError, match="unit 100, register 800") as caught:
        ask(link)
    assert caught.value.code == code
    assert meaning in str(caught.value)
    server.behave = well
    assert ask(link) == tuple(range(10))
    assert server.connections == 1


def test_refused_names_the_switch_that_is_off(server: RawServer) -> None:
    server.stop()
    link = link_to(server.port)
    with pytest.raises(UnreachableError, match="is Modbus TCP switched on"):
        ask(link)


def test_a_server_that_returns_is_found_again(server: RawServer) -> None:
    link = link_to(server.port)
    ask(link)
    server.stop()
    with pytest.raises((UnreachableError, SilentError)):
        ask(link)
    with pytest.raises(UnreachableError):
        ask(link)
    with RawServer(well, server.port):
        assert ask(link) == tuple(range(10))


def test_half_open_listener_is_given_up_in_time() -> None:
    """A full backlog: the handshake is never finished, as with a firewall that drops."""
    with socket.socket() as ear:
        ear.bind(("127.0.0.1", 0))
        ear.listen(0)
        port = int(ear.getsockname()[1])
        fillers = []
        for _ in range(4):
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", port))
            fillers.append(filler)
        clock = Deadline(100.0)
        with pytest.raises((UnreachableError, SilentError), match="no answer from"):
            ask(link_to(port))
        assert 100.0 - clock.left_s() < 2 * TIMEOUT_S * SLACK
        for filler in fillers:
            filler.close()


def test_nothing_is_sent_when_the_budget_is_spent(server: RawServer) -> None:
    link = link_to(server.port)
    ask(link)
    with pytest.raises(OutOfTimeError):
        ask(link, 0.03)
    assert link.connected


def test_the_budget_shortens_the_timeout(server: RawServer) -> None:
    server.behave = hang
    link = link_to(server.port, 0.7)
    clock = Deadline(100.0)
    with pytest.raises(SilentError):
        ask(link, 0.1)
    assert 100.0 - clock.left_s() < 0.1 * SLACK


def test_a_clock_step_does_not_stretch_a_read(
    server: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """NTP sets the date of a Pi back by years in the middle of a read."""
    import time

    steps = iter(range(10**6))
    monkeypatch.setattr(time, "time", lambda: 2e9 - 1e8 * next(steps))
    server.behave = drip
    clock = Deadline(100.0)
    with pytest.raises(SilentError):
        ask(link_to(server.port))
    assert 100.0 - clock.left_s() < 2 * TIMEOUT_S * SLACK


def test_close_is_idempotent(server: RawServer) -> None:
    link = link_to(server.port)
    ask(link)
    link.close()
    link.close()
    assert ask(link) == tuple(range(10))
