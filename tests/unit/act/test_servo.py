"""The servo as a knob: where it certainly is, what moves are made, when pulses end."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pvopt.act.servo import SETTLE_S, Servo
from pvopt.config.outputs import Servo as ServoConfig


class Recorder:
    """A pulse output that writes down what it is told; 0 is no pulse."""

    def __init__(self) -> None:
        self.widths_us: list[float] = []
        self.width_us = 0.0

    def set_us(self, width_us: float) -> None:
        self.width_us = round(width_us, 6)
        self.widths_us.append(self.width_us)

    def off(self) -> None:
        self.width_us = 0.0

    def close(self) -> None:
        self.off()


def homed(**config: object) -> tuple[Servo, Recorder]:
    """A servo at zero, at the time 10 s, with an empty record."""
    pulse = Recorder()
    servo = Servo(ServoConfig(pin=21, **config), pulse)  # type: ignore[arg-type]
    servo.go(0, 0.0)
    servo.advance(10.0)
    assert servo.at_zero
    pulse.widths_us.clear()
    servo.moves = 0
    return servo, pulse


def settle(servo: Servo, start_s: float = 10.0) -> float:
    """Tick every second until it rests; the time then."""
    for tick in range(1, 20):
        servo.advance(start_s + tick)
        if not servo.moving:
            return start_s + tick
    raise AssertionError("the servo never rests")


@pytest.mark.parametrize(("after_s", "there"), [(0.8 + SETTLE_S - 0.01, False), (0.91, True)])
def test_homing_takes_the_whole_travel_because_the_horn_may_be_anywhere(
    after_s: float, there: bool
) -> None:
    servo = Servo(ServoConfig(pin=21, full_travel_s=0.8), Recorder())
    assert not servo.at_zero
    assert servo.go(0, 0.0)
    servo.advance(after_s)
    assert servo.at_zero is there


def test_pulses_end_after_the_move() -> None:
    servo, pulse = homed(full_travel_s=2.0)
    servo.go(50, 10.0)
    assert pulse.width_us == 1500
    servo.advance(11.0)
    assert pulse.width_us == 1500
    servo.advance(11.2)
    assert pulse.width_us == 0
    assert servo.position_pct == servo.certain_pct == 50


def test_on_the_way_up_the_position_is_interpolated_at_the_slow_speed() -> None:
    servo, _ = homed(full_travel_s=4.0)
    servo.go(100, 10.0)
    servo.advance(11.0)
    assert servo.position_pct == servo.certain_pct == 25
    assert servo.farthest_pct == 100


def test_on_the_way_down_only_the_goal_is_certain() -> None:
    servo, _ = homed(full_travel_s=4.0)
    servo.go(100, 10.0)
    settle(servo)
    servo.go(20, 20.0)
    servo.advance(21.0)
    assert servo.position_pct == 75
    assert servo.certain_pct == pytest.approx(20, abs=0.3)
    assert servo.farthest_pct == 75
    settle(servo)
    assert servo.farthest_pct == servo.position_pct


def test_an_overtaken_move_is_given_the_time_of_the_longest_way() -> None:
    servo, _ = homed(full_travel_s=4.0)
    servo.go(100, 10.0)
    servo.go(0, 10.5)  # by the estimate at 12 %, but a quick servo is at the far end already
    servo.advance(14.5)
    assert not servo.at_zero
    servo.advance(14.7)
    assert servo.at_zero


@pytest.mark.parametrize(
    ("pct", "moved"), [(51.8, False), (52.2, True), (48.2, False), (47.8, True)]
)
def test_deadband(pct: float, moved: bool) -> None:
    servo, _ = homed(deadband_pct=2.0, resolution_us=1)
    servo.go(50, 10.0)
    settle(servo)
    assert servo.go(pct, 20.0) is moved
    assert servo.moves == 1 + moved


@pytest.mark.parametrize("end", [0.0, 100.0])
def test_the_ends_are_reached_in_spite_of_the_deadband(end: float) -> None:
    servo, _ = homed(deadband_pct=20.0)
    servo.go(abs(end - 8) if end else 30.0, 10.0)
    settle(servo)
    if not end:
        servo.go(5.0, 15.0)
        settle(servo, 15.0)
    assert servo.go(end, 20.0)
    settle(servo, 20.0)
    assert servo.position_pct == end


def test_a_repeated_position_sends_nothing() -> None:
    servo, pulse = homed()
    assert servo.go(40, 10.0)
    assert not servo.go(40, 11.0)
    settle(servo, 11.0)
    assert not servo.go(40, 20.0)
    assert len(pulse.widths_us) == 1


@pytest.mark.parametrize(
    ("approach", "first", "then", "widths_us"),
    [
        ("any", 80, 40, [1320]),
        ("from_below", 80, 40, [1320 - 54, 1320]),
        ("from_below", 20, 40, [1320]),
        ("from_above", 20, 40, [1320 + 54, 1320]),
        ("from_above", 80, 40, [1320]),
        ("from_below", 80, 0, [600]),
        ("from_below", 80, 2, [600, 635]),
        ("from_above", 20, 100, [2400]),
        ("from_above", 20, 99, [2400, 2380]),
    ],
)
def test_backlash_is_taken_up_from_one_side(
    approach: str, first: float, then: float, widths_us: list[float]
) -> None:
    servo, pulse = homed(approach=approach, overshoot_pct=3.0)
    servo.go(first, 10.0)
    end_s = settle(servo)
    pulse.widths_us.clear()
    servo.moves = 0
    servo.go(then, end_s)
    assert servo.moving
    settle(servo, end_s)
    assert pulse.widths_us == widths_us
    assert servo.moves == len(widths_us)


def test_zero_now_needs_no_clock_and_is_timed_from_the_next_tick() -> None:
    servo, pulse = homed(full_travel_s=4.0)
    servo.go(100, 10.0)
    servo.zero_now()
    assert pulse.width_us == 600
    servo.advance(100.0)
    assert not servo.at_zero
    servo.advance(104.2)
    assert servo.at_zero


def test_zero_now_twice_moves_once() -> None:
    servo, pulse = homed()
    servo.go(100, 10.0)
    servo.zero_now()
    servo.zero_now()
    assert pulse.widths_us == [2400, 600]


steps = st.lists(st.tuples(st.floats(-10, 110), st.floats(0, 3)), max_size=30)
approaches = st.sampled_from(["any", "from_below", "from_above"])


@settings(max_examples=60)
@given(steps, approaches, st.booleans(), st.floats(0.2, 5))
def test_a_horn_of_any_speed_up_to_the_stated_one_is_at_zero_when_the_servo_says_so(
    sequence: list[tuple[float, float]], approach: Any, reverse: bool, travel_s: float
) -> None:
    pulse = Recorder()
    config = ServoConfig(
        pin=21,
        approach=approach,
        reverse=reverse,
        full_travel_s=travel_s,
    )
    servo = Servo(config, pulse)
    off_us = 2400.0 if reverse else 600.0
    horns_us = {1.0: 1500.0, 7.0: 3000.0 - off_us}  # by speed, in multiples of the stated one
    now_s = 0.0
    servo.go(0, now_s)
    for pct, later_s in [*sequence, (0.0, 6.0), (0.0, 6.0), (0.0, 6.0)]:
        servo.go(pct, now_s)
        if pulse.width_us:
            assert 600 <= pulse.width_us <= 2400
        for speed, horn_us in horns_us.items():
            if pulse.width_us:
                way_us = 1800 / travel_s * speed * later_s
                gap_us = pulse.width_us - horn_us
                horns_us[speed] = horn_us + max(-way_us, min(way_us, gap_us))
        now_s += later_s
        servo.advance(now_s)
        if servo.at_zero:
            assert list(horns_us.values()) == pytest.approx([off_us, off_us])
    assert servo.at_zero
