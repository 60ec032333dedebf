"""Meters by MQTT as a site: sums, signs, ages; silence and rubbish turn it off, once told."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pvopt.config.meters import Meter, MqttMeters
from pvopt.errors import SourceError
from pvopt.model import MISSING, Instant, Site
from pvopt.sources.mqtt_meters import MqttMetersSource
from tests.mqtt_hand import HandLink


def at(mono_s: float) -> Instant:
    return Instant(mono_s, 4e9 + mono_s)


class Rig:
    """A source of quantities that are topics of the same name, and a hand that fills them."""

    def __init__(self, *plain: str, **settings: Any) -> None:
        sections: dict[str, Any] = {name: Meter(topic=name) for name in plain}
        self.link = HandLink()
        self.source = MqttMetersSource(MqttMeters(**sections, **settings), self.link)

    def put(self, at_s: float, **numbers: object) -> Rig:
        for topic, number in numbers.items():
            self.link.put(topic.replace("__", "/"), str(number), at_s)
        return self

    def site(self, mono_s: float) -> Site:
        site = self.source.read(at(mono_s), 0.1).site
        assert site is not None
        return site

    def fault(self, mono_s: float) -> str:
        with pytest.raises(SourceError) as caught:
            self.source.read(at(mono_s), 0.1)
        return str(caught.value)


def test_a_whole_home() -> None:
    rig = Rig("grid", "grid_l1", "grid_l2", "grid_l3", "pv", "load", "battery", "soc")
    numbers = {"grid": -400.4, "grid_l1": 100, "grid_l2": -600, "grid_l3": 99.6, "pv": 1500}
    site = rig.put(10.0, **numbers, load=900, battery=200, soc=81.26).site(10.5)
    assert [r.value for r in site.grid_phase_w] == [100.0, -600.0, 100.0]
    assert (site.grid_w.value, site.pv_w.value, site.load_w.value) == (-400.0, 1500.0, 900.0)
    assert (site.battery_w.value, site.soc_pct.value) == (200.0, 81.3)
    assert (site.at_s, site.allowed_age_s, site.origin) == (10.0, 8.0, "meters")
    assert site.feed_in.dc_allowed is None
    assert site.grid_up is None


@pytest.mark.parametrize(
    ("numbers", "grid_w"),
    [
        ({"grid": 5, "load": 900, "pv": 100}, 5),
        ({"grid_l1": 100, "grid_l2": -600, "grid_l3": 50}, -450),
        ({"grid_l1": 100}, 100),
        ({"grid_import": 0, "grid_export": 700}, -700),
        ({"grid_import": 300, "grid_export": 0}, 300),
        ({"load": 900, "pv": 1500}, -600),  # what S0's pair of meters tells
        ({"load": 900, "pv": 1500, "battery": 400}, -200),
        ({"load": 900, "pv": 0, "battery": -900}, 0),
    ],
)
def test_grid_power(numbers: dict[str, float], grid_w: float) -> None:
    site = Rig(*numbers).put(1.0, **numbers).site(1.0)
    assert site.grid_w.value == grid_w


@pytest.mark.parametrize(
    ("numbers", "load_w"),
    [
        ({"grid": -600, "pv": 1500}, 900),
        ({"grid": -600, "pv": 1500, "battery": 400}, 500),
        ({"grid": -600, "pv": 500}, 0),
        ({"grid": -600}, None),
        ({"grid": -600, "battery": 400}, None),
        ({"grid": -600, "pv": 1500, "load": 850}, 850),
    ],
)
def test_the_house_is_what_is_left_over(numbers: dict[str, float], load_w: float | None) -> None:
    assert Rig(*numbers).put(1.0, **numbers).site(1.0).load_w.value == load_w


def test_a_panel_that_draws_at_night_gives_nothing() -> None:
    assert Rig("grid", "pv").put(1.0, grid=3, pv=-4).site(1.0).pv_w.value == 0.0


def test_units_signs_and_scales() -> None:
    rig = Rig(
        grid=Meter(topic="g", unit="kW", positive="export"),
        battery=Meter(topic="b", positive="discharging"),
        pv=Meter(topic="p", scale=0.1),
    )
    site = rig.put(1.0, g="1.2345", b=300, p=15003).site(1.0)
    assert (site.grid_w.value, site.battery_w.value) == (-1234.0, -300.0)
    assert site.pv_w.value == 1500.0


def test_one_message_for_two_numbers() -> None:
    rig = Rig(preset="sma")
    rig.link.put("sma", '{"1-0:1.7.0":{"value":0},"1-0:2.7.0":{"value":512.3}}', 4.0)
    assert rig.site(4.2).grid_w.value == -512.0


def linky(drawn_va: float, fed_va: float, *index: tuple[float, float]) -> float | None:
    """Grid power at 100 s of a meter whose index of reactive energy read so."""
    rig = Rig(preset="linky")
    for varh, at_s in index:
        rig.link.put("tic/ERQT", str(varh), at_s)
        rig.source.describe(at(at_s))  # a look each tick
    rig.link.put("tic/SINSTS", str(drawn_va), 99.0)
    rig.link.put("tic/SINSTI", str(fed_va), 99.5)
    return rig.site(100.0).grid_w.value


def test_a_linky_tells_apparent_power() -> None:
    steps = ((1000.0, 60.0), (1005.0, 90.0))  # 600 var
    assert linky(1000, 0, *steps) == 800.0
    assert linky(0, 1000, *steps) == -800.0
    assert linky(0, 500, *steps) == 0.0
    assert linky(0, 1000) == -1000.0
    assert linky(0, 1000, steps[0]) == -1000.0


def test_an_index_that_is_silent_keeps_nothing_off() -> None:
    rig = Rig(preset="linky").put(200.0, tic__SINSTS=10, tic__SINSTI=0)
    rig.link.put("tic/ERQT", "1000", 1.0)
    assert rig.site(200.0).grid_w.value == 10.0


def test_the_site_is_as_old_as_its_oldest_power() -> None:
    rig = Rig("grid", "pv", "soc").put(10.0, pv=1).put(12.3, grid=2).put(3.0, soc=50)
    site = rig.site(14.0)
    assert site.at_s == 10.0
    assert site.allowed_age_s == 8.0
    assert (site.grid_w.at_s, site.pv_w.at_s, site.soc_pct.at_s) == (12.3, 10.0, 3.0)
    assert site.load_w.at_s == 10.0


def test_the_first_number_that_is_too_old_ends_it() -> None:
    rig = Rig("grid", soc=Meter(topic="soc", allowed_age_s=60.0), allowed_age_s=30.0)
    rig.put(100.0, grid=1, soc=50)
    rig.put(150.0, grid=1)
    assert rig.site(150.0).allowed_age_s == 10.0  # for soc then is 60 s old
    assert rig.site(160.0).at_s == 150.0
    assert "soc (soc) is silent for more than 60 s" in rig.fault(160.1)


@pytest.mark.parametrize(("age_s", "allowed_s"), [(None, 8.0), (2.0, 2.0), (30.0, 30.0)])
def test_a_silent_meter_ends_it_below_and_above(age_s: float | None, allowed_s: float) -> None:
    rig = Rig("load", "pv", allowed_age_s=age_s).put(50.0, load=1, pv=2)
    for now_s in range(50, 50 + int(allowed_s) + 2):
        rig.put(float(now_s), load=1)
    assert rig.site(50.0 + allowed_s).at_s == 50.0
    words = rig.fault(50.0 + allowed_s + 1.0)
    assert words == f"pv (pv) is silent for more than {allowed_s:g} s"
    assert rig.put(100.0, load=1, pv=2).site(100.0).at_s == 100.0


def test_before_anything_has_come() -> None:
    rig = Rig("grid", "pv", "load", "battery")
    words = rig.fault(1.0)
    assert words.startswith("grid (grid): nothing has come yet; ")
    assert words.endswith("; and 1 more")
    rig.link.connected, rig.link.fault = False, "nobody listens at broker:1883"
    assert rig.fault(1.0) == "nobody listens at broker:1883"


def test_a_lost_broker_leaves_what_is_known_to_grow_old() -> None:
    rig = Rig("grid").put(10.0, grid=5)
    assert rig.site(10.0).at_s == 10.0
    rig.link.connected, rig.link.fault = False, "the broker closed the connection"
    assert rig.site(18.0).at_s == 10.0
    assert rig.fault(18.1) == "the broker closed the connection"


def test_a_topic_that_is_refused() -> None:
    rig = Rig("grid")
    rig.link.cells["grid"].refused = True
    assert "the broker does not let us hear it" in rig.fault(1.0)


RUBBISH = ["PZEM_READ_ERROR", "", "nan", "1000001", "-1000001", "1e300", "12 W", "{}", "\x00"]


@pytest.mark.parametrize("payload", RUBBISH)
def test_rubbish_is_no_reading_and_is_told_once(
    payload: str, caplog: pytest.LogCaptureFixture
) -> None:
    rig = Rig("grid").put(10.0, grid=5)
    assert rig.site(10.0).grid_w.value == 5.0
    with caplog.at_level(logging.INFO):
        for now_s in range(11, 19):
            rig.put(float(now_s), grid=payload)
            site = rig.site(float(now_s))
            assert (site.grid_w.value, site.at_s) == (5.0, 10.0)
    assert len(caplog.records) == 1
    assert "source meters: a message of grid (grid)" in caplog.text
    assert "no reading since a message that " in rig.fault(19.0)


def test_other_rubbish_each_second_is_one_fault() -> None:
    rig = Rig("grid", "soc")
    words = set()
    for now_s, payload in enumerate([*RUBBISH, "2000001", "PZEM"], 1):
        rig.put(float(now_s), grid=payload, soc=100 + now_s)
        words.add(rig.fault(float(now_s)))
    assert words == {
        "grid (grid): no reading since a message that is no number; "
        "soc (soc): no reading since a message that says no share of 0 to 100 %"
    }
    rig.put(50.0, grid=5, soc=50).site(50.0)
    rig.put(200.0, grid="nan").put(200.0, grid="1000001")
    assert "says more than a megawatt" in rig.fault(200.0)


def test_rubbish_now_and_then_is_not_told_each_time(caplog: pytest.LogCaptureFixture) -> None:
    rig = Rig("grid")
    with caplog.at_level(logging.INFO):
        for now_s in range(0, 599):
            rig.put(float(now_s), grid="x" if now_s % 5 == 0 else 7)
            rig.source.describe(at(float(now_s)))
        assert len(caplog.records) == 1
        rig.put(600.0, grid="x").source.describe(at(600.0))
    assert len(caplog.records) == 2


@pytest.mark.parametrize(("shown", "good"), [(1_000_000, True), (1_000_001, False)])
def test_no_home_draws_more_than_a_megawatt(shown: int, good: bool) -> None:
    rig = Rig("grid").put(1.0, grid=shown)
    assert rig.source.describe(at(1.0))[0].fault == ("" if good else "says 1e+06 W")


@pytest.mark.parametrize(("shown", "good"), [(0, True), (100, True), (-0.1, False), (101, False)])
def test_charge_is_a_percentage(shown: float, good: bool) -> None:
    rig = Rig("grid", "soc").put(1.0, grid=1, soc=shown)
    assert (rig.source.describe(at(1.0))[1].fault == "") == good


class TestKeptByTheBroker:
    """A retained message is of an unknown age."""

    def test_it_does_not_count(self) -> None:
        rig = Rig("grid")
        rig.link.put("grid", "-2000", 10.0, retained=True)
        assert "nothing has come yet" in rig.fault(10.0)
        assert rig.source.describe(at(10.0))[0].kept
        rig.put(11.0, grid=-100)
        assert rig.site(11.0).grid_w.value == -100.0

    def test_after_a_new_connect_the_living_one_goes_on_to_count(self) -> None:
        rig = Rig("grid").put(10.0, grid=-100)
        rig.link.put("grid", "-2000", 12.0, retained=True)
        site = rig.site(12.0)
        assert (site.grid_w.value, site.at_s) == (-100.0, 10.0)

    def test_where_it_may_count_it_does_so_once(self) -> None:
        rig = Rig("grid", retained="use")
        for now_s in (10.0, 14.0, 18.0):  # a broker that restarts again and again
            rig.link.put("grid", "-2000", now_s, retained=True)
            assert rig.site(now_s).at_s == 10.0
        rig.link.put("grid", "-2000", 19.0, retained=True)
        assert "silent" in rig.fault(19.0)
        rig.put(20.0, grid=-2000)
        assert rig.site(20.0).at_s == 20.0
        rig.link.put("grid", "-2000", 25.0, retained=True)
        assert rig.site(25.0).at_s == 20.0

    def test_it_never_takes_the_place_of_a_living_one(self) -> None:
        rig = Rig("grid", retained="use")
        rig.link.put("grid", "-3000", 0.0, retained=True)
        assert rig.site(0.0).grid_w.value == -3000.0
        for now_s in (1.0, 3.0):  # a connection that breaks again and again
            rig.put(now_s, grid=200 + now_s)
            assert rig.site(now_s).grid_w.value == 200.0 + now_s
            rig.link.put("grid", "-3000", now_s + 1.0, retained=True)
            site = rig.site(now_s + 1.0)
            assert (site.grid_w.value, site.at_s) == (200.0 + now_s, now_s)

    def test_another_number_is_news(self) -> None:
        rig = Rig("grid", retained="use")
        rig.link.put("grid", "-2000", 10.0, retained=True)
        assert rig.site(10.0).at_s == 10.0
        rig.link.put("grid", "-1000", 14.0, retained=True)
        assert (rig.site(14.0).grid_w.value, rig.site(14.0).at_s) == (-1000.0, 14.0)


def test_no_number_is_from_the_future() -> None:
    site = Rig("grid").put(10.37, grid=1).site(10.0)
    assert site.at_s == site.grid_w.at_s == 10.0


def test_what_is_not_configured_is_missing() -> None:
    site = Rig("grid").put(1.0, grid=1).site(1.0)
    assert site.pv_w is site.battery_w is site.soc_pct is site.load_w is MISSING


def test_closing_leaves_the_shared_connection_alone() -> None:
    rig = Rig("grid").put(1.0, grid=1)
    rig.source.close()
    rig.source.close()
    assert rig.site(1.0).grid_w.value == 1.0


EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["load", "pv", "battery", "soc"]),
        st.one_of(st.binary(max_size=8), st.integers(-3000, 3000).map(lambda n: str(n).encode())),
        st.floats(0, 20),
        st.booleans(),
    ),
    max_size=40,
)


@given(EVENTS, st.sampled_from(["ignore", "use"]))
def test_whatever_comes_a_site_is_young_whole_and_not_from_the_future(
    events: list[tuple[str, bytes, float, bool]], retained: str
) -> None:
    rig = Rig("load", "pv", "battery", "soc", retained=retained)
    now_s = 100.0
    heard: set[str] = set()
    for topic, payload, wait_s, kept in events:
        now_s += wait_s
        rig.link.put(topic, payload, now_s, kept)
        heard.add(topic)
        try:
            site = rig.source.read(at(now_s), 0.1).site
        except SourceError as fault:
            assert str(fault)
            continue
        assert site is not None
        assert len(heard) == 4
        assert site.at_s <= now_s <= site.at_s + site.allowed_age_s + 1e-6
        assert site.allowed_age_s <= 8.0 + 1e-6
        for reading in (site.grid_w, site.load_w, site.pv_w, site.battery_w, site.soc_pct):
            assert reading.value is not None
            assert site.at_s <= reading.at_s or reading is site.soc_pct
