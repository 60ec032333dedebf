"""forecast.solar, open-meteo and the portal: every answer they give, over real HTTP."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from pvopt.clock import VirtualClock
from pvopt.config.site import Plane, Site
from pvopt.config.sources import ForecastSolar, OpenMeteo, VrmForecast
from pvopt.errors import SourceError
from pvopt.links.http import HttpError
from pvopt.model import Instant
from pvopt.sources import vrm_client
from pvopt.sources.forecast import ForecastSource
from pvopt.sources.forecast_points import pv_w_at
from pvopt.sources.forecast_solar import ForecastSolarFetcher
from pvopt.sources.open_meteo import OpenMeteoFetcher, pv_w
from pvopt.sources.vrm_forecast import VrmForecastFetcher
from tests.http_standin import Asked, Reply, standin
from tests.vrm_standin import PASSWORD, SITE, TOKEN, USER, bearer, vrm_standin

SOUTH = Plane(peak_w=2500.0, tilt_deg=37.0, azimuth_deg=0.0)
EAST = Plane(peak_w=1500.0, tilt_deg=20.0, azimuth_deg=-90.0)
KEY = "s3cret-key"


def utc(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


NOW = Instant(50.0, utc("2026-06-21 08:00"), True)


def home(*planes: Plane) -> Site:
    return Site(latitude=52.5, longitude=13.4, timezone="Europe/Berlin", planes=planes)


def solar_answer(energy: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"result": {"watt_hours_period": energy, **more}, "message": {"code": 0}}


# --- forecast.solar ---

ISO = {
    "2026-06-21T04:45:10+02:00": 0,
    "2026-06-21T05:00:00+02:00": 10,
    "2026-06-21T06:00:00+02:00": 500,
    "2026-06-21T21:33:00+02:00": 0,
    "2026-06-22T04:45:20+02:00": 0,
    "2026-06-22T06:00:00+02:00": 400,
}


@pytest.mark.parametrize("form", ["iso", "wall", "unix"])
def test_forecast_solar_in_every_form_of_time(form: str) -> None:
    def text(iso: str) -> str:
        moment = datetime.fromisoformat(iso)
        if form == "wall":
            return f"{moment:%Y-%m-%d %H:%M:%S}"
        return iso if form == "iso" else str(int(moment.timestamp()))

    energy = {text(iso): wh for iso, wh in ISO.items()}
    with standin(lambda _: Reply(body=solar_answer(energy))) as stand:
        points = ForecastSolarFetcher(ForecastSolar(url=stand.url), home(SOUTH))(NOW)
    assert pv_w_at(points, utc("2026-06-21 02:44")) is None
    assert pv_w_at(points, utc("2026-06-21 02:50")) == pytest.approx(40.4, abs=0.1)
    assert pv_w_at(points, utc("2026-06-21 03:30")) == 500
    assert pv_w_at(points, utc("2026-06-21 23:00")) == 0
    assert pv_w_at(points, utc("2026-06-22 03:00")) == pytest.approx(321.4, abs=0.1)
    assert stand.asked[0].path == "/estimate/52.5000/13.4000/37/0/2.500"


@pytest.mark.parametrize(
    ("day", "before", "after"), [("2026-03-29", 3600, 7200), ("2026-10-25", 7200, 3600)]
)
def test_wall_clock_times_on_both_clock_changes(day: str, before: int, after: int) -> None:
    """The home's own hours, without an offset, before and after the change."""
    energy = {f"{day} {hour}:00:00": 100 for hour in ("00", "01", "04", "12", "13")}
    with standin(lambda _: Reply(body=solar_answer(energy))) as stand:
        points = ForecastSolarFetcher(ForecastSolar(url=stand.url), home(SOUTH))(NOW)
    assert points[0].start_utc_s == utc(f"{day} 00:00") - before
    assert pv_w_at(points, utc(f"{day} 12:30") - after) == 100


def test_the_doubled_hour_of_autumn_is_not_folded_together() -> None:
    zone = ZoneInfo("Europe/Berlin")
    first = datetime(2026, 10, 25, 2, 30, tzinfo=zone)
    energy = {"2026-10-25 02:30:00": 0, "2026-10-25 02:00:00": 50, "2026-10-25 03:00:00": 60}
    with standin(lambda _: Reply(body=solar_answer(energy))) as stand:
        points = ForecastSolarFetcher(ForecastSolar(url=stand.url), home(SOUTH))(NOW)
    starts = [point.start_utc_s - first.timestamp() for point in points]
    assert starts == [0, 1800, 5400]
    assert [point.pv_w for point in points] == [100, 60, 0]


