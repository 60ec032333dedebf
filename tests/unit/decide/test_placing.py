"""Where a block of heating goes: sunniest, cheapest, latest; against trying every start."""

from __future__ import annotations

import math
from datetime import datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pvopt.decide.placing import SLOT_S, Heating, cheapest_start_s, spare_sun_wh
from pvopt.decide.windows import PricedWindow, Tariff, Window, price_per_kwh
from pvopt.model import Forecast, ForecastPoint

PARIS = "Europe/Paris"
H = 3600.0
FLAT = Tariff(0.30)
NIGHT = Window(1320, 360)  # 22:00 to 06:00


def s(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(PARIS)).timestamp()


def sun(start: str, *hourly_w: float) -> Forecast:
    points = [ForecastPoint(s(start) + n * H, w) for n, w in enumerate((*hourly_w, 0.0))]
    return Forecast("f", s(start), "t", tuple(points))


TWO_HOURS = Heating(2000.0, 2 * H, 300.0)
NOON = sun("2026-05-04 10:00", 1300, 1300, 1300, 1300)
BRIGHT = sun("2026-05-04 10:00", 1500, 1500, 1500, 1500)
TWO_DAYS = sun("2026-05-04 08:00", 900, 900, 900, 900, *[0.0] * 20, 2500, 2500, 2500, 2500)


@pytest.mark.parametrize(
    ("forecast", "tariff", "first", "last", "start"),
    [
        # nothing known: as late as may be
        (None, FLAT, "2026-05-04 06:00", "2026-05-05 10:07", "2026-05-05 10:07"),
        # the module's worked numbers: 0.14 at night beats 1300 W of sun and not 1500 W
        (NOON, Tariff(0.30, (PricedWindow(NIGHT, 0.14),)), "2026-05-04 08:00", "2026-05-05 08:00",
         "2026-05-05 04:00"),
        (BRIGHT, Tariff(0.30, (PricedWindow(NIGHT, 0.14),)), "2026-05-04 08:00",
         "2026-05-05 08:00", "2026-05-04 12:00"),
        # one price: the sun decides, and of equal sun the latest
        (NOON, FLAT, "2026-05-04 08:00", "2026-05-05 08:00", "2026-05-04 12:00"),
        (NOON, FLAT, "2026-05-04 08:00", "2026-05-04 11:20", "2026-05-04 11:20"),
        (NOON, FLAT, "2026-05-04 08:00", "2026-05-04 09:20", "2026-05-04 09:20"),
        (NOON, FLAT, "2026-05-04 13:50", "2026-05-04 16:00", "2026-05-04 13:50"),
        # the better day of two; a house that takes it all leaves none
        (TWO_DAYS, FLAT, "2026-05-04 06:00", "2026-05-05 20:00", "2026-05-05 10:00"),
        (TWO_DAYS, FLAT, "2026-05-04 06:00", "2026-05-05 06:00", "2026-05-04 10:00"),
        # no sun: the latest cheap hours, across midnight and in a night of a clock change
        (None, Tariff(0.30, (PricedWindow(NIGHT, 0.20),)), "2026-05-04 12:00", "2026-05-05 12:00",
         "2026-05-05 04:00"),
        (None, Tariff(0.30, (PricedWindow(NIGHT, 0.20),)), "2026-05-04 12:00", "2026-05-04 23:30",
         "2026-05-04 23:30"),
        (None, Tariff(0.30, (PricedWindow(Window(125, 410), 0.20),)), "2026-03-28 12:00",
         "2026-03-29 12:00", "2026-03-29 04:45"),
        # a tariff with dear hours
        (None, Tariff(0.20, (PricedWindow(Window(1020, 1200), 0.40),)), "2026-05-04 14:00",
         "2026-05-04 18:00", "2026-05-04 15:00"),
        # the first quarter of an hour is half over, and still cheap
        (None, Tariff(0.30, (PricedWindow(Window(0, 1050), 0.25),)), "2026-05-04 15:23",
         "2026-05-04 15:24", "2026-05-04 15:24"),
        (None, Tariff(0.30, (PricedWindow(Window(0, 1050), 0.25),)), "2026-05-04 17:23",
         "2026-05-04 17:24", "2026-05-04 17:23"),
        # no room
        (NOON, FLAT, "2026-05-04 18:00", "2026-05-04 17:00", "2026-05-04 18:00"),
    ],
)  # fmt: skip
def test_table(
    forecast: Forecast | None, tariff: Tariff, first: str, last: str, start: str
) -> None:
    found = cheapest_start_s(TWO_HOURS, s(first), s(last), forecast, tariff, PARIS)
    assert datetime.fromtimestamp(found, ZoneInfo(PARIS)) == datetime.fromtimestamp(
        s(start), ZoneInfo(PARIS)
    )


