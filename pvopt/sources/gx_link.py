"""The connection to a GX's Modbus TCP server: bounded reads, plain faults, function 3 only.

The only file that imports pymodbus for reading. Every request has a timeout taken from what is
left of the tick's budget; after a timeout the socket is closed, so that a late answer can never
be taken for the next one. A new client object is made for each connection: the library counts
silent requests across connections and would start a reconnection of its own.
"""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING

from pvopt.clock import Deadline
from pvopt.errors import SourceError

if TYPE_CHECKING:
    from pymodbus.client import ModbusTcpClient

LEAST_TIMEOUT_S = 0.02  # below this a request is not worth sending
ABSENT = 10
UNKNOWN_REGISTER = 2
MEANINGS = {
    1: "the function is refused (0x01)",
    2: "a register is unknown to this firmware (0x02)",
    3: "the number of registers is refused (0x03)",
    4: "the device failed (0x04)",
    6: "the device is busy (0x06)",
    10: "the unit is absent (0x0A)",
    11: "the device does not answer the GX (0x0B)",
}


class UnreachableError(SourceError):
    """No connection: refused, no route, or an unknown name."""


class SilentError(SourceError):
    """Connected, but no whole answer in time, or an answer that makes no sense."""


class ClosedError(SilentError):
    """The other side had closed the connection."""


class OutOfTimeError(SourceError):
    """The tick's budget is spent; nothing was sent."""


class RefusedError(SourceError):
    """The server answered with a Modbus exception ``code``."""

    def __init__(self, unit: int, address: int, code: int) -> None:
        meaning = MEANINGS.get(code, f"exception {code}")
        super().__init__(f"unit {unit}, register {address}: {meaning}")
        self.code = code


class GxLink:
    """Reads registers of one GX; connects by itself when needed.

    ``address_of`` gives the numeric address of ``host`` without blocking (a look-up of a name
    may take many seconds); it raises SourceError while there is none.
    """

    def __init__(
        self, host: str, port: int, timeout_s: float, address_of: Callable[[], str]
    ) -> None:
        # The library costs 30 ms and 10 MB; a configuration without a GX should not pay.
        from pymodbus.client import ModbusTcpClient  # noqa: PLC0415
        from pymodbus.exceptions import ConnectionException  # noqa: PLC0415

        logging.getLogger("pymodbus").setLevel(logging.CRITICAL)
        self._make = ModbusTcpClient
        self._closed = (ConnectionException, OSError)
        self._host = host
        self._port = port
        self._timeout_s = timeout_s
        self._address_of = address_of
        self._client: ModbusTcpClient | None = None
        self._plug: socket.socket | None = None
        self.place = f"{host}:{port}"

    @property
    def connected(self) -> bool:
        return self._client is not None

    def read(self, unit: int, address: int, count: int, deadline: Deadline) -> tuple[int, ...]:
        """``count`` registers (1 to 125) of a unit, as raw 16-bit words.

        Raises UnreachableError, SilentError, OutOfTimeError or RefusedError; takes no longer
        than ``deadline`` has left in any case.
        """
        reused = self.connected
        try:
            return self._read_once(unit, address, count, deadline)
        except ClosedError:
            # An old connection may have ended since (the GX restarted its server): one new try.
            if not reused:
                raise
        return self._read_once(unit, address, count, deadline)

    def _read_once(
        self, unit: int, address: int, count: int, deadline: Deadline
    ) -> tuple[int, ...]:
        client = self._client or self._connect(deadline)
        # A dripping server can hold one read for twice the timeout (its last wait starts just
        # before the library's own deadline), hence half of what is left.
        timeout_s = min(self._timeout_s, deadline.left_s() / 2)
        if timeout_s < LEAST_TIMEOUT_S:
            raise OutOfTimeError(f"{self.place} answers too slowly for this tick")
        client.comm_params.timeout_connect = timeout_s
        try:
            answer = client.read_holding_registers(address, count=count, device_id=unit)
        except self._closed as fault:
            self.close()
            raise ClosedError(f"{self.place} closed the connection") from fault
        except Exception as fault:
            # Not only ModbusException: garbage on the wire surfaces as ValueError, struct.error
            # or IndexError out of the library's decoders.
            self.close()
            raise SilentError(f"no answer from {self.place} within {timeout_s:.1f} s") from fault
        if answer.isError():
            raise RefusedError(unit, address, int(answer.exception_code))
        words = tuple(answer.registers)
        if answer.function_code != 3 or len(words) != count:
            self.close()
            raise SilentError(f"{self.place} gave an answer to another question")
        return words

    def close(self) -> None:
        """Drop the connection; the next read makes a new one. Idempotent."""
        plug, self._plug, self._client = self._plug, None, None
        if plug is not None:
            plug.close()

    def _connect(self, deadline: Deadline) -> ModbusTcpClient:
        address = self._address_of()
        timeout_s = min(self._timeout_s, deadline.left_s() / 2)
        if timeout_s < LEAST_TIMEOUT_S:
            raise OutOfTimeError(f"{self.place} answers too slowly for this tick")
        try:
            # Connected here and not by the library, which hides why it failed.
            plug = socket.create_connection((address, self._port), timeout=timeout_s)
        except ConnectionRefusedError:
            raise UnreachableError(
                f"connection to {self.place} refused: is Modbus TCP switched on? "
                "(Settings → Integrations → Modbus TCP server)"
            ) from None
        except TimeoutError:
            raise UnreachableError(
                f"no answer from {self.place} within {timeout_s:.1f} s"
            ) from None
        except OSError as fault:
            raise UnreachableError(
                f"cannot reach {self.place}: {fault.strerror or fault}"
            ) from None
        plug.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client = self._make(address, port=self._port, timeout=timeout_s, retries=0)
        client.socket = plug
        self._plug, self._client = plug, client
        return client