def test_momentary_watts_serve_where_there_is_no_energy() -> None:
    watts = {"2026-06-21T10:00:00+02:00": 1000, "2026-06-21T11:00:00+02:00": 2000}
    body = {"result": {"watts": watts}}
    with standin(lambda _: Reply(body=body)) as stand:
        points = ForecastSolarFetcher(ForecastSolar(url=stand.url), home(SOUTH))(NOW)
    assert [point.pv_w for point in points] == [1500, 0]


def test_several_planes_are_asked_one_by_one_and_summed() -> None:
    def rule(asked: Asked) -> Reply:
        wh = 300 if "/20/-90/1.500" in asked.path else 500
        hours = ("2026-06-21T10:00:00+02:00", "2026-06-21T11:00:00+02:00")
        return Reply(body=solar_answer({hours[0]: 0, hours[1]: wh}))

    with standin(rule) as stand:
        config = ForecastSolar(url=stand.url + "/", key=KEY)
        points = ForecastSolarFetcher(config, home(SOUTH, EAST))(NOW)
    assert [point.pv_w for point in points] == [800, 0]
    assert all(path.startswith(f"/{KEY}/estimate/") for path in stand.paths())
    assert len(stand.asked) == 2


LIMIT = {
    "result": "Rate limit for API calls reached.",
    "message": {
        "code": 429,
        "type": "error",
        "text": f"Rate limit for {KEY}",
        "ratelimit": {"limit": 12, "period": 3600, "retry-at": "2026-06-21T10:20:00+02:00"},
    },
}
NO_TIME = {"message": {"code": 429, "text": "wait"}}


@pytest.mark.parametrize(
    ("reply", "words", "wait_s"),
    [
        (Reply(429, LIMIT), "rate limit", 1200.0),
        (Reply(429, LIMIT, {"Retry-After": "2400"}), "rate limit", 2400.0),
        (Reply(429, NO_TIME), "rate limit", 3600.0),
        (Reply(429, b"<html>"), "rate limit", 3600.0),
        (Reply(400, {"message": {"text": "Invalid declination"}}), "Invalid declination", 21600.0),
        (Reply(401, {}), "key was refused", 21600.0),
        (Reply(403, {}), "key was refused", 21600.0),
        (Reply(404, b"nothing"), "is url right", 21600.0),
        (Reply(422, {"message": {"text": "no place"}}), "no forecast for this place", 21600.0),
        (Reply(502, b"<html>"), "service is down", None),
        (Reply(503, b"", {"Retry-After": "77"}), "service is down", 77.0),
        (Reply(500, b""), "500", None),
        (Reply(200, b"<html>maintenance</html>"), "web page", None),
        (Reply(fail="reset"), "connection broke", None),
    ],
)
def test_what_forecast_solar_refuses(reply: Reply, words: str, wait_s: float | None) -> None:
    with standin(lambda _: reply) as stand, pytest.raises(HttpError, match=words) as caught:
        ForecastSolarFetcher(ForecastSolar(url=stand.url, key=KEY), home(SOUTH))(NOW)
    assert caught.value.retry_after_s == wait_s
    assert KEY not in str(caught.value)


@pytest.mark.parametrize(
    "body",
    [
        [],
        5,
        {},
        {"result": None},
        {"result": "text"},
        {"result": {}},
        {"result": {"watt_hours_period": []}},
        {"result": {"watt_hours_period": {"yesterday": 5, "2026-06-21T10:00:00": None}}},
    ],
)
def test_forecast_solar_without_numbers(body: Any) -> None:
    with standin(lambda _: Reply(body=body)) as stand, pytest.raises(SourceError):
        ForecastSolarFetcher(ForecastSolar(url=stand.url), home(SOUTH))(NOW)


