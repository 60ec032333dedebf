"""Switching the outputs off by a second path: no loop, no driver library, no daemon needed.

Used by the guardian when the loop died or hangs, by ``outputs-off``, and where pigpiod is lost.
Standard library only and small, because the guardian keeps it in memory all day.

Loads behind a broker hear it there (``pvopt.off_mqtt``). Two roads to a pin:

* the kernel's GPIO character device, ``GPIO_V2_GET_LINE_IOCTL`` of ``linux/gpio.h``. On a Pi the
  kernel keeps the level of a line after it is given back, so that off stays off;
* pigpiod's socket, for pins that a running daemon drives. A dead or hung daemon on this machine
  is passed by through the kernel: it claims no lines there.
"""

from __future__ import annotations

import errno
import fcntl
import os
import select
import struct

# The C module under ``socket``: the guardian keeps it all day, and the rest is a megabyte.
from _socket import SOCK_STREAM, getaddrinfo
from _socket import socket as Socket  # noqa: N812

from pvopt.clock import Deadline
from pvopt.off_mqtt import OffBroker, OffMessage, say_off

TYPE_CHECKING = False  # the typing module would cost the guardian half a megabyte
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

BUDGET_S = 2.0  # all pins together, whatever happens
DAEMON_S = 0.5  # of which pigpiod may take
HELD_RETRY_S = 0.05  # the kernel frees the lines of a killed process a moment later
PORT = 8888

# linux/gpio.h
CHIP_INFO = struct.Struct("32s32sI")  # struct gpiochip_info: name, label, lines
# struct gpio_v2_line_request with one attribute used: offsets[64], consumer, config (flags,
# num_attrs, padding[5], one attribute (id, padding, values, mask), nine empty ones),
# num_lines, event_buffer_size, padding[5], fd
LINE_REQUEST = struct.Struct("=I252x32sQI20xIIQQ216xII20xi")
GET_CHIPINFO = 0x8044B401  # _IOR(0xB4, 0x01, struct gpiochip_info)
GET_LINE = 0xC250B407  # _IOWR(0xB4, 0x07, struct gpio_v2_line_request)
FLAG_INPUT, FLAG_OUTPUT, FLAG_BIAS_DISABLED = 1 << 2, 1 << 3, 1 << 10
ATTR_OUTPUT_VALUES = 2
# The 40-pin header's chip, whose line numbers are the GPIO numbers: Pi 5, Pi 4, older ones.
HEADER_CHIPS = ("pinctrl-rp1", "pinctrl-bcm2711", "pinctrl-bcm2835")

# pigpio's socket interface: command numbers and message layouts
PI_MODES, PI_PUD, PI_WRITE = 0, 2, 4
PI_REQUEST, PI_REPLY = struct.Struct("<IIII"), struct.Struct("<IIIi")

DRIVERS = ("lgpio", "pigpio", "kernel_pwm", "mock")
ACTIONS = ("low", "high", "release", "still")


class OffPin:
    """One output and what turns it off.

    ``driver``: who drives it in operation. ``number``: GPIO number (BCM); for ``kernel_pwm`` the
    PWM channel. ``chip``: number of the gpiochip or pwmchip, None: the header's own chip, or 0.
    ``action``: ``low`` or ``high`` level, ``release`` (input, no pull), ``still`` (a knob's servo
    pulses end; the knob stays where it is).
    """

    __slots__ = ("action", "chip", "driver", "number")

    def __init__(self, driver: str, number: int, action: str, chip: int | None = None) -> None:
        if driver not in DRIVERS or action not in ACTIONS:
            raise ValueError(f"no such driver or action: {driver}, {action}")
        self.driver, self.number, self.action, self.chip = driver, number, action, chip

    def __str__(self) -> str:
        if self.driver == "kernel_pwm":
            return f"PWM channel {self.number} of pwmchip{self.chip or 0}"
        return f"GPIO{self.number}"

    def __repr__(self) -> str:
        return f"OffPin({self.driver!r}, {self.number}, {self.action!r}, {self.chip})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, OffPin) and repr(self) == repr(other)

    def __hash__(self) -> int:
        return hash(repr(self))


