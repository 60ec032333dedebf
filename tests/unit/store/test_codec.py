"""Whatever travels through the loop comes back from the store as it was."""

from __future__ import annotations

import dataclasses
import math
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pvopt.decide.memory import Ledger, Memory
from pvopt.decide.policy import decide
from pvopt.decide.settings import Settings
from pvopt.errors import StoreError
from pvopt.model import Forecast, ForecastPoint, Tick
from pvopt.shape import frozen
from pvopt.store import shapes
from pvopt.store.codec import (
    TickWriter,
    compress,
    expand,
    memory_bytes,
    memory_of,
    read,
    settings_bytes,
    settings_from,
    ticks_of,
    written,
)
from pvopt.store.shapes import fields_of, inner_of
from pvopt.store.shapes_in import parse, values
from pvopt.store.shapes_out import Writer
from tests.unit.decide.samples import SETTINGS
from tests.unit.decide.streams import Stream
from tests.unit.store.rig import plain


def made_of(kind: Any) -> st.SearchStrategy[Any]:
    """Values of any shape, by its type hints alone."""
    inner = inner_of(kind)
    if inner is not None:
        return st.one_of(st.none(), made_of(inner))
    fields = fields_of(kind)
    args = getattr(kind, "__args__", ())
    if fields is not None:
        each = st.tuples(*[made_of(field.hint) for field in fields])
        return (
            each
            if not isinstance(kind, type) or kind is tuple or args
            else each.map(lambda row: kind(*row))
        )
    if args and args[-1] is ...:
        return st.lists(made_of(args[0]), max_size=2).map(tuple)
    scalar: Any = next(one for one in (*args, kind) if one is not type(None))
    own = st.from_type(scalar) if scalar is not str else st.text(max_size=4)
    if scalar is int:
        own = st.integers(-(2**63), 2**63 - 1)
    return st.one_of(st.none(), own) if type(None) in args else own


@settings(max_examples=10, suppress_health_check=list(HealthCheck), deadline=None)
@given(st.lists(made_of(Tick), min_size=1, max_size=4))
def test_any_ticks_come_back(ticks: list[Tick]) -> None:
    known: list[Forecast] = []

    def number_of(forecast: Forecast) -> int:
        known.append(forecast)
        return len(known) - 1

    writer = TickWriter(number_of)
    for tick in ticks:
        writer.put(tick)
    back = ticks_of(expand(compress(writer.text())), known.__getitem__)
    assert list(map(plain, back)) == list(map(plain, ticks))


@settings(max_examples=10, suppress_health_check=list(HealthCheck), deadline=None)
@given(made_of(Memory))
def test_any_memory_comes_back(memory: Memory) -> None:
    assert plain(memory_of(memory_bytes(memory))) == plain(memory)


@settings(max_examples=10, suppress_health_check=list(HealthCheck), deadline=None)
@given(made_of(Settings))
def test_any_settings_come_back(one: Settings) -> None:
    assert plain(settings_from(settings_bytes(one))) == plain(one)


def test_a_wild_stream_comes_back() -> None:
    """Faults, holes, mad numbers, jumps of the clock: 250 ticks with what is decided of them."""
    stream, memory, ticks = Stream(5), Memory(), []
    for _ in range(250):
        snapshot = stream.next()
        decision, memory = decide(snapshot, memory, SETTINGS)
        stream.commands = {one.target: one.setpoint_w for one in decision.commands}
        ticks.append(Tick(snapshot, decision, ()))
    forecasts: list[Forecast] = []
    writer = TickWriter(lambda one: forecasts.append(one) or len(forecasts) - 1)  # type: ignore[func-returns-value]
    for tick in ticks:
        writer.put(tick)
    back = ticks_of(writer.text(), forecasts.__getitem__)
    assert list(map(plain, back)) == list(map(plain, ticks))
    assert plain(memory_of(memory_bytes(memory))) == plain(memory)


@frozen
class Old:
    name: str
    watts: float = 1.0
    gone: bool = True


@frozen
class New:
    name: str
    added_w: float = 7.5
    watts: float = 1.0
    more: tuple[int, ...] = dataclasses.field(default_factory=tuple)


class Needy(NamedTuple):
    name: str
    needed: float


def test_a_newer_release_reads_older_records() -> None:
    """New fields take their defaults, what is gone is left out."""
    assert read(written(Old("a", 3.0), Old), New) == New("a", 7.5, 3.0, ())


def test_a_field_without_default_cannot_be_made_up() -> None:
    with pytest.raises(StoreError, match="needed"):
        read(written(Old("a"), Old), Needy)


def test_columns_are_found_by_their_place() -> None:
    writer = Writer(Ledger)
    writer.put(Ledger(heated_wh=(("a", 1.0), ("b", 2.0))))
    writer.put(Ledger(heated_wh=(("a", 3.0),)))
    part, count = parse(writer.text())
    assert part.along(("heated_wh", "1", "1"), count) == [2.0, None]
    assert part.along(("heated_wh", "0", "1"), count) == [1.0, 3.0]
    assert part.along(("heated_wh", "2", "1"), count) is None
    assert part.along(("nowhere",), count) is None


def test_an_empty_writer_is_no_fault() -> None:
    part, count = parse(Writer(Forecast).text())
    assert values(part, Forecast, count) == []


@pytest.mark.parametrize("cut", [0, 1, 2, 10, -1])
def test_bytes_that_are_none_are_said(cut: int) -> None:
    body = memory_bytes(Memory())
    with pytest.raises(StoreError):
        memory_of(body[:cut])


def test_a_newer_form_is_said() -> None:
    with pytest.raises(StoreError, match="newer release"):
        expand(bytes([99]) + b"x")


def test_a_dictionary_makes_the_next_batch_small() -> None:
    text = written(Forecast("f", 0.0, "o", (ForecastPoint(math.pi, 1.0),)), Forecast)
    assert len(compress(text * 9, text * 9)) < 20
    assert expand(compress(text * 9, text), text) == text * 9


def test_every_hint_is_known() -> None:
    """A shape with a dictionary or a set in it could not be kept."""

    def walk(kind: Any) -> None:
        fields = fields_of(kind)
        if fields is not None:
            for field in fields:
                walk(field.hint)
        elif inner_of(kind) is not None:
            walk(inner_of(kind))
        elif not shapes.is_scalar(kind):
            walk(kind.__args__[0])
        else:
            for one in getattr(kind, "__args__", (kind,)):
                assert one is type(None) or issubclass(one, int | float | str), kind

    for kind in (Tick, Memory, Settings):
        walk(kind)
