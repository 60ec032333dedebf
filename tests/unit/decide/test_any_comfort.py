"""Whatever comfort wants, in any stream of troubles: limits, sensors and persons stand above it."""

from __future__ import annotations

import math
import random
from dataclasses import replace

from hypothesis import example, given, settings
from hypothesis import strategies as st

from pvopt.decide.asked import asked_of
from pvopt.decide.by_hand import BOUGHT
from pvopt.decide.energy_floor import Floors
from pvopt.decide.energy_period import PeriodFloor
from pvopt.decide.legionella import LegionellaRule
from pvopt.decide.memory import Memory
from pvopt.decide.policy import decide
from pvopt.decide.ready_by import ReadyBy
from pvopt.decide.settings import Settings
from pvopt.decide.wants_rules import ComfortRules, ReadyRule
from pvopt.decide.windows import EVERY_DAY, Hours, Window
from pvopt.model import Why
from tests.unit.decide.samples import HEATER_W, NOON_UTC_S
from tests.unit.decide.streams import Stream
from tests.unit.decide.test_any_request import check, request
from tests.unit.decide.test_any_request import rules as persons_rules

TICKS = 200


def comfort(dice: random.Random) -> ComfortRules:
    """Temperatures about those of the stream, times about its noon."""
    ready = ReadyRule(
        ReadyBy(dice.choice([0, 13 * 60 + 10, 18 * 60]), HEATER_W, dice.choice([EVERY_DAY, (6,)])),
        energy_wh=dice.choice([math.nan, 5000.0]),
        temperature_c=dice.choice([math.nan, 70.0]),
    )
    return ComfortRules(
        min_c=dice.choice([math.nan, 60.0, 68.0]),
        eco_c=dice.choice([math.nan, 70.0]),
        solar_min_c=dice.choice([math.nan, 71.0]),
        floors=dice.choice([None, Floors(ask_min=0, reset_min=1439)]),
        period=dice.choice([None, PeriodFloor(50.0, 60.0), PeriodFloor(1e6, 600.0)]),
        ready=dice.choice([(), (ready,), (ready, ready)]),
        legionella=dice.choice([None, LegionellaRule(HEATER_W, target_c=70.0, first_s=60.0)]),
    )


def rules(dice: random.Random) -> Settings:
    owner = persons_rules(dice)
    loads = tuple(replace(load, rules=comfort(dice)) for load in owner.loads)
    windows = dice.choice([(), (Window(0, 0),), (Window(13 * 60 + 7, 13 * 60 + 9),)])
    return replace(owner, loads=loads, hours=Hours(windows))


def live(seed: int) -> set[Why]:
    """One stream; the reasons seen."""
    dice = random.Random(seed)
    owner = rules(dice)
    stream = Stream(seed, tuple(load.id for load in owner.loads))
    memory, seen = Memory(), set()
    for count in range(1, TICKS + 1):
        snapshot = stream.next()
        if dice.random() < 0.02:
            snapshot = replace(snapshot, requests=(request(dice, count, NOON_UTC_S),))
        if dice.random() < 0.05:
            instant = snapshot.instant
            mad_s = dice.choice([math.nan, math.inf, -1e12, 1e300, 0.0, instant.utc_s])
            instant = replace(instant, utc_s=mad_s, utc_ok=dice.random() < 0.5)
            snapshot = replace(snapshot, instant=instant)
        decision, memory = decide(snapshot, memory, owner)
        check(decision, snapshot, memory, owner)
        for load, command in zip(owner.loads, decision.commands, strict=True):
            code = command.reason.code
            seen.add(code)
            if code not in BOUGHT:
                assert code not in (Why.TANK_FULL, Why.ENERGY_ENOUGH) or command.setpoint_w <= 1.0
                continue
            site = snapshot.site
            assert asked_of(memory.ledger.standing, load).why == Why.HOLD
            assert site is not None
            assert not site.alarms
        stream.commands = {command.target: command.setpoint_w for command in decision.commands}
    for one in memory.ledger.energy:
        assert 0.0 <= one.comfort_wh + one.by_hand_wh <= one.today_wh + 1e-6
    return seen


@settings(max_examples=10)
@given(st.integers(0, 10_000))
@example(7)
def test_no_wish_for_comfort_breaks_a_limit(seed: int) -> None:
    live(seed)


def test_the_property_reaches_what_it_speaks_of() -> None:
    seen = set[Why]().union(*(live(seed) for seed in range(12)))
    assert seen >= BOUGHT
    assert {Why.ENERGY_ENOUGH, Why.TOO_HOT, Why.SENSOR_BAD} <= seen
