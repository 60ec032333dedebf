"""Several loads in one home: ranks, steps, unknown draws, the battery's rank."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import pytest

from pvopt.decide.ladder import TRIAL_AGAIN_S
from pvopt.decide.rungs import Rung, with_others
from pvopt.decide.settings import LoadSettings
from pvopt.model import Request, RequestKind, Site, Why
from tests.unit.decide.ladder_rig import LadderRig, clouds, knob, ladder, relay, steps

STEPS = steps("steps", 500.0, 1000.0, 1500.0)
UNKNOWN = replace(relay("unknown", 400.0), unknown=True)


def switches(rig: LadderRig, name: str) -> int:
    return sum(a != b for a, b in pairwise(rig.on(name)))


def test_a_knob_of_the_second_rank_gives_way_to_a_relay_of_the_first() -> None:
    rig = LadderRig(ladder(relay("relay"), knob("knob")), sun_w=lambda _: 1800.0)
    assert rig.run(25)["relay"] == 0.0
    assert rig.asked["knob"] == pytest.approx(1445.0, abs=30.0)  # meanwhile nothing is lost
    asked = rig.run(100)
    assert asked["relay"] == 1000.0
    assert asked["knob"] == pytest.approx(445.0, abs=30.0)
    assert rig.bought_wh < 0.2


@pytest.mark.parametrize(("sun_w", "on"), [(3340.0, False), (3380.0, True)])
def test_a_relay_of_the_second_rank_needs_all_of_its_watts(sun_w: float, on: bool) -> None:
    rig = LadderRig(ladder(knob("knob"), relay("relay")), sun_w=lambda _: sun_w)
    asked = rig.run(200)
    assert asked == {"knob": 2000.0, "relay": 1000.0 if on else 0.0}
    if not on:
        assert rig.why("relay") == Why.RANKED


def test_its_minimum_time_takes_watts_from_a_higher_knob_not_from_the_battery() -> None:
    rig = LadderRig(
        ladder(knob("knob"), relay("relay", on_s=120.0)),
        sun_w=lambda now_s: 3600.0 if now_s < 110.0 else 2000.0,
    )
    asked = rig.run(130)
    assert asked["relay"] == 1000.0
    assert asked["knob"] == pytest.approx(645.0, abs=40.0)
    asked = rig.run(90)
    assert asked["relay"] == 0.0
    assert asked["knob"] == pytest.approx(1645.0, abs=40.0)
    assert rig.bought_wh < 1.5


def test_hidden_sun_beyond_all_knobs_is_found_by_a_trial() -> None:
    rules = ladder(knob("knob"), relay("relay", 500.0))
    rig = LadderRig(rules, sun_w=lambda _: 3000.0, feed_in=False)
    assert rig.run(200) == {"knob": 2000.0, "relay": 500.0}
    assert switches(rig, "relay") == 1
    assert rig.bought_wh < 3.0


def test_a_trial_that_finds_none_ends_with_its_minimum_time_and_waits() -> None:
    rules = ladder(knob("knob"), relay("relay", 500.0))
    rig = LadderRig(rules, sun_w=lambda _: 2500.0, feed_in=False)
    assert rig.run(180) == {"knob": 2000.0, "relay": 0.0}
    assert switches(rig, "relay") == 2
    rig.run(int(TRIAL_AGAIN_S) - 120)
    assert switches(rig, "relay") == 2
    rig.run(180)
    assert switches(rig, "relay") == 4


def test_steps_rise_after_the_delay_and_fall_at_once() -> None:
    suns = {0: 1200.0, 200: 1750.0, 400: 1000.0}
    rig = LadderRig(ladder(STEPS), sun_w=lambda now_s: suns[max(at for at in suns if at <= now_s)])
    assert rig.run(199)["steps"] == 500.0
    assert rig.run(20)["steps"] == 500.0
    assert rig.run(30)["steps"] == 1000.0
    assert rig.run(155)["steps"] == 500.0
    assert {asked.commands[0].setpoint_w for asked in rig.decisions} == {0.0, 500.0, 1000.0}


def test_an_unknown_draw_is_learned_from_the_house() -> None:
    rig = LadderRig(
        ladder(UNKNOWN, knob("knob")), sun_w=lambda _: 1500.0, real_w={"unknown": 280.0}
    )
    rig.run(150)
    known = rig.memory.timers.loads[0].rung.known
    assert known.watts == pytest.approx(280.0, abs=15.0)
    assert rig.asked["knob"] == pytest.approx(1500.0 - 350.0 - 280.0, abs=40.0)


def test_it_then_starts_with_what_it_draws() -> None:
    """280 W are enough for it although it might draw 400 W."""
    suns = {0: 1500.0, 150: 300.0, 300: 700.0}
    rig = LadderRig(
        ladder(UNKNOWN),
        sun_w=lambda now_s: suns[max(at for at in suns if at <= now_s)],
        real_w={"unknown": 280.0},
    )
    rig.run(290)
    assert rig.asked["unknown"] == 0.0
    rig.run(110)
    assert rig.asked["unknown"] == pytest.approx(280.0, abs=15.0)


@pytest.mark.parametrize(("first", "charging_w"), [(True, 900.0), (False, 1500.0)])
def test_the_rank_of_the_battery(first: bool, charging_w: float) -> None:
    """1900 W are left by the house; the battery would take 1500 W of them."""
    rules = ladder(knob("first", 1000.0, before_battery=first), knob("later"))
    rig = LadderRig(rules, sun_w=lambda _: 2200.0, accept_w=1500.0)
    asked = rig.run(200)
    assert rig.charged_w[-1] == pytest.approx(charging_w, abs=40.0)
    assert asked["first"] == pytest.approx(1900.0 - charging_w, abs=40.0)
    assert asked["later"] == 0.0


def test_loads_after_the_battery_get_what_is_left() -> None:
    rules = ladder(knob("first", 1000.0, before_battery=True), knob("later"))
    rig = LadderRig(rules, sun_w=lambda _: 3500.0, accept_w=1500.0)
    asked = rig.run(200)
    assert (asked["first"], rig.charged_w[-1]) == (1000.0, 1500.0)
    assert asked["later"] == pytest.approx(700.0, abs=40.0)


def test_the_first_loads_take_back_what_later_ones_have() -> None:
    """A cloud leaves 1000 W: the load before the battery has them, the battery little."""
    rules = ladder(knob("first", 1000.0, before_battery=True), knob("later"))
    rig = LadderRig(rules, sun_w=lambda now_s: 3500.0 if now_s < 200 else 1300.0, accept_w=300.0)
    rig.run(200)
    assert rig.asked["later"] > 1500.0
    asked = rig.run(60)
    assert asked["first"] == pytest.approx(1000.0, abs=60.0)
    assert asked["later"] == 0.0


def test_a_knob_rises_no_faster_than_its_owner_wants() -> None:
    rig = LadderRig(ladder(replace(knob("knob"), ramp_w_s=50.0)))
    rig.run(120)
    asked = [decision.commands[0].setpoint_w for decision in rig.decisions]
    assert max(b - a for a, b in pairwise(asked)) <= 50.0
    assert asked[-1] == 2000.0


def test_a_contact_closes_no_more_often_than_it_may() -> None:
    spared = replace(relay("relay", on_s=0.0, off_s=0.0), most_starts_h=3.0)
    rig = LadderRig(ladder(spared), sun_w=clouds(2000.0, 400.0, 200.0))
    rig.run(3600)
    starts = sum(b and not a for a, b in pairwise(rig.on("relay")))
    assert 3 <= starts <= 6  # three at once, and three that an hour gives back
    assert Why.MOST_STARTS in {d.commands[0].reason.code for d in rig.decisions}


def test_what_a_person_has_in_hand_the_others_leave_alone() -> None:
    rules = ladder(knob("knob"), relay("relay", on_s=0.0))
    rig = LadderRig(rules, sun_w=lambda _: 1500.0)
    rig.run(70)
    rig.asks = (Request("one", "relay", RequestKind.ON),)
    asked = rig.run(30)
    assert asked["relay"] == 1000.0
    assert asked["knob"] == pytest.approx(145.0, abs=40.0)


@pytest.mark.parametrize("feed_in", [True, False])
def test_six_loads_under_clouds_buy_next_to_nothing(feed_in: bool) -> None:
    loads: tuple[LoadSettings, ...] = (
        knob("knob"),
        relay("towels", 500.0),
        relay("pump", 800.0, 600.0, 600.0),
        STEPS,
        UNKNOWN,
        knob("buffer", 1000.0),
    )
    rig = LadderRig(
        ladder(*loads), clouds(5000.0, 1500.0, 400.0), feed_in=feed_in, real_w={"unknown": 280.0}
    )
    rig.run(1800)
    drawn_wh = sum(sum(second.values()) for second in rig.drawn) / 3600.0
    assert drawn_wh > 1300.0
    assert rig.bought_wh < 0.015 * drawn_wh
    assert switches(rig, "pump") <= 3


def patient(name: str, watts: float, delay_s: float) -> LoadSettings:
    """A relay with the delays that settings_of gives it."""
    plain = relay(name, watts)
    drive = plain.drive._replace(enable_delay_s=delay_s)
    return replace(plain, drive=drive, lost_delay_s=120.0, free_delay_s=30.0)


def begins_s(rig: LadderRig, name: str, seconds: int) -> int:
    """The tick in which it starts; -1: in none."""
    rig.run(seconds)
    on = rig.on(name)
    return on.index(True) if True in on else -1


@pytest.mark.parametrize(
    ("sun_w", "knob_w", "after_s"),
    [
        (1800.0, 2000.0, 400),  # a knob takes it meanwhile: its own delay
        (3400.0, 2000.0, 30),  # more than the knob can take; it could give way
        (1800.0, 400.0, 120),  # ... and a knob that could not
    ],
)
def test_a_relay_starts_sooner_where_sun_would_be_lost(
    sun_w: float, knob_w: float, after_s: int
) -> None:
    rules = ladder(knob("knob", knob_w), patient("relay", 1000.0, 400.0))
    if knob_w > 1500.0 > sun_w - 1000.0:  # the relay first, or the knob would leave it nothing
        rules = ladder(patient("relay", 1000.0, 400.0), knob("knob", knob_w))
    rig = LadderRig(rules, sun_w=lambda _: sun_w)
    # Until the knob runs, and 60 s of minimum time off.
    assert after_s <= begins_s(rig, "relay", 600) <= after_s + 75
    assert rig.bought_wh < 1.0


@pytest.mark.parametrize(("dip_w", "again"), [(20.0, False), (60.0, True)])
def test_a_dip_that_is_next_to_nothing_does_not_begin_the_wait_anew(
    dip_w: float, again: bool
) -> None:
    """1000 W for the relay, but for a moment at 300 s."""
    rules = ladder(patient("relay", 1000.0, 400.0), knob("knob"))
    rig = LadderRig(rules, sun_w=lambda now_s: 1360.0 if not 300 <= now_s < 310 else 1350.0 - dip_w)
    started_s = begins_s(rig, "relay", 900)
    assert (started_s > 650) is again
    assert 400 <= started_s < 760


@pytest.mark.parametrize(("way_w", "steady"), [(50.0, True), (51.0, False)])
def test_what_others_draw_has_to_be_at_rest_for_four_ticks(way_w: float, steady: bool) -> None:
    rung = Rung()
    for others_w in (900.0, 1000.0, 1000.0, 1000.0):
        rung, _ = with_others(rung, others_w)
    rung, at_rest = with_others(rung, 1000.0 + way_w)
    assert at_rest is steady
    for _ in range(2):
        rung, at_rest = with_others(rung, 1000.0 + way_w)
        assert at_rest is steady
    assert with_others(rung, 1000.0 + way_w)[1]


@dataclass
class Late(LadderRig):
    """Its samples are a second old."""

    before: Site | None = None

    def live(self) -> Site:
        now = super().live()
        before, self.before = self.before, now
        return before or now


def test_relays_that_switch_are_no_doubt_about_a_knob_without_a_meter() -> None:
    """The knob is at zero, and another load of 1500 W comes and goes."""
    other = relay("other", 1500.0, on_s=5.0, off_s=5.0)
    other = replace(other, drive=other.drive._replace(enable_delay_s=2.0))
    rules = ladder(other, knob("buffer", 1000.0, verify=True))
    rig = Late(rules, sun_w=lambda now_s: 1900.0 if now_s % 80 < 40 else 330.0)
    seen = set()
    for _ in range(800):
        rig.tick()
        seen.add(rig.why("buffer"))
    assert switches(rig, "other") >= 12
    assert not seen & {Why.CHECKING, Why.TRIAC_SHORT, Why.WELDED, Why.THERMOSTAT_OPEN}


@pytest.mark.parametrize("feed_in", [True, False])
def test_nobody_starves_where_the_sun_is_enough_for_all(feed_in: bool) -> None:
    """Seen or hidden, whole steps among knobs: after a while each has all that it can take."""
    loads = (
        knob("boiler"),
        relay("towels", 500.0),
        steps("floor", 500.0, 1000.0),
        knob("buffer", 800.0),
        relay("pump", 800.0),
    )
    rig = LadderRig(ladder(*loads), feed_in=feed_in, sun_w=lambda _: 300.0 + 50.0 + 5100.0 + 100.0)
    rig.run(1000)
    assert min(min(rig.on(load.id)[-300:]) for load in loads), rig.asked
    assert sum(rig.draws().values()) > 0.97 * 5100.0
    assert rig.bought_wh < 10.0
