"""The second off path: bytes to the kernel, words to the daemon, faults in words, bounded time."""

from __future__ import annotations

import ctypes
import errno
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pvopt import off
from pvopt.off import Kernel, OffPin, OffPlan, switch_off
from pvopt.off_mqtt import OffBroker, OffMessage
from tests.pigpiod_standin import INPUT, OUTPUT, Standin


class Attribute(ctypes.Structure):
    """struct gpio_v2_line_config_attribute of linux/gpio.h, written down a second time."""

    _fields_ = (
        ("id", ctypes.c_uint32),
        ("padding", ctypes.c_uint32),
        ("values", ctypes.c_uint64),
        ("mask", ctypes.c_uint64),
    )


class LineRequest(ctypes.Structure):
    """struct gpio_v2_line_request with its struct gpio_v2_line_config unfolded."""

    _fields_ = (
        ("offsets", ctypes.c_uint32 * 64),
        ("consumer", ctypes.c_char * 32),
        ("flags", ctypes.c_uint64),
        ("num_attrs", ctypes.c_uint32),
        ("config_padding", ctypes.c_uint32 * 5),
        ("attrs", Attribute * 10),
        ("num_lines", ctypes.c_uint32),
        ("event_buffer_size", ctypes.c_uint32),
        ("padding", ctypes.c_uint32 * 5),
        ("fd", ctypes.c_int32),
    )


class FakePi:
    """The kernel of a Pi: chips by name and label, lines that may be held for a while."""

    def __init__(self, **labels: str) -> None:
        self.labels = labels
        self.requests: list[tuple[str, LineRequest]] = []
        self.held: dict[int, int] = {}  # line: how many more requests find it held
        self.open_files: dict[int, str] = {}
        self.next_file = 100

    def kernel(self, pwm_root: str = "/none") -> Kernel:
        return Kernel(self._open, self._ioctl, self._close, self._listdir, pwm_root)

    def _listdir(self, _path: str) -> list[str]:
        return ["null", *self.labels]

    def _open(self, path: str, _flags: int) -> int:
        if Path(path).name not in self.labels:
            raise FileNotFoundError(errno.ENOENT, "No such file or directory")
        return self._new(path)

    def _new(self, path: str) -> int:
        self.next_file += 1
        self.open_files[self.next_file] = path
        return self.next_file

    def _close(self, file: int) -> None:
        del self.open_files[file]

    def _ioctl(self, file: int, number: int, buffer: bytearray) -> int:
        name = Path(self.open_files[file]).name
        if number == off.GET_CHIPINFO:
            buffer[:] = off.CHIP_INFO.pack(name.encode(), self.labels[name].encode(), 54)
            return 0
        assert number == off.GET_LINE
        request = LineRequest.from_buffer_copy(buffer)
        line = request.offsets[0]
        if self.held.get(line, 0) > 0:
            self.held[line] -= 1
            raise OSError(errno.EBUSY, "Device or resource busy")
        self.requests.append((name, request))
        request.fd = self._new("line")
        buffer[:] = bytes(request)
        return 0


def pi4() -> FakePi:
    return FakePi(gpiochip0="pinctrl-bcm2711", gpiochip1="raspberrypi-exp-gpio")


def test_layout_and_numbers_of_the_kernel() -> None:
    assert ctypes.sizeof(LineRequest) == off.LINE_REQUEST.size == 592
    # _IOWR(0xB4, 7, 592) and _IOR(0xB4, 1, 68), as asm-generic/ioctl.h puts them together
    assert off.GET_LINE == 3 << 30 | 592 << 16 | 0xB4 << 8 | 7
    assert 2 << 30 | off.CHIP_INFO.size << 16 | 0xB4 << 8 | 1 == off.GET_CHIPINFO


@pytest.mark.parametrize(("action", "bit"), [("low", 0), ("high", 1)])
def test_level_by_kernel(action: str, bit: int) -> None:
    pi = pi4()
    assert switch_off(OffPlan([OffPin("lgpio", 17, action)]), pi.kernel()) == []
    [(chip, request)] = pi.requests
    assert chip == "gpiochip0"
    assert (request.offsets[0], request.num_lines, request.consumer) == (17, 1, b"pvopt-off")
    assert request.flags == 1 << 3  # GPIO_V2_LINE_FLAG_OUTPUT
    assert request.num_attrs == 1
    assert (request.attrs[0].id, request.attrs[0].mask, request.attrs[0].values) == (2, 1, bit)
    assert pi.open_files == {}, "the line and the chip are given back"


