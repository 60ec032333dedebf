"""Ready by HH:MM: the latest start, off-peak hours first, and never too late if power suffices."""

from __future__ import annotations

import math
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pvopt.decide.ready_by import (
    NOTHING,
    STRETCH,
    ReadyBy,
    ReadyStep,
    deadline_s,
    heat_wh,
    needed_s,
    place,
    ready_step,
)
from pvopt.decide.windows import Window
from pvopt.model import Forecast, ForecastPoint, Instant

PARIS = "Europe/Paris"
SEVEN = ReadyBy(by_min=420, power_w=2000.0)
NIGHT = (Window(125, 410),)  # 02:05 to 06:50
H = 3600.0


def at(text: str, utc_ok: bool = True) -> Instant:
    wall = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(PARIS))
    return Instant(1.0, wall.timestamp(), utc_ok)


def s(text: str) -> float:
    return at(text).utc_s


def test_heat_and_time() -> None:
    assert heat_wh(200, 45, 55) == pytest.approx(2326)
    assert heat_wh(200, 60, 55) == 0.0
    assert needed_s(2000, 2000) == pytest.approx(3852)
    assert needed_s(-5, 2000) == 0.0


@pytest.mark.parametrize(
    ("days", "now", "due"),
    [
        ((0, 1, 2, 3, 4, 5, 6), "2026-01-15 06:59:59", "2026-01-15 07:00"),
        ((0, 1, 2, 3, 4, 5, 6), "2026-01-15 07:00:00", "2026-01-16 07:00"),
        ((0,), "2026-01-15 12:00", "2026-01-19 07:00"),
        ((3,), "2026-01-15 07:00", "2026-01-22 07:00"),
        ((5, 6), "2026-03-28 08:00", "2026-03-29 07:00"),
    ],
)
def test_deadline(days: tuple[int, ...], now: str, due: str) -> None:
    assert deadline_s(ReadyBy(420, 2000.0, days), PARIS, s(now)) == s(due)


def test_no_day_no_deadline() -> None:
    ready = ReadyBy(420, 2000.0, ())
    assert deadline_s(ready, PARIS, s("2026-01-15 07:00")) is None
    assert ready_step(ready, NOTHING, 9000.0, at("2026-01-15 06:59"), PARIS) == NOTHING


@pytest.mark.parametrize(
    ("need_h", "cheap", "spans"),
    [
        (2, ((2, 6),), ((4, 6),)),
        (4, ((2, 6),), ((2, 6),)),
        (4.5, ((2, 6),), ((2, 6), (7.5, 8))),
        (7, ((2, 6),), ((1, 2), (2, 6), (6, 8))),
        (99, ((2, 6),), ((0, 2), (2, 6), (6, 8))),
        (3, ((1, 2), (4, 6)), ((1, 2), (4, 6))),
        (3, (), ((5, 8),)),
        (0, ((2, 6),), ()),
    ],
)
def test_place(
    need_h: float, cheap: tuple[tuple[float, float], ...], spans: tuple[tuple[float, float], ...]
) -> None:
    assert place(need_h, 0.0, 8.0, cheap) == spans


# lacking Wh, power W, off-peak, the first second at which it heats
STARTS = [
    (2000, 2000.0, (), "2026-01-15 05:45:48"),
    (2000, 1000.0, (), "2026-01-15 04:41:36"),
    (1, 2000.0, (), "2026-01-15 06:49:59"),
    (2000, 2000.0, NIGHT, "2026-01-15 05:35:48"),
    # 4 h 45 min of cheap hours are not enough for 5 h 21 min and the spare minutes: the rest
    # comes before them only after the ten minutes behind them
    (10_000, 2000.0, NIGHT, "2026-01-15 01:29:00"),
]


@pytest.mark.parametrize(("lacking_wh", "power_w", "off_peak", "first"), STARTS)
def test_the_first_second(
    lacking_wh: float, power_w: float, off_peak: tuple[Window, ...], first: str
) -> None:
    ready = ReadyBy(420, power_w)

    def step(second: float) -> ReadyStep:
        now = Instant(0.0, second, True)
        return ready_step(ready, NOTHING, lacking_wh, now, PARIS, off_peak)

    first_s = s(first)
    before, there = step(first_s - 2.0), step(first_s + 1.0)
    assert (before.force, there.force) == (False, True)
    assert before.start_s == pytest.approx(first_s, abs=2.0)
    assert before.deadline_s == s("2026-01-15 07:00")