class OffPlan:
    """All outputs, relays before knobs, and where pigpiod listens; what to say to a broker."""

    __slots__ = ("broker", "host", "messages", "pins", "port")

    def __init__(
        self,
        pins: Iterable[OffPin] = (),
        host: str = "127.0.0.1",
        port: int = PORT,
        broker: OffBroker | None = None,
        messages: Iterable[OffMessage] = (),
    ) -> None:
        self.pins, self.host, self.port = tuple(pins), host, port
        self.broker, self.messages = broker, tuple(messages)

    def of_pins(self) -> OffPlan:
        """The part of this machine's pins."""
        return OffPlan(self.pins, self.host, self.port)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, OffPlan) and self.to_text() == other.to_text()

    def __hash__(self) -> int:
        return hash(self.to_text())

    def to_text(self) -> str:
        """One line: host, port, ``driver:number:action:chip`` for every pin, then ``@`` with the
        broker and ``!`` with each message. It holds the broker's password: for a pipe only."""
        words = [self.host, str(self.port)]
        for pin in self.pins:
            chip = "" if pin.chip is None else pin.chip
            words.append(f"{pin.driver}:{pin.number}:{pin.action}:{chip}")
        if self.broker is not None:
            words.append(f"@{self.broker.to_text()}")
        words += [f"!{message.to_text()}" for message in self.messages]
        return " ".join(words)

    @classmethod
    def from_text(cls, text: str) -> OffPlan:
        """The plan of ``to_text``; ValueError if it is not one."""
        host, port, *words = text.split(" ")
        pins, broker, messages = [], None, []
        for word in words:
            if word[:1] == "@":
                broker = OffBroker.from_text(word[1:])
                continue
            if word[:1] == "!":
                messages.append(OffMessage.from_text(word[1:]))
                continue
            driver, number, action, chip = word.split(":")
            pins.append(OffPin(driver, int(number), action, int(chip) if chip else None))
        return cls(pins, host, int(port), broker, messages)


