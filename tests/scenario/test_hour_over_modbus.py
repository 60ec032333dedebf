"""One hour of the embedded home by the whole real path: Modbus TCP in, mock pins out."""

from __future__ import annotations

from pathlib import Path

import attrs
import pytest

from pvopt.build import Built, build
from pvopt.config.load import load
from pvopt.simulator.series import Sky
from tests.scenario.homes import ENDLESS_C, SHIPPED

HOUR_S = 3600.0
CAUGHT_PCT: dict[Sky, float] = {"clear": 95.0, "broken": 90.0, "overcast": 80.0}
# At 11:00 of the overcast day the battery is not full yet; by noon there is something to catch.
STARTS: dict[Sky, str] = {
    "clear": "2026-06-21 11:00",
    "broken": "2026-06-21 11:00",
    "overcast": "2026-06-21 11:30",
}


def an_hour(sky: Sky, folder: Path) -> Built:
    config = load(SHIPPED, {})
    assert config.demo is not None
    config = attrs.evolve(
        config,
        demo=attrs.evolve(config.demo, sky=sky, start=STARTS[sky], soc_pct=99.0, speed=10_000.0),
        state=attrs.evolve(config.state, folder=str(folder)),
    )
    built = build(config)
    try:
        assert built.demo is not None
        world = built.demo.world
        world.params = world.params._replace(thermostat_c=ENDLESS_C)
        # The first minute belongs to the relay's minimum time after a start.
        built.loop.run(until_s=120.0)
        world.totals = type(world.totals)()
        built.loop.run(until_s=120.0 + HOUR_S)
    finally:
        built.close()
    return built


@pytest.mark.slow
@pytest.mark.parametrize("sky", ["clear", "broken", "overcast"])
def test_an_hour_over_modbus_is_caught_without_buying(sky: Sky, tmp_path: Path) -> None:
    built = an_hour(sky, tmp_path)
    assert built.demo is not None
    totals = built.demo.world.totals
    assert built.loop.counts.failed == 0
    assert totals.possible_wh > 50.0, "an hour without possible heat shows nothing"
    assert totals.caught_pct >= CAUGHT_PCT[sky]
    bought_wh = totals.from_grid_wh + totals.from_battery_wh
    assert bought_wh <= max(0.01 * totals.heat_wh, 20.0)
    assert totals.switches <= 20
    # Closed in the end, whatever happened: the pin itself says so.
    assert not built.demo.world.read_controls().relay_closed  # type: ignore[misc]