def test_the_house_has_its_sun_first() -> None:
    greedy = Heating(2000.0, 2 * H, 1300.0)
    last_s = s("2026-05-05 08:00")
    assert cheapest_start_s(greedy, s("2026-05-04 08:00"), last_s, NOON, FLAT, PARIS) == last_s


def test_sun_that_is_no_number_counts_nothing() -> None:
    last_s = s("2026-05-05 08:00")
    for wrong in (math.nan, math.inf):
        forecast = sun("2026-05-04 10:00", wrong, wrong)
        found = cheapest_start_s(TWO_HOURS, s("2026-05-04 08:00"), last_s, forecast, FLAT, PARIS)
        assert found == last_s


def cost(heating: Heating, start_s: float, forecast: Forecast, tariff: Tariff) -> float:
    """By slots of a minute; the block's own slots are quarters of an hour."""
    total = 0.0
    for minute in range(round(heating.length_s / 60)):
        at_s = start_s + minute * 60 + 30
        slot_s = (math.floor(at_s / SLOT_S) + 0.5) * SLOT_S
        points = forecast.points
        pv_w = next(
            (p.pv_w for p, q in pairwise(points) if p.start_utc_s <= slot_s < q.start_utc_s),
            0.0,
        )
        bought_w = max(0.0, heating.power_w - max(0.0, pv_w - heating.house_w))
        total += bought_w / 60_000 * price_per_kwh(tariff, PARIS, slot_s)
    return total


@settings(max_examples=30)
@given(
    hourly_w=st.lists(st.sampled_from([0.0, 800.0, 1500.0, 2600.0]), min_size=1, max_size=30),
    windows=st.lists(
        st.builds(
            PricedWindow,
            st.builds(
                Window,
                st.integers(0, 95).map(lambda q: 15 * q),
                st.integers(1, 96).map(lambda q: 15 * q),
            ),
            st.floats(0.05, 0.6),
        ),
        max_size=2,
    ).map(tuple),
    first_min=st.integers(0, 2880),
    room_min=st.integers(0, 1500),
    length_min=st.integers(15, 300),
)
def test_no_start_costs_less(
    hourly_w: list[float],
    windows: tuple[PricedWindow, ...],
    first_min: int,
    room_min: int,
    length_min: int,
) -> None:
    """A night of spring's clock change is among them. Costs are linear between quarters of an
    hour but for where the block's ends are, so quarters and ends are compared."""
    forecast, tariff = sun("2026-03-28 06:00", *hourly_w), Tariff(0.3, windows)
    heating = Heating(2000.0, length_min * 60.0, 300.0)
    first_s = s("2026-03-28 00:00") + first_min * 60
    last_s = first_s + room_min * 60
    found = cheapest_start_s(heating, first_s, last_s, forecast, tariff, PARIS)
    assert first_s <= found <= last_s
    paid = cost(heating, found, forecast, tariff)
    quarter_s = math.ceil(first_s / SLOT_S) * SLOT_S
    for number in range(0, int(max(0.0, last_s - quarter_s) / SLOT_S) + 1, 3):
        other_s = quarter_s + number * SLOT_S
        if first_s <= other_s <= last_s:
            assert paid <= cost(heating, other_s, forecast, tariff) + 1e-5
    for end_s in (first_s, last_s):
        assert paid <= cost(heating, end_s, forecast, tariff) + 1e-5


@pytest.mark.parametrize(
    ("forecast", "power_w", "first", "last", "wh"),
    [
        (None, 2000.0, "2026-05-04 06:00", "2026-05-04 20:00", 0.0),
        (NOON, 2000.0, "2026-05-04 06:00", "2026-05-04 20:00", 4000.0),
        (NOON, 600.0, "2026-05-04 06:00", "2026-05-04 20:00", 2400.0),
        (NOON, 2000.0, "2026-05-04 11:30", "2026-05-04 12:30", 1000.0),
        (NOON, 2000.0, "2026-05-04 20:00", "2026-05-05 20:00", 0.0),
        (NOON, 2000.0, "2026-05-04 12:00", "2026-05-04 11:00", 0.0),
        (sun("2026-05-04 10:00", 200, math.nan, 3000), 2000.0, "2026-05-04 06:00",
         "2026-05-04 20:00", 2000.0),
    ],
)  # fmt: skip
def test_sun_that_a_forecast_has_for_a_heater(
    forecast: Forecast | None, power_w: float, first: str, last: str, wh: float
) -> None:
    assert spare_sun_wh(power_w, 300.0, forecast, s(first), s(last)) == pytest.approx(wh)
