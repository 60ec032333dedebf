"""Sockets whose small messages do not wait for one another, and how to give one up."""

from __future__ import annotations

import contextlib
import socket
from typing import Any

# Linux alone has it, and forgets it after a while.
QUICK_ACK = getattr(socket, "TCP_QUICKACK", None)


def hasten(opened: Any) -> None:
    """Of a TCP socket: send at once, and say at once what has arrived.

    Whoever waits for that before it sends more (Nagle's algorithm, which a broker uses as it comes)
    would take 40 ms for a second message.
    """
    opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if QUICK_ACK is not None:
        opened.setsockopt(socket.IPPROTO_TCP, QUICK_ACK, 1)


def sever(opened: Any) -> None:
    """Let whoever waits at a socket find it broken off, at both its ends, and without good-bye."""
    with contextlib.suppress(OSError):  # closed meanwhile
        opened.shutdown(socket.SHUT_RDWR)