@pytest.mark.parametrize("action", ["release", "still"])
def test_release_by_kernel(action: str) -> None:
    pi = pi4()
    assert switch_off(OffPlan([OffPin("lgpio", 17, action)]), pi.kernel()) == []
    [(_, request)] = pi.requests
    assert request.flags == 1 << 2 | 1 << 10  # INPUT, BIAS_DISABLED
    assert request.num_attrs == 0
    assert bytes(request.attrs) == bytes(240)


@pytest.mark.parametrize(
    ("labels", "chip", "found"),
    [
        ({"gpiochip0": "pinctrl-bcm2835"}, None, "gpiochip0"),
        ({"gpiochip0": "gpio-brcmstb@107d508500", "gpiochip4": "pinctrl-rp1"}, None, "gpiochip4"),
        ({"gpiochip0": "pinctrl-rp1", "gpiochip10": "gpio-brcmstb"}, None, "gpiochip0"),
        ({"gpiochip0": "pinctrl-bcm2711", "gpiochip2": "some-board"}, 2, "gpiochip2"),
    ],
)
def test_chip_by_label_or_number(labels: dict[str, str], chip: int | None, found: str) -> None:
    pi = FakePi(**labels)
    assert switch_off(OffPlan([OffPin("lgpio", 5, "low", chip)]), pi.kernel()) == []
    assert [name for name, _ in pi.requests] == [found]
    assert pi.open_files == {}


def test_no_chip_is_a_fault_in_words() -> None:
    [fault] = switch_off(OffPlan([OffPin("lgpio", 17, "low")]), FakePi(gpiochip0="x").kernel())
    assert fault == "GPIO17: no gpiochip of a Raspberry Pi's header"


def test_line_held_for_a_moment() -> None:
    pi = pi4()
    pi.held[17] = 3
    assert switch_off(OffPlan([OffPin("lgpio", 17, "low")]), pi.kernel()) == []
    assert len(pi.requests) == 1


def test_line_held_for_ever_costs_its_fault_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(off, "BUDGET_S", 0.2)
    pi = pi4()
    pi.held[17] = 10**9
    pins = [OffPin("lgpio", 17, "low"), OffPin("lgpio", 18, "still")]
    started_s = time.monotonic()
    assert switch_off(OffPlan(pins), pi.kernel()) == ["GPIO17: another running program holds it"]
    assert time.monotonic() - started_s < 1.0
    assert [request.offsets[0] for _, request in pi.requests] == [18]


def test_budget_as_shipped() -> None:
    assert off.BUDGET_S <= 2.0
    assert off.DAEMON_S < off.BUDGET_S


def test_relay_before_knob() -> None:
    pi = pi4()
    switch_off(OffPlan([OffPin("lgpio", 22, "high"), OffPin("lgpio", 4, "still")]), pi.kernel())
    assert [request.offsets[0] for _, request in pi.requests] == [22, 4]


def test_a_broken_system_call_does_not_stop_the_next_pin() -> None:
    class Broken(FakePi):
        def _ioctl(self, file: int, number: int, buffer: bytearray) -> int:
            if buffer[0] == 17:
                raise MemoryError("no room")
            return super()._ioctl(file, number, buffer)

    pi = Broken(gpiochip0="pinctrl-bcm2711")
    pins = [OffPin("lgpio", 17, "low", 0), OffPin("lgpio", 18, "low", 0)]
    [fault] = switch_off(OffPlan(pins), pi.kernel())
    assert fault == "GPIO17: MemoryError: no room"
    assert len(pi.requests) == 1


def test_mock_needs_nothing() -> None:
    assert switch_off(OffPlan([OffPin("mock", 17, "low")]), FakePi().kernel()) == []


def test_kernel_pwm(tmp_path: Path) -> None:
    enable = tmp_path / "pwmchip2/pwm1/enable"
    enable.parent.mkdir(parents=True)
    enable.write_text("1")
    plan = OffPlan([OffPin("kernel_pwm", 1, "still", 2), OffPin("kernel_pwm", 0, "still", 2)])
    assert switch_off(plan, Kernel(pwm_root=str(tmp_path))) == []
    assert enable.read_text() == "0"


@pytest.mark.parametrize(
    ("action", "mode", "level"), [("low", OUTPUT, 0), ("high", OUTPUT, 1), ("release", INPUT, 0)]
)
def test_by_daemon(standin: Standin, action: str, mode: int, level: int) -> None:
    standin.bank.write(17, 1 - level)
    plan = OffPlan([OffPin("pigpio", 17, action)], port=standin.port)
    assert switch_off(plan, FakePi().kernel()) == []
    assert (standin.bank.mode[17], standin.bank.level(17)) == (mode, level)


