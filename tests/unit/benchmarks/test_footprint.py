"""The measuring instrument itself: does it see CPU time, memory, children, loaded libraries."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pvopt.benchmarks.footprint import (
    EXAMPLE,
    MARKS,
    BenchmarkError,
    Row,
    children_of,
    edited,
    loaded_in,
    use_of,
)
from pvopt.config.load import load_text
from pvopt.config.sources import GxModbus, OpenMeteo


@contextmanager
def program(code: str) -> Iterator[subprocess.Popen[bytes]]:
    """A Python process that has run ``code`` and waits."""
    words = [
        sys.executable,
        "-c",
        f"{code}\nprint('ready', flush=True)\nimport sys\nsys.stdin.read()",
    ]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as made:
        assert made.stdout is not None
        assert made.stdout.readline() == b"ready\n"
        yield made
        made.kill()


@pytest.mark.parametrize(
    ("name", "module"),
    [
        ("numpy", "numpy"),
        ("numba", "numba"),
        ("matplotlib", "matplotlib.ft2font"),
        ("aiohttp", "aiohttp"),
        ("pydantic", "pydantic"),
    ],
)
def test_a_loaded_library_is_seen(name: str, module: str) -> None:
    if importlib.util.find_spec(module.partition(".")[0]) is None:
        pytest.skip(f"{module} is not installed here")
    with program(f"import {module}") as made:
        assert name in loaded_in(made.pid)


def test_nothing_is_seen_where_nothing_is() -> None:
    with program("import json") as made:
        assert loaded_in(made.pid) == set()
    assert set(MARKS) == {"numpy", "numba", "matplotlib", "aiohttp", "pydantic"}


def test_cpu_time_and_memory() -> None:
    with program("pass") as idle:
        lean = use_of(idle.pid)
    busy_code = (
        "import time; kept = bytes(range(256)) * 120_000\nwhile time.process_time() < 0.3: pass"
    )
    with program(busy_code) as busy:
        used = use_of(busy.pid)
    assert used.cpu_s >= 0.29
    assert used.rss_mb > lean.rss_mb + 25
    assert used.pss_mb <= used.rss_mb


def test_children() -> None:
    with program("pass") as made:
        assert made.pid in children_of(os.getpid())
        assert children_of(made.pid) == []


def test_a_process_that_has_ended() -> None:
    with program("pass") as made:
        pid = made.pid
    with pytest.raises(BenchmarkError):
        use_of(pid)
    with pytest.raises(BenchmarkError):
        loaded_in(pid)


@pytest.mark.parametrize("online", [True, False])
def test_the_example_as_it_is_measured(tmp_path: Path, online: bool) -> None:
    text = edited(EXAMPLE.read_text(), 5020, tmp_path, online)
    config = load_text(text, "c.yaml", {})
    shipped = load_text(EXAMPLE.read_text(), "c.yaml", {})
    gx = next(s for s in config.sources if isinstance(s, GxModbus))
    forecast = next(s for s in config.sources if isinstance(s, OpenMeteo))
    assert (gx.host, gx.port) == ("127.0.0.1", 5020)
    assert config.gpio.factory == "mock"
    assert config.control.daylight.mode == "always"
    assert Path(config.log.file).parent == tmp_path
    assert Path(config.state.folder).parent == tmp_path
    assert ("127.0.0.1" in forecast.url) is not online
    assert config.loads == shipped.loads


def test_a_changed_example_is_an_error(tmp_path: Path) -> None:
    text = EXAMPLE.read_text().replace("venus.local", "elsewhere.local")
    with pytest.raises(BenchmarkError, match="0 times"):
        edited(text, 5020, tmp_path, False)


@pytest.mark.parametrize(
    ("measured", "aim", "met"),
    [(0.49, 0.5, True), (0.5, 0.5, False), (0.51, 0.5, False), (9.9, None, True)],
)
def test_aims(measured: float, aim: float | None, met: bool) -> None:
    assert Row("x", measured, "MB", aim).met is met
