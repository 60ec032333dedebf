"""Runs of the ladder's benchmark: what a second does, what a law sees, what a row says."""

from __future__ import annotations

import math
from typing import Any

import pytest

from pvopt.benchmarks import ladder, ladder_plant
from pvopt.benchmarks.inputs import Inputs
from pvopt.benchmarks.ladder import ALL_KNOWING, KNOWING, LAWS, OURS, Key, Run, row_of
from pvopt.benchmarks.ladder_loads import LADDER, MAX_W, NAMES, Filled, Kind, table_of
from pvopt.benchmarks.ladder_ours import Ours, Staged, config_of
from pvopt.benchmarks.ladder_plant import Asked, LadderHome
from pvopt.benchmarks.ladder_rivals import AllKnowing, Rival, rungs
from pvopt.benchmarks.ladder_watch import Counts
from pvopt.decide.policy import TEXT
from pvopt.model import Command, Reason, Why
from pvopt.simulator.account import Totals
from pvopt.simulator.baselines.ladders import CONSTANT
from tests.unit.benchmarks.seconds import steady

pytest.importorskip("numpy", reason="numpy is not installed:  . ./env.sh sim")

IDS = tuple(member.id for member in LADDER)
OFF = [Asked()] * len(LADDER)
NOON_UTC_S = 1_782_039_600.0  # a June day, 11:00 UTC


@pytest.fixture(autouse=True)
def text(monkeypatch: pytest.MonkeyPatch) -> None:
    """Kernels as they stand: nothing to compile for some minutes of a home."""
    monkeypatch.setattr(ladder_plant, "compile_kernel", lambda kernel: kernel)
    monkeypatch.setattr(ladder, "compiled_kernels", lambda: TEXT)


def noon(seconds: int, pv_w: float = 3000.0, **other: Any) -> Inputs:
    return steady(seconds, pv_w, start_utc_s=NOON_UTC_S, **other)


def home_of(name: str = "no-battery", seconds: int = 300) -> LadderHome:
    members = table_of("boiler-first").members
    return LadderHome(name, [noon(seconds)], members, [5.0] * 6)


def test_what_the_loads_draw_is_what_the_home_is_charged_with() -> None:
    home = home_of()
    asked = [Asked(True, 0.5), *OFF[1:3], Asked(True, 1 / 3), Asked(True, 1.0), Asked()]
    for _ in range(60):
        home.second(asked)
    drawn_w = sum(home.drawn_w)
    assert drawn_w == pytest.approx(1000.0 + 500.0 + home.drawn_w[4])
    assert home.course.flows.heater_w == pytest.approx(drawn_w)
    assert sum(one.drawn_wh for one in home.watch.counts) == pytest.approx(
        home.course.totals.heat_wh
    )


def test_a_law_sees_the_meters_of_a_second_ago() -> None:
    home = home_of()
    for _ in range(5):
        home.second(OFF)
    home.second([Asked(True, 0.25), *OFF[1:]])
    quiet = home.meters_before
    assert sum(home.meters.load_w) - sum(quiet.load_w) == pytest.approx(500, abs=1)
    assert home.drawn_before_w[0] == 0.0
    law = Ours(config_of((50.0, 14.0)))
    snapshot = law._snapshot(home, 6.0)
    assert snapshot.site is not None
    assert (snapshot.site.at_s, snapshot.site.load_w.value) == (5.0, float(sum(quiet.load_w)))
    own = {view.id: view.actual_w.value for view in snapshot.loads}
    assert own["boiler"] == 0.0 and own["buffer"] is None


def test_our_configuration_is_the_ladder() -> None:
    loads = config_of((50.0, 14.0)).loads
    assert tuple(load.id for load in loads) == IDS
    assert sum(load.max_w for load in loads) == MAX_W
    floor = loads[IDS.index("floor")]
    assert (floor.drive, floor.steps_w) == ("steps", (500.0, 1000.0, 1500.0))
    limits = Ours(config_of((50.0, 14.0))).settings.loads[IDS.index("pump")].limits
    assert (limits.min_on_s, limits.min_off_s) == (600.0, 600.0)