def test_between_the_cheap_hours_and_the_deadline_it_waits() -> None:
    step = ready_step(SEVEN, NOTHING, 2000.0, at("2026-01-15 01:00"), PARIS, NIGHT)
    assert not step.force
    late = ready_step(SEVEN, NOTHING, 2000.0, at("2026-01-15 06:55"), PARIS, NIGHT)
    assert late.force  # what could not be done in them is done all the same
    assert late.short_wh == pytest.approx(2000 - 300 * 2000 / 3600 / STRETCH)


@pytest.mark.parametrize(
    ("lacking_wh", "utc_ok"), [(0.0, True), (-100.0, True), (math.nan, True), (2000.0, False)]
)
def test_nothing_is_forced(lacking_wh: float, utc_ok: bool) -> None:
    for off_peak in ((), NIGHT):
        now = at("2026-01-15 06:59", utc_ok)
        assert not ready_step(SEVEN, NOTHING, lacking_wh, now, PARIS, off_peak).force


def test_what_was_begun_goes_on_until_the_sun_has_brought_it_a_quarter_of_an_hour_later() -> None:
    now = at("2026-01-15 05:45:48")
    begun = ready_step(SEVEN, NOTHING, 2001.0, now, PARIS)
    assert begun.force
    # 900 s are 467 Wh
    assert ready_step(SEVEN, begun, 1540.0, now, PARIS).force
    assert not ready_step(SEVEN, begun, 1530.0, now, PARIS).force
    assert not ready_step(SEVEN, NOTHING, 1540.0, now, PARIS).force
    # the state of yesterday's deadline is not that of today's
    over = at("2026-01-15 07:00:00")
    assert not ready_step(SEVEN, begun, 1e3, over, PARIS).force


def sun(start: str, *hourly_w: float) -> Forecast:
    points = [ForecastPoint(s(start) + n * H, w) for n, w in enumerate((*hourly_w, 0.0))]
    return Forecast("f", s(start), "t", tuple(points))


NOON = ReadyBy(by_min=720, power_w=2000.0)
EVENING = ReadyBy(by_min=1080, power_w=2000.0)
MORNING = sun("2026-05-05 08:00", 1300, 1300, 1300)  # 3000 Wh beside the house, half is relied on
DAY = sun("2026-05-05 08:00", *[1300] * 8)
TWO_DAYS = sun("2026-05-04 08:00", *[2300] * 10, *[0] * 14, *[300] * 10)

# the deadline, lacking Wh, the forecast, off-peak, when it starts
FORECASTS = [
    (NOON, 2000, None, NIGHT, "2026-05-05 05:35:48"),
    (NOON, 2000, sun("2026-05-05 08:00", 300, 300), NIGHT, "2026-05-05 05:35:48"),
    (NOON, 2000, MORNING, NIGHT, "2026-05-05 06:23:57"),  # 500 Wh and the spare ten minutes
    # all of it is left to the sun, until there is just time enough without it
    (NOON, 1500, MORNING, NIGHT, "2026-05-05 11:01:51"),
    (EVENING, 4000, DAY, NIGHT, "2026-05-05 15:41:36"),
    # without cheap hours it is as late as may be in any case
    (NOON, 2000, MORNING, (), "2026-05-05 10:45:48"),
    # what shines after the deadline, or a day before it, is no help
    (SEVEN, 2000, MORNING, NIGHT, "2026-05-05 05:35:48"),
    (ReadyBy(1080, 2000.0), 2000, TWO_DAYS, NIGHT, "2026-05-05 05:35:48"),
]  # fmt: skip


@pytest.mark.parametrize(("ready", "lacking_wh", "forecast", "off_peak", "first"), FORECASTS)
def test_half_of_the_forecast_s_sun_is_not_bought_ahead_of_it(
    ready: ReadyBy,
    lacking_wh: float,
    forecast: Forecast | None,
    off_peak: tuple[Window, ...],
    first: str,
) -> None:
    def step(second: float) -> ReadyStep:
        now = Instant(0.0, second, True)
        return ready_step(ready, NOTHING, lacking_wh, now, PARIS, off_peak, forecast)

    first_s, asked_s = s(first), s("2026-05-04 19:00")
    assert step(asked_s).start_s == pytest.approx(first_s, abs=2.0)
    assert (step(first_s - 2.0).force, step(first_s + 1.0).force) == (False, True)


