"""Storages are wired: heard, told, left alone in a demonstration, harmless when all else fails."""

from __future__ import annotations

from pathlib import Path

import attrs
import pytest

from pvopt.act.dry import DryActuator
from pvopt.act.mqtt_storage import MqttStorageActuator
from pvopt.act.off_plan import off_plan_of
from pvopt.build import build
from pvopt.config.load import load_text
from pvopt.config.salvage import salvage
from pvopt.config.schema import Config
from pvopt.config.service import State
from pvopt.model import StorageView
from pvopt.settings_of import settings_of
from pvopt.sources.mqtt_storages import MqttStorageSource

TEXT = """
version: 1
site: {name: here, latitude: 50, longitude: 14, feed_in: allowed}
mqtt: {host: 127.0.0.1, port: 9}
sources:
  - {kind: mqtt_meters, preset: sma}
storages:
  - {id: one, preset: b2500, device: '1', max_discharge_w: 400}
  - id: two
    max_discharge_w: 800
    max_charge_w: 800
    meter: {topic: two/w}
    soc: {topic: two/soc}
    output: {topic: two/set, retain: true}
"""
LOADS = "loads:\n  - {id: plug, max_w: 100, output: {kind: mqtt, topic: plug/set}, drive: on_off}\n"
DEMO = "gpio: {factory: mock}\ndemo:\n"
GX = "  - {kind: gx_modbus, host: 127.0.0.1}\n"


@pytest.fixture
def config(tmp_path: Path) -> Config:
    made = load_text(TEXT + LOADS, "test.yaml", {})
    return attrs.evolve(made, state=State(folder=str(tmp_path)))


def test_storages_are_heard_and_told(config: Config) -> None:
    built = build(config)
    try:
        tick = built.loop.tick()
        kinds = [type(one) for one in built.loop._storages]
        heard = [slot.source for slot in built.loop._collector._slots]  # type: ignore[attr-defined]
    finally:
        built.close()
    assert kinds == [MqttStorageActuator, MqttStorageActuator]
    assert [type(one) for one in heard].count(MqttStorageSource) == 2
    assert tick is not None
    assert tick.snapshot.storages == (StorageView("one"), StorageView("two"))
    assert [outcome.target for outcome in tick.storage_outcomes] == ["one", "two"]
    assert [outcome.target for outcome in tick.outcomes] == ["plug"]


def test_a_dry_run_hears_and_says_nothing(config: Config) -> None:
    built = build(config, dry_run=True)
    try:
        assert [type(one) for one in built.loop._storages] == [DryActuator, DryActuator]
        assert built.loop.tick() is not None
    finally:
        built.close()


def test_in_a_demonstration_nothing_real_is_heard_or_told(tmp_path: Path) -> None:
    text = TEXT.replace("sources:\n", f"sources:\n{GX}") + LOADS + DEMO
    config = attrs.evolve(
        load_text(text, "demo.yaml", {}), sources=load_text(text, "demo.yaml", {}).sources[:1]
    )
    built = build(attrs.evolve(config, state=State(folder=str(tmp_path))))
    try:
        assert [type(one) for one in built.loop._storages] == [DryActuator, DryActuator]
        assert built.off_plan.messages == ()
        assert built.off_plan.broker is None
        assert built.loop.tick() is not None
    finally:
        built.close()


def test_the_second_path_knows_what_is_harmless(config: Config) -> None:
    plan = off_plan_of(config)
    assert plan.broker is not None
    said = [(one.load, one.topic, one.payload, one.retain) for one in plan.messages]
    assert said == [
        ("plug", "plug/set", "OFF", False),
        ("one", "sma/net_power/1", "-400", True),
        ("two", "two/set", "0", True),
    ]


def test_out_of_a_faulty_file_too() -> None:
    found = salvage(TEXT.replace("latitude: 50", "latitude: 500"), "c.yaml", {})
    assert [one.id for one in found.storages] == ["one", "two"]
    assert found.mqtt is not None
    assert found.says
    broken = salvage(TEXT.replace("device: '1', ", ""), "c.yaml", {})
    assert [one.id for one in broken.storages] == ["two"]
    assert broken.unread


def test_the_settings_hold_them(config: Config) -> None:
    assert [one.id for one in settings_of(config).split.storages] == ["one", "two"]
    alone = settings_of(load_text(TEXT, "test.yaml", {}))
    assert (alone.loads, len(alone.split.storages)) == ((), 2)
