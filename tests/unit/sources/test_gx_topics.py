"""The topics that are heard: Victron's own names of what the register table calls by keys."""

from __future__ import annotations

import pytest
from paho.mqtt.client import topic_matches_sub

from pvopt.sources.gx_topics import ALONE, KEYS, filters, number_of
from pvopt.sources.registers import TABLE, Service
from tests.gx_told import rows

PATHS = {(row.service, row.address): row.path.lstrip("/") for row in rows()}
# What comes by MQTT otherwise: the serial is the portal id, the clock the heartbeat.
ELSEWHERE = {"serial", "clock", "firmware"}


def test_every_path_is_that_of_the_register_with_the_same_key() -> None:
    table = {(row.service, row.key): row.address for row in TABLE}
    for service, keys in KEYS.items():
        for path, key in keys.items():
            assert PATHS[service, table[service, key]] == path


def test_every_number_of_the_register_table_is_heard() -> None:
    """Twins of one path, cut to 16 bits or coarser, are heard once: as the widest."""
    heard = {(service, path) for service, keys in KEYS.items() for path in keys}
    for row in TABLE:
        if row.key not in ELSEWHERE:
            assert (row.service, PATHS[row.service, row.address]) in heard
    assert len(heard) == sum(len(set(keys.values())) for keys in KEYS.values())


def test_the_filters_let_every_number_through() -> None:
    asked = filters("abc")
    assert len(asked) == len(set(asked)) < 110
    assert all(one.startswith("N/abc/") and "#" not in one for one in asked)
    for service, keys in KEYS.items():
        instance = 0 if service in ALONE else 279
        for path in keys:
            topic = f"N/abc/{service}/{instance}/{path}"
            assert any(topic_matches_sub(one, topic) for one in asked), topic


@pytest.mark.parametrize(
    ("topic", "found"),
    [
        ("N/abc/system/0/Ac/Grid/L1/Power", (Service.SYSTEM, 0, "grid32_l1")),
        ("N/abc/solarcharger/279/MppOperationMode", (Service.CHARGER, 279, "mpp_mode")),
        ("N/abc/solarcharger/279/Pv/3/P", (Service.CHARGER, 279, "tracker_3")),
        ("N/abc/settings/0/Settings/CGwacs/Hub4Mode", (Service.SETTINGS, 0, "hub4_mode")),
        ("N/abc/system/1/Ac/Grid/L1/Power", None),
        ("N/abc/system/0/Ac/Grid/L4/Power", None),
        ("N/abc/heartbeat", None),
        ("N/abc/platform/0/Firmware/Installed/Version", None),
        ("N/abc/solarcharger/x/MppOperationMode", None),
        ("N/abc/solarcharger/" + "9" * 5000 + "/MppOperationMode", None),
        ("N/abc/solarcharger/٣/MppOperationMode", None),
        ("", None),
    ],
)
def test_whose_number_a_topic_is(topic: str, found: object) -> None:
    assert number_of(topic) == found
