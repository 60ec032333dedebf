"""A tank that is full: the thermostat is open for hours, and hot water is used at noon."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pvopt.model import Why
from pvopt.simulator.compiled import available

pytestmark = pytest.mark.skipif(not available(), reason="needs numba: run  . ./env.sh sim")
if available():
    from tests.scenario.rough import ASKED, CLOSED, HEATER, OPEN, WHY
    from tests.scenario.rough_days import DAY_S, Rough, days_in, made_up

HOMES = ["dc-zero", "dc-feed", "ac-zero", "off-grid", "no-battery"]
FULL = (("thermostat_c", 50.0),)
NOON_S = 12 * 3600


@pytest.mark.parametrize("home", HOMES)
@pytest.mark.parametrize("held_s", [1, 60])
def test_a_full_tank_costs_hardly_a_switch(home: str, held_s: int) -> None:
    """Whether the sky changes by the second or by the minute."""
    _, _, trace = days_in(home, Rough(FULL, held_s=held_s), made_up())
    hot = trace[:, OPEN] > 0.5
    assert hot.sum() > 6 * 3600
    assert (np.diff(trace[hot, CLOSED]) != 0.0).sum() <= 4 * 3
    began = (trace[1:, WHY] == Why.FROZEN) & (trace[:-1, WHY] != Why.FROZEN)
    assert began.sum() <= 6
    # Asked for watts, to see whether they flow, for a small part of the time.
    assert (trace[hot, ASKED] > 1.0).mean() < 0.15


@pytest.mark.parametrize("home", HOMES)
def test_hot_water_used_at_noon_is_made_again_within_a_quarter_of_an_hour(home: str) -> None:
    """40 l at noon of a clear day: the thermostat closes, and is tried within 15 minutes."""
    inputs = made_up()
    litres = np.zeros(len(inputs.litres))
    litres[NOON_S : NOON_S + 400] = 0.1
    inputs = replace(inputs, litres=litres)
    _, _, trace = days_in(home, Rough(FULL), inputs)
    day = trace[:DAY_S]
    shut = np.flatnonzero((day[:-1, OPEN] > 0.5) & (day[1:, OPEN] < 0.5)) + 1
    shut = shut[(shut > NOON_S) & (shut < NOON_S + 1800)]
    assert len(shut) == 1
    flows = np.flatnonzero(day[shut[0] :, HEATER] > 50.0)
    assert len(flows)
    assert flows[0] <= 15 * 60 + 60
