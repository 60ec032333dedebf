"""What devices say and understand, byte for byte."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pvopt.simulator.mqtt_payloads import (
    PZEM_ERROR,
    Asked,
    percent_of_vload,
    pzem_status,
    scr_temperature,
    switch_of_domoticz,
    switch_of_shelly,
    switch_of_word,
    switch_of_zigbee2mqtt,
    vload_status,
    whole,
)

ON, OFF = Asked(100.0), Asked(0.0)


def test_a_pzem_says_six_numbers_with_two_places() -> None:
    assert pzem_status(115.3, 12.345) == (
        b'{"voltage": 230.00, "current": 0.50, "power": 115.30, "energy": 12.35, '
        b'"frequency": 50.00, "powerfactor": 1.00}'
    )
    assert json.loads(pzem_status(-40.0, 0.0))["power"] == 0.0


def test_a_failed_read_is_no_json() -> None:
    assert PZEM_ERROR == b'{ "PZEM_READ_ERROR" } '
    with pytest.raises(ValueError, match="delimiter"):
        json.loads(PZEM_ERROR)


def test_a_variator_and_a_linky_and_a_sensor() -> None:
    assert vload_status(42.5, 1150.0) == b'{"percent": 42.50, "power": 1150.00}'
    assert [whole(w) for w in (1234.4, 1234.6, 0.0)] == [b"1234", b"1235", b"0"]
    assert scr_temperature(48.3) == b"48.31"


@pytest.mark.parametrize(
    ("payload", "asked"),
    [
        (b"0", OFF),
        (b"42.5", Asked(42.5)),
        (b"100", ON),
        (b"100.0", ON),
        (b"100.01", None),
        (b"-1", None),
        (b"999", None),  # a special command
        (b" 7 %", Asked(7.0)),  # as toFloat reads it
        (b"4.2e1", Asked(42.0)),
        (b"", OFF),
        (b"ON", OFF),
        (b"nan", OFF),
        (b"\xff\x00", OFF),
    ],
)
def test_percent(payload: bytes, asked: Asked | None) -> None:
    assert percent_of_vload(payload) == asked


@pytest.mark.parametrize(
    ("payload", "asked"),
    [
        (b"1", ON),
        (b"on", ON),
        (b"ON", ON),
        (b"true", ON),
        (b"0", OFF),
        (b"Off", OFF),
        (b"false", OFF),
        (b"", None),
        (b"2", None),
        (b"\xff", None),
    ],
)
def test_a_plug_of_one_word(payload: bytes, asked: Asked | None) -> None:
    assert switch_of_word(payload) == asked


@pytest.mark.parametrize(
    ("payload", "asked"),
    [
        (b'{"command": "switchlight", "idx": 359, "switchcmd": "On" }', ON),
        (b'{"command": "switchlight", "idx": 359, "switchcmd": "Off" }', OFF),
        (b'{"command":"switchlight","idx":359,"switchcmd":"Set Level","level":30}', Asked(30.0)),
        (b'{"command": "switchlight", "idx": 360, "switchcmd": "On" }', None),
        (b'{"command": "switchlight", "idx": "359", "switchcmd": "On" }', None),
        (b'{"command": "switchlight", "idx": 359, "switchcmd": "on" }', None),
        (b'{"command": "switchlight", "idx": 359, "switchcmd": "Set Level", "level": 101}', None),
        (b'{"command": "switchlight", "idx": 359, "switchcmd": ["On"]}', None),
        (b'{"idx": 359, "nvalue": 0, "svalue": "120"}', None),  # a value, on the same topic
        (b'{ "idx": 651, "nvalue": 0, "svalue": "120"}', None),
        (b"[1]", None),
        (b"On", None),
    ],
)
def test_domoticz(payload: bytes, asked: Asked | None) -> None:
    assert switch_of_domoticz(payload, 359) == asked


@pytest.mark.parametrize(
    ("payload", "asked"),
    [
        (b'{"id": 1, "src": "p", "method": "Switch.Set", "params": {"id": 0, "on": true}}', ON),
        (b'{"id": 1, "src": "p", "method": "Switch.Set", "params": {"id": 0, "on": false}}', OFF),
        (
            b'{"id":1,"src":"p","method":"Switch.Set","params":{"id":0,"on":true,"toggle_after":180}}',
            Asked(100.0, 180.0),
        ),
        (b'{"id": 1, "method": "Switch.Set", "params": {"id": 1, "on": true}}', None),
        (b'{"id": 1, "method": "Switch.Toggle", "params": {"id": 0}}', None),
        (b'{"id": 1, "method": "Switch.Set", "params": {"id": 0, "on": 1}}', None),
        (b'{"method": "Switch.Set", "params": {"id":0,"on":true,"toggle_after":"9"}}', None),
        (b'{"method": "Switch.Set"}', None),
        (b"on", None),
    ],
)
def test_shelly(payload: bytes, asked: Asked | None) -> None:
    assert switch_of_shelly(payload) == asked


@pytest.mark.parametrize(
    ("payload", "asked"),
    [
        (b'{"state": "ON"}', ON),
        (b'{"state": "OFF", "on_time": 180}', OFF),
        (b'{"state": "ON", "on_time": 180}', Asked(100.0, 180.0)),
        (b"OFF", OFF),
        (b'{"state": 7}', None),
        (b'{"brightness": 7}', None),
    ],
)
def test_zigbee2mqtt(payload: bytes, asked: Asked | None) -> None:
    assert switch_of_zigbee2mqtt(payload) == asked


@given(st.binary(max_size=80))
def test_rubbish_never_hurts_a_device(payload: bytes) -> None:
    asked = [
        percent_of_vload(payload),
        switch_of_word(payload),
        switch_of_domoticz(payload, 1),
        switch_of_shelly(payload),
        switch_of_zigbee2mqtt(payload),
    ]
    for one in asked:
        assert one is None or (0.0 <= one.percent <= 100.0 and one.lasts_s <= math.inf)