@pytest.mark.parametrize(
    ("setpoint_w", "share"),
    [(0.0, 0.0), (499.0, 0.0), (500.0, 1 / 3), (1499.0, 2 / 3), (1500.0, 1.0), (9e3, 1.0)],
)
def test_a_staged_device_takes_its_highest_stage_below(setpoint_w: float, share: float) -> None:
    staged = Staged(config_of((50.0, 14.0)).loads[IDS.index("floor")])
    command = Command("floor", setpoint_w, 99.0, Reason(Why.HOLD))
    asked = staged.drive(command, 1.0)
    assert asked.on is (share > 0.0)
    assert asked.share == pytest.approx(share)
    assert staged.view() == (round(1500.0 * share), asked.on, False)


def test_a_rivals_floor_heating_is_three_constant_loads() -> None:
    floor = IDS.index("floor")
    mine = [rung for place, rung in rungs(LADDER) if place == floor]
    assert [(rung.kind, rung.max_w) for rung in mine] == [(CONSTANT, 500.0)] * 3


def test_sleep_is_the_same_as_waiting() -> None:
    night = steady(180, 0.0, start_utc_s=NOON_UTC_S)
    asleep, awake = (LadderHome("dc-zero", [night], LADDER, [5.0] * 6) for _ in range(2))
    for home in (asleep, awake):
        assert home.is_asleep(OFF)
        assert not home.is_asleep([Asked(True, 0.1), *OFF[1:]])
    for _ in range(3):
        asleep.sleep(OFF)
    for _ in range(180):
        awake.second(OFF)
    assert asleep.day_over and awake.day_over
    assert asleep.course == awake.course
    assert asleep.meters == awake.meters
    home = home_of()
    assert not home.is_asleep(OFF)  # the sun shines


def test_a_tank_that_is_full_draws_nothing_and_drains() -> None:
    boiler, towels = IDS.index("boiler"), IDS.index("towels")
    home = LadderHome("no-battery", [noon(10)], LADDER, [5.0] * 6)
    home._filled[towels] = Filled(999.9)
    on = [Asked(member.id == "towels", 1.0) for member in LADDER]
    home.second(on)
    assert (home.drawn_w[towels], home.most_w()[towels]) == (500.0, 0.0)
    home.second(on)
    assert home.drawn_w[towels] == 0.0
    assert home.most_w()[boiler] == 2000.0
    endless = home_of(seconds=10)
    endless.second(on)
    assert endless.drawn_w[towels] == 500.0


def run_of(law: str, home: str, seconds: int, pv_w: float = 3000.0) -> Run:
    return ladder.run_law(Key(home, law, "boiler-first"), [noon(seconds, pv_w)])


def test_the_all_knowing_ladder_takes_it_all_and_buys_nothing() -> None:
    run = run_of(ALL_KNOWING, "no-battery", 300)
    # 3000 W less 350 W of the house.
    assert run.totals.heat_wh == pytest.approx(2650.0 * 300 / 3600, rel=0.01)
    assert run.totals.not_solar_pct < 0.5
    assert run.totals.from_charging_wh == 0.0


@pytest.mark.parametrize(("headroom_w", "spare_w"), [(0.0, 2650.0), (200.0, 2450.0)])
def test_the_inverters_headroom_is_left_free(headroom_w: float, spare_w: float) -> None:
    """4000 W of sun behind an inverter of 3000 W, a house of 350 W, a full battery."""
    home = LadderHome("dc-zero", [noon(10, 4400.0)], LADDER, [5.0] * 6)
    full = home.course.home._replace(soc_pct=100.0)
    home.course = home.course._replace(home=full)
    assert home.spare_w(headroom_w) == pytest.approx(spare_w, abs=1.0)
    alone = home_of("no-battery")
    assert alone.spare_w(headroom_w) == pytest.approx(2650.0)


def test_our_law_fills_the_ladder_from_above() -> None:
    best = run_of(ALL_KNOWING, "no-battery", 600)
    run = run_of(OURS, "no-battery", 600)
    row = row_of(Key("no-battery", OURS, "boiler-first"), run, best)
    assert row.caught_pct > 60.0
    assert row.not_solar_pct < 5.0
    assert row.broken_min_times == 0
    assert row.kwh[0] > row.kwh[1]


