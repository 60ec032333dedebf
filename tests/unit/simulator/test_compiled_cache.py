"""Compiled kernels on disk: used while nothing has changed, never when anything has."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from pvopt.simulator import compiled_cache, compiled_jit
from pvopt.simulator.compiled import compile_kernel

TEXT = """
from enum import IntEnum
from typing import NamedTuple

SHARE = 0.5

class Why(IntEnum):
    LOW = 1
    HIGH = 2

class State(NamedTuple):
    level_w: float = 10.0
    why: Why = Why.LOW

    @property
    def twice_w(self) -> float:
        return 2.0 * self.level_w

REST = State(1.0)

def part(x_w: float) -> float:
    # half of it
    return x_w * SHARE

def step(state: State, x_w: float, more_w: float = 3.0) -> State:
    return state._replace(level_w=part(x_w) + state.twice_w + more_w + REST.level_w + State().level_w)

def run(x_w: float) -> State:
    return step(State(x_w), 8.0)
"""  # noqa: E501


Start = Callable[[str], tuple[Any, bool]]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's cache of its own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "pvopt" / "kernels"


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Start:
    """As a program that starts: the compiled kernel, and whether it came from the disk."""

    def begin(text: str) -> tuple[Any, bool]:
        file = tmp_path / "kernels_here.py"
        file.write_text(text)
        monkeypatch.setattr(compiled_jit, "_roots", {})
        monkeypatch.setattr(compiled_jit, "_inner", {})
        compiled = compile_kernel(_imported(file, monkeypatch).run)
        return compiled, not compiled_jit._inner

    return begin


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which TEXT was compiled once."""
    return tmp_path_factory.mktemp("made") / "kernels"


@pytest.fixture
def kept(start: Start, folder: Path, made: Path) -> None:
    """TEXT is in the cache, by an earlier start."""
    if not made.exists():
        start(TEXT)
        shutil.copytree(folder, made)
    else:
        shutil.copytree(made, folder)


def _imported(file: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, file.stem, module)
    source = compile(file.read_text(), str(file), "exec")  # whatever the file's time is
    sys.modules["linecache"].checkcache(str(file))
    exec(source, module.__dict__)
    return module


def kernels(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []


def test_a_second_start_compiles_nothing(start: Start, folder: Path) -> None:
    first, found = start(TEXT)
    assert not found
    assert first(1.0).level_w == 4.0 + 2.0 + 3.0 + 1.0 + 10.0
    assert len(kernels(folder)) == 1
    second, found = start(TEXT)
    assert found
    assert second(1.0) == first(1.0)
    assert type(second(1.0)).__name__ == "State"


def test_comments_and_places_are_not_the_text(start: Start, kept: None) -> None:
    assert start("# something above\n" + TEXT.replace("# half", "# a half"))[1]


@pytest.mark.parametrize(
    ("old", "new", "level_w"),
    [
        ("SHARE = 0.5", "SHARE = 0.25", 18.0),  # a constant of what is called
        ("return x_w * SHARE", "return x_w + SHARE", 24.5),
        ("more_w: float = 3.0", "more_w: float = 4.0", 21.0),
        ("level_w: float = 10.0", "level_w: float = 20.0", 30.0),
        ("REST = State(1.0)", "REST = State(2.0)", 21.0),
        ("2.0 * self.level_w", "3.0 * self.level_w", 21.0),
        ("level_w: float = 10.0\n", "level_w: int = 10\n", 20),
        ("    HIGH = 2", "    HIGH = 3", 20.0),
    ],
)
def test_any_change_is_compiled(
    start: Start, folder: Path, kept: None, old: str, new: str, level_w: float
) -> None:
    assert old in TEXT
    changed, found = start(TEXT.replace(old, new))
    assert not found
    assert changed(1.0).level_w == level_w
    assert type(changed(1.0).level_w) is type(level_w)
    assert len(kernels(folder)) == 2


@pytest.mark.parametrize("damage", [b"", b"x" * 10, b"half", b"flip"])
def test_a_damaged_file_is_not_used_and_written_anew(
    start: Start, folder: Path, kept: None, damage: bytes
) -> None:
    [file] = kernels(folder)
    whole = file.read_bytes()
    middle = len(whole) // 2
    flipped = whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :]
    file.write_bytes({b"half": whole[:middle], b"flip": flipped}.get(damage, damage))
    again, found = start(TEXT)
    assert not found
    assert again(1.0).level_w == 20.0
    assert start(TEXT)[1]


def test_another_version_or_processor_is_another_file(
    start: Start, kept: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compiled_cache, "machinery", lambda: ("another",))
    assert not start(TEXT)[1]


def test_where_nothing_can_be_written_nothing_is_kept(
    start: Start, tmp_path: Path, folder: Path
) -> None:
    (tmp_path / "cache").write_text("a file in the folder's place")
    for _ in range(2):
        compiled, found = start(TEXT)
        assert not found
        assert compiled(1.0).level_w == 20.0
    assert not folder.exists()


def test_the_folder_does_not_grow_for_ever(
    start: Start, folder: Path, kept: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compiled_cache, "MOST_FILES", 2)
    for share in ("0.2", "0.3"):
        start(TEXT.replace("0.5", share))
    assert len(kernels(folder)) == 2
    assert start(TEXT.replace("0.5", "0.3"))[1], "the latest stays"
