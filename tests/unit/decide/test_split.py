"""The storages of a home: shares, silence, return, turns, and nothing for our loads."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pvopt.decide.settings import SplitSettings, StorageSettings
from pvopt.decide.split import SplitMemory, needed_w, split_step
from pvopt.model import Instant, StorageView, Why
from pvopt.simulator.storage_unit import B2500, StorageParams
from tests.unit.decide.split_rig import QUICK, Rig, site, split_of, view


def steady(watts: float):  # type: ignore[no-untyped-def]
    return lambda second: watts


def setpoints(rig: Rig) -> list[float]:
    return [command.setpoint_w for command in rig.steps[-1].commands]


def whys(rig: Rig) -> list[Why]:
    return [command.reason.code for command in rig.steps[-1].commands]


def once(split: SplitSettings, grid_w: float, views: tuple[StorageView, ...], own_w: float = 0.0):  # type: ignore[no-untyped-def]
    """Just after the start, with everything at rest."""
    memory = SplitMemory()
    for second in range(22):
        now_s = float(second)
        seen = tuple(
            [view(v.id, v.power_w.value, now_s, v.soc_pct.value, v.connected) for v in views]
        )
        step = split_step(
            split, memory, site(grid_w, now_s), seen, own_w, Instant(now_s, now_s), 1.0
        )
        memory = step.memory
    return step


# -- shares -------------------------------------------------------------------------------------


def test_two_alike_share_evenly_and_the_grid_comes_to_nothing() -> None:
    rig = Rig(split_of(), steady(500.0)).run(60)
    assert setpoints(rig) == [pytest.approx(-250.0)] * 2
    assert rig.grid[-1] == pytest.approx(0.0, abs=1e-6)
    assert whys(rig) == [Why.SHARING] * 2


def test_the_fuller_gives_more() -> None:
    rig = Rig(split_of(), steady(500.0), socs_pct=(80.0, 60.0)).run(60)
    first_w, second_w = setpoints(rig)
    assert first_w < second_w < 0.0
    assert first_w + second_w == pytest.approx(-500.0, abs=1.0)
    assert whys(rig) == [Why.REBALANCING] * 2


def test_how_full_they_are_comes_together_and_stays() -> None:
    """Small cells, so an hour is enough; no part ever swings back beyond the threshold."""
    small = QUICK._replace(capacity_wh=100.0)
    rig = Rig(split_of(), steady(200.0), (small, small), socs_pct=(95.0, 75.0))
    apart = []
    for _ in range(6):
        rig.run(150)
        apart.append(rig.states[0].soc_pct - rig.states[1].soc_pct)
    assert apart == sorted(apart, reverse=True)
    assert 2.5 < apart[-1] < 6.0


def test_all_at_their_most_and_what_is_left_comes_from_the_grid() -> None:
    rig = Rig(split_of(), steady(2000.0)).run(60)
    assert setpoints(rig) == [-800.0, -800.0]
    assert whys(rig) == [Why.AT_LIMIT] * 2
    assert rig.grid[-1] == pytest.approx(400.0)


def test_the_grid_is_held_where_the_owner_wants_it() -> None:
    rig = Rig(split_of(split={"setpoint_w": 20.0}), steady(500.0)).run(60)
    assert rig.grid[-1] == pytest.approx(20.0)


def test_one_that_is_kept_awake_gives_its_least_at_any_surplus() -> None:
    rig = Rig(split_of(min_discharge_w=40.0), steady(-300.0)).run(60)
    assert setpoints(rig) == [-40.0, -40.0]
    assert whys(rig) == [Why.AT_LEAST] * 2


# -- surplus ------------------------------------------------------------------------------------


def test_surplus_is_shared_by_those_that_can_take_it_and_nobody_gives() -> None:
    takes = StorageSettings("b", 800.0, max_charge_w=600.0)
    split = SplitSettings(storages=(StorageSettings("a", 800.0, min_discharge_w=40.0), takes))
    charging = QUICK._replace(max_charge_w=600.0)
    rig = Rig(split, steady(-400.0), (QUICK, charging)).run(60)
    assert setpoints(rig) == [0.0, pytest.approx(400.0)]
    assert whys(rig) == [Why.NO_NEED, Why.CHARGING]
    assert rig.grid[-1] == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize(("own_w", "need_w"), [(0.0, 2300.0), (2000.0, 300.0), (2300.0, 0.0)])
def test_a_storage_is_never_discharged_into_a_load_on_surplus(own_w: float, need_w: float) -> None:
    assert needed_w(split_of(), 2300.0, (own_w,)) == need_w
    rig = Rig(split_of(3), steady(2300.0), (QUICK,) * 3, own_w=steady(own_w)).run(60)
    assert sum(setpoints(rig)) == pytest.approx(-min(need_w, 2400.0))
    if need_w == 0.0:
        assert whys(rig) == [Why.SURPLUS_FIRST] * 3


def test_a_load_that_has_just_switched_off_is_not_fed_while_the_meter_still_shows_it() -> None:
    rig = Rig(split_of(), steady(2300.0), own_w=lambda s: 2000.0 if s < 30 else 0.0)
    rig.run(33)
    assert sum(setpoints(rig)) == pytest.approx(-300.0)


@pytest.mark.parametrize(("first", "charging_w"), [(True, 1000.0), (False, 400.0)])
def test_charging_takes_a_loads_surplus_only_where_it_comes_first(
    first: bool, charging_w: float
) -> None:
    split = split_of(split={"charge_first": first}, max_charge_w=800.0)
    step = once(split, -400.0, (view("a", 0.0, 0.0), view("b", 0.0, 0.0)), own_w=600.0)
    assert sum(c.setpoint_w for c in step.commands) == pytest.approx(charging_w)


# -- turns --------------------------------------------------------------------------------------


def test_below_two_floors_they_take_turns() -> None:
    floored = QUICK._replace(floor_w=80.0)
    split = split_of(floor_w=80.0, split={"rotation_s": 100.0})
    rig = Rig(split, steady(100.0), (floored, floored)).run(1010)
    given = [sum(1 for powers in rig.powers if powers[place] < -50.0) for place in (0, 1)]
    assert min(given) > 400
    assert sorted(whys(rig), key=int) == [Why.SHARING, Why.RESTING]
    assert abs(rig.grid[-5]) < 1.0


# -- silence ------------------------------------------------------------------------------------


def test_when_one_is_silent_the_other_carries_it_at_once_and_its_return_is_smooth() -> None:
    rig = Rig(split_of(), steady(500.0), silent=(("a", 60, 120),)).run(61)
    assert setpoints(rig)[0] == 0.0
    assert whys(rig)[0] == Why.STORAGE_SILENT
    rig.run(10)
    assert rig.powers[-1] == pytest.approx((0.0, -500.0))
    rig.run(51)
    assert whys(rig)[0] == Why.RETURNING
    assert -60.0 < setpoints(rig)[0] <= 0.0
    rig.run(30)
    assert setpoints(rig) == [pytest.approx(-250.0)] * 2
    assert max(abs(watts) for watts in rig.grid[125:]) < 60.0


def test_one_that_is_not_connected_gets_nothing() -> None:
    rig = Rig(split_of(), steady(500.0), offline=(("b", 60, 120),)).run(70)
    assert setpoints(rig) == [pytest.approx(-500.0), 0.0]
    assert whys(rig)[1] == Why.STORAGE_OFFLINE


def test_all_silent_is_no_error() -> None:
    rig = Rig(split_of(), steady(500.0), silent=(("a", 60, 120), ("b", 60, 120))).run(90)
    assert setpoints(rig) == [0.0, 0.0]
    # What they said last is what takes them to nothing; who could take might end anywhere.
    assert [command.from_w for command in rig.steps[-1].commands] == [-250.0, -250.0]
    taking = split_of(max_charge_w=500.0)
    rig = Rig(taking, steady(500.0), silent=(("a", 60, 120), ("b", 60, 120))).run(90)
    assert [command.from_w for command in rig.steps[-1].commands] == [None, None]


@pytest.mark.parametrize(("second", "stopped"), [(89, False), (91, True)])
def test_a_silent_meter_stops_them_after_half_a_minute(second: int, stopped: bool) -> None:
    rig = Rig(split_of(), steady(500.0), silent=(("meter", 60, 300),)).run(second + 1)
    assert (whys(rig) == [Why.METER_SILENT] * 2) is stopped
    assert (sum(setpoints(rig)) == 0.0) is stopped
    assert (rig.steps[-1].need_w is None) is stopped


def test_with_a_silent_meter_one_that_is_kept_awake_goes_to_its_least() -> None:
    rig = Rig(
        split_of(min_discharge_w=40.0, adjusts=True),
        steady(500.0),
        (B2500._replace(floor_w=0.0),) * 2,
        silent=(("meter", 60, 300),),
    ).run(200)
    assert setpoints(rig) == [-40.0, -40.0]
    assert all(-55.0 < power_w < -25.0 for power_w in rig.powers[-1])


@pytest.mark.parametrize(("assume", "grid_w"), [(True, 500.0), (False, 500.0)])
def test_before_anything_is_heard(assume: bool, grid_w: float) -> None:
    split = split_of(split={"assume": assume})
    views = (StorageView("a"), StorageView("b"))
    step = split_step(split, SplitMemory(), site(grid_w, 0.0), views, 0.0, Instant(0.0, 0.0), 1.0)
    if not assume:
        assert {command.from_w for command in step.commands} == {None}
        return
    assert {command.reason.code for command in step.commands} == {Why.ASSUMED}
    assert {command.from_w for command in step.commands} == {-200.0}
    # 400 W that they are taken to give and 500 W from the grid.
    assert step.need_w == 900.0
    assert step.commands[0].reason.numbers[0] == ("need_w", 900.0)
    memory = step.memory
    for second in range(1, 200):
        now_s = float(second)
        step = split_step(
            split, memory, site(grid_w, now_s), views, 0.0, Instant(now_s, now_s), 1.0
        )
        memory = step.memory
    assert {command.reason.code for command in step.commands} == {Why.STORAGE_SILENT}


# -- one that does not follow -------------------------------------------------------------------


def test_the_others_carry_one_that_is_empty_and_it_is_tried_again() -> None:
    empty = QUICK._replace(empty_pct=80.0)
    rig = Rig(split_of(), steady(500.0), (QUICK, empty)).run(120)
    assert whys(rig)[1] == Why.NOT_FOLLOWING
    numbers = dict(rig.steps[-1].commands[1].reason.numbers)
    assert numbers["asked_w"] == pytest.approx(-250.0)
    assert setpoints(rig) == [pytest.approx(-500.0), 0.0]
    assert rig.grid[-1] == pytest.approx(0.0, abs=1e-6)
    rig.run(60)
    assert any(step.commands[1].reason.code != Why.NOT_FOLLOWING for step in rig.steps[120:])


@pytest.mark.parametrize("adjusts", [True, False])
def test_one_that_gives_less_than_asked_gives_no_more_than_is_needed(adjusts: bool) -> None:
    params = QUICK._replace(max_discharge_w=400.0, adjusts=adjusts)
    rig = Rig(split_of(1, adjusts=adjusts), lambda s: 50.0 if 80 <= s < 120 else 900.0, (params,))
    rig.run(80)
    assert whys(rig) == [Why.NOT_FOLLOWING]
    assert rig.powers[-1] == (-400.0,)
    rig.run(40)
    assert rig.grid[-1] == pytest.approx(0.0, abs=1e-6)
    assert min(rig.grid[90:]) >= -0.01
    rig.run(60)  # and it gives again what it can
    assert rig.powers[-1] == (-400.0,)
    assert whys(rig) == [Why.NOT_FOLLOWING]


@pytest.mark.parametrize(
    ("first_w", "params"),
    [
        (500.0, QUICK._replace(max_charge_w=800.0, empty_pct=80.0)),
        (-500.0, QUICK),
    ],
)
def test_one_that_is_empty_takes_and_one_that_is_full_gives_at_once(
    first_w: float, params: StorageParams
) -> None:
    rig = Rig(
        split_of(1, max_charge_w=800.0), lambda s: first_w if s < 2000 else -first_w, (params,)
    )
    rig.run(2000)
    assert rig.powers[-1] == (0.0,)
    rig.run(40)
    assert rig.grid[-1] == pytest.approx(0.0, abs=1e-6)


# -- messages -----------------------------------------------------------------------------------


@pytest.mark.parametrize("adjusts", [True, False])
def test_a_lost_message_is_repaired_by_the_next(adjusts: bool) -> None:
    params = QUICK._replace(adjusts=adjusts)
    rig = Rig(
        split_of(adjusts=adjusts),
        lambda s: 300.0 if s < 60 else 600.0,
        (params, params),
        lost=(60, 63),
    )
    rig.run(90)
    assert rig.grid[-1] == pytest.approx(0.0, abs=15.0)


# -- the loop -----------------------------------------------------------------------------------


@pytest.mark.parametrize("delay_s", [1.0, 4.0, 10.0])
@pytest.mark.parametrize(("report_s", "late"), [(1, False), (5, False), (1, True), (5, True)])
def test_a_step_of_the_house_settles_in_one_go(delay_s: float, report_s: int, late: bool) -> None:
    """However late they are: it is not searched for, and never overshot."""
    params = (QUICK._replace(delay_s=delay_s, cycle_s=delay_s),) * 2
    rig = Rig(
        split_of(), lambda s: 300.0 if s < 100 else 900.0, params, report_s=report_s, late=late
    ).run(200)
    after = rig.grid[100:]
    settled = next(k for k in range(100) if all(abs(watts) < 25.0 for watts in after[k:]))
    assert settled <= 2.0 * delay_s + 3.0
    assert min(after) > -25.0


@pytest.mark.parametrize("cycle_s", [2.0, 5.0, 10.0])
def test_those_that_take_changes_settle_too(cycle_s: float) -> None:
    params = (B2500._replace(cycle_s=cycle_s, floor_w=0.0, wake_s=0.0),) * 2
    rig = Rig(split_of(adjusts=True), lambda s: 300.0 if s < 100 else 900.0, params).run(250)
    assert all(abs(watts) < 30.0 for watts in rig.grid[-80:])
    assert min(rig.grid[100:]) > -120.0


@pytest.mark.parametrize("report_s", [1, 2, 3, 5])
@pytest.mark.parametrize("cycle_s", [1.0, 2.0])
def test_quick_ones_that_take_changes_and_tell_late_come_to_rest(
    cycle_s: float, report_s: int
) -> None:
    """Each adds what stands there every second, and what it says is a second old and comes seldom:
    once asked for too much they are asked for less at a time."""
    params = (QUICK._replace(cycle_s=cycle_s, delay_s=0.5 * cycle_s, adjusts=True),) * 2
    rig = Rig(
        split_of(adjusts=True), lambda s: 300.0 if s < 100 else 900.0, params, report_s=report_s
    )
    rig.late = True
    rig.run(300)
    assert all(abs(watts) < 25.0 for watts in rig.grid[-120:])
    assert [abs(sum(powers) + 900.0) < 25.0 for powers in rig.powers[-120:]] == [True] * 120


# -- below the floor ----------------------------------------------------------------------------

FLOORED = B2500._replace(floor_w=80.0, cycle_s=2.0, wake_s=2.0)


@pytest.mark.parametrize("floor_w", [80.0, 90.0])
def test_one_that_rests_is_woken_by_its_floor(floor_w: float) -> None:
    """It makes nine tenths of what it is told: told its floor alone it would rest on."""
    split = split_of(1, adjusts=True, floor_w=floor_w)
    rig = Rig(split, lambda s: 20.0 if s < 60 else floor_w + 5.0, (FLOORED,)).run(60)
    assert rig.powers[-1] == (0.0,)
    rig.run(15)
    assert rig.powers[-1][0] <= -80.0
    rig.run(120)
    assert all(powers[0] <= -80.0 for powers in rig.powers[-120:])
    assert min(rig.grid[-120:]) > -25.0


@pytest.mark.parametrize("said_w", [-4.0, -1.0, 0.0, 1.0, 4.0])
def test_one_that_says_a_few_watts_at_rest_is_woken_by_its_floor(said_w: float) -> None:
    """Asked for its floor alone: what it says at rest lessens what it lacks, not what wakes it."""
    split = split_of(1, adjusts=True, floor_w=80.0)
    memory = SplitMemory()
    for now_s in map(float, range(8)):
        seen, now = (view("a", said_w, now_s),), Instant(now_s, now_s)
        step = split_step(split, memory, site(80.0 + said_w, now_s), seen, 0.0, now, 1.0)
        memory = step.memory
    command = step.commands[0]
    assert command.setpoint_w == pytest.approx(-80.0)
    assert command.from_w is not None
    assert command.from_w - command.setpoint_w >= 80.0 / 0.9


def test_one_that_is_to_rest_goes_down_through_its_floor() -> None:
    """Below its floor it can give nothing but nothing: there it is told to go, until it says so."""
    split = split_of(1, adjusts=True, floor_w=80.0)
    rig = Rig(split, lambda s: 200.0 if s < 60 else 30.0, (FLOORED,)).run(60)
    assert rig.powers[-1][0] < -180.0
    rig.run(40)
    assert rig.powers[-1] == (0.0,)
    assert setpoints(rig) == [0.0]
    assert rig.told == [0.0]


def test_watts_that_one_at_rest_goes_on_giving_count_and_do_no_harm() -> None:
    """It says 30 W whatever it is told, as one with panels of its own does: the other gives the
    rest of 300 W, and the grid is at nothing."""
    stuck = QUICK._replace(floor_w=80.0, cycle_s=2.0, adjusts=True, dead_band_w=1e9)
    split = split_of(adjusts=True, floor_w=80.0, split={"rotation_s": 1e9})
    rig = Rig(split, steady(130.0), (QUICK._replace(adjusts=True), stuck))
    rig.states[1] = rig.states[1]._replace(power_w=-30.0, target_w=-30.0)
    rig.run(120)
    given = [sum(powers) for powers in rig.powers[-40:]]
    assert all(-155.0 < watts < -105.0 for watts in given), given
    told_w = rig.told[1]
    assert math.isnan(told_w) or told_w >= 0.0


@pytest.mark.parametrize("after_w", [540.0, 660.0])
def test_a_small_change_moves_one_and_it_stays(after_w: float) -> None:
    """Eight have a few watts each to change, which moves none of them: the quickest has it all."""
    params = tuple(
        [
            B2500._replace(cycle_s=cycle_s, delay_s=0.5 * cycle_s, floor_w=0.0, wake_s=0.0)
            for cycle_s in (2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 9.0, 10.0)
        ]
    )
    split = split_of(8, adjusts=True)
    rig = Rig(split, lambda s: 600.0 if s < 200 else after_w, params).run(260)
    signed = [math.copysign(1.0, after_w - 600.0) * watts for watts in rig.grid[200:]]
    assert max(signed) > 40.0
    assert min(signed) > -25.0
    assert max(signed[20:]) < 25.0


# -- for every state ----------------------------------------------------------------------------

STORAGE = st.builds(
    StorageSettings,
    id=st.just(""),
    max_discharge_w=st.sampled_from([200.0, 400.0, 800.0]),
    min_discharge_w=st.sampled_from([0.0, 0.0, 40.0]),
    boost_w=st.sampled_from([0.0, 100.0]),
    floor_w=st.sampled_from([0.0, 80.0]),
    max_charge_w=st.sampled_from([0.0, 500.0]),
    adjusts=st.booleans(),
)
SAID = st.tuples(
    st.one_of(st.none(), st.floats(-800.0, 500.0)),
    st.one_of(st.none(), st.floats(0.0, 100.0)),
    st.sampled_from([True, True, True, False, None]),
)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(STORAGE, min_size=1, max_size=6),
    st.lists(
        st.tuples(
            st.floats(-3000.0, 5000.0),
            st.floats(0.0, 2500.0),
            st.lists(SAID, min_size=6, max_size=6),
        ),
        min_size=2,
        max_size=8,
    ),
)
def test_whatever_comes_limits_hold_and_nobody_charges_another(
    storages: list[StorageSettings],
    ticks: list[tuple[float, float, list[tuple[float | None, float | None, bool | None]]]],
) -> None:
    named = tuple([_named(storage, str(place)) for place, storage in enumerate(storages)])
    split, memory = SplitSettings(storages=named), SplitMemory()
    for second, (grid_w, own_w, said) in enumerate(ticks):
        now_s = 7.0 * second
        views = tuple(
            [
                view(storage.id, power_w, now_s, soc_pct, connected)
                for storage, (power_w, soc_pct, connected) in zip(named, said, strict=False)
            ]
        )
        step = split_step(
            split, memory, site(grid_w, now_s), views, own_w, Instant(now_s, now_s), 7.0
        )
        memory = step.memory
        watts = [command.setpoint_w for command in step.commands]
        assert all(math.isfinite(watt) for watt in watts)
        for storage, watt in zip(named, watts, strict=True):
            assert -storage.max_discharge_w - storage.boost_w - 1e-6 <= watt
            assert watt <= storage.max_charge_w + 1e-6
        assert min(watts) >= 0.0 or max(watts) <= 0.0
        given_w, floors_w = -sum(watts), sum(max(s.floor_w, s.min_discharge_w) for s in named)
        held_w = sum(
            command.setpoint_w
            for command in step.commands
            if command.reason.code == Why.NOT_FOLLOWING
        )
        assert given_w <= max(0.0, step.need_w or 0.0, floors_w) - held_w + 1e-6
        assert -given_w <= max(0.0, -(step.need_w or 0.0)) + 1e-6


def _named(storage: StorageSettings, name: str) -> StorageSettings:
    return StorageSettings(
        name,
        storage.max_discharge_w,
        storage.min_discharge_w,
        storage.boost_w,
        storage.floor_w,
        storage.max_charge_w,
        adjusts=storage.adjusts,
    )


@given(st.floats(0.0, 6000.0), st.permutations(["a", "b", "c", "d"]))
@settings(max_examples=15, deadline=None)
def test_in_whatever_order_they_are_listed_each_gets_the_same(
    need_w: float, order: list[str]
) -> None:
    socs = {"a": 90.0, "b": 70.0, "c": 50.0, "d": 70.0}

    def shares(names: list[str]) -> dict[str, float]:
        storages = tuple([StorageSettings(name, 800.0, boost_w=100.0) for name in names])
        views = tuple([view(name, 0.0, 0.0, socs[name]) for name in names])
        step = once(SplitSettings(storages=storages), need_w, views)
        return {command.target: command.setpoint_w for command in step.commands}

    assert shares(order) == pytest.approx(shares(["a", "b", "c", "d"]), abs=1e-6)
