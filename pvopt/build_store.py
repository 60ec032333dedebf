"""The part of build.py that wires what is recorded. Imported when something is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pvopt.clock import SystemClock
from pvopt.config.schema import Config
from pvopt.decide.memory import Memory
from pvopt.settings_of import settings_of
from pvopt.store.writer import Limits, Store

NAME, DEMO_NAME = "store.db", "demo-store.db"


def store_path(config: Config) -> Path | None:
    """Where records are kept; None: nowhere."""
    if config.store.kind == "none":
        return None
    return Path(config.state.folder) / (NAME if config.demo is None else DEMO_NAME)


def store_of(config: Config, memory: Callable[[], Memory]) -> Store | None:
    """A recorder, not started yet. A demonstration begins its day, and its records, anew."""
    path, section = store_path(config), config.store
    if path is None:
        return None
    limits = Limits(section.days, section.years, section.most_mb, section.batch_s)
    anew = config.demo is not None
    return Store(path, settings_of(config), memory, SystemClock(), limits, anew)
