"""What decide is told of a configuration."""

from __future__ import annotations

import math
from typing import Any, Literal

import pytest

from pvopt.act.chips import SPI_CHIPS
from pvopt.config.control import Control, Probe
from pvopt.config.loads import Load
from pvopt.config.outputs import GpioOutput, MqttOutput, Relay, Servo, SpiPot
from pvopt.config.schema import Config
from pvopt.config.site import Inverter, Plane, Policies, Site
from pvopt.decide.settings import LoadSettings, Settings, bits_of
from pvopt.model import EssState
from pvopt.settings_of import least_times, settings_of

SERVO = Servo(pin=18)
CHIP = SpiPot(kind="mcp4151", isolated_control=True)


def told(
    knob: Servo | SpiPot | None = SERVO,
    control: Control | None = None,
    place: Literal["ac_in", "ac_out1", "ac_out2"] = "ac_out1",
    **of_site: Any,
) -> Settings:
    plane = Plane(peak_w=4400.0, tilt_deg=35.0, azimuth_deg=180.0)
    site = Site(latitude=50.0, longitude=14.0, planes=(plane,), **of_site)
    output = GpioOutput(relay=Relay(pin=17), knob=knob)
    load = Load(id="boiler", max_w=2000.0, output=output, place=place)
    return settings_of(Config(site=site, sources=(), loads=(load,), control=control or Control()))


def test_the_chips_of_the_example_are_known() -> None:
    assert "mcp4151" in SPI_CHIPS


@pytest.mark.parametrize(
    ("knob", "set_w", "margin_w", "lasting_s"),
    [
        (SERVO, None, 5.0, 5.0),
        (None, None, 5.0, 5.0),
        (CHIP, None, 0.0, 1.0),
        (CHIP, 40.0, 40.0, 1.0),
        (SERVO, 0.0, 0.0, 5.0),
    ],
)
def test_what_wears_moves_seldom_and_leaves_a_cushion(
    knob: Servo | SpiPot | None, set_w: float | None, margin_w: float, lasting_s: float
) -> None:
    hunt = told(knob, Control(margin_w=set_w)).hunt
    assert (hunt.margin_w, hunt.lasting_s) == (margin_w, lasting_s)


@pytest.mark.parametrize(
    ("knob", "patience", "cushion_w"), [(SERVO, 3.0, 20.0), (CHIP, 1.0, 0.0), (None, 1.0, 0.0)]
)
def test_only_what_turns_waits_for_a_movement_that_is_worth_it(
    knob: Servo | SpiPot | None, patience: float, cushion_w: float
) -> None:
    hunt = told(knob).hunt
    assert (hunt.patience, hunt.cushion_w) == (patience, cushion_w)


def test_a_relay_alone_has_all_or_nothing_and_stays_on_for_its_minimum_time() -> None:
    rules = told(None)
    assert rules.hunt.min_w == rules.loads[0].drive.min_w == 2000.0
    assert rules.loads[0].drive.on_off
    assert not rules.loads[0].has_knob
    assert rules.hunt.hold_s == rules.loads[0].limits.min_on_s == Relay(pin=17).min_on_s


def test_a_knob_can_draw_little_and_go_to_nothing_at_once() -> None:
    rules = told()
    assert rules.hunt.min_w == pytest.approx(40.0)  # 2 % of it
    assert rules.hunt.hold_s == 0.0


def test_a_search_begins_with_the_smaller_of_two_shares_and_any_start_of_zero_counts_for_none() -> (
    None
):
    assert told(control=Control(start_pct=2.0)).hunt.first_step_w == pytest.approx(40.0)
    assert told(control=Control(start_pct=0.0)).hunt.first_step_w == pytest.approx(100.0)
    assert told(control=Control(start_pct=50.0)).hunt.first_step_w == pytest.approx(100.0)


def test_what_has_no_play_begins_a_search_with_less() -> None:
    assert told(CHIP).hunt.first_step_w == pytest.approx(60.0)
    asked = Control(probe=Probe(first_step_pct=5.0))
    assert told(CHIP, asked).hunt.first_step_w == pytest.approx(100.0)
    assert told(CHIP, Control(start_pct=2.0)).hunt.first_step_w == pytest.approx(40.0)


