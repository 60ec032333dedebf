"""What every source must do, whatever it reads: one suite, run over each kind.

A kind joins by a function that yields a ``Subject`` and a row in ``KINDS``. ``fail`` takes its
origin away, ``mend`` brings it back; None where a kind has nothing that can fail. What a kind
offers (a site, a forecast) decides which laws it is held to.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import pytest

from pvopt.clock import Deadline
from pvopt.config.meters import LoadMeter, Meter, MqttMeters
from pvopt.config.service import Demo
from pvopt.config.site import Plane
from pvopt.config.site import Site as SiteConfig
from pvopt.config.sources import OpenMeteo, Vrm
from pvopt.config.storages import MqttStorage
from pvopt.config.temperatures import MqttTemperature, W1Temperature
from pvopt.errors import SourceError
from pvopt.model import Forecast, Instant, Reading, Samples, Site
from pvopt.ports import Source
from pvopt.simulator.adapters import SimSource
from pvopt.simulator.world import demo_world
from pvopt.sources.forecast import ForecastSource
from pvopt.sources.load_meter import LoadMeterSource
from pvopt.sources.mqtt_meters import MqttMetersSource
from pvopt.sources.mqtt_storages import MqttStorageSource
from pvopt.sources.mqtt_temperature import MqttTemperatureSource
from pvopt.sources.victron_vrm import VrmSource
from pvopt.sources.w1 import W1Source
from tests.gx_mqtt_rig import GxMqttRig
from tests.gx_rig import BUDGET_S, SLACK, GxRig
from tests.http_standin import Reply, standin
from tests.mqtt_hand import HandLink
from tests.vrm_standin import SITE, TOKEN, home, record, vrm_standin
from tests.w1_bus import Bus

# Far ahead of any real date, so that a server's own clock does not matter.
START = Instant(50.0, 4_000_000_050.0)


def later(seconds: float) -> Instant:
    return Instant(START.mono_s + seconds, START.utc_s + seconds)


@dataclass
class Subject:
    """A source at work. ``step``: let the origin, and what fetches from it, go on to an instant.

    ``lasts_s``: its last numbers may be used for so long, should the origin be lost.
    """

    source: Source
    step: Callable[[Instant], object]
    lasts_s: float
    fail: Callable[[], object] | None = None
    mend: Callable[[], object] | None = None


@contextmanager
def gx_modbus(folder: Path) -> Iterator[Subject]:
    with GxRig(folder) as rig:
        yield Subject(rig.source, lambda _: None, 9.0, rig.server.stop, rig.again)


@contextmanager
def gx_mqtt(folder: Path) -> Iterator[Subject]:
    """A GX that publishes; read once before, for the first look only asks."""
    rig = GxMqttRig(folder)

    def step(instant: Instant) -> None:
        rig.now_s = instant.mono_s
        rig.link.at(rig.now_s)
        if rig.link.gx.numbers and not rig.link.gx.dead:
            rig.tell(system_0_Ac_Grid_L1_Power=-350.0 + rig.now_s % 2)
            with contextlib.suppress(SourceError):
                rig.source.read(instant, BUDGET_S)  # a tick before

    def fail() -> None:
        rig.link.gx.dead = True

    def mend() -> None:
        rig.link.gx.dead = False

    yield Subject(rig.source, step, 8.0, fail, mend)


@contextmanager
def simulated(folder: Path) -> Iterator[Subject]:
    world = demo_world(Demo(), SiteConfig(latitude=48.0, longitude=11.0), None)
    yield Subject(SimSource(world), lambda _: world.advance(1.0), 7.0)


class Hands:
    """A clock that stands where the last step put it."""

    def __init__(self) -> None:
        self.instant = START

    def now(self) -> Instant:
        return self.instant

    def wait_until(self, mono_s: float) -> None:
        raise AssertionError("nobody waits on this clock")


BALANCED = record("system/Dc/Battery/Power", 1700, 0, code="bp")


@contextmanager
def vrm(folder: Path) -> Iterator[Subject]:
    """The portal with a log each minute; polled at every step, as its worker would now and then."""
    clock = Hands()
    with vrm_standin() as (portal, stand):
        config = Vrm(url=stand.url + "/v2", token=TOKEN, site_id=SITE)
        source = VrmSource(config, clock, threaded=False)

        def step(instant: Instant) -> None:
            clock.instant = instant
            logged_s = instant.utc_s // 60 * 60
            rows = [r for r in home(logged_s) if r["code"] != "bp"]
            portal.rows = [*rows, {**BALANCED, "timestamp": int(logged_s)}]
            portal.replies = {"diagnostics": [Reply(503)]} if down else {}
            source.worker.run_once()

        down: list[bool] = []
        yield Subject(source, step, 150.0, lambda: down.append(True), down.clear)


@contextmanager
def mqtt_meters(folder: Path) -> Iterator[Subject]:
    """Four meters that speak each second, some tenths apart, until the broker is lost."""
    link = HandLink()
    shown = {"grid": -823.4, "pv": 2100.2, "battery": 350.0, "soc": 98.04}
    sections: dict[str, Any] = {name: Meter(topic=name) for name in shown}
    source = MqttMetersSource(MqttMeters(**sections), link)

    def step(instant: Instant) -> None:
        link.connected = not down
        link.fault = "the broker closed the connection" if down else ""
        for late, (topic, number) in enumerate(shown.items()):
            if not down:
                link.put(topic, f"{number}", instant.mono_s - 0.13 * late)

    down: list[bool] = []
    yield Subject(source, step, 8.0, lambda: down.append(True), down.clear)


def meteo(utc_s: float) -> dict[str, Any]:
    times = [int(utc_s // 3600 * 3600) + 3600 * hour for hour in range(48)]
    return {
        "hourly": {
            "time": times,
            "global_tilted_irradiance": [300.0] * 48,
            "temperature_2m": [20.0] * 48,
        }
    }


@contextmanager
def forecast(folder: Path) -> Iterator[Subject]:
    clock = Hands()
    down: list[bool] = []
    site = SiteConfig(latitude=48.0, longitude=11.0, planes=(Plane(peak_w=4000.0),))
    with standin(lambda _: Reply(503) if down else Reply(body=meteo(clock.instant.utc_s))) as stand:
        source = ForecastSource(OpenMeteo(url=stand.url), site, folder, clock, threaded=False)

        def step(instant: Instant) -> None:
            clock.instant = instant
            source.worker.run_once()

        yield Subject(source, step, 30 * 3600.0, lambda: down.append(True), down.clear)


@contextmanager
def mqtt_temperature(folder: Path) -> Iterator[Subject]:
    """A sensor that speaks each second until the broker is lost."""
    link = HandLink()
    source = MqttTemperatureSource("tank", MqttTemperature(topic="tank"), link)

    def step(instant: Instant) -> None:
        link.connected = not down
        link.fault = "the broker closed the connection" if down else ""
        if not down:
            link.put("tank", "50.5", instant.mono_s - 0.13)

    down: list[bool] = []
    yield Subject(source, step, 330.0, lambda: down.append(True), down.clear)


@contextmanager
def load_meter(folder: Path) -> Iterator[Subject]:
    """A plug's meter that speaks each second until the broker is lost."""
    link = HandLink()
    source = LoadMeterSource("plug-meter", LoadMeter(topic="plug"), link)

    def step(instant: Instant) -> None:
        link.connected = not down
        link.fault = "the broker closed the connection" if down else ""
        if not down:
            link.put("plug", "505", instant.mono_s - 0.13)

    down: list[bool] = []
    yield Subject(source, step, 30.0, lambda: down.append(True), down.clear)