def test_no_planes_asks_nobody() -> None:
    for fetcher in (
        ForecastSolarFetcher(ForecastSolar(url="http://127.0.0.1:9"), home()),
        OpenMeteoFetcher(OpenMeteo(url="http://127.0.0.1:9"), home()),
    ):
        with pytest.raises(SourceError, match=r"site\.planes is empty"):
            fetcher(NOW)


# --- open-meteo ---


def meteo(gti: list[Any], air: list[Any] | None = None) -> dict[str, Any]:
    times = [int(NOW.utc_s) + 3600 * hour for hour in range(len(gti))]
    hourly = {"time": times, "global_tilted_irradiance": gti, "temperature_2m": air or []}
    return {"hourly": hourly}


def meteo_points(body: Any, *planes: Plane) -> list[float]:
    with standin(lambda _: Reply(body=body)) as stand:
        points = OpenMeteoFetcher(OpenMeteo(url=stand.url), home(*planes))(NOW)
    assert points[0].start_utc_s == NOW.utc_s - 3600, "a number is the mean of the hour before"
    return [point.pv_w for point in points]


def test_open_meteo_worked_number() -> None:
    assert pv_w(1000.0, 800.0, 20.0) == pytest.approx(655.6, abs=0.5)
    plane = Plane(peak_w=1000.0)
    assert meteo_points(meteo([800.0, 0.0], [20.0, 20.0]), plane) == [655.6, 0.0, 0.0]


def test_open_meteo_asks_for_each_plane() -> None:
    with standin(lambda _: Reply(body=meteo([800.0], [20.0]))) as stand:
        both = OpenMeteoFetcher(OpenMeteo(url=stand.url), home(SOUTH, EAST))(NOW)
    assert both[0].pv_w == pytest.approx(4 * 655.6, abs=1)
    assert [asked.query["azimuth"] for asked in stand.asked] == [["0.0"], ["-90.0"]]
    assert stand.asked[1].query["tilt"] == ["20.0"]
    assert stand.paths() == ["/v1/forecast"] * 2


def test_open_meteo_nulls_negatives_and_nonsense() -> None:
    plane = Plane(peak_w=1000.0)
    air = [20.0] * 6
    filled = meteo_points(meteo([800.0, None, None, 200.0, -3.0, None], air), plane)
    expected = [pv_w(1000.0, gti, 20.0) for gti in (800, 600, 400, 200, 0)]
    assert filled[:5] == pytest.approx(expected, abs=0.1)
    assert len(filled) == 6, "what is unknown at the end is not forecast"
    assert meteo_points(meteo([99999.0], [20.0]), plane)[0] < 1300
    assert meteo_points(meteo([800.0], [None]), plane)[0] == 655.6
    assert meteo_points(meteo([800.0]), plane)[0] == 655.6


@pytest.mark.parametrize(
    ("status", "reason", "wait_s"),
    [
        (429, "Minutely API request limit exceeded. Please try again in one minute.", 60.0),
        (429, "Hourly API request limit exceeded. Please try again in the next hour.", 3600.0),
        (429, "Daily API request limit exceeded. Please try again tomorrow.", 16 * 3600.0),
        (400, "Parameter 'tilt' out of range", 21600.0),
        (503, "Service unavailable", None),
    ],
)
def test_what_open_meteo_refuses(status: int, reason: str, wait_s: float | None) -> None:
    reply = Reply(status, {"error": True, "reason": reason})
    with standin(lambda _: reply) as stand, pytest.raises(HttpError) as caught:
        OpenMeteoFetcher(OpenMeteo(url=stand.url), home(SOUTH))(NOW)
    assert reason in str(caught.value)
    assert caught.value.retry_after_s == wait_s


@pytest.mark.parametrize("body", [[], {}, {"hourly": None}, {"hourly": {}}, meteo([None, None])])
def test_open_meteo_without_numbers(body: Any) -> None:
    with standin(lambda _: Reply(body=body)) as stand, pytest.raises(SourceError):
        OpenMeteoFetcher(OpenMeteo(url=stand.url), home(SOUTH))(NOW)


# --- the portal ---


