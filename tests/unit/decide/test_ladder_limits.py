"""What the ladder may never do to the inverter, whatever ranks, wishes and unknown draws want."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pvopt.decide.settings import LoadSettings, Metering, Settings
from pvopt.model import MISSING, Reading, Request, RequestKind, Site, Why
from tests.unit.decide.ladder_rig import LadderRig, knob, ladder, relay

LIMIT_W, HEADROOM_W = 3000.0, 200.0


def capped(*loads: LoadSettings) -> Settings:
    rules = ladder(*loads)
    site = rules.site._replace(inverter_max_w=LIMIT_W, inverter_headroom_w=HEADROOM_W)
    return replace(rules, site=site)


class Home(LadderRig):
    """All that the house draws comes through the inverter. ``battery``: its power is told."""

    battery: bool = True

    def live(self) -> Site:
        there = super().live()
        grid_w, load_w = there.grid_w.value or 0.0, there.load_w.value or 0.0
        out_w = Reading(load_w + max(0.0, -grid_w), self.now_s, "test")
        there = replace(there, inverter_out_w=out_w)
        return there if self.battery else replace(there, battery_w=MISSING)

    def most_w(self, seconds: int) -> float:
        """The most that house and loads drew together meanwhile (W)."""
        begun = len(self.drawn)
        self.run(seconds)
        return max(
            sum(drawn.values()) + self.house_w(begun + k)
            for k, drawn in enumerate(self.drawn[begun:])
        )


def asked(name: str, kind: RequestKind) -> tuple[Request, ...]:
    return (Request(f"{name} {kind.name}", name, kind),)


@pytest.mark.parametrize("before", [True, False])
def test_a_minimum_time_below_the_battery_takes_its_room_from_the_loads_above(before: bool) -> None:
    first = knob("first", 2800.0, before_battery=before)
    rig = Home(capped(first, relay("later", 1500.0, on_s=600.0)), lambda _: 2300.0)
    rig.asks = asked("first", RequestKind.OFF)
    rig.run(150)
    assert rig.asked["later"] == 1500.0
    rig.sun_w, rig.asks = lambda _: 6000.0, asked("first", RequestKind.AUTO)
    assert rig.most_w(100) <= LIMIT_W - HEADROOM_W
    assert rig.asked == {"first": pytest.approx(1000.0, abs=5.0), "later": 1500.0}


@pytest.mark.parametrize("wish", [False, True])
@pytest.mark.parametrize(("house_w", "begins"), [(790.0, True), (810.0, False)])
def test_what_is_unknown_begins_with_room_for_all_it_may_draw(
    house_w: float, begins: bool, wish: bool
) -> None:
    """It was seen to draw 10 W; the next time it draws all of its 2000 W."""
    unknown = replace(relay("unknown", 2000.0), unknown=True)
    rig = Home(capped(unknown), lambda _: 2600.0, real_w={"unknown": 10.0})
    rig.run(100)
    rig.sun_w = lambda _: 200.0
    rig.run(150)
    assert rig.memory.timers.loads[0].rung.known.watts == pytest.approx(10.0, abs=1.0)
    rig.real_w = {}
    rig.sun_w, rig.house_w = lambda _: 3500.0, lambda _: house_w
    rig.asks = asked("unknown", RequestKind.ON) if wish else ()
    assert rig.most_w(60) <= LIMIT_W - HEADROOM_W
    assert (True in rig.on("unknown")[-60:]) == begins
    assert begins or rig.why("unknown") == Why.INVERTER_CAP


def test_two_that_are_unknown_do_not_begin_in_the_same_room() -> None:
    one, two = (replace(relay(name, 1600.0), unknown=True) for name in ("one", "two"))
    rig = Home(capped(one, two), lambda _: 4000.0, real_w={"one": 10.0, "two": 10.0})
    rig.run(150)
    rig.sun_w = lambda _: 200.0
    rig.run(150)
    rig.real_w, rig.sun_w = {}, lambda _: 4000.0
    assert rig.most_w(60) <= LIMIT_W - HEADROOM_W
    assert rig.asked["one"] > 0.0 and rig.asked["two"] == 0.0


def test_a_relay_in_hand_within_its_minimum_time_takes_its_watts_once() -> None:
    rig = Home(ladder(knob("knob"), relay("relay", on_s=600.0)), lambda _: 2500.0)
    rig.run(100)
    rig.asks = asked("relay", RequestKind.ON)
    rig.run(60)
    assert rig.asked["relay"] == 1000.0
    assert rig.asked["knob"] == pytest.approx(1145.0, abs=40.0)


def test_before_a_battery_that_tells_nothing_nothing_runs() -> None:
    rig = Home(ladder(knob("first", before_battery=True)), lambda _: 3000.0, accept_w=500.0)
    rig.run(60)
    assert rig.asked["first"] > 1000.0
    rig.battery = False
    rig.run(60)
    assert rig.asked["first"] <= 1.0


@pytest.mark.parametrize("sun_w", [1500.0, 2100.0, 2700.0])
def test_export_that_comes_at_once_is_spent_once(sun_w: float) -> None:
    """A cloud goes: the first load has what it can take, the later one no more than the rest."""
    rig = Home(ladder(knob("first", 1000.0, before_battery=True), knob("later")), lambda _: 4000.0)
    rig.run(100)
    rig.sun_w = lambda _: 300.0
    rig.run(10)
    rig.sun_w = lambda _: sun_w
    rig.run(2)
    bought_wh = rig.bought_wh
    rig.run(60)
    assert rig.bought_wh - bought_wh < 0.1
    assert rig.asked["first"] == 1000.0
    assert rig.asked["later"] == pytest.approx(sun_w - 1350.0, abs=10.0)


class Phases(LadderRig):
    """The sun on the second phase, our load on the first."""

    def live(self) -> Site:
        there, own_w = super().live(), sum(self.draws().values())
        others_w = (there.grid_w.value or 0.0) - own_w
        phases = [Reading(watts, self.now_s, "test") for watts in (own_w, others_w, 0.0)]
        return replace(there, grid_phase_w=(phases[0], phases[1], phases[2]))


@pytest.mark.parametrize(
    ("metering", "runs"), [(Metering.PER_PHASE, False), (Metering.SUMMED, True)]
)
def test_before_the_battery_too_each_phase_may_count_alone(metering: Metering, runs: bool) -> None:
    rules = ladder(knob("first", before_battery=True, phase=1))
    rules = replace(rules, site=rules.site._replace(metering=metering))
    rig = Phases(rules, lambda _: 3000.0)
    rig.run(100)
    assert (rig.asked["first"] > 1000.0) == runs


def test_what_is_unknown_begins_where_a_lower_knob_gives_way() -> None:
    """The knob fills all that the inverter bears. The load of unknown draw above it, seen to draw
    10 W, begins with room for its 1000 W, and draws them this time."""
    unknown = replace(relay("unknown", 1000.0), unknown=True)
    rig = Home(capped(unknown, knob("knob", 3000.0)), lambda _: 6000.0, real_w={"unknown": 10.0})
    rig.asks = asked("knob", RequestKind.OFF)
    rig.run(120)
    assert rig.memory.timers.loads[0].rung.known.watts == pytest.approx(10.0, abs=1.0)
    rig.asks = asked("unknown", RequestKind.OFF)
    rig.run(120)
    rig.asks = asked("knob", RequestKind.AUTO)
    rig.run(60)
    assert rig.asked == {"unknown": 0.0, "knob": pytest.approx(2500.0, abs=10.0)}
    rig.real_w, rig.asks = {}, asked("unknown", RequestKind.AUTO)
    assert rig.most_w(120) <= LIMIT_W - HEADROOM_W
    assert rig.asked["unknown"] > 0.0


@pytest.mark.parametrize(("knob_w", "begins"), [(990.0, False), (1010.0, True)])
def test_a_lower_knob_gives_way_by_what_it_draws(knob_w: float, begins: bool) -> None:
    """The inverter is full of knobs, one above and one below a load of at most 1000 W."""
    unknown = replace(relay("unknown", 1000.0), unknown=True)
    above_w = LIMIT_W - HEADROOM_W - 300.0 - knob_w
    loads = (knob("above", above_w), unknown, knob("below", knob_w))
    rig = Home(capped(*loads), lambda _: 6000.0)
    rig.run(150)
    assert (rig.asked["unknown"] > 0.0) is begins
