"""Our own law as an owner of the benchmark's homes sets it up: defaults, and nothing else.

Two regulators: a servo on a knob, with play and lag, and a digital potentiometer.
"""

from __future__ import annotations

from typing import NamedTuple

from pvopt.benchmarks.course import Plant
from pvopt.benchmarks.homes import PLANES
from pvopt.config.loads import Load
from pvopt.config.outputs import GpioOutput, Relay, Servo, SpiPot
from pvopt.config.schema import Config
from pvopt.config.site import Plane, Site
from pvopt.decide.one_heater import HeaterParams, heater_params
from pvopt.settings_of import settings_of
from pvopt.simulator.outlet import OutletParams, outlet_params

SERVO, DIGITAL = "pvopt-servo", "pvopt-digital"
HEATER_W = 2000.0
# Of a servo with a printed coupling: play to each side, and what the horn needs to get there.
BACKLASH_PCT = 1.0
LAG_S = 0.2
_KNOBS: dict[str, Servo | SpiPot] = {
    SERVO: Servo(pin=18),
    DIGITAL: SpiPot(kind="mcp4151", isolated_control=True),
}


class Ours(NamedTuple):
    """Our law's numbers and outputs, and the plant with the regulator behind them."""

    params: HeaterParams
    outlet: OutletParams
    plant: Plant


def config_of(law: str, place: tuple[float, float]) -> Config:
    """The configuration of the benchmark's homes, every other line at its default."""
    planes = tuple(Plane(peak_w=w, tilt_deg=t, azimuth_deg=a) for w, t, a in PLANES)
    output = GpioOutput(relay=Relay(pin=17), knob=_KNOBS[law])
    return Config(
        site=Site(latitude=place[0], longitude=place[1], planes=planes),
        sources=(),
        loads=(Load(id="boiler", max_w=HEATER_W, output=output),),
    )


def ours(law: str, place: tuple[float, float], plant: Plant) -> Ours:
    """``law``: SERVO or DIGITAL, in the home ``plant``."""
    config = config_of(law, place)
    outlet = outlet_params(config.loads[0])
    home = plant.home
    if law == SERVO:
        home = home._replace(knob_backlash_pct=BACKLASH_PCT, knob_lag_s=LAG_S)
    # Each step that the knob can make counts as a movement.
    plant = plant._replace(home=home, resolution_pct=0.5 * outlet.grain_pct)
    return Ours(heater_params(settings_of(config)), outlet, plant)


def actuator_s(law: str) -> float:
    """How long the regulator takes from end to end (s)."""
    knob = _KNOBS[law]
    return knob.full_travel_s + LAG_S if isinstance(knob, Servo) else 0.0
