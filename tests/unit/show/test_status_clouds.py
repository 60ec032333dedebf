"""Clouds of the coming day: as the forecast has them, worked out seldom, -1 if nobody knows."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pvopt.daylight import clear_sky_w
from pvopt.decide.settings import DaylightSettings, PlaneSettings
from pvopt.model import Forecast, ForecastPoint, Instant, Snapshot
from pvopt.show import status_clouds
from pvopt.show.status_clouds import UNKNOWN, Clouds
from tests.unit.decide.samples import NOON_UTC_S

HOUR = 3600.0
PLANES = (PlaneSettings(3000.0, 35.0, 0.0),)
PLACE = DaylightSettings("sun", 50.0, 14.4, "Europe/Prague", 0.0, "09:00", "18:00", PLANES)


def forecast(share: float, name: str = "1") -> Forecast:
    """So much of a clear sky, for two days."""
    times = [NOON_UTC_S + HOUR * hour for hour in range(-24, 49)]
    points = [
        ForecastPoint(at_s, share * clear_sky_w(PLANES, 50.0, 14.4, at_s + HOUR / 2))
        for at_s in times
    ]
    return Forecast(name, NOON_UTC_S, "test", tuple(points))


def shot(told: Forecast | None, utc_s: float = NOON_UTC_S, utc_ok: bool = True) -> Snapshot:
    return Snapshot(Instant(0.0, utc_s, utc_ok), None, forecast=told)


@pytest.mark.parametrize(("share", "pct"), [(1.0, 0), (0.3, 70), (0.0, 100)])
def test_what_is_left_of_a_clear_sky(share: float, pct: int) -> None:
    assert Clouds(PLACE)(shot(forecast(share))) == pytest.approx(pct, abs=2)


def test_nobody_knows() -> None:
    clouds = Clouds(PLACE)
    assert clouds(shot(None)) == UNKNOWN
    assert clouds(shot(forecast(0.5), utc_ok=False)) == UNKNOWN
    assert clouds(shot(replace(forecast(0.5), points=()))) == UNKNOWN


def test_it_is_worked_out_for_a_new_forecast_and_another_day(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    count: list[object] = []

    def counted(*args: object) -> float:
        count.append(args)
        return 40.4

    monkeypatch.setattr(status_clouds, "cloud_pct", counted)
    clouds = Clouds(PLACE)
    one, other = forecast(0.5), forecast(0.5, "2")
    for told, utc_s, times in (
        (one, NOON_UTC_S, 1),
        (one, NOON_UTC_S + HOUR, 1),
        (other, NOON_UTC_S + HOUR, 2),
        (other, NOON_UTC_S + 26 * HOUR, 3),
    ):
        assert clouds(shot(told, utc_s)) == 40
        assert len(count) == times