def test_an_inverter_of_no_stated_power_is_not_known() -> None:
    assert math.isnan(told().site.inverter_max_w)
    assert told(inverter=Inverter(max_w=3000.0)).site.inverter_max_w == 3000.0


def test_what_the_owner_allows_stops_no_more() -> None:
    before = told().site.stop_states
    after = told(policies=Policies(scheduled="allow")).site.stop_states
    assert before & ~after == bits_of({EssState.SCHEDULED})
    assert after & ~before == 0


@pytest.mark.parametrize(
    ("place", "needs"), [("ac_out1", False), ("ac_out2", True), ("ac_in", True)]
)
def test_only_the_first_output_lives_without_the_grid(place: Any, needs: bool) -> None:
    assert told(place=place).loads[0].needs_grid is needs


@pytest.mark.parametrize(
    ("drive", "output", "times"),
    [
        ("on_off", MqttOutput(topic="a"), (120.0, 60.0)),
        ("unknown", MqttOutput(topic="a", min_on_s=0.0), (0.0, 60.0)),
        ("steps", MqttOutput(topic="a", send="watts"), (120.0, 60.0)),  # stages have contacts
        ("continuous", MqttOutput(topic="a", send="watts"), (0.0, 0.0)),
        ("continuous", MqttOutput(preset="vload", device="A"), (0.0, 0.0)),
        ("continuous", MqttOutput(preset="vload", device="A", min_off_s=30.0), (0.0, 30.0)),
        ("continuous", GpioOutput(relay=Relay(pin=17), knob=SERVO), (120.0, 60.0)),
    ],
)
def test_a_contact_is_spared_and_a_regulator_behind_a_broker_has_none(
    drive: Literal["continuous", "steps", "on_off", "unknown"],
    output: GpioOutput | MqttOutput,
    times: tuple[float, float],
) -> None:
    load = Load(id="boiler", max_w=2000.0, drive=drive, output=output, steps_w=(1000.0,))
    assert least_times(load) == times


@pytest.mark.parametrize(
    ("min_on_s", "own_s", "general_s", "delays_s"),
    [
        (30.0, None, 5.0, (120.0, 120.0, 30.0)),
        (60.0, None, 5.0, (120.0, 120.0, 30.0)),
        (600.0, None, 5.0, (1200.0, 120.0, 30.0)),
        (600.0, None, 200.0, (1200.0, 200.0, 200.0)),
        (600.0, 45.0, 200.0, (45.0, 45.0, 45.0)),
    ],
)
def test_a_relay_beside_others_waits_as_long_as_it_would_then_stay_on_twice(
    min_on_s: float, own_s: float | None, general_s: float, delays_s: tuple[float, float, float]
) -> None:
    """Where a knob takes the sun meanwhile, where nobody does, and where knobs could give way."""
    relay = GpioOutput(relay=Relay(pin=17, min_on_s=min_on_s))
    pump = Load(id="pump", max_w=800.0, output=relay, enable_delay_s=own_s, drive="on_off")
    boiler = Load(
        id="boiler", max_w=2000.0, output=GpioOutput(relay=Relay(pin=27), knob=Servo(pin=18))
    )
    plane = Plane(peak_w=4400.0, tilt_deg=35.0, azimuth_deg=180.0)
    site = Site(latitude=50.0, longitude=14.0, planes=(plane,))
    control = Control(enable_delay_s=general_s)

    def of(*loads: Load) -> LoadSettings:
        return settings_of(Config(site=site, sources=(), loads=loads, control=control)).loads[0]

    mine = of(pump, boiler)
    found = (mine.drive.enable_delay_s, mine.lost_delay_s, mine.free_delay_s)
    assert found == delays_s
    assert of(pump).drive.enable_delay_s == (general_s if own_s is None else own_s)
    assert of(boiler, pump).drive.enable_delay_s == general_s
