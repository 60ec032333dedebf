"""A message is a finite number, or words about why it is none; nothing else ever comes of it."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pvopt.config.json_path import Path
from pvopt.sources.payload import PayloadError, number_in

SMA = '{"1-0:1.7.0":{"value":231.4},"1-0:2.7.0":{"value":0}}'
TASMOTA = '{"Time":"2026-06-21T11:00:00","ENERGY":{"Power":42,"Voltage":[230,231]}}'


@pytest.mark.parametrize(
    ("payload", "path", "number"),
    [
        ("231", (), 231.0),
        (" -12.50\n", (), -12.5),
        ("+.5", (), 0.5),
        ("1e3", (), 1000.0),
        ("7.", (), 7.0),
        (SMA, ("1-0:1.7.0", "value"), 231.4),
        (TASMOTA, ("ENERGY", "Power"), 42.0),
        (TASMOTA, ("ENERGY", "Voltage", 1), 231.0),
        ('{"power": "-3.5"}', ("power",), -3.5),
        ("[1, [2, 3]]", (1, 0), 2.0),
    ],
)
def test_numbers(payload: str, path: Path, number: float) -> None:
    assert number_in(payload.encode(), path) == number


@pytest.mark.parametrize(
    ("payload", "path", "words"),
    [
        (b"PZEM_READ_ERROR", (), "is no number: 'PZEM_READ_ERROR'"),
        (b'{"error": "PZEM_READ_ERROR"}', ("power",), "has no `power`"),
        (b"PZEM_READ_ERROR", ("power",), "is no JSON: 'PZEM_READ_ERROR'"),
        (b"", (), "is no number: ''"),
        (b"nan", (), "is no number"),
        (b"inf", (), "is no number"),
        (b"1e999", (), "is no finite number"),
        (b"231 W", (), "is no number"),
        (b"1_000", (), "is no number"),
        (b"0x10", (), "is no number"),
        ("\N{ARABIC-INDIC DIGIT THREE}".encode(), (), "is no number"),
        (b"\xff\xfe", (), "is no text"),
        (b'{"power": NaN}', ("power",), "is no finite number"),
        (b'{"power": 1e999}', ("power",), "is no finite number"),
        (b'{"power": true}', ("power",), "holds no number: 'True'"),
        (b'{"power": null}', ("power",), "holds no number: 'None'"),
        (b'{"power": {}}', ("power",), "holds no number"),
        (b'{"power": [1]}', ("power", 1), "has no place [1]"),
        (b'{"power": 1}', ("power", "w"), "has no `w`"),
        (b'{"power": ' + b"9" * 400 + b"}", ("power",), "is no finite number"),
        (b'{"power": ' + b"9" * 5000 + b"}", ("power",), "is no JSON"),
        (b"[" * 60_000, (0,), "is no JSON"),
        (b"x" * 100, (), f"is no number: '{'x' * 30}...'"),
    ],
)
def test_rubbish(payload: bytes, path: Path, words: str) -> None:
    with pytest.raises(PayloadError) as caught:
        number_in(payload, path)
    assert words in str(caught.value)


def test_a_fault_fits_one_line() -> None:
    with pytest.raises(PayloadError) as caught:
        number_in(b"a\nb\rc\x1b[31m", ())
    assert str(caught.value).isprintable()


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
PATHS = st.lists(st.one_of(st.integers(0, 3), st.sampled_from(["power", "a", ""])), max_size=4)


def _either(payload: bytes, path: Path) -> None:
    try:
        assert math.isfinite(number_in(payload, path))
    except PayloadError as wrong:
        assert str(wrong)


@given(st.binary(max_size=200), PATHS)
def test_any_bytes(payload: bytes, path: list[str | int]) -> None:
    _either(payload, tuple(path))


@given(ANY_JSON, PATHS)
def test_any_json(found: Any, path: list[str | int]) -> None:
    _either(json.dumps(found).encode(), tuple(path))


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_finite_number_is_read_in_both_forms(number: float) -> None:
    text = repr(number)
    assert number_in(json.dumps({"power": number}).encode(), ("power",)) == number
    if len(text) < 30:
        assert number_in(text.encode(), ()) == number
