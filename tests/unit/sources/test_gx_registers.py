"""The register table: rows that fit, blocks that cover them, numbers that decode."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pvopt.sources.registers import (
    BLOCKS,
    CORE,
    PROBES,
    TABLE,
    Block,
    Register,
    Service,
    decode,
    decode_text,
    registers_in,
)
from tests.modbus_standin import register_map

KINDS = {Service.HUB4: "hub4"} | {service: str(service) for service in Service}


def parts(block: Block) -> list[Block]:
    """A block and all it may be split into."""
    return [block, *(deeper for part in block.split for deeper in parts(part))]


def row(key: str, service: Service) -> Register:
    return next(r for r in TABLE if r.key == key and r.service == service)


def test_keys_are_unique_within_a_service() -> None:
    names = [(r.service, r.key) for r in TABLE]
    assert len(names) == len(set(names))


def test_no_two_rows_share_a_register() -> None:
    places = [(r.service, r.address + n) for r in TABLE for n in range(r.words)]
    assert len(places) == len(set(places))


def test_every_row_is_fetched_by_some_block() -> None:
    fetched = {
        (r.service, r.key) for b in (*CORE, *BLOCKS) for p in parts(b) for r in registers_in(p)
    }
    assert fetched == {(r.service, r.key) for r in TABLE}


@pytest.mark.parametrize("block", [p for b in (*CORE, *BLOCKS) for p in parts(b)], ids=str)
def test_blocks_are_within_what_one_request_may_ask(block: Block) -> None:
    assert 1 <= block.count <= 125


@pytest.mark.parametrize("block", [*CORE, *BLOCKS], ids=str)
def test_no_block_has_a_gap_on_new_firmware(block: Block) -> None:
    known = register_map("1.0.101")
    kinds = {known.get(a) for a in range(block.start, block.start + block.count)}
    assert kinds == {KINDS[block.service]}


@pytest.mark.parametrize("service", PROBES)
@pytest.mark.parametrize("firmware", ["1.0.54", "1.0.82", "1.0.101"])
def test_probes_exist_on_every_firmware(service: Service, firmware: str) -> None:
    assert register_map(firmware)[PROBES[service][0]] == KINDS[service]


@pytest.mark.parametrize(
    ("key", "service", "raw", "number"),
    [
        ("grid_l1", Service.SYSTEM, (65186,), -350),
        ("grid32_l1", Service.SYSTEM, (65535, 65186), -350),
        ("in_l1", Service.VEBUS, (65488,), -480),
        ("battery_w", Service.SYSTEM, (0x8000,), -32768),
        ("battery_v", Service.SYSTEM, (540,), 54.0),
        ("soc", Service.SYSTEM, (87,), 87),
        ("own_soc", Service.BATTERY, (865,), 86.5),
        ("temperature", Service.TEMPERATURE, (0xFF9C,), -1.0),
        ("feed_in_cap", Service.SETTINGS, (0xFFFF, 0xFFFF), -1),
        ("feed_in_cap_100w", Service.SETTINGS, (15,), 1500),
        ("yield_10w", Service.CHARGER, (464,), 46.4),
        ("yield32", Service.CHARGER, (0, 6600), 6600),
        ("clock", Service.SYSTEM, (0, 0, 0x6B49, 0xD200), 1_800_000_000),
    ],
)
def test_documented_answers_decode(
    key: str, service: Service, raw: tuple[int, ...], number: float
) -> None:
    assert decode(row(key, service), raw) == pytest.approx(number)


@given(st.integers(-(2**31), 2**31 - 1))
def test_signed_32_bit_numbers_survive(number: int) -> None:
    raw = ((number >> 16) & 0xFFFF, number & 0xFFFF)
    assert decode(row("grid32_l1", Service.SYSTEM), raw) == number


def test_text_is_padded_with_zero_bytes() -> None:
    assert decode_text((0x6338, 0x3161, 0x6200)) == "c81ab"
