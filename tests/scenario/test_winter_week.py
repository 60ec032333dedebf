"""A week of January without sun: each rule of comfort does its work, and nothing else buys.

The production loop in the simulated home, its calendar and its clock; a tick each 15 s.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

import attrs
import pytest

from pvopt.benchmarks.compiled_loop import compile_loop
from pvopt.build import simulated
from pvopt.config.load import load_text
from pvopt.decide.by_hand import BOUGHT
from pvopt.loop import Loop
from pvopt.model import Tick, Why
from pvopt.simulator.world import World, demo_world

TICK_S = 15.0
HOME = """\
version: 1
site:
  latitude: 50.08
  longitude: 14.43
  timezone: Europe/Prague
  planes: [{peak_w: 2000}]
  off_peak: [{start: "02:05", end: "06:50"}]
sources: [{kind: gx_modbus, host: 127.0.0.1}]
loads:
  - id: boiler
    max_w: 2000
    output: {relay: {pin: 17}, knob: {kind: servo, pin: 18}}
    temperature: {kind: gx, required: true}
    comfort:
      max_c: 70
      min_c: 42
      eco_c: 46
      energy: {winter: {day_wh: 3500, two_days_wh: 6000}, morning_wh: 2000}
      ready_by: [{at: "18:00", temperature_c: 50, days: [tue, thu]}]
      legionella: {first_days: 5}
gpio: {factory: mock}
demo: {start: "2026-01-12 00:00", sky: overcast, peak_w: 2000}
"""


class Row(NamedTuple):
    at: datetime
    why: Why
    asked_w: float
    drawn_w: float
    water_c: float


@dataclass
class Told:
    """A recorder."""

    rows: list[Row] = field(default_factory=list)

    def record(self, tick: Tick) -> None:
        [command], [view] = tick.decision.commands, tick.snapshot.loads
        at = datetime.fromtimestamp(tick.snapshot.instant.utc_s, ZoneInfo("Europe/Prague"))
        water_c = view.temperature_c.value or 0.0
        code = command.reason.code
        self.rows.append(Row(at, code, command.setpoint_w, view.expected_w, water_c))


class Week(NamedTuple):
    rows: list[Row]
    loop: Loop
    world: World

    def of(self, why: Why) -> list[Row]:
        return [row for row in self.rows if row.why == why]


@pytest.fixture(scope="module")
def week() -> Week:
    config = load_text(HOME, "c.yaml", {})
    demo = config.demo
    assert demo is not None
    # Slower than a GX is asked for, so that a week takes a minute.
    config = attrs.evolve(config, control=attrs.evolve(config.control, tick_s=TICK_S))
    world = demo_world(demo, config.site, config.loads[0])
    told = Told()
    loop = simulated(config, world, [told])
    compile_loop(loop, world)
    loop.run(until_s=7 * 86_400.0)
    assert loop.counts.failed == 0
    return Week(told.rows, loop, world)


def off_peak(at: datetime) -> bool:
    return (2, 5) <= (at.hour, at.minute) < (6, 50)


pytestmark = pytest.mark.slow


def test_cold_water_and_missing_energy_are_bought_off_peak_alone(week: Week) -> None:
    for why in (Why.TOO_COLD, Why.ENERGY_FLOOR):
        assert week.of(why)
        assert all(off_peak(row.at) for row in week.of(why))


def test_cold_water_is_heated_up_to_eco(week: Week) -> None:
    rows = week.of(Why.TOO_COLD)
    assert min(row.water_c for row in rows) <= 42.0
    assert all(row.water_c < 46.1 for row in rows)
    ends = [
        later
        for row, later in zip(week.rows, week.rows[1:], strict=False)
        if row.why == Why.TOO_COLD and later.why != Why.TOO_COLD and off_peak(later.at)
    ]
    assert ends
    assert all(row.water_c >= 45.9 for row in ends)


def test_it_is_warm_when_it_is_to_be(week: Week) -> None:
    days = {row.at.weekday() for row in week.of(Why.READY_BY)}
    assert days <= {1, 3}
    assert days
    for row in week.rows:
        if (row.at.hour, row.at.minute, row.at.second) == (18, 0, 0) and row.at.weekday() in (1, 3):
            assert row.water_c >= 49.0


def test_hygiene_is_done_before_its_deadline(week: Week) -> None:
    [ledger] = week.loop.memory.ledger.comfort
    hygiene = ledger.legionella
    assert week.of(Why.LEGIONELLA)
    assert len(hygiene.done) == len(hygiene.bought) == 1
    start_s = week.rows[0].at.timestamp()
    assert hygiene.done[0] <= start_s + 5 * 86_400.0
    hot = [row for row in week.rows if row.water_c >= 60.0]
    assert len(hot) * TICK_S >= 1800.0


def test_nothing_is_bought_outside(week: Week) -> None:
    """The heater's watts are comfort's, or those of the moments in which a command arrives."""
    drawn_wh = {True: 0.0, False: 0.0}
    for before, row in zip(week.rows, week.rows[1:], strict=False):
        mine = before.why in BOUGHT or row.why in BOUGHT
        drawn_wh[mine] += row.drawn_w * TICK_S / 3600.0
    assert drawn_wh[True] > 5000.0
    totals = week.world.totals
    assert drawn_wh[False] <= totals.sun_wh + 0.02 * drawn_wh[True]


def test_each_days_heat_is_told_apart(week: Week) -> None:
    [energy] = week.loop.memory.ledger.energy
    assert energy.by_hand_wh == 0.0
    assert energy.comfort_wh <= energy.today_wh
