"""What the house does by itself is told from what we do."""

from __future__ import annotations

import pytest

from pvopt.decide.unrest import (
    JUMP_SHARE,
    RESTLESS,
    Unrest,
    calm_hour,
    quick,
    restless,
    unrest_step,
)

RATING_W = 2000.0
JUMP_W = JUMP_SHARE * RATING_W


def see(
    unrest: Unrest,
    *loads_w: float,
    moved_w: float = 0.0,
    switched_w: float = 0.0,
    every_s: int = 1,
) -> Unrest:
    """Samples in a row; our own change comes in the first tick."""
    for load_w in loads_w:
        for second in range(every_s):
            fresh = second == every_s - 1
            unrest = unrest_step(
                unrest, load_w, fresh, 0.0, moved_w, switched_w, RATING_W, dt_s=1.0
            )
            moved_w = switched_w = 0.0
    return unrest


CALM = see(Unrest(), *[300.0] * 30)


@pytest.mark.parametrize(("more_w", "jumps"), [(JUMP_W - 1.0, 0.0), (JUMP_W, 1.0)])
@pytest.mark.parametrize("way", [1.0, -1.0])
def test_a_jump_is_as_large_as_part_of_a_heater(more_w: float, jumps: float, way: float) -> None:
    calm = see(Unrest(), *[3000.0] * 30)
    after = see(calm, 3000.0 + way * more_w)
    assert after.jumps == jumps
    assert after.unrest_w == pytest.approx(more_w)


@pytest.mark.parametrize("lag_s", [0, 1, 3, 4])
@pytest.mark.parametrize("moved_w", [1500.0, -1500.0])
def test_what_we_did_is_not_laid_to_the_house(lag_s: int, moved_w: float) -> None:
    before = see(Unrest(), *[3000.0] * 30)
    loads = [3000.0] * lag_s + [3000.0 + moved_w] * 20
    assert see(before, *loads, moved_w=moved_w).unrest_w == 0.0


def test_what_goes_the_other_way_is_the_houses() -> None:
    before = see(Unrest(), *[3000.0] * 30)
    assert see(before, 1000.0, moved_w=1500.0).jumps == 1.0
    assert see(before, 5000.0, moved_w=-1500.0).jumps == 1.0


def test_a_contact_may_bring_a_whole_heater_whatever_was_asked() -> None:
    assert see(CALM, 300.0, 2300.0, switched_w=RATING_W).jumps == 0.0
    assert see(CALM, 300.0, 2300.0).jumps == pytest.approx(1.0, abs=0.01)


def test_what_we_did_long_ago_explains_nothing() -> None:
    moved = see(CALM, *[300.0] * 20, moved_w=1500.0)
    assert see(moved, 2300.0).jumps == pytest.approx(1.0, abs=0.01)


def test_a_kettle_is_no_restless_house_but_a_hob_is() -> None:
    kettle = see(CALM, *[2300.0] * 120, *[300.0] * 10)
    assert 1.0 < kettle.jumps < RESTLESS
    assert not restless(kettle)
    hob = see(CALM, *([2100.0] * 5 + [300.0] * 8) * 2)
    assert restless(hob)
    assert not restless(see(hob, *[300.0] * 600))


def test_unrest_fades_within_minutes() -> None:
    jumped = see(CALM, 1300.0)
    assert see(jumped, *[1300.0] * 60).unrest_w == pytest.approx(368.0, abs=2.0)


def test_rare_samples_are_remembered_longer() -> None:
    portal = see(Unrest(), *[300.0, 2100.0, 300.0, 2100.0, 2100.0], every_s=60)
    assert not quick(portal)
    assert restless(see(portal, *[2100.0] * 8, every_s=60))
    assert quick(CALM)


def test_a_sample_without_the_load_is_none() -> None:
    gone = see(CALM, float("nan"), float("nan"))
    assert see(gone, 2300.0).jumps == pytest.approx(1.0, abs=0.01)


def test_an_hour_with_three_jumps_is_not_calm_for_a_while() -> None:
    two = see(CALM, *[2300.0] * 60, *[300.0] * 60)
    assert calm_hour(two)
    busy = see(two, *[2300.0] * 60)
    assert not calm_hour(busy)
    assert calm_hour(see(busy, *[2300.0] * 1800))
