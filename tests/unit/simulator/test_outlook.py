"""The forecast of a simulated home."""

from __future__ import annotations

import pytest

from pvopt.model import Instant
from pvopt.simulator.home import HomeInputs
from pvopt.simulator.outlook import AHEAD_H, HOUR_S, ISSUED_EVERY_S, SimForecast

START_S = 1_782_000_000.0 - 1_782_000_000.0 % ISSUED_EVERY_S


def sky(utc_s: float) -> HomeInputs:
    """It rises by 100 W an hour, half of it behind a PV inverter."""
    watts = 100.0 * (utc_s - START_S) / HOUR_S
    return HomeInputs(pv_a_w=0.5 * watts, pv_ac_w=0.5 * watts)


def test_every_hour_has_its_mean() -> None:
    forecast = SimForecast(sky, "om").read(Instant(0.0, START_S + 10.0), 1.0).forecast
    assert forecast is not None
    assert (forecast.origin, forecast.issued_utc_s) == ("om", START_S)
    assert len(forecast.points) == AHEAD_H + 1
    assert [point.pv_w for point in forecast.points[:3]] == pytest.approx([50.0, 150.0, 250.0])
    starts = [point.start_utc_s for point in forecast.points]
    assert starts == [START_S + HOUR_S * k for k in range(AHEAD_H + 1)]
    assert forecast.points[-1].pv_w == 0.0


def test_one_object_until_the_next_is_issued() -> None:
    source = SimForecast(sky)
    first = source.read(Instant(0.0, START_S), 1.0).forecast
    same = source.read(Instant(0.0, START_S + ISSUED_EVERY_S - 1.0), 1.0).forecast
    later = source.read(Instant(0.0, START_S + ISSUED_EVERY_S), 1.0).forecast
    assert first is same
    assert later is not None
    assert later.issued_utc_s == START_S + ISSUED_EVERY_S
