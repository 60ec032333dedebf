"""Late samples: those that come once a minute though they are new then, and a relay alone."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from pvopt.decide.hunt_shapes import OwnPast
from pvopt.decide.late import billed
from pvopt.decide.late_shapes import BOUGHT_SHARE, LateState
from pvopt.decide.one_heater import HeaterState, heater_params, heater_step
from pvopt.decide.settings import Settings
from pvopt.decide.site_now import load_now
from tests.unit.decide import samples
from tests.unit.decide.samples import HEATER_W
from tests.unit.decide.tiny_home import NAN, sample

EXPORT_W = 1500.0


RELAY = replace(
    samples.LOAD,
    drive=samples.LOAD.drive._replace(on_off=True, min_w=1000.0, max_w=1000.0),
    has_knob=False,
)
ALONE = replace(samples.settings(RELAY), hunt=samples.HUNT._replace(max_w=1000.0, hold_s=60.0))


def own_after(settings: Settings, seconds: int, every_s: int) -> float:
    """1500 W to spare, told every so many seconds by a sample that is new when it comes."""
    params = heater_params(settings)
    state, own_w = HeaterState(), 0.0
    for second in range(seconds):
        now_s = float(second)
        if second % every_s == 0:
            reading = samples.reading(own_w - EXPORT_W, now_s)
            flutter_w = second // every_s % 2  # a house that is alive
            load = samples.reading(300.0 + flutter_w + own_w, now_s)
            home, shown_w = samples.site(now_s, grid_w=reading, load_w=load), own_w
        now = samples.now_of(home, now_s)._replace(allowed_age_s=150.0)
        view = load_now(samples.view(own_w, at_s=now_s), now_s)
        past = OwnPast(shown_w, shown_w, True)
        dt_s = float(second > 0)
        result = heater_step(params, state, now, view, True, math.nan, math.nan, dt_s, past)
        state, own_w = result.state, result.setpoint_w
    return own_w


@pytest.mark.parametrize("every_s", [1, 20, 60])
def test_a_steady_surplus_is_taken_however_rarely_it_is_told(every_s: int) -> None:
    """A sample that is new is no reason to forget what lasted since the one before."""
    own_w = own_after(samples.SETTINGS, 1800, every_s)
    assert own_w == pytest.approx(EXPORT_W, abs=0.06 * HEATER_W)
    assert own_after(ALONE, 1800, every_s) == 1000.0


def test_a_relay_alone_pays_what_it_owes_by_restraint() -> None:
    owing = LateState(bank_wh=-100.0)
    spare, dull = sample(-3000.0, NAN), sample(200.0, NAN)
    paid = billed(owing, spare, HEATER_W, 60.0, alone=True)
    assert paid.bank_wh == pytest.approx(-100.0 + BOUGHT_SHARE * HEATER_W / 60.0)
    # With a knob a little can be drawn, which earns; nothing is earned without sun, or saved.
    assert billed(owing, spare, HEATER_W, 60.0).bank_wh == -100.0
    assert billed(owing, dull, HEATER_W, 60.0, alone=True).bank_wh == -100.0
    assert billed(LateState(), spare, HEATER_W, 60.0, alone=True).bank_wh == 0.0


def test_a_debt_of_any_size_is_paid_within_days_of_sun() -> None:
    late = LateState(bank_wh=-400.0)
    for _ in range(8 * 60):
        late = billed(late, sample(-2500.0, NAN), HEATER_W, 60.0, alone=True)
    assert late.bank_wh == pytest.approx(0.0, abs=BOUGHT_SHARE * HEATER_W / 60.0)
