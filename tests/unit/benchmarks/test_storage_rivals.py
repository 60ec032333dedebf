"""The distributor's faults, which our law does not have, and what the balancer does."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from pvopt.benchmarks.storage_home import Law, Said
from pvopt.benchmarks.storage_ours import Ours
from pvopt.benchmarks.storage_rivals import Balancer, Distributor
from pvopt.decide.settings import SplitSettings
from pvopt.decide.split_shares import Part, allocate, weights_of
from pvopt.model import Why
from pvopt.simulator.storage_unit import B2500
from tests.unit.decide.split_rig import Rig, split_of

QUICK = B2500._replace(floor_w=0.0, wake_s=0.0, cycle_s=2.0)


def said(*powers_w: float, soc_pct: float = 70.0) -> tuple[Said, ...]:
    return tuple([Said(power_w, soc_pct, True) for power_w in powers_w])


# -- what the distributor does --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted_w", "targets"),
    [(40.0, (40.0, 40.0)), (300.0, (150.0, 150.0)), (800.0, (500.0, 500.0))],
)
def test_the_distributor_with_its_own_limits(wanted_w: float, targets: tuple[float, float]) -> None:
    assert Distributor(40.0, 400.0).targets(wanted_w, (80.0, 80.0)) == targets


@pytest.mark.parametrize(("socs_pct", "even"), [((80.0, 77.1), True), ((80.0, 77.0), False)])
def test_its_threshold(socs_pct: tuple[float, float], even: bool) -> None:
    first_w, second_w = Distributor(40.0, 400.0).targets(400.0, socs_pct)
    assert (first_w == second_w) is even
    assert first_w + second_w == pytest.approx(400.0)


def test_it_tells_the_change() -> None:
    assert Distributor(40.0, 400.0).tell(0, 100.0, said(-150.0, -150.0)) == (-50.0, -50.0)


# -- its faults ----------------------------------------------------------------------------------


def test_its_later_clamps_push_the_first_out_of_bounds_and_ours_do_not() -> None:
    """Of three, one emptier: what it cannot give goes to one that is at its most already."""
    socs_pct = (90.0, 90.0, 30.0)
    theirs = Distributor(40.0, 400.0).targets(1150.0, socs_pct)
    assert max(theirs) > 401.0
    weights = weights_of(socs_pct, 3.0, 1.0, True)
    ours, left_w = allocate(1150.0, tuple([Part(weight, 40.0, 400.0) for weight in weights]))
    assert max(ours) <= 400.0
    assert sum(ours) + left_w == pytest.approx(1150.0)


def test_a_watt_more_is_two_hundred_more_from_it_and_one_from_us() -> None:
    law = Distributor(40.0, 400.0)
    theirs = [sum(law.targets(wanted_w, (80.0, 80.0))) for wanted_w in (799.0, 800.0)]
    assert theirs[1] - theirs[0] > 200.0
    parts = (Part(1.0, 40.0, 400.0, 100.0),) * 2
    ours = [sum(allocate(wanted_w, parts)[0]) for wanted_w in (799.0, 800.0)]
    assert ours[1] - ours[0] == pytest.approx(1.0)


def _went_on(law: Law, silent: Callable[[int], bool]) -> float:
    """What two storages give in all after the load has gone while a value stands still (W)."""
    from pvopt.simulator.storage_unit import StorageState, storage_step

    states = [StorageState(), StorageState()]
    grid_w = 600.0
    told: tuple[float, ...] = (math.nan, math.nan)
    for second in range(240):
        load_w = 600.0 if second < 60 else 100.0
        if not silent(second):
            told = law.tell(second, grid_w, said(*[state.power_w for state in states]))
        states = [storage_step(QUICK, s, w, 1.0) for s, w in zip(states, told, strict=True)]
        grid_w = load_w + sum(state.power_w for state in states)
    return -sum(state.power_w for state in states)


def test_with_a_silent_meter_it_goes_on_for_ever_and_ours_stop() -> None:
    """No message, no law: what stood there last goes on being added."""
    silent = lambda second: second >= 20  # noqa: E731
    assert _went_on(Distributor(), silent) > 300.0
    rig = Rig(
        split_of(adjusts=True),
        lambda s: 600.0 if s < 60 else 100.0,
        (QUICK, QUICK),
        silent=(("meter", 20, 999),),
    ).run(240)
    assert rig.powers[-1] == pytest.approx((0.0, 0.0), abs=15.0)
    assert {c.reason.code for c in rig.steps[-1].commands} == {Why.METER_SILENT}


def test_a_storage_that_fell_silent_still_counts_for_it_and_not_for_us() -> None:
    """One has stopped, and its last word stands: 250 W that nobody gives any more."""
    law = Distributor()
    given_w = 250.0
    for second in range(60):
        grid_w = 500.0 - given_w
        (_, change_w) = law.tell(second, grid_w, said(-250.0, -given_w))
        given_w = min(800.0, max(0.0, given_w - change_w))
    assert given_w == pytest.approx(375.0, abs=2.0)  # and 125 W are bought for ever
    silent = (("a", 60, 300),)
    rig = Rig(split_of(), lambda s: 500.0, silent=silent).run(90)
    assert rig.steps[-1].need_w == pytest.approx(500.0)
    assert rig.steps[-1].commands[1].setpoint_w == pytest.approx(-500.0)


def test_a_lost_message_stays_lost_with_it_and_is_repaired_by_us() -> None:
    """Both are told once what to change; the word of the first never arrives."""

    def grid_after(law: Law) -> float:
        powers = [0.0, 0.0]
        told_before: tuple[float, ...] = (0.0, 0.0)
        for second in range(120):
            grid_w = 60.0 + sum(powers)
            told = law.tell(second, grid_w, said(*powers))
            for place in (0, 1):
                new = told[place] != told_before[place]  # what is the same is not said again
                lost = place == 0 and second < 3
                if new and not lost and not math.isnan(told[place]):
                    powers[place] = min(0.0, max(-800.0, powers[place] + told[place]))
            told_before = told
        return abs(60.0 + sum(powers))

    assert grid_after(Distributor(change_w=40.0)) > 20.0
    rig = Rig(split_of(), lambda s: 60.0, lost=(0, 3)).run(60)
    assert abs(rig.grid[-1]) < 1.0


# -- the balancer --------------------------------------------------------------------------------


def test_the_balancer_answers_the_one_that_looks_and_no_faster_than_it_follows() -> None:
    law = Balancer(2)
    first = law.tell(0, 600.0, (Said(0.0, 70.0, True), Said(0.0, 70.0, False)))
    assert first[0] == -30.0
    assert math.isnan(first[1])
    followed = law.tell(1, 570.0, (Said(-30.0, 70.0, True), Said(0.0, 70.0, False)))
    assert followed[0] == -60.0


def test_the_balancer_hands_a_small_rest_to_one() -> None:
    law = Balancer(2)
    told = law.tell(0, 40.0, said(-200.0, -201.0))
    assert sorted(told) == [-30.0, 0.0]


def test_ours_tells_what_is_between() -> None:
    law = Ours(2)
    for second in range(30):
        told = law.tell(second, 0.0, said(-250.0, -250.0))
    assert told == (0.0, 0.0)
    assert SplitSettings().threshold_pct == 2.0
