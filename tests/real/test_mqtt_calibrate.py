"""A regulator behind a real Mosquitto is calibrated, by the house's own meter and beside kettles.

The production loop with the calibrator, the home of `simulate --mqtt` and the broker between them,
in step. What the configuration would hold in the end is held against what the device truly does.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import attrs
import pytest

from pvopt.act.curve import Curve
from pvopt.build import at_broker, behind_broker, straightened
from pvopt.calibration.calibrator import Calibrator
from pvopt.calibration.fit import merged, monotone_law, thinned
from pvopt.calibration.shapes import End, plan_of
from pvopt.clock import VirtualClock
from pvopt.config import outputs
from pvopt.config.load import load
from pvopt.shared_links import Links
from pvopt.simulator import mqtt_wiring
from pvopt.simulator.appliances import Appliance
from pvopt.simulator.home import HomeInputs
from pvopt.simulator.mqtt_client import DeviceClient
from pvopt.simulator.mqtt_steps import Meeting, StepClock, topics
from pvopt.simulator.mqtt_wiring import home_behind
from pvopt.simulator.world import demo_series
from tests.mosquitto import Mosquitto, program

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(program() is None, reason="mosquitto is not installed"),
]

EXAMPLES = Path(__file__).resolve().parents[2] / "Files/examples"
NOON = 1_782_036_000.0  # 12:00 in Paris on 2026-06-21
HOUR_S = 3600.0
EVERY_S = 240.0  # from one thing that is switched on to the next, on average
THINGS_W, LASTS_S = (150.0, 800.0, 1200.0, 2000.0), (30, 60, 120, 240)
STEP_PCT = 5.0
MOST_OFF = 0.02  # of full

House = Callable[[float], HomeInputs]


def busy(base: House, seed: int) -> House:
    """The house with kettles, irons and hobs for two hours."""
    dice, now_s = random.Random(seed), NOON
    things = []
    while now_s < NOON + 2.0 * HOUR_S:
        now_s += dice.expovariate(1.0 / EVERY_S)
        things.append((now_s, now_s + dice.choice(LASTS_S), dice.choice(THINGS_W)))

    def at(utc_s: float) -> HomeInputs:
        inputs = base(utc_s)
        more_w = sum(watts for begin, end, watts in things if begin <= utc_s < end)
        return inputs._replace(load_l1_w=inputs.load_l1_w + more_w)

    return at


def calibrated(port: int, example: str, name: str) -> tuple[Calibrator, Appliance]:
    """The load called so without a meter of its own, measured by the house's; its device after."""
    config = at_broker(load(EXAMPLES / example, {}), ("127.0.0.1", port))
    loads = tuple(attrs.evolve(one, meter=None) for one in config.loads)
    config = attrs.evolve(config, loads=loads)
    assert config.mqtt is not None
    device = DeviceClient(config.mqtt, "home")
    behind = home_behind(config, device, NOON)
    device.topics = (*behind.home.topics, topics("sweep")[1])
    config = straightened(config, name)
    inner = VirtualClock(behind.world.utc_s, behind.world.advance)
    links = Links(config, inner, "sweep")
    meeting = Meeting(behind.home, device, links.mqtt(), "sweep")
    loop = behind_broker(config, behind, StepClock(inner, lambda: meeting), links)
    max_w = next(one.max_w for one in config.loads if one.id == name)
    plan = plan_of(max_w, STEP_PCT, both_ways=False, has_play=False)
    calibrator = Calibrator(plan, loop.settings, name, has_play=False)
    loop.decider = calibrator.decide
    try:
        device.start()
        links.start()
        meeting.before_tick()
        loop.run(until_s=2.0 * HOUR_S, stopped=lambda: calibrator.over or loop.counts.failed > 0)
        meeting.after_tick()
    finally:
        loop.close()
        links.close()
        device.close()
    assert loop.counts.failed == 0
    rank = [one.id for one in config.loads].index(name)
    return calibrator, behind.home.devices[rank].appliance


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize(
    ("example", "name"), [("solar-balancer.yaml", "ecs"), ("linky-optimizer.yaml", "water_heater")]
)
def test_it_is_measured_by_the_houses_meter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, example: str, name: str, seed: int
) -> None:
    monkeypatch.setattr(mqtt_wiring, "demo_series", lambda *told: busy(demo_series(*told), seed))
    with Mosquitto(tmp_path) as broker:
        calibrator, variator = calibrated(broker.port, example, name)
    assert calibrator.end == End.DONE, calibrator.reason
    assert calibrator.state.repeated > 0, "it was not disturbed"
    assert variator.percent == 0.0
    law, knots = monotone_law(merged(calibrator.points))
    found = outputs.Curve(kind="table", points=thinned(law, knots))
    full_w = variator.params.watts
    curve = Curve.from_config(found, full_w)
    off_w = []
    for percent in [0.5 * k for k in range(201)]:
        variator.percent = percent
        off_w.append(abs(curve.watts(percent) - variator.asked_w))
    assert max(off_w) <= MOST_OFF * full_w
