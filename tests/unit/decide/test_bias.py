"""What the grid meter errs by: learned where the inverter holds its set-point, nowhere else."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pvopt.decide.bias import CALM_S, GIVES_W, LIGHT_W, MOST_W, BiasState, bias_step, bias_w
from pvopt.decide.settings import SiteParams
from pvopt.decide.site_now import SiteNow

NIGHT = SiteNow(
    known=True,
    grid_w=50.0,
    load_w=300.0,
    battery_w=-300.0,
    grid_up=1.0,
    setpoint_w=0.0,
    has_battery=True,
)
HIDDEN = NIGHT._replace(battery_w=200.0, hides=True, no_export=True)
RULES = SiteParams()


def learned(
    now: SiteNow, seconds: int = 300, params: SiteParams = RULES, given_w: float = 2000.0
) -> float:
    state = BiasState(given_w=given_w)
    for _ in range(seconds):
        state = bias_step(params, state, now, True, 1.0)
    return bias_w(state)


@pytest.mark.parametrize("now", [NIGHT, HIDDEN])
@pytest.mark.parametrize("error_w", [50.0, -50.0, MOST_W])
def test_what_is_shown_at_the_set_point_is_the_meters_error(now: SiteNow, error_w: float) -> None:
    assert learned(now._replace(grid_w=error_w)) == pytest.approx(error_w, abs=1.0)
    biased = now._replace(grid_w=error_w + 40.0, setpoint_w=40.0)
    assert learned(biased) == pytest.approx(error_w, abs=1.0)


def test_two_minutes_tell_most_of_it() -> None:
    assert learned(NIGHT, 10) < 10.0
    assert learned(NIGHT, 120) == pytest.approx(48.0, abs=1.0)


@pytest.mark.parametrize(
    "now",
    [
        NIGHT._replace(battery_w=-GIVES_W),  # as little as an idle battery's own meter errs by
        NIGHT._replace(battery_w=math.nan),
        NIGHT._replace(grid_w=MOST_W + 1.0),
        NIGHT._replace(load_w=LIGHT_W + 1.0),  # the inverter may be at its limit
        NIGHT._replace(grid_w=math.nan),
        NIGHT._replace(grid_up=0.0),
        NIGHT._replace(generator=True),
        NIGHT._replace(summed=0.0),  # each phase counts alone
        NIGHT._replace(load_w=math.nan),
        NIGHT._replace(known=False),
        HIDDEN._replace(no_export=False),  # it exports what it likes
        HIDDEN._replace(hides=False),
        HIDDEN._replace(unsure=True),
        HIDDEN._replace(has_battery=False, battery_w=math.nan),  # its limiter keeps what it likes
    ],
)
def test_nothing_is_learned_where_the_inverter_may_do_something_else(now: SiteNow) -> None:
    assert learned(now) == 0.0


def test_a_battery_that_gives_all_it_may_leaves_the_rest_to_the_grid() -> None:
    """Who never gave more than now may be at a limit; a quarter more shows that he is not."""
    assert learned(NIGHT, given_w=0.0) == 0.0
    assert learned(NIGHT, given_w=370.0) == 0.0
    assert learned(NIGHT, given_w=385.0) == pytest.approx(50.0, abs=1.0)


def test_nothing_is_learned_from_a_restless_house() -> None:
    state = BiasState()
    for k in range(600):
        now = NIGHT._replace(load_w=300.0 + 100.0 * (k // int(CALM_S) % 2))
        state = bias_step(RULES, state, now, True, 1.0)
    assert bias_w(state) == 0.0


@given(st.lists(st.floats(-3000.0, 3000.0), min_size=1, max_size=200))
def test_it_never_exceeds_what_a_meter_may_err_by(shown_w: list[float]) -> None:
    state = BiasState()
    for grid_w in shown_w:
        state = bias_step(RULES, state, NIGHT._replace(grid_w=grid_w), True, 1.0)
    assert abs(bias_w(state)) <= MOST_W