@pytest.fixture(params=["victron-vrm", "requests"])
def through(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each test by the package and without it."""
    if request.param == "requests":
        monkeypatch.setitem(sys.modules, "victron_vrm", None)
    else:
        pytest.importorskip("victron_vrm")
    return str(request.param)


def hours(*wh: Any) -> list[list[Any]]:
    return [[int(NOW.utc_s + 3600 * index) * 1000, each] for index, each in enumerate(wh)]


def test_portal_forecast(through: str) -> None:
    with vrm_standin() as (portal, stand):
        portal.stats = {"solar_yield_forecast": hours(900.0, 1200.5), "vrm_consumption_fc": False}
        config = VrmForecast(url=stand.url + "/v2", token=TOKEN, site_id=SITE)
        points = VrmForecastFetcher(config)(NOW)
    assert [(point.start_utc_s - NOW.utc_s, point.pv_w) for point in points] == [
        (0, 900.0),
        (3600, 1200.5),
        (7200, 0.0),
    ]
    query = stand.asked[-1].query
    assert (query["type"], query["interval"]) == (["forecast"], ["hours"])
    assert query["start"] == [str(int(NOW.utc_s))]
    agent = stand.asked[-1].headers.get("User-Agent", "")
    assert agent.startswith("VictronVRMClient") is (through == "victron-vrm")


def test_portal_forecast_with_our_own_login(through: str) -> None:
    """The package cannot log in by password; it gets the token of our login."""
    token = bearer(NOW.utc_s + 9e6)
    with vrm_standin() as (portal, stand):
        portal.login, portal.valid = Reply(body={"token": token}), f"Bearer {token}"
        portal.stats = {"solar_yield_forecast": hours(900.0)}
        config = VrmForecast(url=stand.url + "/v2", user=USER, password=PASSWORD, site_id=SITE)
        assert VrmForecastFetcher(config)(NOW)[0].pv_w == 900
    assert stand.asked[0].json == {"username": USER, "password": PASSWORD}


@pytest.mark.parametrize(
    "stats", [False, None, [], {}, {"solar_yield_forecast": False}, {"solar_yield_forecast": [[1]]}]
)
def test_a_portal_without_a_forecast_says_what_it_needs(through: str, stats: Any) -> None:
    with vrm_standin() as (portal, stand):
        portal.stats = stats
        config = VrmForecast(url=stand.url + "/v2", token=TOKEN, site_id=SITE)
        with pytest.raises(SourceError, match="30 days"):
            VrmForecastFetcher(config)(NOW)


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_busy_portal_is_asked_once(through: str, status: int) -> None:
    with vrm_standin() as (portal, stand):
        portal.replies["stats"] = [Reply(status, b"", {"Retry-After": "100"})] * 5
        config = VrmForecast(url=stand.url + "/v2", token=TOKEN, site_id=SITE)
        with pytest.raises(HttpError) as caught:
            VrmForecastFetcher(config)(NOW)
    assert caught.value.status == status
    assert len(stand.asked) == 1


def test_a_refused_token_is_said_plainly(through: str) -> None:
    with vrm_standin() as (_, stand):
        config = VrmForecast(url=stand.url + "/v2", token="old", site_id=SITE)
        with pytest.raises(SourceError, match="Access tokens"):
            VrmForecastFetcher(config)(NOW)


def test_a_package_that_hangs_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("victron_vrm")
    monkeypatch.setattr(vrm_client, "PACKAGE_LIMIT_S", 0.2)
    with vrm_standin() as (portal, stand):
        portal.replies["stats"] = [Reply(fail="hang")]
        config = VrmForecast(url=stand.url + "/v2", token=TOKEN, site_id=SITE)
        with pytest.raises(HttpError, match="in time"):
            VrmForecastFetcher(config)(NOW)
        stand.ended.set()


def test_the_whole_way_from_configuration_to_forecast(tmp_path: Path) -> None:
    """Factory, thread, service, file: the source as the loop uses it."""
    clock = VirtualClock(NOW.utc_s)
    with standin(lambda _: Reply(body=meteo([800.0, 700.0, 600.0], [20.0] * 3))) as stand:
        source = ForecastSource(OpenMeteo(url=stand.url), home(SOUTH), tmp_path, clock)
        try:
            for _ in range(200):
                try:
                    samples = source.read(clock.now(), 0.1)
                    break
                except SourceError:
                    stand.ended.wait(0.01)
            assert samples.forecast is not None
            assert samples.forecast.origin == "open-meteo"
        finally:
            source.close()
    assert (tmp_path / "forecast-open-meteo.json").exists()