@contextmanager
def mqtt_storage(folder: Path) -> Iterator[Subject]:
    """A storage that speaks each second until the broker is lost."""
    link = HandLink()
    one = MqttStorage(id="one", preset="b2500", device="1", max_discharge_w=400.0)
    source = MqttStorageSource(one, link)

    def step(instant: Instant) -> None:
        link.connected = not down
        link.fault = "the broker closed the connection" if down else ""
        if not down:
            link.put("b2500/1/power/power", "205", instant.mono_s - 0.13)
            link.put("b2500/1/battery/remaining_percent", "85", instant.mono_s - 0.13)

    down: list[bool] = []
    yield Subject(source, step, 300.0, lambda: down.append(True), down.clear)


@contextmanager
def w1(folder: Path) -> Iterator[Subject]:
    """A DS18B20; its worker looks at every step."""
    clock, bus = Hands(), Bus(folder / "devices")
    bus.plug(50.0)
    source = W1Source("tank", W1Temperature(), clock, bus.folder, threaded=False)

    def step(instant: Instant) -> None:
        clock.instant = instant
        source.worker.run_once()

    yield Subject(source, step, 60.0, bus.unplug, lambda: bus.plug(49.0))


def _single(samples: Samples) -> tuple[tuple[str, Reading], ...]:
    """What it says of single loads and storages."""
    stored = [(one.id, one.power_w) for one in samples.storages]
    return (*samples.temperatures, *samples.powers, *stored)


