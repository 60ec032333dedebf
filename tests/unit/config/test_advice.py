"""Warnings about configurations that work and may not be what the owner means."""

from __future__ import annotations

import pytest

from pvopt.config.advice import advice
from pvopt.config.load import load_text
from tests.unit.config.samples import BASE, GX, SERVO, edited

TABLE = "output:\n      curve: {kind: table, points: [[0, 0], [100, %d]]}"

METERS = edited(GX, "  - kind: mqtt_meters\n    grid: {topic: g}\n") + "mqtt: {host: broker}\n"
BATTERY = "battery: {topic: b}\n    soc: {topic: s, allowed_age_s: 300}"


def told(text: str) -> str:
    return "\n".join(advice(load_text(text, "c.yaml", {})))


def test_a_sound_home_needs_no_advice() -> None:
    assert told(BASE) == ""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (edited("sources:", "  inverter: {max_w: 1999}\nsources:"), "more than the inverter gives"),
        (edited("pin: 17", "pin: 8"), "relay.pin: GPIO8 is pulled up while the Pi starts"),
        (edited("pin: 17", "pin: 2"), "GPIO2 also serves I2C"),
        (edited("pin: 18", "pin: 14"), "knob.pin: GPIO14 also serves the serial console"),
        (edited("pin: 18", "pin: 21"), "GPIO21 has no kernel PWM"),
        (edited("pin: 17", "pin: 17\n        driven_level: 0"), "driven_level: means something"),
        (edited(GX, "  - {kind: vrm, token: t}\n"), "minutes old"),
        (METERS, "site.feed_in: meters do not tell whether surplus may go to the grid"),
        (
            METERS.replace("grid:", "allowed_age_s: 8.1\n    grid:"),
            "sources[meters].allowed_age_s: the heater may stay on 8.1 s after the meter's last "
            "word; 8 s are usual",
        ),
        (
            METERS.replace("{topic: g}", "{topic: g, allowed_age_s: 9}"),
            "sources[meters].grid.allowed_age_s: the heater may stay on 9 s",
        ),
        (
            METERS.replace("sources:", "  inverter: {max_w: 3000}\nsources:"),
            "sources[meters]: site.inverter.max_w cannot be kept",
        ),
        (BASE + "gpio: {factory: mock}\n", "mock moves no pin"),
        (edited("50.08", "0").replace("14.43", "0"), "Gulf of Guinea"),
        (edited("output:", TABLE % 2501), "2501 W measured, but max_w is 2000 W"),
        (
            edited(GX, "  - {kind: vrm, token: t}\n").replace("phase: 1", "temperature: {}"),
            "`temperature` is read from a GX",
        ),
        (
            edited("phase: 1", "temperature: {kind: w1}").replace("pin: 17", "pin: 4"),
            "GPIO4 is the 1-wire bus's",
        ),
    ],
)
def test_advice(text: str, words: str) -> None:
    assert words in told(text)


@pytest.mark.parametrize(
    "text",
    [
        edited("sources:", "  inverter: {max_w: 2000}\nsources:"),
        edited("phase: 1", "place: ac_in").replace(
            "sources:", "  inverter: {max_w: 900}\nsources:"
        ),
        edited("pin: 17", "pin: 9"),
        edited("phase: 1", "temperature: {kind: w1}"),
        edited("wiring: active_high", "wiring: active_low").replace("pin: 17", "pin: 8"),
        edited(SERVO, SERVO.replace("18", "19")),
        edited(SERVO, SERVO.replace("18", "21\n        pulse: pigpio")),
        edited("output:", TABLE % 2500),
    ],
)
def test_just_as_it_should_be(text: str) -> None:
    assert told(text) == ""


def test_meters_that_are_written_with_care_need_no_advice() -> None:
    text = METERS.replace("sources:", "  feed_in: allowed\nsources:")
    assert told(text) == ""
    aged = text.replace("grid:", "preset: shelly\n    allowed_age_s: 30\n    grid:")
    assert told(aged) == ""
    assert told(text.replace("grid: ", f"{BATTERY}\n    grid: ")) == ""
