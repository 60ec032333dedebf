"""What all tests share: settings of hypothesis, workers, a clean environment, the daemon."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

try:
    import xdist  # noqa: F401 (tests.shared_out needs it, with one process too)
    from hypothesis import settings
except ModuleNotFoundError as missing:
    raise ModuleNotFoundError(
        f"the tests need {missing.name}: bash tests/run.sh installs it, as does "
        "python -m pip install -r tests/requirements.txt"
    ) from missing

from tests import shared_out
from tests.pigpiod_standin import Standin
from tests.standin_process import StandinProcess

# Deadlines measure the machine, not the law; the examples are the same in every run.
settings.register_profile("pvopt", deadline=None, derandomize=True, max_examples=60)
settings.load_profile("pvopt")

# A whole day takes up to 30 s, and so does compiling a kernel; a busy machine is slower.
SLOW_S = 600

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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What is slow has more time, unless it says itself how much."""
    for item in items:
        if item.get_closest_marker("slow") and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(SLOW_S))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int | None:
    if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ:
        return None  # xdist reads it
    return shared_out.workers(shared_out.cores(), shared_out.free_mb())


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> object:
    """In the order of the folders: what takes long comes before the many quick ones."""
    config.option.loadscopereorder = False
    return shared_out.FilesAndProcesses(config, log)
