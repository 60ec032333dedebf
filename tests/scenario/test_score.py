"""The score of a simulated day, from what the meters showed, beside the truth that the home knows.

In each home of the benchmark: 23 September under a broken sky, dawn to dusk, our own law.
"""

from __future__ import annotations

import pytest

from pvopt.benchmarks.compiled_loop import compile_loop
from pvopt.benchmarks.homes import HOMES, SOC_PCT, Home
from pvopt.clock import VirtualClock
from pvopt.loop import Loop
from pvopt.score.day import caught_pct, possible_wh
from pvopt.score.keeper import ScoreKeeper
from pvopt.settings_of import settings_of
from pvopt.simulator.adapters import SimActuator, SimSource
from pvopt.simulator.compiled import available
from pvopt.simulator.home import HomeInputs, HomeState
from pvopt.simulator.world import World
from pvopt.sources.collect import Collector, LoadWiring
from tests.scenario.test_compiled_day import DAWN_UTC_S, PLACE, SECONDS, day

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.skipif(not available(), reason="numba is not installed:  . ./env.sh sim"),
]

SHARE_POINTS = 1.5
CAUGHT_SHARE = 0.02
BOUGHT_WH = 15.0


@pytest.mark.parametrize("home", HOMES, ids=lambda home: home.name)
def test_the_score_is_near_the_truth(home: Home) -> None:
    from pvopt.benchmarks.course import inputs_of
    from pvopt.benchmarks.ours import SERVO, config_of, ours

    inputs, plant = day(), ours(SERVO, PLACE, home.plant).plant

    def inputs_at(utc_s: float) -> HomeInputs:
        k = min(SECONDS - 1, round(utc_s - DAWN_UTC_S))
        load_w = home.load_share * float(inputs.load_w[k])
        return inputs_of(plant, float(inputs.pv_w[k]), load_w, float(inputs.litres[k]))

    world = World(plant.home, inputs_at, DAWN_UTC_S, HomeState(soc_pct=SOC_PCT))
    config = config_of(SERVO, PLACE)
    settings, heater = settings_of(config), config.loads[0]
    keeper = ScoreKeeper(settings)
    clock = VirtualClock(world.utc_s, world.advance)
    collector = Collector([SimSource(world)], [LoadWiring(heater.id)])
    loop = Loop(clock, collector, settings, [SimActuator(world, heater)], [keeper])
    compile_loop(loop, world)
    loop.run(until_s=SECONDS - 1.0)

    score, truth = keeper.today, world.totals
    assert score is not None
    assert truth.possible_wh > 5000.0, "a day without sun shows nothing"
    assert score.known_s == pytest.approx(SECONDS - 1, abs=10.0)
    assert caught_pct(score) == pytest.approx(truth.caught_pct, abs=SHARE_POINTS)
    assert score.caught_wh == pytest.approx(truth.sun_wh, rel=CAUGHT_SHARE)
    assert possible_wh(score) == pytest.approx(truth.possible_wh, rel=CAUGHT_SHARE)
    assert score.grid_wh == pytest.approx(truth.from_grid_wh, abs=BOUGHT_WH)
    assert score.battery_wh == pytest.approx(truth.from_battery_wh, abs=BOUGHT_WH)
