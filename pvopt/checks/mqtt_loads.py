"""Loads behind a broker: is it there, what would be said to whom, what do devices and meters say.

Nothing is published: a device would switch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from pvopt.checks.row import Row, fail, ok, warn
from pvopt.clock import Deadline, SystemClock
from pvopt.config.loads import Load
from pvopt.config.output_wire import Wire, wire_of
from pvopt.config.outputs import MqttOutput
from pvopt.config.schema import Config
from pvopt.errors import SourceError
from pvopt.links.mqtt_cells import Cell, Link
from pvopt.ports import Clock, Source
from pvopt.sources.sensors import meter_name

AREA = "loads"
POLL_S = 0.1
PATIENCE_S = 5.0  # with a broker that does not answer


def wired(config: Config) -> tuple[tuple[Load, Wire], ...]:
    """The loads behind the broker; none in a demonstration, which says nothing to anybody."""
    loads = config.loads if config.demo is None else ()
    return tuple(
        (load, wire_of(load.output)) for load in loads if isinstance(load.output, MqttOutput)
    )


def listen(config: Config, link: Link) -> dict[str, Cell]:
    """Cells of what the devices confirm, by load; before the connection is made."""
    return {
        load.id: link.cell(wire.confirm.topic)
        for load, wire in wired(config)
        if wire.confirm is not None
    }


def rows(config: Config, link: Link, cells: dict[str, Cell], left: Deadline) -> Iterator[Row]:
    """The broker, then each load."""
    loads = wired(config)
    if not loads:
        return
    _wait(lambda: link.connected, Deadline(min(PATIENCE_S, left.left_s())))
    if not link.connected:
        yield fail(
            AREA,
            f"{_names(loads)}: {link.fault}",
            "without the broker they cannot be switched: look at the section mqtt",
        )
        return
    yield ok(AREA, f"{_names(loads)}: the broker {link.broker} is there")
    for load, wire in loads:
        on, off = wire.payload(_all_of(load, wire), True), wire.payload(0.0, False)
        kept = ", kept by the broker" if wire.retain else ""
        will = "; the broker says off when we vanish" if wire.last_will else ""
        yield ok(
            AREA,
            f"{load.id}: all is `{on}`, off is `{off}` on {wire.topic}{kept}{will}; nothing was "
            "sent",
        )
        if load.id in cells:
            yield _confirmed(load, wire, cells[load.id], left)


def meters(
    config: Config, sources: Sequence[Source], clock: Clock, left: Deadline
) -> Iterator[Row]:
    """What the loads' own meters say."""
    named = {source.name: source for source in sources}
    for load in config.loads:
        source = named.get(meter_name(load))
        if load.meter is not None and source is not None:
            yield _metered(load, source, clock, left)


def _names(loads: Sequence[tuple[Load, Wire]]) -> str:
    return ", ".join(load.id for load, _ in loads)


def _all_of(load: Load, wire: Wire) -> float:
    return {"percent": 100.0, "watts": load.max_w}.get(wire.sends, 1.0)


def _confirmed(load: Load, wire: Wire, cell: Cell, left: Deadline) -> Row:
    assert wire.confirm is not None
    _wait(lambda: cell.latest() is not None, left)
    message = cell.latest()
    if message is not None:
        return ok(AREA, f"{load.id}: {wire.confirm.topic} tells what it does")
    if cell.refused:
        todo = "give this user the right to read it (acl_file of the broker)"
    else:
        todo = "some speak only when they are switched; is that its topic, letter by letter?"
    return warn(AREA, f"{load.id}: nothing has come on {wire.confirm.topic}", todo)


def _metered(load: Load, source: Source, clock: Clock, left: Deadline) -> Row:
    why = "nothing has come yet"
    while True:
        try:
            for _, reading in source.read(clock.now(), 0.0).powers:
                return ok(AREA, f"{load.id}: its own meter says {reading.value or 0.0:.0f} W")
        except SourceError as fault:
            why = str(fault)
        if left.left_s() <= 0.0:
            return warn(
                AREA,
                f"{load.id}: its own meter gives no watts: {why}",
                "until it speaks, the home's total load is looked at"
                if load.verify
                else "until it speaks, nothing shows what this load draws",
            )
        _wait(lambda: False, Deadline(POLL_S))


def _wait(there: Callable[[], bool], left: Deadline) -> None:
    """Until ``there()``, or no time is left."""
    real = SystemClock()
    while not there() and left.left_s() > 0.0:
        real.wait_until(real.now().mono_s + POLL_S)
