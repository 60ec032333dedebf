"""The doctor's words about a GX that publishes: what it tells, why it does not, what to do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pvopt.checks import gx_mqtt
from pvopt.checks.row import Row
from pvopt.clock import Deadline
from pvopt.config.sources import GxMqtt
from pvopt.model import Instant
from tests.gx_mqtt_rig import GxMqttRig
from tests.mqtt_gx import PORTAL


class Still:
    """A clock that shows what the rig's does."""

    def __init__(self, rig: GxMqttRig) -> None:
        self._rig = rig

    def now(self) -> Instant:
        return self._rig.instant

    def wait_until(self, mono_s: float) -> None:
        raise AssertionError("nobody waits on this clock")


def looked(rig: GxMqttRig, alone: bool = True, **keys: Any) -> list[Row]:
    config = GxMqtt(host="venus.local", **keys)
    heard = gx_mqtt.listen(rig.source, config, Still(rig), Deadline(0.0))
    return list(gx_mqtt.rows(heard, alone))


@pytest.fixture
def rig(tmp_path: Path) -> GxMqttRig:
    return GxMqttRig(tmp_path)


def test_all_is_well(rig: GxMqttRig) -> None:
    rig.samples()
    assert [str(row) for row in looked(rig)] == [
        f"OK   gx: venus.local:1883 tells its numbers by MQTT, without TLS; portal id {PORTAL}",
        "OK   gx: firmware v3.70",
        "OK   gx: found, with VRM instance: battery 512, grid meter 30, solar charger 279, "
        "temperature sensor 24, inverter 276",
        "OK   gx: the grid is measured by its own meter",
        "OK   gx: 1 of 1 of the panels' devices say whether they are held back; held back now: "
        "solar charger 279",
    ]


def test_a_lost_meter_and_no_chargers(rig: GxMqttRig) -> None:
    rig.samples()
    for device in (("grid", 30), ("solarcharger", 226)):
        rig.devices.unplug(*device)
    rig.tell()
    levels = [(str(row.level), row.text) for row in looked(rig, tls=True)]
    assert "over TLS" in levels[0][1]
    assert levels[3][0] == "FAIL"
    assert "has lost its grid meter" in levels[3][1]
    assert levels[4][0] == "WARN"
    assert "hidden surplus cannot be seen" in levels[4][1]


@pytest.mark.parametrize(("alone", "level"), [(True, "FAIL"), (False, "WARN")])
@pytest.mark.parametrize(
    ("fault", "keys", "todo"),
    [
        ("nobody listens at venus.local:1883", {}, "MQTT access"),
        ("nobody listens at venus.local:1883", {"tls": True}, "`tls` and `ca_file`"),
        ("the broker venus.local:1883 refuses user or password", {}, "security profile password"),
        ("the certificate of venus.local:8883 is not trusted: x", {"tls": True}, "`ca_file`"),
    ],
)
def test_no_connection(
    rig: GxMqttRig,
    monkeypatch: pytest.MonkeyPatch,
    alone: bool,
    level: str,
    fault: str,
    keys: dict[str, Any],
    todo: str,
) -> None:
    monkeypatch.setattr(gx_mqtt, "PATIENCE_S", 0.0)
    rig.link.lose(fault)
    (row,) = looked(rig, alone, **keys)
    assert (str(row.level), row.text) == (level, fault)
    assert todo in row.todo


def test_a_broker_without_a_gx(rig: GxMqttRig) -> None:
    for cell in rig.link.cells.values():
        cell._latest.clear()
    (row,) = looked(rig)
    assert "has not told the portal id of a GX" in row.text
    assert "is that the GX's own broker? Else write portal_id" in row.todo


def test_a_broker_with_several(rig: GxMqttRig) -> None:
    rig.link.arrive("N/aaaabbbbcccc/system/0/Serial", '{"value": "x"}', retained=True)
    (row,) = looked(rig)
    assert "speaks for several GX" in row.text
    assert row.todo == "write it into sources[gx]"


def test_a_gx_that_does_not_tell_all(tmp_path: Path) -> None:
    rig = GxMqttRig(tmp_path, portal_id="abc")
    (row,) = looked(rig, portal_id="abc")
    assert "has not told all numbers yet" in row.text
    assert "firmware v3.20 or newer" in row.todo
    assert "`portal_id` letter by letter" in row.todo


def test_a_gx_without_its_numbers(rig: GxMqttRig) -> None:
    rig.samples()
    rig.tell(system_0_Ac_Grid_L1_Power=None)
    (row,) = looked(rig)
    assert row.text == "the GX did not give its grid power"
    assert "the GX's own display" in row.todo
