"""The forecast source: when it asks, what it keeps, what it gives and what it does not."""

from __future__ import annotations

import json
import logging
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pvopt.config.site import Plane, Site
from pvopt.config.sources import ForecastSolar
from pvopt.errors import SourceError
from pvopt.links.http import HttpError
from pvopt.model import Forecast, ForecastPoint, Instant
from pvopt.sources.collect import PATIENCE_S, Collector
from pvopt.sources.forecast import SPREAD_S, ForecastSource
from pvopt.sources.forecast_cache import ForecastCache, Kept
from pvopt.sources.forecast_points import points_from, pv_w_at, total

BERLIN = "Europe/Berlin"
HOME = Site(latitude=52.5, longitude=13.4, timezone=BERLIN, planes=(Plane(peak_w=4000.0),))
HOUR_S = 3600.0


def wall(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(BERLIN)).timestamp()


class Hands:
    def __init__(self, utc_s: float) -> None:
        self.instant = Instant(100.0, utc_s, True)

    def now(self) -> Instant:
        return self.instant

    def wait_until(self, mono_s: float) -> None:
        raise AssertionError("nobody waits on this clock")

    def pass_s(self, seconds: float) -> None:
        now = self.instant
        self.instant = Instant(now.mono_s + seconds, now.utc_s + seconds, now.utc_ok)


class Service:
    """A fetcher that answers two days of 1000 W, or what ``fault`` says."""

    def __init__(self) -> None:
        self.asked: list[float] = []
        self.fault: Exception | None = None
        self.ahead_s = 48 * HOUR_S

    def __call__(self, instant: Instant) -> tuple[ForecastPoint, ...]:
        self.asked.append(instant.utc_s)
        if self.fault is not None:
            raise self.fault
        end_s = instant.utc_s + self.ahead_s
        return (ForecastPoint(instant.utc_s - 60, 1000.0), ForecastPoint(end_s, 0.0))


class Rig:
    def __init__(self, folder: Path, start: str, **config: Any) -> None:
        self.clock = Hands(wall(start))
        self.service = Service()
        self.folder = folder
        self.config = ForecastSolar(**config)
        self.source = self.restarted()

    def restarted(self, site: Site = HOME) -> ForecastSource:
        self.source = ForecastSource(
            self.config, site, self.folder, self.clock, self.service, threaded=False
        )
        return self.source

    def look(self) -> int:
        """Let the worker look once; how often the service was asked so far."""
        self.source.worker.run_once()
        return len(self.service.asked)

    def run(self, hours: float, step_s: float = 60.0) -> list[str]:
        """Look again and again; local times at which the service was asked."""
        before = len(self.service.asked)
        for _ in range(int(hours * HOUR_S / step_s)):
            self.clock.pass_s(step_s)
            self.look()
        zone = ZoneInfo(BERLIN)
        asked = self.service.asked[before:]
        return [f"{datetime.fromtimestamp(at, zone):%d %H:%M}" for at in asked]

    def forecast(self) -> Forecast | None:
        return self.source.read(self.clock.now(), 0.1).forecast

    def fault(self) -> str:
        with pytest.raises(SourceError) as caught:
            self.source.read(self.clock.now(), 0.1)
        return str(caught.value)


def test_nothing_before_the_first_fetch_and_one_object_after(tmp_path: Path) -> None:
    rig = Rig(tmp_path, "2026-06-21 12:00")
    assert "none was fetched yet" in rig.fault()
    rig.look()
    first = rig.forecast()
    rig.clock.pass_s(60)
    rig.look()
    assert rig.forecast() is first
    assert first is not None
    assert first.issued_utc_s == wall("2026-06-21 12:00")


