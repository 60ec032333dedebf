"""The configuration itself: that it is sound, and what is worth a second look in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pvopt.checks.row import Row, fail, ok, warn
from pvopt.config.advice import advice
from pvopt.config.faults import InvalidConfigError
from pvopt.config.schema import Config

AREA = "configuration"


def rows(config: Config, path: Path) -> Iterator[Row]:
    """One line for the whole, one for each piece of advice."""
    sources = ", ".join(source.name for source in config.sources)
    parts = [f"{path} is sound", f"sources in order: {sources}"]
    for name, ones in (("loads", config.loads), ("storages", config.storages)):
        parts += [f"{name}: {', '.join(one.id for one in ones)}"] if ones else []
    yield ok(AREA, "; ".join(parts))
    if config.demo is not None:
        yield ok(
            AREA,
            "this is the DEMONSTRATION: a simulated home and mock pins, nothing real is looked at",
            "for the real thing copy Files/examples/victron.yaml and edit it",
        )
    for words in advice(config):
        key, _, text = words.partition(": ")
        yield warn(AREA, f"{key}: {text}" if text else words, f"look at it in {path}")


def broken(error: InvalidConfigError) -> Iterator[Row]:
    """Every fault of a configuration that cannot be used."""
    for fault in error.faults:
        yield fail(AREA, str(fault), "correct the line; nothing else could be looked at")