Kind = Callable[[Path], AbstractContextManager[Subject]]
MEASURING: dict[str, Kind] = {
    "gx_modbus": gx_modbus,
    "gx_mqtt": gx_mqtt,
    "vrm": vrm,
    "mqtt_meters": mqtt_meters,
    "simulated": simulated,
}
KINDS: dict[str, Kind] = {
    **MEASURING,
    "forecast": forecast,
    "w1": w1,
    "mqtt_temperature": mqtt_temperature,
    "load_meter": load_meter,
    "mqtt_storage": mqtt_storage,
}


@pytest.fixture(params=KINDS)
def subject(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Subject]:
    with KINDS[request.param](tmp_path) as made:
        yield made


@pytest.fixture(params=MEASURING)
def measuring(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Subject]:
    with MEASURING[request.param](tmp_path) as made:
        yield made


@pytest.fixture
def forecasting(tmp_path: Path) -> Iterator[Subject]:
    with forecast(tmp_path) as made:
        yield made


def looks(
    subject: Subject, count: int, from_s: float = 0.0, every_s: float = 1.0
) -> Iterator[tuple[Instant, Samples]]:
    for tick in range(count):
        instant = later(from_s + tick * every_s)
        subject.step(instant)
        yield instant, subject.source.read(instant, BUDGET_S)


def last_look(subject: Subject, count: int = 3) -> tuple[Instant, Samples]:
    return list(looks(subject, count))[-1]


def readings_of(site: Site) -> list[Reading]:
    found = [getattr(site, f.name) for f in fields(site)]
    single = [part for part in found if isinstance(part, Reading)]
    return [*single, *site.grid_phase_w, *(device.power_w for device in site.pv)]


def site_of(samples: Samples) -> Site:
    assert samples.site is not None
    return samples.site


def test_samples_carry_the_name_of_their_source(subject: Subject) -> None:
    _, samples = last_look(subject)
    assert samples.origin == subject.source.name
    assert samples.site is None or samples.site.origin == samples.origin
    assert samples.forecast is None or samples.forecast.origin == samples.origin


def test_it_brings_something(subject: Subject) -> None:
    _, samples = last_look(subject)
    assert samples.site is not None or samples.forecast is not None or _single(samples)


def test_numbers_are_never_from_the_future(measuring: Subject) -> None:
    for instant, samples in looks(measuring, 12):
        site = site_of(samples)
        assert site.at_s <= instant.mono_s
        times = [r.at_s for r in (*readings_of(site), *(r for _, r in _single(samples)))]
        assert max(times) <= instant.mono_s


def test_a_site_is_fresh_when_it_comes(measuring: Subject) -> None:
    instant, samples = last_look(measuring)
    assert 0 <= instant.mono_s - site_of(samples).at_s <= site_of(samples).allowed_age_s <= 300


def test_numbers_are_finite_and_missing_is_none(measuring: Subject) -> None:
    _, samples = last_look(measuring)
    numbers = [r.value for r in readings_of(site_of(samples))]
    assert all(n is None or (isinstance(n, float) and math.isfinite(n)) for n in numbers)