@pytest.mark.parametrize(
    ("day", "left_h"), [("2026-03-29", 2.0), ("2026-10-25", 4.0), ("2026-01-15", 3.0)]
)
def test_nights_of_a_clock_change(day: str, left_h: float) -> None:
    """From 00:00 to 03:00 are two hours in spring, four in autumn."""
    ready = ReadyBy(180, 2000.0, spare_s=0.0)
    lacking_wh = left_h * 2000.0 / STRETCH
    now = at(f"{day} 00:00")
    found = ready_step(ready, NOTHING, lacking_wh - 1, now, PARIS)
    assert found.start_s == pytest.approx(now.utc_s, abs=3.0)
    assert found.short_wh == 0.0
    more = ready_step(ready, NOTHING, lacking_wh + 100, now, PARIS)
    assert more.force
    assert more.short_wh == pytest.approx(100, abs=1)


WINDOWS = st.lists(st.builds(Window, st.integers(0, 1440), st.integers(0, 1440)), max_size=3).map(
    tuple
)


@settings(max_examples=20)
@given(
    lacking_wh=st.floats(1.0, 12_000.0),
    power_w=st.floats(1000.0, 3000.0),
    off_peak=WINDOWS,
    now_h=st.floats(0, 8760),
    sun_w=st.lists(st.floats(0, 500), min_size=1, max_size=5),
    promised_w=st.lists(st.floats(0, 4000), max_size=30),
)
def test_ready_in_time_if_power_suffices(
    lacking_wh: float,
    power_w: float,
    off_peak: tuple[Window, ...],
    now_h: float,
    sun_w: list[float],
    promised_w: list[float],
) -> None:
    """Stepped by minutes through a tank that takes 7 % more than its heat: nothing lacks at 07:00,
    whatever a forecast has promised.

    Nothing is bought that was not lacking, either.
    """
    ready = ReadyBy(420, power_w)
    now_s = s("2026-01-01 00:00") + now_h * H
    due_s = deadline_s(ready, PARIS, now_s)
    assert due_s is not None
    points = [ForecastPoint(now_s + n * H, w) for n, w in enumerate(promised_w)]
    forecast = Forecast("f", now_s, "t", tuple(points))
    suffices = needed_s(lacking_wh, power_w) + ready.spare_s <= due_s - now_s
    step, minute, bought_wh = NOTHING, 0, 0.0
    start_wh, sun_wh = lacking_wh, 0.0
    while now_s + 60.0 * minute < due_s:
        now = Instant(0.0, now_s + 60.0 * minute, True)
        step = ready_step(ready, step, lacking_wh, now, PARIS, off_peak, forecast)
        sun_wh += sun_w[minute % len(sun_w)] / 60.0
        lacking_wh -= sun_w[minute % len(sun_w)] / 60.0
        if step.force:
            bought_wh += power_w / 60.0 / STRETCH
            lacking_wh -= power_w / 60.0 / STRETCH
        minute += 1
    if suffices:
        assert lacking_wh <= 1e-6
    assert bought_wh <= start_wh + power_w / 60.0


@given(
    lacking_wh=st.floats(1.0, 9000.0),
    more_wh=st.floats(0.0, 3000.0),
    off_peak=WINDOWS,
    now_h=st.floats(0, 8760),
)
def test_more_lacking_starts_no_later(
    lacking_wh: float, more_wh: float, off_peak: tuple[Window, ...], now_h: float
) -> None:
    now = Instant(0.0, s("2026-01-01 00:00") + now_h * H, True)
    less = ready_step(SEVEN, NOTHING, lacking_wh, now, PARIS, off_peak)
    more = ready_step(SEVEN, NOTHING, lacking_wh + more_wh, now, PARIS, off_peak)
    assert more.start_s <= less.start_s
    assert more.force or not less.force
    assert more.short_wh >= less.short_wh
