"""What all tests share: settings of hypothesis, a clean environment, the stand-in daemon."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.pigpiod_standin import Standin
from tests.standin_process import StandinProcess

# Deadlines measure the machine, not the law; the examples are the same in every run.
settings.register_profile("pvopt", deadline=None, derandomize=True)
settings.load_profile("pvopt")

# A developer's own service or pin settings must not reach the tests.
for _name in ("NOTIFY_SOCKET", "WATCHDOG_USEC", "GPIOZERO_PIN_FACTORY", "PVOPT_PULSE_FD"):
    os.environ.pop(_name, None)


@pytest.fixture
def standin() -> Iterator[Standin]:
    """A pigpiod stand-in in this process: ``hang()``, ``kill()``, ``restart()``, its ``bank``."""
    with Standin() as daemon:
        yield daemon


@pytest.fixture
def standin_process(tmp_path: Path) -> Iterator[StandinProcess]:
    daemon = StandinProcess(tmp_path / "pins.json")
    yield daemon
    daemon.kill()