class Kernel:
    """The system calls that reach a pin; tests put their own in their place."""

    def __init__(
        self,
        open_: Callable[[str, int], int] = os.open,
        ioctl: Callable[[int, int, bytearray], int] = fcntl.ioctl,
        close: Callable[[int], None] = os.close,
        listdir: Callable[[str], list[str]] = os.listdir,
        pwm_root: str = "/sys/class/pwm",
    ) -> None:
        self.open, self.ioctl, self.close, self.listdir = open_, ioctl, close, listdir
        self.pwm_root = pwm_root

    def chip_path(self, chip: int | None) -> str:
        """Device of a gpiochip by number, or of the 40-pin header's chip; OSError if none."""
        if chip is not None:
            return f"/dev/gpiochip{chip}"
        for name in sorted(n for n in self.listdir("/dev") if n.startswith("gpiochip")):
            device = self.open(f"/dev/{name}", os.O_RDWR | os.O_CLOEXEC)
            try:
                answer = bytearray(CHIP_INFO.size)
                self.ioctl(device, GET_CHIPINFO, answer)
                label = CHIP_INFO.unpack(answer)[1].rstrip(b"\0").decode(errors="replace")
            finally:
                self.close(device)
            if label in HEADER_CHIPS:
                return f"/dev/{name}"
        raise OSError(errno.ENODEV, "no gpiochip of a Raspberry Pi's header")

    def set_line(self, chip: int | None, offset: int, action: str) -> None:
        """Drive a line once and give it back. OSError if it cannot be had.

        ``still`` releases the line: a daemon that hangs may go on pulsing the pin by DMA, and
        an input takes no pulses.
        """
        flags, values, attributes = FLAG_INPUT | FLAG_BIAS_DISABLED, 0, 0
        if action in ("low", "high"):
            flags, values, attributes = FLAG_OUTPUT, int(action == "high"), 1
        attribute = (ATTR_OUTPUT_VALUES, 0, values, 1) if attributes else (0, 0, 0, 0)
        request = bytearray(
            LINE_REQUEST.pack(offset, b"pvopt-off", flags, attributes, *attribute, 1, 0, 0)
        )
        device = self.open(self.chip_path(chip), os.O_RDWR | os.O_CLOEXEC)
        try:
            self.ioctl(device, GET_LINE, request)
        finally:
            self.close(device)
        line: int = LINE_REQUEST.unpack(request)[-1]
        if line > 0:
            self.close(line)

    def stop_pwm(self, chip: int | None, channel: int) -> None:
        """End the kernel's pulses; a channel that was never exported gives none."""
        path = f"{self.pwm_root}/pwmchip{chip or 0}/pwm{channel}/enable"
        try:
            enable = self.open(path, os.O_WRONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return
        try:
            os.write(enable, b"0")
        finally:
            self.close(enable)


def switch_off(plan: OffPlan, kernel: Kernel | None = None) -> list[str]:
    """Everything off, in the plan's order. Returns what failed, in words; [] when all is off.

    Never raises and ends within ``BUDGET_S`` seconds, and as much again for a broker. Mock pins
    need nothing.
    """
    deadline = Deadline(BUDGET_S)
    kernel = kernel or Kernel()
    done, complaint = _through_daemon(plan)
    faults: list[str] = []
    for pin in plan.pins:
        if pin.driver == "mock" or pin in done:
            continue
        if pin.driver == "pigpio" and not _is_here(plan.host):
            faults.append(f"{pin}: only its daemon can reach it; {complaint}")
            continue
        fault = _through_kernel(pin, kernel, deadline)
        if fault:
            faults.append(f"{fault}; {complaint}" if pin.driver == "pigpio" else fault)
    return faults + say_off(plan.broker, plan.messages)


def _is_here(host: str) -> bool:
    return host in ("localhost", "::1") or host.startswith("127.")


def _through_kernel(pin: OffPin, kernel: Kernel, deadline: Deadline) -> str:
    """One pin by ioctl or sysfs; waits while the line is still held. Returns the fault or ''."""
    while True:
        try:
            if pin.driver == "kernel_pwm":
                kernel.stop_pwm(pin.chip, pin.number)
            else:
                kernel.set_line(pin.chip, pin.number, pin.action)
            return ""
        except OSError as error:
            if error.errno != errno.EBUSY:
                return f"{pin}: {error.strerror or error}"
            if deadline.left_s() < HELD_RETRY_S:
                return f"{pin}: another running program holds it"
        except Exception as error:  # the last road to off must try the next pin
            return f"{pin}: {type(error).__name__}: {error}"
        select.select([], [], [], HELD_RETRY_S)


def _through_daemon(plan: OffPlan) -> tuple[set[OffPin], str]:
    """The pins that pigpiod has switched off, and what it has to answer for, in words."""
    done: set[OffPin] = set()
    complaint = ""
    pins = [pin for pin in plan.pins if pin.driver == "pigpio"]
    if not pins:
        return done, complaint
    deadline = Deadline(DAEMON_S)
    try:
        sock = _connect(plan.host, plan.port, deadline)
        try:
            for pin in pins:
                result = min(_ask(sock, deadline, *words) for words in _daemon_words(pin))
                if result < 0:
                    complaint = f"pigpiod answered with error {result}"
                else:
                    done.add(pin)
        finally:
            sock.close()
    except Exception as error:  # whatever it was, the kernel's road comes next
        complaint = f"pigpiod at {plan.host}:{plan.port}: {error or type(error).__name__}"
    return done, complaint


def _connect(host: str, port: int, deadline: Deadline) -> Socket:
    """A connection within the deadline, at the first of the host's addresses that answers."""
    failure: OSError = OSError(f"no address for {host}")
    for family, kind, protocol, _, address in getaddrinfo(host, port, 0, SOCK_STREAM):
        sock = Socket(family, kind, protocol)
        try:
            sock.settimeout(max(0.001, deadline.left_s()))
            sock.connect(address)
        except OSError as error:
            failure = error
            sock.close()
        else:
            return sock
    raise failure


def _daemon_words(pin: OffPin) -> list[tuple[int, int, int]]:
    """Commands for one pin. A plain write also ends servo pulses."""
    if pin.action == "release":
        return [(PI_MODES, pin.number, 0), (PI_PUD, pin.number, 0)]
    return [(PI_WRITE, pin.number, int(pin.action == "high"))]


def _ask(sock: Socket, deadline: Deadline, command: int, p1: int, p2: int) -> int:
    """One command and its result; TimeoutError when the daemon's time is spent."""
    sock.settimeout(max(0.001, deadline.left_s()))
    sock.sendall(PI_REQUEST.pack(command, p1, p2, 0))
    reply = b""
    while len(reply) < PI_REPLY.size:
        sock.settimeout(max(0.001, deadline.left_s()))
        chunk = sock.recv(PI_REPLY.size - len(reply))
        if not chunk:
            raise ConnectionError("closed the connection")
        reply += chunk
    result: int = PI_REPLY.unpack(reply)[3]
    return result
