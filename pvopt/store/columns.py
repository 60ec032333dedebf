"""A column of scalars as bytes, without loss and small: the numbers of one field, tick after tick.

Most columns stand still, so one value says all. A reading was rounded at its source, so it is a
whole number of tenths or thousandths and moves by little: differences of one byte. A moment is
such a number but for the last bits of its sum, and they are kept as well. What is left is kept as
it is, eight bytes a number. Equal columns are equal bytes, which the compression after this finds.
"""

from __future__ import annotations

import json
import math
import struct
from array import array
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

from pvopt.errors import StoreError

CONSTANT, INTS, DECIMALS, NOISY, DOUBLES, WORDS, GAPS, EMPTY = range(8)
SCALES = (1.0, 10.0, 100.0, 1000.0)
MOST_SCALED = 2.0**52  # beyond it a product has no digits behind the point
MOST_WHOLE = 2**53  # up to here each whole number is a float, too
WIDTHS = "bhiq"  # of array: 1, 2, 4, 8 bytes
LEAST_BITS, MOST_BITS = -(2**63), 2**63 - 1


def packed(column: Sequence[Any]) -> bytes:
    """The column as bytes; its first says how. Worked: [5.0, 5.0, 5.0] are the bytes ``0`` and
    ``5.0``."""
    if not column:
        return bytes([EMPTY])
    if _constant(column):
        return bytes([CONSTANT]) + _text(column[0])
    kinds = set(map(type, column))
    if type(None) in kinds and len(kinds) > 1 and kinds & {int, float}:
        there = bytes([0 if one is None else 1 for one in column])
        return bytes([GAPS]) + there + packed([one for one in column if one is not None])
    if kinds == {int, float} and all(abs(one) <= MOST_WHOLE for one in column if type(one) is int):
        column, kinds = [float(one) for one in column], {float}
    if kinds == {float}:
        return _floats(column)
    if all(issubclass(kind, int) and kind is not bool for kind in kinds):
        made = _ints([int(one) for one in column])
        if made is not None:
            return bytes([INTS]) + made
    return _words(column)


def unpacked(text: bytes, count: int) -> list[Any]:
    """The ``count`` values of a column. StoreError: these are no such bytes."""
    try:
        column = _READ[text[0]](text[1:], count)
    except (ValueError, IndexError, struct.error, KeyError, TypeError, OverflowError) as fault:
        raise StoreError("a record that cannot be read") from fault
    if len(column) != count:
        raise StoreError("a record that is cut off")
    return column


def _constant(column: Sequence[Any]) -> bool:
    first = column[0]
    if len(column) > 1:
        if column.count(first) != len(column):
            return False
        if len(set(map(type, column))) > 1 or (isinstance(first, float) and math.isnan(first)):
            return False
        if first == 0 and isinstance(first, float):  # -0.0 is another number
            return len({math.copysign(1.0, one) for one in column}) == 1
    return True


def _text(one: Any) -> bytes:
    return json.dumps(one, separators=(",", ":")).encode()


# -- whole numbers ---------------------------------------------------------------------


def _ints(column: list[int]) -> bytes | None:
    """The first, then differences in as few bytes each as the largest needs."""
    steps = [b - a for a, b in pairwise(column)]
    most = max(map(abs, steps), default=0)
    for width in WIDTHS:
        size = array(width).itemsize
        if most < 2 ** (8 * size - 1):
            break
    else:
        return None
    if not LEAST_BITS <= column[0] <= MOST_BITS:
        return None
    return struct.pack("<qc", column[0], width.encode()) + _little(array(width, steps))


def _read_ints(text: bytes, count: int) -> list[Any]:
    number, width = struct.unpack_from("<qc", text)
    steps = _from_little(width.decode(), text[9:])
    if len(steps) != count - 1:
        raise ValueError("cut off")
    column = [number]
    for step in steps:
        number += step
        column.append(number)
    return column


def _little(numbers: array[Any]) -> bytes:
    if struct.pack("=H", 1) != struct.pack("<H", 1):
        numbers.byteswap()
    return numbers.tobytes()


