"""Relay and knob as one load: sequences, faults, and what may never happen."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pvopt.act.gpio import RETRY_S, GpioActuator
from pvopt.act.pins import Pins
from pvopt.act.readback import PinReader
from pvopt.config.loads import Load
from pvopt.config.outputs import Curve, GpioOutput, Relay, Servo, SpiPot
from pvopt.config.service import Gpio
from pvopt.errors import ActuatorError, ConfigError
from pvopt.model import Command, Instant, Outcome, Reason, Why

REASON = Reason(Why.VISIBLE)


def command(watts: float, expires_s: float = math.inf, **more: Any) -> Command:
    return Command(more.pop("target", "heater"), watts, expires_s, REASON, **more)


class Bench:
    """One load on mock pins, ticked once a second."""

    def __init__(self, knob: Any = None, second_path: Any = None, **output: Any) -> None:
        knob = Servo(pin=21) if knob is None else knob
        curve = output.pop("curve", Curve(kind="linear", min_w=100.0))
        relay = output.pop("relay", Relay(pin=17))
        self.load = Load(
            id="heater",
            max_w=2000.0,
            output=GpioOutput(
                relay=relay, knob=None if knob == "none" else knob, curve=curve, **output
            ),
        )
        self.pins = Pins(Gpio(factory="mock"))
        self.reader = PinReader(self.pins)
        self.second_paths = 0
        self.second_path_faults: Sequence[str] = ()
        self.actuator = GpioActuator(self.load, self.pins, self._second_path)
        self.now_s = 0.0

    def _second_path(self) -> Sequence[str]:
        self.second_paths += 1
        return self.second_path_faults

    def tick(self, asked: Command | None, after_s: float = 1.0) -> Outcome:
        self.now_s += after_s
        return self.actuator.apply(asked, Instant(self.now_s, 0.0))

    def run(self, asked: Command | None, ticks: int = 12) -> Outcome:
        for _ in range(ticks):
            outcome = self.tick(asked)
        return outcome

    @property
    def closed(self) -> bool:
        return self.reader.read_relay(self.load)

    @property
    def knob_pct(self) -> float:
        return self.reader.read_knob_pct(self.load)

    def pin(self, number: int) -> Any:
        return self.pins.factory().pin(number)


def test_switching_on_takes_the_stated_ticks() -> None:
    bench = Bench(zero_hold_s=3.0)
    story = []
    for _ in range(8):
        outcome = bench.tick(command(1000.0))
        story.append((bench.closed, round(bench.knob_pct), outcome.pending))
    assert story == [
        (False, 0, True),  # homing
        (True, 0, True),  # zero is certain: relay
        (True, 0, True),
        (True, 0, True),
        (True, 50, True),  # 3 s after closing
        (True, 50, False),
        (True, 50, False),
        (True, 50, False),
    ]
    assert outcome == Outcome(
        "heater", 1000.0, expected_w=1000.0, position_pct=50.0, closed=True, moves=2, switches=1
    )


@pytest.mark.parametrize(("held_s", "up"), [(2.9, False), (3.0, True), (3.1, True)])
def test_zero_is_held_to_the_second(held_s: float, up: bool) -> None:
    bench = Bench(zero_hold_s=3.0)
    bench.tick(command(1000.0))
    bench.tick(command(1000.0))
    assert bench.closed
    bench.tick(command(1000.0), after_s=held_s)
    assert (bench.knob_pct > 0) is up


def test_switching_off_turns_the_knob_down_first() -> None:
    bench = Bench()
    bench.run(command(1000.0))
    outcome = bench.tick(command(0.0))
    assert (bench.closed, bench.knob_pct, outcome.pending) == (True, 0.0, True)
    assert outcome.expected_w == 0.0
    outcome = bench.tick(command(0.0))
    assert (bench.closed, outcome.pending, outcome.switches) == (False, False, 2)


@pytest.mark.parametrize(
    "asked",
    [
        None,
        command(0.0, urgent=True),
        command(1500.0, urgent=True),
        command(1500.0, target="another"),
        command(math.nan),
        command(math.inf),
        command(-math.inf),
        command(1500.0, expires_s=13.0),
        command(1500.0, expires_s=math.nan),
    ],
)
def test_danger_opens_the_relay_in_the_same_tick(asked: Command | None) -> None:
    bench = Bench()
    bench.run(command(1000.0))
    assert bench.closed
    outcome = bench.tick(asked)
    assert not bench.closed
    assert bench.knob_pct == 0
    assert (outcome.closed, outcome.expected_w, outcome.asked_w) == (False, 0.0, 0.0)


@pytest.mark.parametrize(("left_s", "closed"), [(0.01, True), (0.0, False), (-0.01, False)])
def test_a_command_holds_until_it_expires(left_s: float, closed: bool) -> None:
    bench = Bench()
    bench.run(command(1000.0))
    bench.tick(command(1000.0, expires_s=bench.now_s + 1.0 + left_s))
    assert bench.closed is closed


@pytest.mark.parametrize(("watts", "pct"), [(1.0, 0.0), (99.9, 0.0), (100.0, 5.0)])
def test_watts_below_what_the_knob_can_give_leave_the_relay_closed_at_zero(
    watts: float, pct: float
) -> None:
    bench = Bench()
    bench.run(command(1000.0))
    outcome = bench.run(command(watts))
    assert bench.closed
    assert bench.knob_pct == pytest.approx(pct)
    assert outcome.expected_w == pytest.approx(pct * 20)


def test_on_again_during_the_way_to_off_does_not_switch() -> None:
    bench = Bench()
    bench.run(command(1000.0))
    bench.tick(command(0.0))
    outcome = bench.run(command(500.0), 3)
    assert (outcome.closed, outcome.switches) == (True, 1)
    assert bench.knob_pct == pytest.approx(25)


def test_a_steady_command_puts_nothing_on_the_wire() -> None:
    bench = Bench()
    bench.run(command(1000.0))
    states = [len(bench.pin(pin).states) for pin in (17, 21)]
    outcomes = [bench.tick(command(1000.0)) for _ in range(5)]
    assert [len(bench.pin(pin).states) for pin in (17, 21)] == states
    assert not any(outcome.sent for outcome in outcomes)


def test_a_relay_alone_is_all_or_nothing_without_waiting() -> None:
    bench = Bench("none")
    outcome = bench.tick(command(1.0))
    assert bench.closed
    assert (outcome.expected_w, outcome.pending, outcome.position_pct) == (2000.0, False, 100.0)
    outcome = bench.tick(command(0.0))
    assert not bench.closed
    assert (outcome.expected_w, outcome.position_pct, outcome.switches) == (0.0, 0.0, 2)


def test_expected_watts_follow_a_slow_servo_up() -> None:
    bench = Bench(Servo(pin=21, full_travel_s=8.0), zero_hold_s=0.0)
    bench.run(command(1.0), 15)
    watts = [bench.tick(command(1000.0)).expected_w for _ in range(6)]
    assert watts == pytest.approx([0, 250, 500, 750, 1000, 1000])


def test_safe_opens_the_relay_before_the_knob_and_can_be_repeated() -> None:
    bench = Bench()
    bench.run(command(1000.0))
    order: list[int] = []
    for number in (17, 21):
        bench.pin(number).listeners += (lambda *_, number=number: order.append(number),)
    bench.actuator.safe()
    bench.actuator.safe()
    assert order == [17, 21]
    assert not bench.closed
    assert bench.second_paths == 0


def test_after_safe_the_next_command_starts_with_the_whole_sequence() -> None:
    bench = Bench(zero_hold_s=3.0)
    bench.run(command(1000.0))
    bench.actuator.safe()
    bench.tick(command(1000.0))
    assert not bench.closed  # zero is not certain yet
    bench.tick(command(1000.0))
    assert (bench.closed, bench.knob_pct) == (True, 0.0)


def test_close_gives_back_the_pins_off_and_nothing_moves_after_it() -> None:
    bench = Bench()
    bench.run(command(1000.0))
    bench.actuator.close()
    bench.actuator.close()
    assert (bench.pin(17).function, bench.pin(21).function) == ("input", "input")
    with pytest.raises(ActuatorError, match="given back"):
        bench.run(command(1000.0))
    assert not bench.closed
    GpioActuator(bench.load, bench.pins).close()


@pytest.mark.parametrize("pin", [17, 21])
def test_a_failing_driver_ends_with_the_relay_open_and_recovers_by_homing(
    pin: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = Bench()
    bench.run(command(1000.0))

    def broken(_state: float) -> None:
        raise OSError("the driver is gone")

    with monkeypatch.context() as patched:
        patched.setattr(bench.pin(pin), "_set_state", broken)
        with pytest.raises(ActuatorError, match="the driver is gone"):
            bench.run(None if pin == 17 else command(500.0), 2)
        assert not bench.closed
        bench.actuator.safe()  # as the loop does
    with pytest.raises(ActuatorError, match="the driver is gone"):
        bench.tick(command(500.0), after_s=RETRY_S - 0.1)
    bench.tick(command(500.0), after_s=0.1)
    assert not bench.closed
    outcome = bench.run(command(500.0))
    assert (bench.closed, outcome.expected_w) == (True, 500.0)
    assert outcome.switches == 3


def test_a_relay_that_cannot_be_opened_goes_by_the_second_path(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bench = Bench()
    bench.run(command(1000.0))
    bench.second_path_faults = ["GPIO17: held"]
    pin = bench.pin(17)
    monkeypatch.setattr(pin, "_set_state", lambda _state: None)
    with pytest.raises(ActuatorError, match=r"should be off; not off by .*: GPIO17: held"):
        bench.tick(None)
    assert bench.second_paths == 1
    bench.actuator.safe()
    assert bench.second_paths == 1  # it may take seconds


def test_a_second_path_that_raises_is_a_fault_like_another(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench()

    def broken() -> Sequence[str]:
        raise RuntimeError("no chip")

    monkeypatch.setattr(bench.actuator, "_second_path", broken)
    bench.run(command(1000.0))
    monkeypatch.setattr(bench.pin(17), "_set_state", lambda _state: None)
    bench.actuator.safe()
    assert "no chip" in bench.actuator.fault


def test_outputs_that_cannot_be_reached_at_the_start_are_tried_again() -> None:
    load = Bench().load
    calls = []
    actuator = GpioActuator(
        load,
        Pins(Gpio(factory="pigpio", pigpio_port=1)),
        lambda: calls.append(1) or (),  # type: ignore[func-returns-value]
    )
    assert "refused" in actuator.fault
    assert calls == [1]
    for second in range(3):
        with pytest.raises(ActuatorError, match="refused"):
            actuator.apply(command(1000.0), Instant(float(second), 0.0))
    actuator.close()


@pytest.mark.parametrize(
    ("knob", "words"),
    [
        (Servo(pin=21, min_us=2000, max_us=1000), "min_us"),
        (SpiPot(kind="mcp41010"), "isolated_control"),
    ],
)
def test_what_can_never_work_stops_the_start(knob: Any, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        Bench(knob)


def test_a_stopped_start_gives_back_the_relays_pin() -> None:
    pins = Pins(Gpio(factory="mock"))
    output = GpioOutput(relay=Relay(pin=17), knob=SpiPot(kind="mcp41010"))
    with pytest.raises(ConfigError):
        GpioActuator(Load(id="heater", max_w=2000.0, output=output), pins)
    assert pins.output(17).value == 0  # nobody else holds it


commands = st.one_of(
    st.none(),
    st.builds(
        Command,
        target=st.sampled_from(["heater", "heater", "heater", "other"]),
        setpoint_w=st.one_of(
            st.sampled_from([0.0, 0.0, 1.0, 500.0, 2000.0, math.nan, math.inf, -5.0]),
            st.floats(-100, 5000),
        ),
        expires_s=st.one_of(st.just(math.inf), st.just(math.nan), st.floats(0, 60)),
        reason=st.just(REASON),
        urgent=st.sampled_from([False, False, False, True]),
    ),
)
stories = st.lists(st.tuples(commands, st.sampled_from([0.0, 0.3, 1.0, 1.0, 2.5])), max_size=40)
servos = st.builds(
    Servo,
    pin=st.just(21),
    reverse=st.booleans(),
    approach=st.sampled_from(["any", "from_below", "from_above"]),
    full_travel_s=st.floats(0.2, 3),
    dead_low_pct=st.floats(0, 20),
)


@settings(max_examples=60)
@given(stories, servos, st.sampled_from(["active_high", "active_low", "released_when_off"]))
def test_no_sequence_closes_the_relay_off_zero_or_leaves_the_pulse_range(
    story: list[tuple[Command | None, float]], servo: Servo, wiring: Any
) -> None:
    bench = Bench(servo, relay=Relay(pin=17, wiring=wiring), zero_hold_s=3.0)
    closed_s = math.inf
    was_closed = False
    for asked, after_s in story:
        outcome = bench.tick(asked, after_s)
        closed, knob_pct = bench.closed, bench.knob_pct
        if closed and not was_closed:
            closed_s = bench.now_s
        was_closed = closed
        if closed and bench.now_s - closed_s < 3.0:
            assert knob_pct == 0
        if asked is None or asked.urgent or not bench.now_s < asked.expires_s:
            assert not closed
        pin = bench.pin(21)
        assert pin.last_pulse_us == 0 or 599.99 <= pin.last_pulse_us <= 2400.01
        assert outcome.closed == closed
        assert outcome.expected_w <= 2000.0 if closed else outcome.expected_w == 0
        assert outcome.expected_w <= 20.0 * knob_pct + 1e-6
    bench.actuator.close()
    assert not bench.closed
