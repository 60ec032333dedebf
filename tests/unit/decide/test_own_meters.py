"""Several loads with meters of their own: each is judged by its own watts, and by nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest

from pvopt.decide.effect_state import RETRY_S
from pvopt.decide.memory import Memory
from pvopt.decide.policy import decide
from pvopt.decide.settings import ComfortParams, DriveParams, LimitParams, LoadSettings
from pvopt.model import Command, Instant, LoadView, Reading, Site, Snapshot, Why
from tests.unit.decide.samples import LOAD, NOON_UTC_S, SETTINGS, site

SURPLUS_W = 4000.0
NO_SENSOR = ComfortParams(False, False, 0.0, 95.0, 3.0)


def plug(name: str, watts: float) -> LoadSettings:
    """A switch whose watts are not looked for in the home's meters."""
    return LoadSettings(
        id=name,
        drive=DriveParams(watts, watts, True, 1.0, 5.0, 30.0),
        limits=LimitParams(60.0, 20.0),
        comfort=NO_SENSOR,
        verify=False,
        has_knob=False,
    )


KNOB = replace(LOAD, comfort=NO_SENSOR, verify=False)
LOADS = (plug("pump", 800.0), plug("fan", 500.0), KNOB)


@dataclass
class Rig:
    """What is asked is drawn, but by who is ``full``; who is ``stuck`` draws though off.

    ``every_s``: the meters speak so often.
    """

    every_s: float = 1.0
    surplus_w: float = SURPLUS_W
    full: set[str] = field(default_factory=set)
    stuck: set[str] = field(default_factory=set)
    now_s: float = 0.0
    memory: Memory = Memory()
    asked: dict[str, Command] = field(default_factory=dict)
    told: dict[str, Reading] = field(default_factory=dict)
    seen: dict[str, list[Why]] = field(default_factory=dict)

    def watts(self, load: LoadSettings) -> float:
        command = self.asked.get(load.id)
        asked_w = command.setpoint_w if command is not None else 0.0
        if load.id in self.full:
            return 0.0
        if load.id in self.stuck:
            return load.drive.max_w
        return load.drive.max_w if load.drive.on_off and asked_w > 0.0 else asked_w

    def home(self) -> Site:
        own_w = sum(self.watts(load) for load in LOADS)
        return site(
            self.now_s,
            grid_w=Reading(own_w - self.surplus_w, self.now_s, "test"),
            pv_w=Reading(self.surplus_w + 400.0, self.now_s, "test"),
            load_w=Reading(340.0 + own_w, self.now_s, "test"),
        )

    def tick(self) -> None:
        views = []
        for load in LOADS:
            if self.now_s % self.every_s == 0:
                self.told[load.id] = Reading(self.watts(load), self.now_s, "own")
            command = self.asked.get(load.id)
            asked_w = command.setpoint_w if command is not None else 0.0
            expected_w = load.drive.max_w if load.drive.on_off and asked_w > 0.0 else asked_w
            views.append(
                LoadView(
                    load.id,
                    asked_w,
                    expected_w,
                    closed=asked_w > 0.0,
                    actual_w=self.told[load.id],
                )
            )
        instant = Instant(self.now_s, NOON_UTC_S + self.now_s)
        rules = replace(SETTINGS, loads=LOADS, hunt=SETTINGS.hunt._replace(max_w=3300.0))
        decision, self.memory = decide(
            Snapshot(instant, self.home(), tuple(views)), self.memory, rules
        )
        for command in decision.commands:
            self.asked[command.target] = command
            self.seen.setdefault(command.target, []).append(command.reason.code)
        self.now_s += 1.0

    def run(self, seconds: int) -> None:
        for _ in range(seconds):
            self.tick()

    def on(self) -> set[str]:
        return {name for name, command in self.asked.items() if command.setpoint_w > 0.0}


def running(every_s: float = 1.0) -> Rig:
    rig = Rig(every_s)
    rig.run(300)
    assert rig.on() == {"pump", "fan", "boiler"}
    return rig


def test_who_obeys_is_never_suspected() -> None:
    for every_s in (1.0, 10.0, 30.0):
        rig = running(every_s)
        for surplus_w in (0.0, 1500.0, 0.0, SURPLUS_W):  # all off and on again, and some
            rig.surplus_w = surplus_w
            rig.run(200)
        assert rig.on() == {"pump", "fan", "boiler"}
        judged = {why for reasons in rig.seen.values() for why in reasons}
        assert not judged & {Why.WELDED, Why.TRIAC_SHORT, Why.CHECKING, Why.THERMOSTAT_OPEN}


def test_who_draws_nothing_is_full_and_alone_in_it() -> None:
    rig = running()
    rig.full.add("pump")
    rig.run(15)
    assert rig.on() == {"fan", "boiler"}
    assert rig.asked["pump"].reason.code in (Why.THERMOSTAT_OPEN, Why.ELEMENT)
    rig.full.clear()  # hot water was used
    rig.run(int(RETRY_S) + 120)
    assert rig.on() == {"pump", "fan", "boiler"}


def test_who_draws_though_off_is_an_alarm_and_alone_in_it() -> None:
    rig = Rig()
    rig.stuck.add("fan")
    rig.run(60)
    assert rig.asked["fan"].reason.code == Why.WELDED
    rig.run(240)
    assert rig.on() == {"pump", "boiler"}
    assert rig.asked["fan"].urgent


def test_without_its_meter_such_a_load_is_not_judged() -> None:
    rig = running()
    rig.told = dict.fromkeys(rig.told, Reading(None, float("-inf"), ""))
    rig.every_s = 1e9
    rig.full.add("pump")
    rig.run(120)
    assert "pump" in rig.on()


@pytest.mark.parametrize("still", [True, False])
def test_what_cannot_be_reached_is_a_part_of_the_house(still: bool) -> None:
    """Whether it goes on drawing only the home's meters tell: no other load gets its watts."""
    rules = replace(
        SETTINGS, loads=(KNOB, plug("pump", 800.0)), hunt=SETTINGS.hunt._replace(max_w=2800.0)
    )
    memory, knob_w, pump_w = Memory(), 0.0, 0.0
    bought = []
    for second in range(400):
        lost, now_s = second >= 200, float(second)
        own_w = (knob_w if still or not lost else 0.0) + pump_w
        home = site(
            now_s,
            grid_w=Reading(own_w - 2200.0, now_s, "test"),
            pv_w=Reading(2600.0, now_s, "test"),
            load_w=Reading(340.0 + own_w, now_s, "test"),
        )
        fault = "the broker is away" if lost else ""
        knob = LoadView("boiler", knob_w, knob_w, closed=knob_w > 0.0, fault=fault)
        pump = LoadView("pump", pump_w, pump_w, closed=pump_w > 0.0)
        instant = Instant(now_s, NOON_UTC_S + now_s)
        decision, memory = decide(Snapshot(instant, home, (knob, pump)), memory, rules)
        asked = {one.target: one for one in decision.commands}
        pump_w = 800.0 if asked["pump"].setpoint_w > 0.0 else 0.0
        if lost:
            assert asked["boiler"].reason.code == Why.OUTPUT_FAULT
            bought.append(own_w - 2200.0)
        else:
            knob_w = asked["boiler"].setpoint_w
    assert max(bought) <= 0.0
    assert (pump_w > 0.0) != still  # the sun that is really left