def _from_little(width: str, text: bytes) -> array[Any]:
    numbers: array[Any] = array(width)
    numbers.frombytes(text)
    if struct.pack("=H", 1) != struct.pack("<H", 1):
        numbers.byteswap()
    return numbers


# -- numbers with a point --------------------------------------------------------------


def _floats(column: Sequence[float]) -> bytes:
    for rank, scale in enumerate(SCALES):
        scaled = _scaled(column, scale)
        if scaled is None:
            break
        if all(map(_same, [one / scale for one in scaled], column)):
            made = _ints(scaled)
            if made is not None:
                return bytes([DECIMALS, rank]) + made
    noisy = _noisy(column)
    if noisy is not None:
        return bytes([NOISY]) + noisy
    return bytes([DOUBLES]) + _little(array("d", column))


def _scaled(column: Sequence[float], scale: float) -> list[int] | None:
    if not all(-MOST_SCALED < one * scale < MOST_SCALED for one in column):
        return None
    return [round(one * scale) for one in column]


def _same(a: float, b: float) -> bool:
    return a == b and (a != 0.0 or math.copysign(1.0, a) == math.copysign(1.0, b))


def _noisy(column: Sequence[float]) -> bytes | None:
    """Thousandths, and by how many of the smallest steps of a double each is beside one."""
    scale = SCALES[-1]
    scaled = _scaled(column, scale)
    if scaled is None:
        return None
    near = [one / scale for one in scaled]
    beside = [b - a for a, b in zip(_bits(near), _bits(column), strict=True)]
    if not all(-128 <= one <= 127 for one in beside):
        return None
    made = _ints(scaled)
    return None if made is None else bytes(_little(array("b", beside))) + made


def _bits(column: Sequence[float]) -> array[Any]:
    bits: array[Any] = array("q")
    bits.frombytes(array("d", column).tobytes())
    return bits


def _read_decimals(text: bytes, count: int) -> list[Any]:
    scale = SCALES[text[0]]
    return [one / scale for one in _read_ints(text[1:], count)]


def _read_noisy(text: bytes, count: int) -> list[Any]:
    beside = _from_little("b", text[:count])
    near = [one / SCALES[-1] for one in _read_ints(text[count:], count)]
    bits = array("q", [a + b for a, b in zip(_bits(near), beside, strict=True)])
    column: array[Any] = array("d")
    column.frombytes(bits.tobytes())
    return column.tolist()


def _read_doubles(text: bytes, count: int) -> list[Any]:
    del count
    return _from_little("d", text).tolist()


# -- everything else -------------------------------------------------------------------


def _words(column: Sequence[Any]) -> bytes:
    """Each different value once, then which of them."""
    ranks: dict[tuple[type, Any], int] = {}
    different: list[Any] = []
    which = []
    for one in column:
        key = (type(one), repr(one) if isinstance(one, float) else one)  # -0.0 is not 0.0
        if key not in ranks:
            ranks[key] = len(different)
            different.append(one)
        which.append(ranks[key])
    table = _text(different)
    width = "B" if len(ranks) <= 256 else "I"
    return (
        bytes([WORDS]) + struct.pack("<I", len(table)) + table + width.encode()
        + _little(array(width, which))
    )  # fmt: skip


def _read_words(text: bytes, count: int) -> list[Any]:
    (size,) = struct.unpack_from("<I", text)
    table = json.loads(text[4 : 4 + size])
    which = _from_little(chr(text[4 + size]), text[5 + size :])
    return [table[one] for one in which]


def _read_gaps(text: bytes, count: int) -> list[Any]:
    there = text[:count]
    known = iter(unpacked(text[count:], sum(there)))
    return [next(known) if one else None for one in there]


_READ: dict[int, Callable[[bytes, int], list[Any]]] = {
    CONSTANT: lambda text, count: [json.loads(text)] * count,
    INTS: _read_ints,
    DECIMALS: _read_decimals,
    NOISY: _read_noisy,
    DOUBLES: _read_doubles,
    WORDS: _read_words,
    GAPS: _read_gaps,
    EMPTY: lambda text, count: [],
}
