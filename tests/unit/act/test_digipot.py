"""Digital potentiometers against chips that decode the bus by their data sheets."""

from __future__ import annotations

from typing import Any

import pytest

from pvopt.act.chips import STEPS_A_TICK
from pvopt.act.digipot import SpiPot, StepPot
from pvopt.act.pins import Pins
from pvopt.config import outputs
from pvopt.config.service import Gpio
from pvopt.errors import ConfigError


def spi(**config: Any) -> tuple[SpiPot, Any]:
    pins = Pins(Gpio(factory="mock"))
    made = outputs.SpiPot(isolated_control=True, **config)
    pot = SpiPot(made, pins)
    return pot, pins.factory().spi_pots[made.port, made.device]


def step(**config: Any) -> tuple[StepPot, Any]:
    pins = Pins(Gpio(factory="mock"))
    pot = StepPot(
        outputs.StepPot(
            kind="x9c103", inc_pin=5, ud_pin=6, cs_pin=13, isolated_control=True, **config
        ),
        pins,
    )
    return pot, pins.factory().step_pots[5]


@pytest.mark.parametrize(
    ("kind", "channel", "frames"),
    [
        ("mcp41010", 0, [0x1100, 0x117F, 0x11FF]),
        ("mcp42010", 0, [0x1100, 0x117F, 0x11FF]),
        ("mcp42010", 1, [0x1200, 0x127F, 0x12FF]),
        ("mcp4131", 0, [0x0000, 0x0040, 0x0080]),
        ("mcp4151", 0, [0x0000, 0x0080, 0x0100]),
    ],
)
@pytest.mark.parametrize("device", [0, 1])
def test_frames_on_the_bus(kind: str, channel: int, frames: list[int], device: int) -> None:
    pot, chip = spi(kind=kind, channel=channel, device=device)
    for pct in (0, 50, 100):
        pot.go(pct, 0.0)
    assert chip.frames == frames
    assert chip.wipers[channel] == chip.chip.taps - 1
    assert pot.position_pct == pot.certain_pct == 100
    assert pot.moves == 3
    pot.release()


def test_the_other_channel_is_left_alone() -> None:
    pot, chip = spi(kind="mcp42010", channel=1)
    pot.go(0, 0.0)
    assert chip.wipers == [128, 0]
    pot.release()


def test_reverse_wiring_has_zero_at_the_top() -> None:
    pot, chip = spi(kind="mcp4131", reverse=True)
    pot.go(0, 0.0)
    assert chip.wipers[0] == 128
    assert pot.at_zero
    assert pot.position_pct == 0
    pot.release()


def test_nothing_is_known_before_the_first_frame() -> None:
    pot, chip = spi(kind="mcp41010")
    assert not pot.at_zero
    assert pot.certain_pct == 0
    assert chip.frames == []
    assert pot.go(0, 0.0)
    assert not pot.go(0.3, 0.0)  # less than a tap
    assert pot.at_zero
    pot.release()


def test_zero_now_is_said_even_if_it_should_be_there() -> None:
    pot, chip = spi(kind="mcp41010")
    pot.go(0, 0.0)
    chip.wipers[0] = 200  # a disturbed bus
    pot.zero_now()
    assert chip.wipers[0] == 0
    pot.release()


@pytest.mark.parametrize(
    "config",
    [
        outputs.SpiPot(kind="mcp41010"),
        outputs.StepPot(kind="x9c104", inc_pin=5, ud_pin=6, cs_pin=13),
    ],
)
def test_without_an_isolated_control_input_it_is_refused(
    config: outputs.SpiPot | outputs.StepPot,
) -> None:
    maker: Any = SpiPot if isinstance(config, outputs.SpiPot) else StepPot
    with pytest.raises(ConfigError, match="isolated_control: true"):
        maker(config, Pins(Gpio(factory="mock")))


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"kind": "mcp41010", "channel": 1}, "no channel 1"),
        ({"kind": "mcp4131", "port": 1}, "port 0 only"),
    ],
)
def test_what_the_chip_or_bus_has_not_is_refused(config: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        spi(**config)


@pytest.mark.parametrize(("reverse", "zero"), [(False, 0), (True, 99)])
def test_homing_by_steps_takes_ticks_and_then_is_certain(reverse: bool, zero: int) -> None:
    pot, chip = step(reverse=reverse)
    assert pot.moving
    pot.go(0, 0.0)
    assert not pot.at_zero
    pot.advance(1.0)
    assert pot.at_zero
    assert chip.wiper == zero


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("path", [(50, 25, 100, 0), (1, 2, 3), (100, 99, 100)])
def test_wiper_and_position_agree_and_nothing_is_stored(
    path: tuple[float, ...], reverse: bool
) -> None:
    pot, chip = step(reverse=reverse)
    now_s = 0.0
    for pct in (0, *path):
        pot.go(pct, now_s)
        while pot.moving:
            now_s += 1
            pot.advance(now_s)
        expected = int(pct / 100 * 99 + 1e-9)
        assert chip.wiper == (99 - expected if reverse else expected)
        assert pot.position_pct == pytest.approx(100 * expected / 99)
    pot.zero_now()
    pot.release()
    assert chip.stores == 0


def test_one_tick_steps_no_further_than_its_time_allows() -> None:
    pot, chip = step()
    pot.go(0, 0.0)
    pot.advance(1.0)
    pot.go(100, 2.0)
    pot.go(100, 2.0)
    assert chip.wiper == STEPS_A_TICK
    assert pot.position_pct == pot.certain_pct < 100
    assert pot.farthest_pct == 100
    pot.go(100, 3.0)
    assert chip.wiper == 99


def test_zero_now_goes_all_the_way_at_once() -> None:
    pot, chip = step()
    for now_s in range(5):
        pot.go(100, float(now_s))
    pot.zero_now()
    assert chip.wiper == 0
    assert pot.at_zero