def test_daemon_ends_servo_pulses(standin: Standin) -> None:
    standin.bank.servo(18, 1500)
    plan = OffPlan([OffPin("pigpio", 18, "still")], port=standin.port)
    assert switch_off(plan, FakePi().kernel()) == []
    assert standin.bank.pulse_us == {}


@pytest.mark.parametrize("state", ["dead", "hung"])
def test_daemon_lost_goes_through_the_kernel(standin: Standin, state: str) -> None:
    standin.hang() if state == "hung" else standin.kill()
    pi = pi4()
    pins = [OffPin("pigpio", 17, "low"), OffPin("pigpio", 18, "still")]
    started_s = time.monotonic()
    assert switch_off(OffPlan(pins, port=standin.port), pi.kernel()) == []
    assert time.monotonic() - started_s < off.BUDGET_S
    # A knob is released: the daemon's DMA may go on pulsing, and an input takes no pulses.
    assert [(r.offsets[0], r.flags) for _, r in pi.requests] == [
        (17, 1 << 3),
        (18, 1 << 2 | 1 << 10),
    ]


def test_daemon_lost_and_no_kernel(standin: Standin) -> None:
    standin.kill()
    plan = OffPlan([OffPin("pigpio", 17, "low")], port=standin.port)
    [fault] = switch_off(plan, FakePi().kernel())
    assert fault.startswith("GPIO17: no gpiochip")
    assert f"pigpiod at 127.0.0.1:{standin.port}" in fault


def test_daemon_of_another_machine_is_not_replaced_by_our_own_pins(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refused(*_: object) -> None:
        raise ConnectionRefusedError("Connection refused")

    monkeypatch.setattr(off, "_connect", refused)
    pi = pi4()
    [fault] = switch_off(OffPlan([OffPin("pigpio", 17, "low")], "192.0.2.1"), pi.kernel())
    assert "only its daemon can reach it" in fault
    assert "192.0.2.1" in fault
    assert pi.requests == []


pins = st.builds(
    OffPin,
    st.sampled_from(off.DRIVERS),
    st.integers(0, 53),
    st.sampled_from(off.ACTIONS),
    st.none() | st.integers(0, 9),
)


@given(st.lists(pins, max_size=8), st.sampled_from(["127.0.0.1", "pi.local", "::1"]))
def test_plan_survives_the_pipe(some: list[OffPin], host: str) -> None:
    plan = OffPlan(some, host, 8888)
    assert "\n" not in plan.to_text()
    assert OffPlan.from_text(plan.to_text()) == plan


@given(st.lists(st.text(), min_size=10, max_size=10), st.booleans(), st.integers(0, 65535))
def test_what_is_said_survives_the_pipe(words: list[str], truth: bool, port: int) -> None:
    broker = OffBroker(words[0], port, words[1], words[2], words[3], truth, words[4], words[5])
    message = OffMessage(words[6], words[7], words[8], not truth)
    plan = OffPlan([OffPin("lgpio", 17, "low")], broker=broker, messages=[message, message])
    text = plan.to_text()
    assert "\n" not in text
    again = OffPlan.from_text(text)
    assert (again, again.messages[1].payload) == (plan, words[8])
    assert again.broker is not None
    assert (again.broker.password, again.broker.tls) == (words[3], truth)
    assert again.of_pins() == OffPlan([OffPin("lgpio", 17, "low")])


@pytest.mark.parametrize(
    "text",
    ["", "x", "h 1 lgpio:1:low", "h 1 lgpio:1:blink:", "h p lgpio:1:low:", "h 1 @00", "h 1 !zz:::"],
)
def test_what_is_no_plan(text: str) -> None:
    with pytest.raises(ValueError):
        OffPlan.from_text(text)


def test_small_enough_for_the_guardian() -> None:
    """Nothing that the guardian keeps in memory brings the big modules with it."""
    code = "import sys, pvopt.guardian; print(*sys.modules)"
    seen = subprocess.run(
        [sys.executable, "-S", "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    ).stdout.split()
    assert "pvopt.guardian" in seen
    large = {"typing", "re", "dataclasses", "inspect", "logging", "argparse", "socket", "ssl"}
    assert not large & set(seen)
    assert not {"pvopt.model", "attr", "yaml", "gpiozero", "subprocess", "json"} & set(seen)