@pytest.mark.parametrize("home", ["dc-zero", "no-battery"])
def test_who_is_told_the_surplus_catches_more_than_who_seeks_it(home: str) -> None:
    """With the battery full, in a home that hides its surplus and in one that shows it."""
    caught_wh = {}
    for law in (KNOWING, OURS):
        members = table_of("boiler-first").members
        lived = LadderHome(home, [noon(300)], members, ladder.enable_delays_s(members))
        lived.course = lived.course._replace(home=lived.course.home._replace(soc_pct=100.0))
        one = ladder.law_of(law, home, (50.0, 14.0), members)
        while not lived.day_over:
            lived.second(one.tick(lived))
        caught_wh[law] = lived.course.totals.sun_wh
        assert lived.course.totals.not_solar_pct < 2.0
        assert sum(count.broken for count in lived.watch.counts) == 0
    # The boiler after 10 s of minimum time off, 5 s of delay and 3 s of the knob at zero; the rest
    # of 2650 W later.
    assert 2000.0 * 270 / 3600 < caught_wh[KNOWING] < 2650.0 * 282 / 3600
    assert caught_wh[OURS] <= 1.01 * caught_wh[KNOWING]


@pytest.mark.parametrize("law", ["s0", "s1"])
def test_a_rival_catches_what_its_meter_shows(law: str) -> None:
    best = run_of(ALL_KNOWING, "no-battery", 600)
    row = row_of(Key("no-battery", law, "boiler-first"), run_of(law, "no-battery", 600), best)
    assert 50.0 < row.caught_pct <= 101.0


def test_who_is_asked_sets_regulators_without_contacts() -> None:
    home = home_of()
    for law in (AllKnowing(200.0), Rival("s0", LADDER), Rival("s1", LADDER)):
        asked = law.tick(home)
        for member, one in zip(LADDER, asked, strict=True):
            assert 0.0 <= one.share <= 1.0
            if member.kind == Kind.CONTINUOUS:
                assert one.on
            else:
                assert one.on is (one.share > 0.0)


def test_a_row_is_a_run_against_the_best() -> None:
    counts = tuple(Counts(4, 1, 30, 2, 500.0, 3) for _ in LADDER)
    best = Run(Totals(heat_wh=4000.0), 0.0, (100.0, 90.0), counts, 2.0)
    totals = Totals(heat_wh=3000.0, from_grid_wh=30.0, from_charging_wh=60.0)
    row = row_of(Key("dc-feed", OURS, "tanks"), Run(totals, 12.0, (99.0, 90.0), counts, 2.0), best)
    assert row.table == "tanks"
    assert row.caught_pct == pytest.approx(100.0 * 2970.0 / 4000.0)
    assert row.not_solar_pct == pytest.approx(1.0)
    assert row.from_charging_pct == pytest.approx(2.0)
    assert (row.inversions, row.inverted_s, row.broken_min_times) == (6, 180, 12)
    assert row.flow_inversions == 18
    assert row.soc_at_sunset_diff_pct == -0.5
    assert row.switches_per_day == (2.0,) * 6
    cells = ladder.cells_of(row)
    assert cells["switches_per_day"] == dict.fromkeys(IDS, 2.0)
    assert cells["kwh"] == dict.fromkeys(IDS, 0.5)


@pytest.mark.parametrize(("best_wh", "judged"), [(99.9, False), (100.1, True)])
def test_a_share_of_next_to_nothing_is_none(best_wh: float, judged: bool) -> None:
    """Two days with 50 Wh each to catch, or a little less."""
    counts = tuple(Counts() for _ in LADDER)
    run = Run(Totals(heat_wh=40.0), 0.0, (90.0, 90.0), counts, 2.0)
    row = row_of(Key("dc-zero", OURS, "tanks"), run, run._replace(totals=Totals(heat_wh=best_wh)))
    assert math.isnan(row.caught_pct) is not judged
    assert math.isnan(row.not_solar_pct) is not judged
    assert (ladder.cells_of(row)["caught_pct"] is None) is not judged


def test_every_home_and_sink_has_its_own_best() -> None:
    keys = ladder.keys_of(("dc-zero", "dc-feed"), (OURS,), NAMES)
    assert len(keys) == 12
    assert {(key.home, key.table) for key in keys if key.law == ALL_KNOWING} == {
        (home, table) for home in ("dc-zero", "dc-feed") for table in NAMES
    }
    assert len(ladder.keys_of(("dc-zero",), LAWS, ("tanks",))) == len(LAWS)
