"""The sun's position against a worked number and against astral."""

from __future__ import annotations

import math
from datetime import UTC, datetime

import pytest
from astral import Observer
from astral.sun import azimuth, elevation
from hypothesis import given
from hypothesis import strategies as st

from pvopt.simulator.sun import sun_at


def utc_s(*when: int) -> float:
    return datetime(*when, tzinfo=UTC).timestamp()  # type: ignore[misc,arg-type]


def test_worked_number() -> None:
    sun = sun_at(utc_s(2026, 6, 21, 11), 50.08, 14.43)
    assert sun.elevation_deg == pytest.approx(63.35, abs=0.01)
    assert sun.azimuth_deg == pytest.approx(-2.1, abs=0.05)


def test_east_in_the_morning_west_in_the_evening() -> None:
    assert sun_at(utc_s(2026, 6, 21, 4), 50.08, 14.43).azimuth_deg < -90.0
    assert sun_at(utc_s(2026, 6, 21, 18), 50.08, 14.43).azimuth_deg > 90.0


@given(
    st.floats(utc_s(2024, 1, 1), utc_s(2040, 1, 1)),
    st.floats(-89.0, 89.0),
    st.floats(-180.0, 180.0),
)
def test_agrees_with_astral(when_s: float, latitude: float, longitude: float) -> None:
    ours = sun_at(when_s, latitude, longitude)
    when, place = datetime.fromtimestamp(when_s, UTC), Observer(latitude, longitude)
    theirs = elevation(place, when, with_refraction=False)
    assert ours.elevation_deg == pytest.approx(theirs, abs=0.02)
    if theirs < 85.0:  # near the zenith any direction is the sun's
        apart = math.remainder(ours.azimuth_deg + 180.0 - azimuth(place, when), 360.0)
        assert abs(apart) * math.cos(math.radians(theirs)) < 0.05