def test_a_day_of_fetching(tmp_path: Path) -> None:
    """At 05:30, then every six hours while the sun is up; not at night."""
    rig = Rig(tmp_path, "2026-06-21 00:00")
    rig.look()
    asked = rig.run(24)
    spread_min = int(rig.source._spread_s // 60) + 1
    assert rig.source._spread_s < SPREAD_S
    assert asked == [f"21 {hour:02}:{30 + spread_min:02}" for hour in (5, 11, 17)]


@pytest.mark.parametrize(
    ("day", "tomorrow"), [("2026-03-28", "29"), ("2026-10-24", "25"), ("2026-12-30", "31")]
)
def test_the_fetch_time_is_local_across_clock_changes(
    tmp_path: Path, day: str, tomorrow: str
) -> None:
    rig = Rig(tmp_path, f"{day} 20:00", refresh_h=24.0)
    rig.look()
    asked = rig.run(12)
    assert len(asked) == 1
    assert asked[0].startswith(f"{tomorrow} 05:3")


def test_an_impossible_fetch_time_does_no_harm(tmp_path: Path) -> None:
    rig = Rig(tmp_path, "2026-06-21 00:00", fetch_at="early", refresh_h=24.0)
    rig.look()
    assert rig.run(12)[0].startswith("21 05:3")


def test_after_a_restart_the_kept_forecast_serves(tmp_path: Path) -> None:
    rig = Rig(tmp_path, "2026-06-21 12:00")
    rig.look()
    before = rig.forecast()
    rig.clock.pass_s(3600)
    rig.restarted()
    assert rig.look() == 1
    assert rig.forecast() == before


def test_after_a_restart_an_old_one_is_fetched_anew(tmp_path: Path) -> None:
    rig = Rig(tmp_path, "2026-06-21 12:00")
    rig.look()
    rig.clock.pass_s(6 * HOUR_S)
    rig.restarted()
    assert rig.look() == 2


def test_other_panels_make_the_kept_forecast_useless(tmp_path: Path) -> None:
    rig = Rig(tmp_path, "2026-06-21 12:00")
    rig.look()
    rig.restarted(Site(latitude=52.5, longitude=13.4, planes=(Plane(peak_w=5000.0),)))
    assert rig.look() == 2


@pytest.mark.parametrize(("age_h", "given"), [(29.99, True), (30.01, False)])
def test_a_stale_forecast_is_not_given(tmp_path: Path, age_h: float, given: bool) -> None:
    rig = Rig(tmp_path, "2026-06-21 12:00")
    rig.look()
    rig.service.fault = SourceError("the service is down")
    rig.clock.pass_s(age_h * HOUR_S)
    rig.look()
    if given:
        assert rig.forecast() is not None
    else:
        assert "stale: the service is down" in rig.fault()


def test_a_collector_says_what_takes_its_place_and_forgets_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rig = Rig(tmp_path, "2026-06-21 12:00")
    collector = Collector([rig.source])
    with caplog.at_level(logging.INFO):
        assert collector.collect(rig.clock.now()).forecast is None
        rig.clock.pass_s(PATIENCE_S)
        assert collector.collect(rig.clock.now()).forecast is None
        rig.look()
        assert collector.collect(rig.clock.now()).forecast is rig.forecast()
        rig.service.fault = SourceError("HTTP 502")
        rig.clock.pass_s(30 * HOUR_S)
        rig.look()
        assert collector.collect(rig.clock.now()).forecast is not None
        rig.clock.pass_s(1)
        snapshot = collector.collect(rig.clock.now())
    assert snapshot.forecast is None
    assert snapshot.health[0].ok
    assert [(r.levelname, r.getMessage()) for r in caplog.records] == [
        ("INFO", "no forecast: forecast.solar: none was fetched yet, using the clear sky instead"),
        ("INFO", "the forecast of forecast.solar is there"),
        ("INFO", "no forecast: forecast.solar: the last one is stale: HTTP 502, "
         "using the clear sky instead"),
    ]  # fmt: skip


def test_a_forecast_that_has_run_out_is_not_given(tmp_path: Path) -> None:
    rig = Rig(tmp_path, "2026-06-21 12:00")
    rig.service.ahead_s = 3600
    rig.look()
    rig.service.fault = SourceError("down")
    rig.clock.pass_s(3599)
    assert rig.forecast() is not None
    rig.clock.pass_s(2)
    assert "stale" in rig.fault()


def test_an_answer_about_the_past_is_no_forecast(tmp_path: Path) -> None:
    rig = Rig(tmp_path, "2026-06-21 12:00")
    rig.service.ahead_s = -1
    rig.look()
    assert "no forecast for the time to come" in rig.fault()


def test_faults_are_tried_again_later_and_later(tmp_path: Path) -> None:
    rig = Rig(tmp_path, "2026-06-21 08:00")
    rig.service.fault = SourceError("down")
    rig.look()
    assert rig.run(4) == ["21 08:05", "21 08:15", "21 08:35", "21 09:15", "21 10:15", "21 11:15"]
    rig.service.fault = None
    rig.run(1)
    assert rig.forecast() is not None


def test_a_refusal_with_a_time_outlives_a_restart(tmp_path: Path) -> None:
    """A program that is restarted again and again must not eat up the twelve calls."""
    rig = Rig(tmp_path, "2026-06-21 08:00")
    rig.service.fault = HttpError("rate limit", 429, 1800.0)
    assert rig.look() == 1
    for _ in range(5):
        rig.clock.pass_s(359)
        rig.restarted()
        assert rig.look() == 1
    rig.clock.pass_s(6)
    rig.restarted()
    assert rig.look() == 2


def test_a_refusal_written_by_a_clock_gone_wrong_is_forgotten(tmp_path: Path) -> None:
    rig = Rig(tmp_path, "2036-06-21 08:00")
    rig.service.fault = HttpError("rate limit", 429, 1800.0)
    rig.look()
    rig.clock.instant = Instant(0.0, wall("2026-06-21 08:00"), True)
    rig.restarted()
    assert rig.look() == 2


def test_a_machine_without_a_date_asks_nobody_and_gives_nothing(tmp_path: Path) -> None:
    rig = Rig(tmp_path, "2026-06-21 12:00")
    rig.look()
    rig.clock.instant = Instant(5.0, 1000.0, False)
    rig.restarted()
    assert rig.look() == 1
    assert "no true date" in rig.fault()
    rig.clock.instant = Instant(9.0, wall("2026-06-21 13:00"), True)  # NTP: years in a second
    assert rig.look() == 1
    assert rig.forecast() is not None


def test_a_forecast_issued_in_the_future_is_replaced(tmp_path: Path) -> None:
    rig = Rig(tmp_path, "2027-06-21 12:00")
    rig.look()
    rig.clock.instant = Instant(5.0, wall("2026-06-21 12:00"), True)
    assert "stale" in rig.fault()
    assert rig.look() == 2
    assert rig.forecast() is not None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b"\xff\x00",
        b'{"schema": "other/9"}',
        b'{"schema": "pvopt.forecast/1"}',
        b"[" * 100_000,
    ],
)
def test_a_broken_file_is_set_aside_with_a_warning(
    tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    rig = Rig(tmp_path, "2026-06-21 12:00")
    kept = tmp_path / "forecast-forecast.solar.json"
    kept.write_bytes(content)
    with caplog.at_level(logging.WARNING):
        assert rig.look() == 1
    assert "set aside" in caplog.text
    assert (tmp_path / "forecast-forecast.solar.broken").read_bytes() == content
    assert json.loads(kept.read_text())["schema"] == "pvopt.forecast/1"


def test_every_cut_of_the_file_is_survived(tmp_path: Path) -> None:
    cache = ForecastCache(tmp_path, "a")
    points = (ForecastPoint(1e9, 5.0), ForecastPoint(2e9, 0.0))
    cache.save(Kept(Forecast("x", 1e9, "a", points), "home", 7.0))
    whole = cache.path.read_bytes()
    assert cache.load("home") == Kept(Forecast("x", 1e9, "a", points), "home", 7.0)
    for length in range(len(whole)):
        cache.path.write_bytes(whole[:length])
        assert cache.load("home").forecast is None


def test_a_folder_that_cannot_be_written_is_only_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    rig = Rig(blocked, "2026-06-21 12:00")
    with caplog.at_level(logging.WARNING):
        rig.look()
    assert rig.forecast() is not None
    assert "cannot be written" in caplog.text


def test_names_stay_inside_the_folder(tmp_path: Path) -> None:
    for name in ("../../etc/passwd", "a/b", "", "..", "\x00"):
        assert ForecastCache(tmp_path, name).path.parent == tmp_path
        assert "/" not in ForecastCache(tmp_path, name).path.name


@given(
    st.lists(st.tuples(st.integers(0, 200), st.integers(-5, 30), st.floats(-100, 9000))),
    st.lists(st.tuples(st.integers(0, 200), st.integers(-5, 30), st.floats(-100, 9000))),
)
def test_sums_of_planes_hold_at_every_instant(
    first: list[tuple[int, int, float]], second: list[tuple[int, int, float]]
) -> None:
    series = [
        points_from([(float(s), float(s + length), w) for s, length, w in spans])
        for spans in (first, second)
    ]
    for points in series:
        starts = [point.start_utc_s for point in points]
        assert starts == sorted(set(starts))
        assert all(point.pv_w >= 0 for point in points)
    both = total(series)
    for at in range(-1, 240, 3):
        parts = [pv_w_at(points, at + 0.5) or 0.0 for points in series]
        assert (pv_w_at(both, at + 0.5) or 0.0) == pytest.approx(sum(parts), abs=0.11)
