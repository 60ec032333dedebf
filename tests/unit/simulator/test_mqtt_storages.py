"""Simulated storages behind a broker without a broker: what they say when, and how they obey."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pvopt.config.load import load
from pvopt.config.storages import MqttStorage, StorageOutput
from pvopt.show.behind import headline, table
from pvopt.simulator.mqtt_storages import device_of, meter_reading, params_of, templated
from pvopt.simulator.mqtt_wiring import Behind, home_behind
from pvopt.simulator.storage_unit import B2500

EXAMPLES = Path(__file__).parents[3] / "Files/examples"
NOON = 1_782_036_000.0  # 12:00 in Berlin on 2026-06-21


class Heard:
    def __init__(self) -> None:
        self.said: list[tuple[str, bytes, bool]] = []

    def publish(self, topic: str, payload: bytes, retain: bool = False) -> None:
        self.said.append((topic, payload, retain))

    def of(self, topic: str) -> list[bytes]:
        return [payload for where, payload, _ in self.said if where == topic]


class Rig:
    def __init__(self, example: str = "b2500.yaml", start_utc_s: float = NOON) -> None:
        self.wire = Heard()
        self.behind: Behind = home_behind(load(EXAMPLES / example, {}), self.wire, start_utc_s)

    def run(self, seconds: int) -> None:
        for _ in range(seconds):
            self.behind.home.speak()
            self.behind.world.advance(1.0)


def test_a_b2500_says_whole_numbers_every_five_seconds() -> None:
    rig = Rig()
    rig.run(20)
    assert rig.wire.of("b2500/1/power/power") == [b"0"] * 4
    assert rig.wire.of("b2500/2/battery/remaining_percent") == [b"79"] * 4
    kept = [(topic, payload) for topic, payload, retain in rig.wire.said if retain]
    assert kept == [
        ("b2500/1/smartmeter/connected", b"ON"),
        ("b2500/2/smartmeter/connected", b"ON"),
    ]


def test_a_number_stands_and_is_added_again_and_again() -> None:
    """As long as +100 stands on its topic it gives more and more, up to all that it can."""
    rig = Rig()
    rig.behind.home.obey("sma/net_power/1", b"100")
    rig.run(120)
    given = [int(payload) for payload in rig.wire.of("b2500/1/power/power")]
    assert given == sorted(given)
    assert given[-1] == B2500.max_discharge_w
    assert set(rig.wire.of("b2500/2/power/power")) == {b"0"}
    rig.behind.home.obey("sma/net_power/1", b"-400")
    rig.run(60)
    assert rig.wire.of("b2500/1/power/power")[-1] == b"0"


def test_what_it_gives_the_meter_does_not_see() -> None:
    rig = Rig(start_utc_s=NOON + 10 * 3600.0)
    rig.run(5)

    def net_w() -> float:
        said = json.loads(rig.wire.of("sma")[-1])
        return float(said["1-0:1.7.0"]["value"] - said["1-0:2.7.0"]["value"])

    before_w = net_w()
    rig.behind.home.obey("sma/net_power/1", b"300")
    rig.run(11)
    given_w = float(rig.wire.of("b2500/1/power/power")[-1])
    assert given_w >= 170.0
    assert net_w() == pytest.approx(before_w - given_w, abs=40.0)


def test_its_own_panels_fill_it_and_the_house_has_none() -> None:
    rig = Rig()
    rig.run(600)
    unit = rig.behind.home.storages[0].unit
    assert unit.solar_wh > 20.0
    assert unit.state.soc_pct > 85.0
    assert rig.behind.world.totals.pv_wh == 0.0


def test_one_that_is_away_says_so_once_and_nothing_else() -> None:
    rig = Rig()
    rig.run(6)
    rig.behind.home.storages[0].unit.alive = False
    rig.wire.said.clear()
    rig.run(20)
    assert rig.wire.of("b2500/1/smartmeter/connected") == [b"OFF"]
    assert rig.wire.of("b2500/1/power/power") == []
    assert len(rig.wire.of("b2500/2/power/power")) == 4
    rig.behind.home.storages[0].unit.alive = True
    rig.run(6)
    assert rig.wire.of("b2500/1/smartmeter/connected")[-1] == b"ON"
    assert rig.wire.of("b2500/1/power/power")


@pytest.mark.parametrize(
    ("payload", "watts"),
    [(b"50", -50.0), (b"-12", 12.0), (b" 3.5 ", -3.5), (b"", None), (b"x", None), (b"1e9", None)],
)
def test_what_stands_for_a_meters_number(payload: bytes, watts: float | None) -> None:
    assert meter_reading(payload) == watts


def test_rubbish_moves_nothing() -> None:
    rig = Rig()
    rig.behind.home.obey("sma/net_power/1", b"full power!")
    rig.run(30)
    assert rig.behind.home.strange == 1
    assert rig.wire.of("b2500/1/power/power")[-1] == b"0"


def test_a_storage_of_the_owners_own() -> None:
    rig = Rig("storages.yaml")
    rig.behind.home.obey("cellar/set", b'{"watts": -500}')
    rig.run(30)
    said = json.loads(rig.wire.of("cellar/state")[-1])
    assert said == {"power": 500.0, "soc": pytest.approx(79.0, abs=0.2), "online": True}
    rig.behind.home.obey("cellar/set", b'{"watts": 1200}')
    rig.run(30)
    assert json.loads(rig.wire.of("cellar/state")[-1])["power"] == -1200.0


@pytest.mark.parametrize(
    ("payload", "watts"),
    [(b"[50]", -50.0), (b"[-7.5]", 7.5), (b"[x]", None), (b"50", None), (b"[]", None)],
)
def test_a_payload_of_ones_own_is_read_back(payload: bytes, watts: float | None) -> None:
    assert templated(payload, "[{watts}]", -1.0) == watts


def test_limits_are_the_makers_not_the_owners_belief() -> None:
    one = MqttStorage(id="one", preset="b2500", device="1", max_discharge_w=400.0)
    assert params_of(one) == B2500
    other = MqttStorage(
        id="two", max_discharge_w=300.0, output=StorageOutput(topic="x", send="adjustment")
    )
    assert (params_of(other).max_discharge_w, params_of(other).adjusts) == (300.0, True)
    assert device_of(other, 99).unit.state.soc_pct == 20.0


def test_the_table_counts_what_each_gave() -> None:
    rig = Rig(start_utc_s=NOON + 10 * 3600.0)
    rig.behind.home.obey("sma/net_power/1", b"200")
    rig.run(900)
    lines = table(rig.behind)
    assert any(line.startswith("storage-1 ") and "100.0 %" in line for line in lines), lines
    assert any(line.startswith("storage-2 ") and "0.00" in line for line in lines)
    assert "  obeys    sma/net_power/2 (storage-2)" in headline(rig.behind)
