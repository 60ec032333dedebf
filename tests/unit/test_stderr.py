"""Standard error that nobody reads costs lines, never time."""

from __future__ import annotations

import contextlib
import fcntl
import os
import socket
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pvopt.stderr import Stderr, told

ROOT = Path(__file__).parents[2]
FILLING = "x" * 1023 + "\n"  # four of them fill a page


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    """A pipe of one page."""
    read, write = os.pipe()
    fcntl.fcntl(write, fcntl.F_SETPIPE_SZ, 4096)
    yield read, write
    for end in (read, write):
        with contextlib.suppress(OSError):
            os.close(end)


def fill(stderr: Stderr) -> int:
    """Lines that were taken until one was not; all in an instant."""
    started_s, lines = time.monotonic(), 0
    while stderr.write(FILLING):
        lines += 1
        assert lines < 100_000
    assert not stderr.write("one more\n")
    assert time.monotonic() - started_s < 5
    return lines


def test_a_full_pipe_loses_lines(pipe: tuple[int, int]) -> None:
    read, write = pipe
    stderr = Stderr(write)
    assert fill(stderr) == 4
    assert os.read(read, 1 << 16).decode() == 4 * FILLING
    assert stderr.write("after\n")
    assert os.read(read, 100) == b"after\n"
    assert os.get_blocking(write), "the shell that started us shares it"


def test_a_pipe_that_may_not_be_opened_anew(
    pipe: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the terminal of another user."""

    def refuse(*_: object) -> int:
        raise PermissionError

    with monkeypatch.context() as patched:
        patched.setattr(os, "open", refuse)
        stderr = Stderr(pipe[1])
    assert fill(stderr) >= 1
    os.read(pipe[0], 1 << 16)
    assert stderr.write("after\n")


def test_a_line_that_was_cut_does_not_run_into_the_next(pipe: tuple[int, int]) -> None:
    read, write = pipe
    stderr = Stderr(write)
    assert not stderr.write("a" * 5000 + "\n")
    assert os.read(read, 1 << 16) == b"a" * 4096
    assert stderr.write("b\n")
    assert stderr.write("c\n")
    assert os.read(read, 100) == b"\nb\nc\n"


def test_a_journal_that_does_not_listen() -> None:
    ours, journal = socket.socketpair()
    with ours, journal:
        stderr = Stderr(ours.fileno())
        assert fill(stderr) >= 1
        assert ours.gettimeout() is None
        journal.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while journal.recv(1 << 16):
                pass
        assert stderr.write("after\n")


def test_a_terminal_that_is_held() -> None:
    """Ctrl-S."""
    screen, terminal = os.openpty()
    try:
        stderr = Stderr(terminal)
        assert stderr.write("before\n")
        termios.tcflow(terminal, termios.TCOOFF)
        fill(stderr)
        termios.tcflow(terminal, termios.TCOON)
        os.read(screen, 1 << 16)
        assert stderr.write("after\n")
    finally:
        os.close(screen)
        os.close(terminal)


def test_a_file_is_shared_with_other_writers(tmp_path: Path) -> None:
    path = tmp_path / "log"
    with path.open("wb", buffering=0) as file:
        stderr = Stderr(file.fileno())
        assert stderr.write("one\n")
        file.write(b"two\n")
        assert stderr.write("three ✓ \udcff\n")
    assert path.read_text() == "one\ntwo\nthree ✓ ?\n"


def test_a_reader_that_is_gone(pipe: tuple[int, int]) -> None:
    stderr = Stderr(pipe[1])
    os.close(pipe[0])
    assert not stderr.write("words\n")
    assert not Stderr(pipe[1]).write("words\n")


def test_no_standard_error_at_all(pipe: tuple[int, int]) -> None:
    os.close(pipe[1])
    assert not Stderr(pipe[1]).write("words\n")


def test_closed_standard_streams_are_taken_by_no_pipe() -> None:
    code = (
        "import os; from pvopt.stderr import open_standard_streams as open_\n"
        "os.closerange(0, 3); open_()\n"
        "ours = [os.readlink(f'/proc/self/fd/{n}') for n in range(3)]\n"
        "os._exit(ours != ['/dev/null'] * 3 or min(os.pipe()) < 3 or not os.get_inheritable(2))"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, timeout=20)


def test_open_standard_streams_stay_as_they_are() -> None:
    code = (
        "import os; from pvopt.stderr import open_standard_streams as open_\n"
        "before = sorted(os.listdir('/proc/self/fd')); open_(); print('heard')\n"
        "assert sorted(os.listdir('/proc/self/fd')) == before"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, check=True, timeout=20, stdout=subprocess.PIPE
    )
    assert done.stdout == b"heard\n"


def test_a_fault_in_one_line() -> None:
    try:
        Path("/no/such/file").read_text(encoding="utf-8")
    except OSError as fault:
        words = told(fault)
    assert words.startswith("FileNotFoundError: [Errno 2]")
    assert "pathlib" in words
    assert told(ValueError("never raised")) == "ValueError: never raised"
