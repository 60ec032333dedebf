"""What the store keeps, as bytes: batches of ticks, a memory, settings, a forecast.

The first byte is the version of the form. A batch is compressed with the first batch of its
stretch as a dictionary, for names, constants and habits are the same in all of them.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from typing import TypeVar

from pvopt.decide.memory import Memory
from pvopt.decide.settings import Settings
from pvopt.decide.wants_rules import ComfortRules
from pvopt.errors import StoreError
from pvopt.model import Forecast, Tick
from pvopt.store.shapes import NAMES
from pvopt.store.shapes_in import Part, parse, values
from pvopt.store.shapes_out import Writer

VERSION = 1
LEVEL = 9
RAW = -15  # zlib without a head: the database has checksums where they count
MOST_DICTIONARY = 32_768
MOST_BYTES = 50_000_000
T = TypeVar("T")

NAMES["ComfortRules"] = ComfortRules


def compress(text: bytes, dictionary: bytes = b"") -> bytes:
    """With the version before it."""
    known = dictionary[-MOST_DICTIONARY:]
    if known:
        made = zlib.compressobj(LEVEL, zlib.DEFLATED, RAW, zdict=known)
    else:
        made = zlib.compressobj(LEVEL, zlib.DEFLATED, RAW)
    return bytes([VERSION]) + made.compress(text) + made.flush()


def expand(body: bytes, dictionary: bytes = b"") -> bytes:
    """What ``compress`` was given. StoreError: another version, or no such bytes."""
    if body[:1] != bytes([VERSION]):
        raise StoreError("a record of a newer release")
    known = dictionary[-MOST_DICTIONARY:]
    made = zlib.decompressobj(RAW, zdict=known) if known else zlib.decompressobj(RAW)
    try:
        text = made.decompress(body[1:], MOST_BYTES)
    except zlib.error as fault:
        raise StoreError("a record that cannot be unpacked") from fault
    if not made.eof:
        raise StoreError("a record that is cut off")
    return text


class TickWriter(Writer):
    """Takes ticks; ``number_of``: of a forecast, which is kept once."""

    def __init__(self, number_of: Callable[[Forecast], int]) -> None:
        super().__init__(Tick, {Forecast: number_of})


def ticks_of(text: bytes, forecast_of: Callable[[int], Forecast]) -> list[Tick]:
    """The ticks of an expanded batch."""
    part, count = parse(text)
    return values(part, Tick, count, {Forecast: forecast_of})


def written(one: object, kind: type) -> bytes:
    writer = Writer(kind)
    writer.put(one)
    return compress(writer.text())


def read(body: bytes, kind: type[T]) -> T:
    part, count = parse(expand(body))
    made: Sequence[T] = values(part, kind, count)
    if len(made) != 1:
        raise StoreError("a record of more than one")
    return made[0]


def memory_bytes(memory: Memory) -> bytes:
    return written(memory, Memory)


def memory_of(body: bytes) -> Memory:
    return read(body, Memory)


def settings_bytes(settings: Settings) -> bytes:
    return written(settings, Settings)


def settings_from(body: bytes) -> Settings:
    return read(body, Settings)


def forecast_bytes(forecast: Forecast) -> bytes:
    return written(forecast, Forecast)


def forecast_from(body: bytes) -> Forecast:
    return read(body, Forecast)


def tree_of(text: bytes) -> tuple[Part, int]:
    """An expanded batch for who wants some columns only, and its number of ticks."""
    return parse(text)
