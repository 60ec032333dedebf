"""A storage behind a broker: each value in our sign and unit, for as long as it may count."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pvopt.config.storages import MqttStorage, StorageConnected, StorageMeter, StorageSoc
from pvopt.errors import SourceError
from pvopt.model import MISSING, Instant, StorageView
from pvopt.sources.collect import Collector
from pvopt.sources.mqtt_storages import MqttStorageSource
from tests.mqtt_hand import HandLink

POWER, SOC, THERE = (
    "b2500/1/power/power",
    "b2500/1/battery/remaining_percent",
    "b2500/1/smartmeter/connected",
)


def storage(**keys: Any) -> MqttStorage:
    return MqttStorage(id="one", preset="b2500", device="1", max_discharge_w=400.0, **keys)


class Rig:
    def __init__(self, **keys: Any) -> None:
        self.link = HandLink()
        self.source = MqttStorageSource(storage(**keys), self.link)

    def hear(self, at_s: float, watts: str = "200", soc: str = "85") -> None:
        self.link.put(POWER, watts, at_s)
        self.link.put(SOC, soc, at_s)

    def view(self, now_s: float) -> StorageView:
        return self.source.view(Instant(now_s, 0.0))

    def lack(self, now_s: float) -> str:
        try:
            return self.source.read(Instant(now_s, 0.0), 0.0).lack
        except SourceError as nothing:
            return f"nothing: {nothing}"


def test_watts_that_it_gives_are_below_zero_here() -> None:
    rig = Rig()
    rig.hear(10.0)
    rig.link.put(THERE, "ON", 10.0)
    view = rig.view(11.0)
    assert (view.id, view.power_w.value, view.soc_pct.value, view.connected) == (
        "one",
        -200.0,
        85.0,
        True,
    )
    assert view.power_w.at_s == 10.0


def test_before_anything_has_come_nothing_is_known() -> None:
    assert Rig().view(0.0) == StorageView("one", MISSING, MISSING, None)


def test_unit_sign_scale_and_way() -> None:
    rig = Rig(
        meter=StorageMeter(topic="m", json="a.b", unit="kW", positive="charging", scale=0.5),
        soc=StorageSoc(topic="m", json="s", scale=100.0),
    )
    rig.link.put("m", '{"a": {"b": 1.2}, "s": 0.456}', 5.0)
    view = rig.view(5.0)
    assert (view.power_w.value, view.soc_pct.value) == (600.0, 45.6)


@pytest.mark.parametrize(("later_s", "there"), [(30.0, True), (30.2, False)])
def test_watts_count_for_their_allowed_age(later_s: float, there: bool) -> None:
    rig = Rig()
    rig.hear(100.0)
    assert (rig.view(100.0 + later_s).power_w.value is not None) is there
    assert rig.view(100.0 + later_s).soc_pct.value == 85.0  # it has its own


@pytest.mark.parametrize(("later_s", "there"), [(60.0, True), (60.2, False)])
def test_the_charge_has_its_own_age(later_s: float, there: bool) -> None:
    rig = Rig(soc=StorageSoc(allowed_age_s=60.0))
    rig.hear(100.0)
    assert (rig.view(100.0 + later_s).soc_pct.value is not None) is there


NONSENSE = [
    (POWER, "-1e9", "says 1e+09 W"),
    (POWER, "nan", "is no number"),
    (POWER, "on", "is no number"),
    (POWER, b"\xff\xfe", "is no text"),
    (SOC, "400", "says 400 %"),
    (SOC, "-0.1", "says -0.1 %"),
]


@pytest.mark.parametrize(("topic", "payload", "words"), NONSENSE)
def test_nonsense_is_silence_and_is_told_once(
    topic: str, payload: str | bytes, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    rig = Rig(soc=StorageSoc(allowed_age_s=30.0))
    rig.hear(0.0)
    assert rig.lack(0.0) == ""
    for second in range(1, 40):
        if topic == POWER:
            rig.link.put(SOC, "85", second)
        else:
            rig.link.put(POWER, "200", second)
        rig.link.put(topic, payload, float(second))
        view = rig.view(float(second))
        missing = view.power_w if topic == POWER else view.soc_pct
        assert (missing.value is None) == (second > 30), second
    told = [record.getMessage() for record in caplog.records]
    assert len(told) == 1
    assert f"storage one: a message of {topic} {words}" in told[0]
    assert "no reading since a message that" in rig.lack(40.0)


def test_one_slip_among_sound_messages_costs_nothing() -> None:
    rig = Rig()
    rig.hear(0.0)
    rig.view(0.0)
    rig.hear(5.0, watts="-1e9")
    assert rig.view(5.0).power_w.value == -200.0
    rig.hear(10.0, watts="210")
    assert rig.view(10.0).power_w.value == -210.0
    assert rig.lack(11.0) == ""


def test_what_the_broker_kept_is_of_an_unknown_age() -> None:
    rig = Rig()
    rig.link.put(POWER, "200", 0.0, retained=True)
    rig.link.put(SOC, "85", 0.0, retained=True)
    assert rig.view(1.0) == StorageView("one")
    used = Rig(retained="use")
    used.link.put(POWER, "200", 0.0, retained=True)
    assert used.view(1.0).power_w.value == -200.0


def test_whether_it_listens_is_told_at_changes_and_kept() -> None:
    rig = Rig()
    rig.link.put(THERE, "ON", 0.0, retained=True)
    assert rig.view(1e6).connected is True
    rig.link.put(THERE, "OFF", 2e6)
    assert rig.view(2e6).connected is False
    rig.link.put(THERE, "on", 3e6)
    assert rig.view(3e6).connected is True


def test_a_word_of_ones_own_and_its_age() -> None:
    said = StorageConnected(topic="x", json="up", on="true", allowed_age_s=60.0)
    rig = Rig(connected=said)
    rig.link.put("x", '{"up": true}', 0.0)
    assert rig.view(60.0).connected is True
    assert rig.view(60.2).connected is None
    rig.link.put("x", '{"up": false}', 70.0)
    assert rig.view(70.0).connected is False


def test_what_is_missing_stands_in_the_view() -> None:
    rig = Rig()
    rig.hear(0.0)
    rig.lack(0.0)
    assert rig.view(30.0).fault == ""
    assert rig.view(31.0).fault == f"{POWER} is silent for more than 30 s"
    rig.hear(40.0)
    assert rig.view(40.0).fault == ""
    for second in range(41, 80):
        rig.link.put(POWER, "-1e9", float(second))
        rig.view(float(second))
    assert "no reading since a message that says more than 100 kW" in rig.view(80.0).fault


def test_one_that_is_away_and_silent_is_still_known_to_be_away() -> None:
    rig = Rig()
    rig.hear(0.0)
    rig.link.put(THERE, "OFF", 0.0)
    collector = Collector([rig.source], storages=["one"])
    for second in (0, 20, 400):
        view = collector.collect(Instant(float(second), 0.0)).storages[0]
    assert (view.power_w.value, view.connected) == (None, False)
    assert "silent" in view.fault


def test_why_it_is_silent_in_words() -> None:
    rig = Rig()
    assert rig.lack(0.0) == ""  # the first seconds
    silent = f"{POWER}: nothing has come yet; {SOC}: nothing has come yet"
    assert rig.lack(20.0) == f"nothing: {silent}"
    rig.hear(21.0)
    assert rig.lack(22.0) == ""
    rig.link.put(SOC, "85", 60.0)
    assert rig.lack(61.0) == f"{POWER} is silent for more than 30 s"
    rig.link.lose("the broker is away")
    assert rig.lack(62.0) == "the broker is away"


def test_the_collector_hands_all_on_in_their_order(caplog: pytest.LogCaptureFixture) -> None:
    rig = Rig()
    collector = Collector([rig.source], storages=["zero", "one"])
    caplog.set_level(logging.INFO)
    rig.hear(0.0)
    zero, one = collector.collect(Instant(1.0, 0.0)).storages
    assert (zero, one.power_w.value) == (StorageView("zero"), -200.0)
    for second in range(31, 60):
        one = collector.collect(Instant(float(second), 0.0)).storages[1]
    assert (one.power_w.value, one.soc_pct.value) == (None, 85.0)
    rig.hear(60.0)
    health = collector.collect(Instant(60.0, 0.0)).health
    assert [record.getMessage() for record in caplog.records] == [
        f"source one: {POWER} is silent for more than 30 s",
        "source one is back",
    ]
    assert health[0].ok


def test_a_source_that_fails_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    rig = Rig()
    collector = Collector([rig.source], storages=["one"])
    rig.hear(0.0)
    assert collector.collect(Instant(0.0, 0.0)).storages[0].power_w.value == -200.0
    monkeypatch.setattr(MqttStorageSource, "read", lambda *_: 1 / 0)
    found = collector.collect(Instant(1.0, 0.0)).storages
    assert found == (StorageView("one", fault="unexpected ZeroDivisionError"),)


@given(
    st.lists(
        st.tuples(
            st.sampled_from([POWER, SOC, THERE]),
            st.one_of(
                st.binary(max_size=40),
                st.floats().map(lambda number: repr(number).encode()),
                st.sampled_from([b"ON", b"OFF", b"85", b"200", b"{}", b"[1]", b"1e400"]),
            ),
            st.floats(0.0, 400.0),
            st.booleans(),
        ),
        max_size=12,
    )
)
@settings(max_examples=150)
def test_whatever_comes_only_what_can_be_true_is_believed(
    said: list[tuple[str, bytes, float, bool]],
) -> None:
    rig, now_s = Rig(), 0.0
    for topic, payload, passed_s, kept in said:
        rig.link.put(topic, payload, now_s, kept)
        now_s += passed_s
        rig.lack(now_s)
        view = rig.view(now_s)
        watts, soc = view.power_w, view.soc_pct
        assert watts.value is None or (abs(watts.value) <= 100_000.0 and watts.value % 1.0 == 0.0)
        assert soc.value is None or 0.0 <= soc.value <= 100.0
        assert watts.value is None or now_s - watts.at_s <= 30.0
        assert soc.value is None or now_s - soc.at_s <= 300.0
        assert view.connected in (None, True, False)
