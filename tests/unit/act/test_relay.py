"""Relays of every wiring on mock pins: off first, no blip, read back."""

from __future__ import annotations

from typing import Any

import pytest

from pvopt.act.pins import Pins
from pvopt.act.relay import Relay
from pvopt.config.outputs import Relay as RelayConfig
from pvopt.config.service import Gpio
from pvopt.errors import ActuatorError

WIRINGS = [
    RelayConfig(pin=17),
    RelayConfig(pin=17, wiring="active_low"),
    RelayConfig(pin=17, wiring="released_when_off", driven_level=1),
    RelayConfig(pin=17, wiring="released_when_off", driven_level=0),
]


def made(config: RelayConfig) -> tuple[Relay, Any]:
    pins = Pins(Gpio(factory="mock"))
    return Relay(config, pins), pins.factory().pin(config.pin)


@pytest.mark.parametrize(
    ("config", "off", "on"),
    list(
        zip(
            WIRINGS,
            [("output", 0), ("output", 1), ("input", None), ("input", None)],
            [("output", 1), ("output", 0), ("output", 1), ("output", 0)],
            strict=True,
        )
    ),
)
def test_levels(config: RelayConfig, off: tuple[str, int | None], on: tuple[str, int]) -> None:
    relay, pin = made(config)
    for _ in range(2):
        assert pin.function == off[0]
        assert off[1] is None or pin.state == off[1]
        relay.close_contact()
        assert (pin.function, pin.state) == on
        relay.open_contact()
    assert relay.switches == 4


@pytest.mark.parametrize("wiring", ["active_high", "active_low"])
def test_a_pin_becomes_an_output_at_its_off_level(
    wiring: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    pins = Pins(Gpio(factory="mock"))
    pin = pins.factory().pin(17)
    driven: list[bool] = []
    plain = type(pin)._set_function

    def seen(self: Any, function: str) -> None:
        plain(self, function)
        if function == "output":
            driven.append(bool(self.state))

    monkeypatch.setattr(type(pin), "_set_function", seen)
    Relay(RelayConfig(pin=17, wiring=wiring), pins)
    assert driven == [wiring == "active_low"]


def test_a_released_pin_has_no_pull() -> None:
    relay, pin = made(RelayConfig(pin=17, wiring="released_when_off"))
    assert pin.pull == "floating"
    relay.close_contact()
    relay.open_contact()
    assert (pin.function, pin.pull) == ("input", "floating")


@pytest.mark.parametrize("config", WIRINGS)
def test_repeated_commands_switch_once(config: RelayConfig) -> None:
    relay, _ = made(config)
    relay.open_contact()
    relay.close_contact()
    relay.close_contact()
    assert relay.switches == 1
    assert relay.closed
    relay.verify()


@pytest.mark.parametrize("config", WIRINGS)
def test_a_pin_changed_behind_our_back_is_found(config: RelayConfig) -> None:
    relay, pin = made(config)
    relay.close_contact()
    relay.verify()
    if config.wiring == "released_when_off":
        pin.function = "input"
    else:
        pin.state = 1 - pin.state
    with pytest.raises(ActuatorError, match="GPIO17: the pin is off, it should be on"):
        relay.verify()


@pytest.mark.parametrize("config", WIRINGS)
def test_a_pin_switched_on_behind_our_back_is_found(config: RelayConfig) -> None:
    relay, pin = made(config)
    pin.output_with_state(0 if config.wiring == "active_low" else config.driven_level)
    with pytest.raises(ActuatorError, match="the pin is on, it should be off"):
        relay.verify()


def test_a_pin_that_is_taken_is_an_error_in_plain_words() -> None:
    pins = Pins(Gpio(factory="mock"))
    first = Relay(RelayConfig(pin=17), pins)
    with pytest.raises(ActuatorError, match=r"GPIO17.*in use"):
        Relay(RelayConfig(pin=17), pins)
    first.release()
    Relay(RelayConfig(pin=17), pins)
