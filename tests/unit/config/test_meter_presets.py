"""Presets by tables: topic, way through the payload, factor; and what the owner's keys change."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pvopt.config.json_path import MAX_STEPS, parse_path
from pvopt.config.meter_presets import PRESETS, QUANTITIES, Channel, channels
from pvopt.config.meters import Meter, MqttMeters
from pvopt.config.structure import field_types

OWN = Meter(device="NAME")
OBIS = ("1-0:1.7.0", "value"), ("1-0:2.7.0", "value")
TABLE: list[tuple[str, dict[str, Meter], list[tuple[str, str, tuple[str | int, ...]]]]] = [
    (
        "pzem",
        {"load": Meter(device="id_0"), "pv": Meter(device="id_1")},
        [("pv", "smeter/pzem/id_1", ("power",)), ("load", "smeter/pzem/id_0", ("power",))],
    ),
    (
        "linky",
        {},
        [
            ("grid_import", "tic/SINSTS", ()),
            ("grid_export", "tic/SINSTI", ()),
            ("reactive", "tic/ERQT", ()),
        ],
    ),
    ("sma", {}, [("grid_import", "sma", OBIS[0]), ("grid_export", "sma", OBIS[1])]),
    (
        "shelly",
        {"grid": OWN, "grid_l3": OWN, "pv": OWN},
        [
            ("grid", "NAME/status/em:0", ("total_act_power",)),
            ("grid_l3", "NAME/status/em:0", ("c_act_power",)),
            ("pv", "NAME/status/em1:0", ("act_power",)),
        ],
    ),
    (
        "shelly_gen1",
        {"grid_l1": OWN, "grid_l2": OWN, "pv": OWN},
        [
            ("grid_l1", "shellies/NAME/emeter/0/power", ()),
            ("grid_l2", "shellies/NAME/emeter/1/power", ()),
            ("pv", "shellies/NAME/emeter/1/power", ()),
        ],
    ),
    (
        "tasmota",
        {"grid": OWN, "pv": OWN},
        [
            ("grid", "tele/NAME/SENSOR", ("SML", "Power_curr")),
            ("pv", "tele/NAME/SENSOR", ("ENERGY", "Power")),
        ],
    ),
    ("zigbee2mqtt", {"grid": OWN}, [("grid", "zigbee2mqtt/NAME", ("power",))]),
]
AGES = {"sma": 8.0, "shelly_gen1": 40.0}


def source(preset: str | None, **more: Any) -> MqttMeters:
    return MqttMeters(preset=preset, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(("preset", "sections", "wanted"), TABLE, ids=[row[0] for row in TABLE])
def test_what_a_preset_means(
    preset: str, sections: dict[str, Meter], wanted: list[tuple[str, str, tuple[str | int, ...]]]
) -> None:
    found = channels(source(preset, **sections))
    assert [(one.quantity, one.topic, one.path) for one in found] == wanted
    assert {one.factor for one in found} == {1.0}
    assert {one.allowed_age_s for one in found} == {AGES.get(preset, 30.0)}
    assert all(one.apparent == (one.topic in {"tic/SINSTS", "tic/SINSTI"}) for one in found)


def test_every_preset_is_in_the_table_and_can_be_written() -> None:
    words = {
        name for part in get_args(field_types(MqttMeters)["preset"]) for name in get_args(part)
    }
    assert {row[0] for row in TABLE} == set(PRESETS) == words


def test_every_quantity_is_a_key() -> None:
    keys = [one for one, kind in field_types(MqttMeters).items() if Meter in get_args(kind)]
    assert sorted(keys) == sorted(QUANTITIES)


def test_explicit_keys_win() -> None:
    own = Meter(topic="z2m/x", json="w", unit="kW", scale=2.0, allowed_age_s=5.0, positive="export")
    (found,) = channels(source("zigbee2mqtt", grid=own))
    assert found == Channel("grid", "z2m/x", ("w",), -2000.0, 5.0)
    (plain,) = channels(source("zigbee2mqtt", grid=Meter(device="a", json="")))
    assert plain.path == ()
    (kept,) = channels(source("zigbee2mqtt", grid=Meter(topic="z2m/x")))
    assert kept.path == ("power",)


def test_who_writes_the_grid_does_not_get_the_presets() -> None:
    found = channels(source("linky", grid=Meter(topic="g")))
    assert [one.quantity for one in found] == ["grid"]


def test_ages() -> None:
    grid, soc = channels(source(None, grid=Meter(topic="g"), soc=Meter(topic="s")))
    assert (grid.allowed_age_s, soc.allowed_age_s) == (8.0, 120.0)
    grid, soc = channels(
        source(None, allowed_age_s=200.0, grid=Meter(topic="g"), soc=Meter(topic="s"))
    )
    assert (grid.allowed_age_s, soc.allowed_age_s) == (200.0, 200.0)


@pytest.mark.parametrize(
    ("quantity", "word", "sign"),
    [
        ("grid", "import", 1.0),
        ("grid", "export", -1.0),
        ("grid_l2", "export", -1.0),
        ("battery", "charging", 1.0),
        ("battery", "discharging", -1.0),
        ("battery", None, 1.0),
    ],
)
def test_signs(quantity: str, word: Any, sign: float) -> None:
    (found,) = channels(source(None, **{quantity: Meter(topic="t", positive=word)}))
    assert found.factor == sign


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("", ()),
        ("power", ("power",)),
        ("ENERGY.Power", ("ENERGY", "Power")),
        ("phases[0].w", ("phases", 0, "w")),
        ("[2][3]", (2, 3)),
        ('"1-0:1.7.0".value', ("1-0:1.7.0", "value")),
        ('a."b c"[0]."d.e"', ("a", "b c", 0, "d.e")),
        ("1-0:1", ("1-0:1",)),
        ("ä.ß", ("ä", "ß")),
    ],
)
def test_paths(text: str, steps: tuple[str | int, ...]) -> None:
    assert parse_path(text) == steps


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (".a", "a name is missing"),
        ("a.", "ends with a dot"),
        ("a..b", "a name is missing"),
        ("a b", "a dot is missing"),
        ('"a', "no end"),
        ('""', "no end or is empty"),
        ('"a"b', "a dot is missing"),
        ("a.[0]", "without a dot"),
        ("a[x]", "counts from 0"),
        ("a[-1]", "counts from 0"),
        (".".join("a" * (MAX_STEPS + 1)), "more than 16 steps"),
    ],
)
def test_paths_that_are_none(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        parse_path(text)


NAMES = st.text(st.characters(exclude_characters='"', exclude_categories=["Cs"]), min_size=1)


@given(st.lists(st.one_of(NAMES, st.integers(0, 9999)), max_size=MAX_STEPS))
def test_every_way_can_be_written(steps: list[str | int]) -> None:
    written = ""
    for step in steps:
        if isinstance(step, int):
            written += f"[{step}]"
        else:
            written += f'.{chr(34)}{step}"' if written else f'"{step}"'
    assert parse_path(written) == tuple(steps)


@given(st.text(max_size=40))
def test_no_text_is_worse_than_a_value_error(text: str) -> None:
    try:
        parse_path(text)
    except ValueError as wrong:
        assert str(wrong)
