"""Relay and servo through the real pigpio client against a daemon whose pins outlive it."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from pvopt.act.gpio import RETRY_S, GpioActuator
from pvopt.act.off_plan import off_plan
from pvopt.act.pins import Pins
from pvopt.config.loads import Load
from pvopt.config.outputs import Curve, GpioOutput, Relay, Servo, SpiPot
from pvopt.config.service import Gpio
from pvopt.errors import ActuatorError
from pvopt.model import Command, Instant, Outcome, Reason, Why
from pvopt.off import Kernel, switch_off
from tests.pigpiod_standin import PinBank, Standin

RELAY, SERVO = 17, 21


class BankKernel(Kernel):
    """The kernel's road to the same pins: what it sets is in the stand-in's bank."""

    def __init__(self, bank: PinBank) -> None:
        super().__init__()
        self.bank = bank

    def set_line(self, chip: int | None, offset: int, action: str) -> None:
        if action in ("low", "high"):
            self.bank.write(offset, int(action == "high"))
        else:
            self.bank.set_mode(offset, 0)


class Bench:
    def __init__(self, daemon: Standin, knob: Any = None, **relay: Any) -> None:
        self.daemon = daemon
        self.load = Load(
            id="heater",
            max_w=2000.0,
            output=GpioOutput(
                relay=Relay(pin=RELAY, **relay),
                knob=knob or Servo(pin=SERVO),
                curve=Curve(kind="linear"),
            ),
        )
        gpio = Gpio(factory="pigpio", pigpio_port=daemon.port)
        self.pins = Pins(gpio)
        self.plan = off_plan([self.load], gpio)
        self.second_paths = 0
        self.actuator = GpioActuator(self.load, self.pins, self.second_path)
        self.now_s = 0.0

    def second_path(self) -> Sequence[str]:
        self.second_paths += 1
        return switch_off(self.plan, BankKernel(self.daemon.bank))

    def tick(self, watts: float = 1000.0, after_s: float = 1.0) -> Outcome:
        self.now_s += after_s
        command = Command("heater", watts, math.inf, Reason(Why.VISIBLE))
        return self.actuator.apply(command, Instant(self.now_s, 0.0))

    def run(self, watts: float, ticks: int = 10) -> Outcome:
        for _ in range(ticks):
            outcome = self.tick(watts)
        return outcome

    @property
    def level(self) -> int:
        return self.daemon.bank.level(RELAY)


@pytest.fixture
def bench(standin: Standin) -> Iterator[Bench]:
    made = Bench(standin)
    yield made
    made.actuator.close()
    made.pins.close()


def test_relay_and_servo_do_what_was_asked(bench: Bench) -> None:
    bank = bench.daemon.bank
    assert (bench.level, bank.mode[RELAY]) == (0, 1)
    bench.tick()
    assert (bench.level, bank.pulse_us) == (0, {SERVO: 600})
    bench.tick()
    assert (bench.level, bank.pulse_us) == (1, {})
    for _ in range(3):
        bench.tick()
    assert bank.pulse_us == {SERVO: 1500}
    outcome = bench.tick()
    assert (bench.level, bank.pulse_us) == (1, {})  # pulses end after the move
    assert (outcome.expected_w, outcome.pending) == (1000.0, False)
    bench.run(0.0, 2)
    assert bench.level == 0


def test_the_servo_has_steps_of_5_us(standin: Standin) -> None:
    bench = Bench(standin, Servo(pin=SERVO, deadband_pct=0))
    bench.run(1.0)
    widths = set()
    for step in range(1, 101):
        bench.tick(step * 20.0)
        widths.add(bench.daemon.bank.pulse_us[SERVO])
    assert len(widths) == 100
    assert all(width % 5 == 0 for width in widths)
    bench.actuator.close()


@pytest.mark.parametrize(
    ("relay", "off", "on"),
    [
        ({"wiring": "active_low"}, (1, 1), (1, 0)),
        ({"wiring": "released_when_off"}, (0, 0), (1, 1)),
        ({"wiring": "released_when_off", "driven_level": 0}, (0, 0), (1, 0)),
    ],
)
def test_other_wirings(
    standin: Standin, relay: dict[str, Any], off: tuple[int, int], on: tuple[int, int]
) -> None:
    def seen() -> tuple[int, int]:
        return standin.bank.mode.get(RELAY, 0), standin.bank.level(RELAY)

    bench = Bench(standin, **relay)
    assert seen() == off
    bench.run(1000.0)
    assert seen() == on
    bench.run(0.0)
    assert seen() == off
    bench.actuator.close()
    assert standin.bank.mode[RELAY] == 0


def test_an_active_low_relay_is_never_driven_low_at_the_start(standin: Standin) -> None:
    Bench(standin, wiring="active_low").actuator.close()
    writes = [(cmd.name, p2) for cmd, p1, p2 in standin.log if p1 == RELAY and cmd.name == "WRITE"]
    modes = [p2 for cmd, p1, p2 in standin.log if p1 == RELAY and cmd.name == "MODES"]
    assert set(writes) == {("WRITE", 1)}
    assert set(modes) == {0}  # the direction comes with the level, never before it


def test_a_pot_on_the_daemons_bus(standin: Standin) -> None:
    bench = Bench(standin, SpiPot(kind="mcp4151", isolated_control=True))
    bench.run(1000.0)
    assert standin.spi_sent == [b"\x00\x00", b"\x00\x80"]
    bench.actuator.close()


@pytest.mark.parametrize("loss", ["kill", "hang"])
def test_a_lost_daemon_is_off_by_the_second_path_and_comes_back_by_homing(
    bench: Bench, loss: str
) -> None:
    bench.run(1000.0)
    getattr(bench.daemon, loss)()
    assert bench.level == 1
    began_s = time.monotonic()
    with pytest.raises(ActuatorError, match="pigpiod is lost"):
        bench.tick()
    assert time.monotonic() - began_s < 5.0
    assert bench.level == 0
    bench.actuator.safe()
    assert bench.second_paths == 1

    bench.daemon.resume() if loss == "hang" else bench.daemon.restart()
    with pytest.raises(ActuatorError):
        bench.tick(after_s=RETRY_S - 0.1)
    outcome = bench.tick(after_s=0.1)
    assert (bench.level, outcome.closed, outcome.pending) == (0, False, True)
    assert bench.daemon.bank.pulse_us == {SERVO: 600}
    outcome = bench.run(1000.0)
    assert (bench.level, outcome.expected_w) == (1, 1000.0)


def test_a_daemon_that_stays_away_costs_little_each_tick(bench: Bench) -> None:
    bench.run(1000.0)
    bench.daemon.hang()
    with pytest.raises(ActuatorError):
        bench.tick()
    began_s = time.monotonic()
    for _ in range(4):
        with pytest.raises(ActuatorError):
            bench.tick()
    bench.actuator.safe()
    assert time.monotonic() - began_s < 3.0  # two attempts of half a second each
    bench.daemon.resume()


def test_no_thread_and_no_spinning_after_the_daemon_died(standin: Standin) -> None:
    before = set(threading.enumerate())
    bench = Bench(standin)
    bench.run(1000.0)
    standin.kill()
    with pytest.raises(ActuatorError):
        bench.tick()
    cpu_s, wall_s = time.process_time(), time.monotonic()
    threading.Event().wait(0.3)
    spent = (time.process_time() - cpu_s) / (time.monotonic() - wall_s)
    assert set(threading.enumerate()) <= before
    assert spent < 0.25  # the client's own thread would burn a whole core
    bench.actuator.close()


def test_the_client_starts_no_thread(standin: Standin) -> None:
    before = threading.active_count()
    bench = Bench(standin)
    assert threading.active_count() == before
    bench.actuator.close()


def test_a_daemon_that_hangs_at_the_start_does_not_hang_us(standin: Standin) -> None:
    standin.hang()
    began_s = time.monotonic()
    bench = Bench(standin)
    assert time.monotonic() - began_s < 5.0
    assert "no answer" in bench.actuator.fault
    assert bench.second_paths == 1
    standin.resume()
    bench.run(1000.0)
    assert bench.level == 1
    bench.actuator.close()


def test_a_restarted_daemon_that_forgot_the_pin_is_found(bench: Bench) -> None:
    bench.run(1000.0)
    bench.daemon.bank.set_mode(RELAY, 0)
    with pytest.raises(ActuatorError, match="the pin is off, it should be on"):
        bench.tick()


def test_a_relay_on_another_driver_opens_when_the_servos_daemon_is_lost(standin: Standin) -> None:
    board = Pins(Gpio(factory="mock")).factory()
    pins = Pins(Gpio(factory="lgpio", pigpio_port=standin.port))
    pins._factories["lgpio"] = board  # this machine has no gpiochip
    bench = Bench(standin, Servo(pin=SERVO, pulse="pigpio"))
    bench.actuator.close()
    bench.actuator = GpioActuator(bench.load, pins, bench.second_path)
    bench.run(1000.0)
    assert (board.pin(RELAY).state, standin.bank.pulse_us) == (1, {})
    standin.kill()
    assert bench.tick(1000.0).closed  # nothing to send: not noticed, and no harm
    with pytest.raises(ActuatorError, match=r"servo on GPIO21 by pigpiod: .* lost"):
        bench.tick(500.0)
    assert not board.pin(RELAY).state
    assert bench.second_paths == 0
    standin.restart()
    bench.now_s += RETRY_S
    assert bench.run(500.0).expected_w == 500.0
    bench.actuator.close()


def test_closing_leaves_the_relay_released_and_the_daemon_without_clients(bench: Bench) -> None:
    bench.run(1000.0)
    bench.actuator.close()
    bench.pins.close()
    assert bench.level == 0
    assert bench.daemon.bank.mode[RELAY] == 0
    assert bench.daemon.bank.pulse_us == {}
