"""A servo's travel: pulse widths, dead zones, direction, resolution."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pvopt.act.travel import Travel
from pvopt.config.outputs import Servo
from pvopt.errors import ConfigError

servos = st.builds(
    Servo,
    pin=st.just(21),
    min_us=st.integers(500, 1400),
    max_us=st.integers(1500, 2500),
    resolution_us=st.floats(1, 200),
    reverse=st.booleans(),
    dead_low_pct=st.floats(0, 45),
    dead_high_pct=st.floats(0, 45),
)


def test_the_whole_range_by_default() -> None:
    travel = Travel.from_config(Servo(pin=21))
    widths = [travel.pulse_us(travel.share(pct)) for pct in (0, 50, 100)]
    assert widths == pytest.approx([600, 1500, 2400])


def test_reverse_swaps_the_ends() -> None:
    travel = Travel.from_config(Servo(pin=21, reverse=True))
    assert [travel.pulse_us(travel.share(pct)) for pct in (0, 100)] == pytest.approx([2400, 600])


def test_dead_zones_are_jumped_and_zero_is_the_very_end() -> None:
    travel = Travel.from_config(Servo(pin=21, dead_low_pct=10, dead_high_pct=20, resolution_us=1))
    assert travel.share(0) == 0.0
    assert travel.share(1) == pytest.approx(0.107, abs=0.001)
    assert travel.share(100) == pytest.approx(0.8)
    assert [travel.pct(share) for share in (0.05, 0.45, 0.9)] == pytest.approx([0, 50, 100])


@pytest.mark.parametrize(
    ("config", "words"),
    [
        (Servo(pin=21, min_us=2000, max_us=2000), "min_us"),
        (Servo(pin=21, dead_low_pct=50, dead_high_pct=50), "dead_low_pct"),
    ],
)
def test_no_room_is_refused(config: Servo, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        Travel.from_config(config)


@given(servos, st.floats(allow_nan=True, allow_infinity=True))
def test_pulses_stay_in_range_whatever_is_asked(config: Servo, pct: float) -> None:
    travel = Travel.from_config(config)
    width_us = travel.pulse_us(travel.share(pct))
    assert config.min_us - 1e-9 <= width_us <= config.max_us + 1e-9


@given(servos, st.floats(0, 100))
def test_there_and_back_loses_at_most_one_step_and_never_gains(config: Servo, pct: float) -> None:
    travel = Travel.from_config(config)
    share = travel.share_of_pulse(travel.pulse_us(travel.share(pct)))
    back = travel.pct(share)
    step = config.resolution_us / (config.max_us - config.min_us) * 100
    useful = 1 - (config.dead_low_pct + config.dead_high_pct) / 100
    assert back <= pct + 1e-4 / useful
    assert back >= pct - (step + 1e-4) / useful


def test_positions_are_multiples_of_the_resolution() -> None:
    travel = Travel.from_config(Servo(pin=21, resolution_us=5))
    widths = [travel.pulse_us(travel.share(pct / 10)) for pct in range(1001)]
    assert all(math.isclose((w - 600) / 5, round((w - 600) / 5), abs_tol=1e-6) for w in widths)
    assert len({round(w) for w in widths}) == 361
