"""One text, two speeds: a day through the production loop and through the compiled course.

In each home of the benchmark, with data 1 s and 60 s old: the same watts to a millionth and the
same reason in every second.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from pvopt.benchmarks.homes import HOMES, PLANES, SOC_PCT, Home
from pvopt.clock import VirtualClock
from pvopt.loop import Loop
from pvopt.model import Tick, Why
from pvopt.settings_of import settings_of
from pvopt.simulator.adapters import SimActuator, SimSource
from pvopt.simulator.compiled import available
from pvopt.simulator.home import HomeInputs, HomeState
from pvopt.simulator.series import HomeSeries
from pvopt.simulator.world import World
from pvopt.sources.collect import Collector, LoadWiring

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),  # forty thousand ticks of the interpreted loop
    pytest.mark.skipif(not available(), reason="numba is not installed:  . ./env.sh sim"),
]

PLACE = (50.08, 14.43)
# 2026-09-23; the sun rises at 4:49 UTC and sets at 16:58. A June day has the same reasons, but
# stays five hours longer in few of them.
DAWN_UTC_S = 1_790_138_400.0  # 04:40 UTC
SECONDS = 44_400


class Ticks:
    """A recorder of what was decided."""

    def __init__(self) -> None:
        self.watts: list[float] = []
        self.whys: list[int] = []

    def record(self, tick: Tick) -> None:
        command = tick.decision.commands[0]
        self.watts.append(command.setpoint_w)
        self.whys.append(int(command.reason.code))


@cache
def day() -> Any:
    """A September day of broken sky, dawn to dusk."""
    from pvopt.benchmarks.inputs import made_inputs

    series = HomeSeries(
        latitude_deg=PLACE[0],
        longitude_deg=PLACE[1],
        local_offset_s=3600.0,
        planes=PLANES,
        sky="broken",
    )
    return made_inputs(series, DAWN_UTC_S, SECONDS, PLACE)


def through_the_loop(home: Home, age: int, inputs: Any) -> Ticks:
    from pvopt.benchmarks.course import inputs_of
    from pvopt.benchmarks.ours import SERVO, config_of, ours
    from pvopt.benchmarks.runs import ALLOWED_AGE_S

    plant = ours(SERVO, PLACE, home.plant).plant

    def inputs_at(utc_s: float) -> HomeInputs:
        k = min(SECONDS - 1, round(utc_s - DAWN_UTC_S))
        return inputs_of(
            plant, float(inputs.pv_w[k]), float(inputs.load_w[k]), float(inputs.litres[k])
        )

    world = World(plant.home, inputs_at, DAWN_UTC_S, HomeState(soc_pct=SOC_PCT))
    config = config_of(SERVO, PLACE)
    source = SimSource(world, allowed_age_s=ALLOWED_AGE_S[age], delay_s=float(age))
    collector = Collector([source], [LoadWiring(config.loads[0].id)])
    ticks = Ticks()
    clock = VirtualClock(world.utc_s, world.advance)
    actuator = SimActuator(world, config.loads[0])
    loop = Loop(clock, collector, settings_of(config), [actuator], [ticks])
    loop.run(until_s=SECONDS - 1.0)
    assert loop.counts.failed == 0
    return ticks


def through_the_course(home: Home, age: int, inputs: Any) -> Any:
    import numpy as np

    from pvopt.benchmarks.ours import SERVO
    from pvopt.benchmarks.runs import run_ours

    trace = np.zeros((SECONDS, 4))
    run_ours(SERVO, home.plant, age, inputs, trace=trace)
    return trace


@pytest.mark.parametrize("age", [1, 60])
@pytest.mark.parametrize("home", HOMES, ids=lambda home: home.name)
def test_the_same_watts_and_reason_every_second(home: Home, age: int) -> None:
    inputs = day()
    slow = through_the_loop(home, age, inputs)
    fast = through_the_course(home, age, inputs)
    assert len(slow.watts) == SECONDS
    for k in range(SECONDS):
        there, here = (slow.watts[k], slow.whys[k]), (float(fast[k, 0]), int(fast[k, 1]))
        assert here[0] == pytest.approx(there[0], abs=1e-6), (k, there, here)
        assert here[1] == there[1], (k, Why(there[1]), Why(here[1]))
    # A day on which nothing is heated would agree in everything.
    assert max(slow.watts) > 500.0
    assert len(set(slow.whys)) > 4
