"""`check` of storages: what is heard of each, what they would be told, and nothing is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from pvopt.checks.row import Level, Row
from pvopt.checks.storages import rows
from pvopt.clock import Deadline
from pvopt.config.load import load
from pvopt.config.schema import Config
from pvopt.model import Instant
from pvopt.sources.mqtt_storages import MqttStorageSource
from tests.mqtt_hand import HandLink

EXAMPLES = Path(__file__).parents[3] / "Files/examples"


class Still:
    def now(self) -> Instant:
        return Instant(100.0, 0.0)

    def wait_until(self, mono_s: float) -> None:
        """Nobody waits here."""


@pytest.fixture
def link() -> HandLink:
    return HandLink()


@pytest.fixture
def config() -> Config:
    return load(EXAMPLES / "b2500.yaml", {})


def found(config: Config, link: HandLink) -> list[Row]:
    sources = [MqttStorageSource(one, link) for one in config.storages]
    return list(rows(config, sources, Still(), Deadline(0.05)))


def hear(link: HandLink, number: int, watts: str = "200", soc: str = "85") -> None:
    link.put(f"b2500/{number}/power/power", watts, 99.0)
    link.put(f"b2500/{number}/battery/remaining_percent", soc, 99.0)
    link.put(f"b2500/{number}/smartmeter/connected", "ON", 99.0, retained=True)


def test_all_is_well(config: Config, link: HandLink) -> None:
    hear(link, 1)
    hear(link, 2, "0")
    told = (
        "storage-{0}: is told the watts to add to what it gives on sma/net_power/{0}, kept by the "
        "broker; when pvopt ends or vanishes, `-400`; nothing was sent now"
    )
    assert [(row.level, row.text) for row in found(config, link)] == [
        (Level.OK, "storage-1: gives 200 W, 85 % full, connected"),
        (
            Level.OK,
            told.format(1),
        ),
        (Level.OK, "storage-2: gives 0 W, 85 % full, connected"),
        (
            Level.OK,
            told.format(2),
        ),
    ]
    assert link.said == []


def test_a_silent_one_and_nonsense(config: Config, link: HandLink) -> None:
    hear(link, 1, soc="400")
    said = {row.text: row.level for row in found(config, link)}
    assert said["storage-1: gives 200 W, connected"] is Level.WARN
    words = "the last message on b2500/1/battery/remaining_percent says no share of 0 to 100 %"
    assert said[f"storage-1: how full it is: {words}"] is Level.WARN
    assert said["storage-2: silent"] is Level.WARN
    assert said["storage-2: its watts: nothing has come on b2500/2/power/power"] is Level.WARN


def test_one_that_is_not_connected(config: Config, link: HandLink) -> None:
    hear(link, 1)
    link.put("b2500/1/smartmeter/connected", "OFF", 99.5)
    said = {row.text: row.level for row in found(config, link)}
    assert said["storage-1: gives 200 W, 85 % full, NOT connected"] is Level.WARN


def test_without_the_broker_there_is_nothing(config: Config, link: HandLink) -> None:
    link.lose("nobody listens at localhost:1883")
    (row,) = found(config, link)
    assert (row.level, row.text) == (
        Level.FAIL,
        "storage-1, storage-2: nobody listens at localhost:1883",
    )


def test_a_home_without_storages_has_no_rows(link: HandLink) -> None:
    assert found(load(EXAMPLES / "victron.yaml", {}), link) == []
