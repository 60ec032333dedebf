"""Telling systemd how the service fares: the sd_notify protocol, one datagram a message."""

from __future__ import annotations

import os
from _socket import AF_UNIX, SOCK_DGRAM  # as in pvopt/off.py: small
from _socket import socket as Socket  # noqa: N812

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


def notify(address: str | None, message: str) -> None:
    """Send ``message`` (``READY=1``, ``WATCHDOG=1`` …) to ``NOTIFY_SOCKET``'s ``address``.

    Nothing happens without an address. ``@`` begins a name in Linux's abstract namespace. A
    service manager that does not listen must never stop the service: errors are passed over.
    """
    if not address:
        return
    name = "\0" + address[1:] if address.startswith("@") else address
    try:
        sock = Socket(AF_UNIX, SOCK_DGRAM)
    except OSError:  # no descriptor left
        return
    try:
        os.set_inheritable(sock.fileno(), False)
        sock.settimeout(0.2)
        sock.sendto(message.encode(), name)
    except OSError:
        pass
    finally:
        sock.close()


class Service:
    """What systemd is told. Only a whole tick feeds its watchdog."""

    VARIABLES = ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID")

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._address = environ.get("NOTIFY_SOCKET")
        self._watchdog_us = int(environ.get("WATCHDOG_USEC") or 0)
        self._wanted_us = self._said_us = self._watchdog_us
        self._ready = False

    def tick_s(self, tick_s: float) -> None:
        """Ticks further apart than a second: the watchdog waits as much longer."""
        self._wanted_us = self._watchdog_us + int(max(0.0, tick_s - 1) * 1_000_000)

    def tick(self) -> None:
        """A whole tick is done."""
        lines = ["WATCHDOG=1"]
        if not self._ready:
            lines.insert(0, "READY=1\nSTATUS=running")
        if self._said_us != self._wanted_us:
            lines.insert(0, f"WATCHDOG_USEC={self._wanted_us}\nSTATUS=running")
        self._ready, self._said_us = True, self._wanted_us
        notify(self._address, "\n".join(lines))

    def restarting(self, within_s: float) -> None:
        """No tick can come before the pause and the start are over: the watchdog waits for them."""
        lines = ["STATUS=outputs off, the loop is started again"]
        if self._watchdog_us:
            self._said_us = self._wanted_us + int(within_s * 1_000_000)
            lines.append(f"WATCHDOG_USEC={self._said_us}")
        notify(self._address, "\n".join(lines))

    def stopping(self) -> None:
        notify(self._address, "STOPPING=1")
