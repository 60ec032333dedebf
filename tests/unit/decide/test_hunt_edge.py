"""The search where little is at stake: what is worth a movement, and what happens at the edge."""

from __future__ import annotations

import pytest

from pvopt.decide.hunt import HuntState, hunt_step
from pvopt.decide.hunt_shapes import EDGE_CONTENT_S, REST_W, UNSURE_CONTENT_S
from pvopt.model import Why
from tests.unit.decide.samples import HUNT
from tests.unit.decide.tiny_home import NAN, sample


@pytest.mark.parametrize(("lasting_s", "ticks"), [(1.0, 4), (5.0, 16)])
def test_a_small_surplus_is_taken_when_it_has_lasted(lasting_s: float, ticks: int) -> None:
    """40 W of export are 10 W beyond the margin: 30 W x 1 s after 4 s, 30 W x 5 s after 16 s."""
    params = HUNT._replace(lasting_s=lasting_s)
    meters = sample(-40.0, NAN, own_w=500.0, high_w=500.0, low_w=500.0, still=True)
    state = HuntState(budget_w=500.0)
    for _ in range(ticks - 1):
        result = hunt_step(params, state, meters, 1.0)
        state = result.state
    assert result.budget_w == 500.0
    assert hunt_step(params, state, meters, 1.0).budget_w == pytest.approx(510.0)


def test_what_flutters_around_the_margin_moves_nothing() -> None:
    state = HuntState(budget_w=500.0)
    for k in range(600):
        grid_w = -HUNT.margin_w + (8.0 if k % 2 else -8.0)
        meters = sample(grid_w, NAN, own_w=500.0, high_w=500.0, low_w=500.0, still=True)
        state = hunt_step(HUNT, state, meters, 1.0).state
    assert state.budget_w == 500.0


def test_a_home_that_exports_owes_its_battery_nothing() -> None:
    """A wish that was learned too high must not take watts away while others are exported."""
    state = HuntState(budget_w=800.0, accept_w=100.0)
    own = {"own_w": 800.0, "high_w": 800.0, "low_w": 800.0, "load_w": 1150.0}
    exporting = sample(-20.0, 60.0, **own)
    for meters, kept in ((exporting._replace(grid_w=-40.0), True), (exporting, False)):
        after = hunt_step(HUNT, state, meters._replace(grid_w=-40.0 if kept else -5.0), 1.0)
        assert (after.budget_w >= 800.0) == kept
    forbidden = exporting._replace(grid_w=-40.0, may_export=False)
    assert hunt_step(HUNT, state, forbidden, 1.0).budget_w < 800.0


@pytest.mark.parametrize(("rise_w", "step_w"), [(100.0, 100.0), (5.0, HUNT.edge_step_w)])
def test_who_comes_out_of_a_cloud_climbs_by_more(rise_w: float, step_w: float) -> None:
    """A charger that becomes limited while the panels jump hides more than one that drifts."""
    state = HuntState(budget_w=500.0, accept_w=60.0, pv_w=910.0, back_s=100.0, response_s=6.0)
    meters = sample(own_w=500.0, high_w=500.0, low_w=500.0, load_w=850.0, still=True)
    risen = meters._replace(pv_w=910.0 + rise_w, limited=1.0)
    result = hunt_step(HUNT, state._replace(load_w=850.0), risen, 1.0)
    assert result.budget_w == pytest.approx(500.0 + step_w)


def test_at_the_edge_what_is_missing_goes_back_and_no_more() -> None:
    """Nobody limited, 40 W missing of a step of 100 W: a few watts more, and no longer wait."""
    state = HuntState(
        budget_w=600.0, accept_w=60.0, step_w=100.0, step_s=5.0, pv_w=1000.0, backoff=4.0
    )
    meters = sample(0.0, 20.0, own_w=600.0, high_w=600.0, low_w=600.0, load_w=950.0, still=True)
    result = hunt_step(HUNT, state._replace(load_w=950.0), meters, 1.0)
    assert result.why == Why.STEP_BACK
    assert 555.0 <= result.budget_w <= 560.0
    assert result.state.wait_s == HUNT.retry_s
    hidden = hunt_step(
        HUNT, state._replace(load_w=950.0, step_s=20.0), meters._replace(limited=1.0), 1.0
    )
    assert hidden.state.wait_s == 4.0 * HUNT.retry_s


AT_EDGE = HuntState(budget_w=600.0, accept_w=60.0, pv_w=1000.0, load_w=950.0, since_s=100.0)


@pytest.mark.parametrize(("lack_w", "ticks"), [(10.0, 7), (20.0, 4), (5.0, 13)])
def test_at_the_edge_small_debts_go_back_when_they_have_added_up(lack_w: float, ticks: int) -> None:
    """60 Ws: 10 W after more than six seconds."""
    own = {"own_w": 600.0, "high_w": 600.0, "low_w": 600.0, "load_w": 950.0}
    meters = sample(0.0, 60.0 - lack_w, **own)._replace(still=True, may_export=False)
    state = AT_EDGE
    for _ in range(ticks - 1):
        state = hunt_step(HUNT, state, meters, 1.0).state
        assert state.budget_w == 600.0
    result = hunt_step(HUNT, state, meters, 1.0)
    assert result.why == Why.STEP_BACK
    assert result.budget_w == pytest.approx(600.0 - lack_w - REST_W)


@pytest.mark.parametrize(
    ("unsure", "patience_s"), [(True, UNSURE_CONTENT_S), (False, EDGE_CONTENT_S)]
)
def test_the_edge_is_looked_for_again(unsure: bool, patience_s: float) -> None:
    """Sooner where a device near its limit says on both sides of the edge that it is limited."""
    own = {"own_w": 600.0, "high_w": 600.0, "low_w": 600.0, "load_w": 950.0}
    meters = sample(0.0, 60.0, **own)._replace(still=True, may_export=False)
    meters = meters._replace(unsure=unsure, limited=1.0 if unsure else 0.0)
    state = AT_EDGE
    for _ in range(int(patience_s) - 1):
        state = hunt_step(HUNT, state, meters, 1.0).state
        assert state.budget_w == 600.0
    assert hunt_step(HUNT, state, meters, 1.0).budget_w == 600.0 - HUNT.edge_step_w
