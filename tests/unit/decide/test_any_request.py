"""No sequence of requests, lost sensors and old numbers heats against safety or a person's off."""

from __future__ import annotations

import math
import random
from dataclasses import replace

from hypothesis import example, given, settings
from hypothesis import strategies as st

from pvopt.decide.asked import LONGEST_S, asked_of
from pvopt.decide.memory import Memory
from pvopt.decide.policy import decide
from pvopt.decide.settings import Settings
from pvopt.model import Decision, Request, RequestKind, Snapshot, Why
from tests.unit.decide import samples
from tests.unit.decide.streams import Stream

KINDS = list(RequestKind)
NAMES = ("boiler", "relay", "nobody")
RELAY = replace(
    samples.LOAD,
    id="relay",
    drive=samples.LOAD.drive._replace(on_off=True, min_w=1000.0, max_w=1000.0),
    phase=2,
    has_knob=False,
)
TICKS = 400


def rules(dice: random.Random) -> Settings:
    blind = dice.random() < 0.5
    loads = tuple(
        replace(load, blind=blind)
        for load in dice.choice([(samples.LOAD,), (RELAY,), (RELAY, samples.LOAD)])
    )
    hunt = samples.HUNT._replace(max_w=sum(load.drive.max_w for load in loads))
    plain = samples.settings(inverter_max_w=dice.choice([math.nan, 3000.0]))
    daylight = replace(plain.daylight, mode=dice.choice(["always", "sun"]))
    return replace(plain, loads=loads, hunt=hunt, daylight=daylight)


def request(dice: random.Random, count: int, utc_s: float) -> Request:
    mad = dice.random() < 0.1
    return Request(
        id=f"r{count if dice.random() < 0.95 else 0}",
        target=dice.choice(NAMES),
        kind=dice.choice(KINDS),
        watts=dice.choice([None, 0.0, 30.0, 700.0, 5000.0]) if not mad else math.nan,
        until_utc_s=dice.choice([None, utc_s + 60.0, utc_s - 60.0]) if not mad else math.inf,
        until_c=dice.choice([None, 66.0, 40.0]) if not mad else math.nan,
        lasts_s=dice.choice([None, 0.0, 90.0, 1e9]),
        by="x",
    )


def check(decision: Decision, snapshot: Snapshot, memory: Memory, owner: Settings) -> None:
    site, now_s = snapshot.site, snapshot.instant.mono_s
    assert math.isfinite(decision.budget_w)
    for load, command, view in zip(owner.loads, decision.commands, snapshot.loads, strict=True):
        assert 0.0 <= command.setpoint_w <= load.drive.max_w
        assert not (command.urgent and command.setpoint_w > 0.0)
        asked = asked_of(memory.ledger.standing, load)
        if asked.why == Why.PERSON_OFF:
            assert command.setpoint_w == 0.0
        if command.setpoint_w == 0.0:
            continue
        water_c = view.temperature_c.value
        assert water_c is not None
        assert 1.0 <= water_c < load.comfort.max_c
        assert now_s - view.temperature_c.at_s <= load.comfort.allowed_age_s
        assert not view.fault
        fresh = site is not None and now_s - site.at_s <= site.allowed_age_s
        if not fresh:
            assert load.blind
            assert asked.forced
            assert command.reason.code in (asked.why, Why.MIN_ON, Why.THERMOSTAT_OPEN)
        assert site is None or not site.alarms
        if command.reason.code in (Why.BOOST, Why.PERSON_ON):
            assert asked.forced
            assert command.setpoint_w <= asked.watts
    for one in memory.ledger.standing:
        heats = one.request.kind in (RequestKind.ON, RequestKind.BOOST)
        assert one.left_s > 0.0
        assert not heats or one.left_s <= LONGEST_S


def live(seed: int) -> set[Why]:
    """One stream with its owner and persons; the reasons seen."""
    dice = random.Random(seed)
    owner = rules(dice)
    stream = Stream(seed, tuple(load.id for load in owner.loads))
    memory, seen = Memory(), set()
    for count in range(1, TICKS + 1):
        snapshot = stream.next()
        if dice.random() < 0.03:
            asks = tuple(
                request(dice, count, snapshot.instant.utc_s) for _ in range(dice.choice([1, 1, 3]))
            )
            snapshot = replace(snapshot, requests=asks)
        decision, memory = decide(snapshot, memory, owner)
        check(decision, snapshot, memory, owner)
        seen |= {command.reason.code for command in decision.commands}
        stream.commands = {command.target: command.setpoint_w for command in decision.commands}
    return seen


@settings(max_examples=25)
@given(st.integers(0, 10_000))
@example(7)
def test_no_sequence_of_requests_breaks_a_limit(seed: int) -> None:
    live(seed)


def test_the_property_reaches_what_it_speaks_of() -> None:
    seen = set[Why]().union(*(live(seed) for seed in range(12)))
    assert {Why.PERSON_OFF, Why.PERSON_ON, Why.BOOST, Why.TOO_HOT, Why.STALE} <= seen
    assert {Why.SENSOR_LOST, Why.ALARM, Why.MIN_ON, Why.MIN_OFF} <= seen