def test_numbers_are_quantised(measuring: Subject) -> None:
    """1 W, 0.1 V, 0.1 %, 0.1 s: what is recorded is what was decided on."""
    _, samples = last_look(measuring)
    site = site_of(samples)
    watts = [site.grid_w, site.pv_w, site.load_w, site.battery_w, *site.grid_phase_w]
    assert all(r.value is None or r.value == round(r.value) for r in watts)
    assert all(
        r.value is None or r.value == round(r.value, 1) for r in (site.soc_pct, site.battery_v)
    )
    assert site.at_s == round(site.at_s, 1)


def test_signs_and_ranges(measuring: Subject) -> None:
    _, samples = last_look(measuring)
    site = site_of(samples)
    for reading in (site.pv_w, site.load_w, site.inverter_out_w):
        assert reading.value is None or reading.value >= 0
    assert site.soc_pct.value is None or 0 <= site.soc_pct.value <= 100


def test_the_balance_closes_but_for_losses(measuring: Subject) -> None:
    """grid + pv = load + battery; losses and rounding stay below 15 % and 100 W."""
    _, samples = last_look(measuring)
    site = site_of(samples)
    grid_w, pv_w, load_w, battery_w = (
        reading.value for reading in (site.grid_w, site.pv_w, site.load_w, site.battery_w)
    )
    assert grid_w is not None
    assert pv_w is not None
    assert load_w is not None
    assert abs(grid_w + pv_w - load_w - (battery_w or 0.0)) <= 100 + 0.15 * (pv_w + load_w)


def test_reads_keep_their_budget(subject: Subject) -> None:
    for tick in range(5):
        subject.step(later(tick))
        clock = Deadline(1000.0)
        subject.source.read(later(tick), BUDGET_S)
        assert 1000.0 - clock.left_s() < BUDGET_S * SLACK


def newest_s(samples: Samples) -> float:
    """When the samples were valid, on whichever clock they have."""
    if samples.site is not None:
        return samples.site.at_s
    if _single(samples):
        return max(reading.at_s for _, reading in _single(samples))
    assert samples.forecast is not None
    return samples.forecast.issued_utc_s


def test_a_lost_origin_makes_nothing_newer_ends_in_source_error_and_heals(
    subject: Subject,
) -> None:
    if subject.fail is None or subject.mend is None:
        pytest.skip("this kind has nothing that can fail")
    _, before = last_look(subject)
    subject.fail()
    with contextlib.suppress(SourceError):
        for _, samples in looks(subject, 3, 10.0):
            assert newest_s(samples) <= newest_s(before)
    for tick in range(3):
        instant = later(10.0 + subject.lasts_s + tick)
        subject.step(instant)
        clock = Deadline(1000.0)
        with pytest.raises(SourceError) as caught:
            subject.source.read(instant, BUDGET_S)
        assert str(caught.value)
        assert 1000.0 - clock.left_s() < BUDGET_S * SLACK
    subject.mend()
    _, healed = list(looks(subject, 3, 3600.0 + subject.lasts_s))[-1]
    assert newest_s(healed) > newest_s(before)


def forecast_of(samples: Samples) -> Forecast:
    assert samples.forecast is not None
    return samples.forecast


def test_a_forecast_is_one_object_until_it_is_replaced(forecasting: Subject) -> None:
    first, *more = [forecast_of(samples) for _, samples in looks(forecasting, 5)]
    assert all(one is first for one in more)
    day_after = [forecast_of(samples) for _, samples in looks(forecasting, 2, 86_400.0)]
    assert day_after[0] is day_after[1]
    assert day_after[0].issued_utc_s > first.issued_utc_s
    assert day_after[0].id != first.id


def test_points_are_in_order_finite_and_reach_beyond_now(forecasting: Subject) -> None:
    instant, samples = last_look(forecasting)
    points = forecast_of(samples).points
    starts = [point.start_utc_s for point in points]
    assert starts == sorted(set(starts))
    assert starts[0] <= instant.utc_s < starts[-1]
    assert all(math.isfinite(point.pv_w) and point.pv_w >= 0 for point in points)


def test_close_is_idempotent(subject: Subject) -> None:
    last_look(subject)
    subject.source.close()
    subject.source.close()
