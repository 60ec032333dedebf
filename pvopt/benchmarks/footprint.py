"""What pvopt needs of a machine: CPU and memory of guardian and child over a real Modbus talk.

Two programs as a user starts them: `simulate --serve` is the GX, `run` on
Files/examples/victron.yaml (address, pins and folders replaced) is measured from outside, by the
kernel's own numbers in /proc.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pvopt.clock import Deadline, SystemClock
from pvopt.errors import PvoptError

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "Files" / "examples" / "victron.yaml"
HEAVY = ("numpy", "numba", "matplotlib", "aiohttp", "pydantic")
# Compiled parts by which a library shows in a process's memory map.
MARKS = {
    "numpy": "/numpy/",
    "numba": "/numba/",
    "matplotlib": "/matplotlib/",
    "aiohttp": "/aiohttp/",
    "pydantic": "/pydantic_core/",
}
START_S = 20.0
STOP_S = 5.0
POLL_S = 0.1
CHILD_CPU_PCT, CHILD_MB, GUARDIAN_MB = 0.5, 50.0, 12.0


class BenchmarkError(PvoptError):
    """The programs to be measured did not start, or ended."""


@dataclass(frozen=True, slots=True)
class Use:
    """A process at one moment: CPU seconds since its start; memory in MB."""

    cpu_s: float
    rss_mb: float
    pss_mb: float


@dataclass(frozen=True, slots=True)
class Row:
    """One measured number. ``aim`` None: told only; else it has to stay below."""

    name: str
    measured: float
    unit: str
    aim: float | None = None

    @property
    def met(self) -> bool:
        return self.aim is None or self.measured < self.aim


def measure(
    seconds: float, warm_up_s: float, folder: Path, online: bool, say: Callable[[str], None]
) -> list[Row]:
    """All rows. ``folder``: for configuration, log and state of the run. ``online``: the
    forecast is asked where the example says, else on a closed port of this machine.

    Raises BenchmarkError.
    """
    with contextlib.ExitStack() as stack:
        say("starting the simulated GX")
        port = stack.enter_context(_simulated_gx(folder))
        config = folder / "config.yaml"
        config.write_text(edited(EXAMPLE.read_text("utf-8"), port, folder, online), "utf-8")
        say("starting the run on Files/examples/victron.yaml")
        guardian = stack.enter_context(_run(config, folder))
        child = _child_of(guardian.pid, folder)
        _wait(warm_up_s, "warming up", say)
        before = {pid: use_of(pid) for pid in (guardian.pid, child)}
        clock = SystemClock()
        began_s = clock.now().mono_s
        _wait(seconds, "measuring", say)
        took_s = clock.now().mono_s - began_s
        after = {pid: use_of(pid) for pid in (guardian.pid, child)}
        loaded = loaded_in(child)
    return [
        *_rows("child", before[child], after[child], took_s, CHILD_CPU_PCT, CHILD_MB),
        *_rows("guardian", before[guardian.pid], after[guardian.pid], took_s, None, GUARDIAN_MB),
        *(Row(f"{name} loaded in the child", float(name in loaded), "", 1.0) for name in HEAVY),
    ]


def _rows(
    who: str, before: Use, after: Use, took_s: float, cpu_pct: float | None, mb: float
) -> Iterator[Row]:
    yield Row(f"{who} CPU", 100.0 * (after.cpu_s - before.cpu_s) / took_s, "% of a core", cpu_pct)
    yield Row(f"{who} resident (RSS)", after.rss_mb, "MB", mb)
    yield Row(f"{who} own share (PSS)", after.pss_mb, "MB")


def edited(text: str, port: int, folder: Path, online: bool) -> str:
    """The example with this machine's address, mock pins and own folders.

    Each place must be found exactly once: an example that was changed is an error, not another
    measurement. By night pvopt would be idle, so daylight is always on.
    """
    changes = [
        ("    host: venus.local\n", f"    host: 127.0.0.1\n    port: {port}\n"),
        ("  factory: lgpio", "  factory: mock"),
        ("  file: pvopt.log\n", f"  file: {folder / 'pvopt.log'}\n"),
        ("\ncontrol:\n", "\ncontrol:\n  daylight: {mode: always}\n"),
    ]
    if not online:
        changes.append(("#url: https://api.open-meteo.com", "url: http://127.0.0.1:9 #"))
    for old, new in changes:
        if text.count(old) != 1:
            raise BenchmarkError(f"{EXAMPLE}: {old.strip()!r} stands there {text.count(old)} times")
        text = text.replace(old, new)
    return f"{text}\nstate:\n  folder: {folder / 'state'}\n"


@contextlib.contextmanager
def _program(folder: Path, *words: str) -> Iterator[subprocess.Popen[str]]:
    """A program of ours, stopped in order at the end."""
    log = folder / f"{words[0]}.err"
    with log.open("w") as err:
        program = subprocess.Popen(
            [sys.executable, str(ROOT / "main.py"), *words],
            stdout=subprocess.PIPE,
            stderr=err,
            text=True,
            cwd=folder,
        )
    try:
        yield program
    finally:
        program.send_signal(signal.SIGTERM)
        try:
            program.wait(STOP_S)
        except subprocess.TimeoutExpired:
            program.kill()
            program.wait()
        if program.stdout is not None:
            program.stdout.close()


@contextlib.contextmanager
def _simulated_gx(folder: Path) -> Iterator[int]:
    with _program(folder, "simulate", "--serve", "127.0.0.1:0") as program:
        line = program.stdout.readline() if program.stdout is not None else ""
        _, _, port = line.strip().rpartition(":")
        if not port.isdigit():
            raise BenchmarkError(f"the simulated GX did not start: {_last(folder, 'simulate')}")
        yield int(port)


@contextlib.contextmanager
def _run(config: Path, folder: Path) -> Iterator[subprocess.Popen[str]]:
    with _program(folder, "run", "--config", str(config)) as program:
        yield program


def _last(folder: Path, name: str) -> str:
    lines = (folder / f"{name}.err").read_text().strip().splitlines()
    return lines[-1] if lines else "it said nothing"


def _child_of(guardian: int, folder: Path) -> int:
    """The child once it has begun its work: all units of the GX are found and kept."""
    found = folder / "state" / "gx-units.json"
    clock, end = SystemClock(), Deadline(START_S)
    while end.left_s() > 0:
        children = children_of(guardian)
        if children and found.exists():
            return children[0]
        clock.wait_until(clock.now().mono_s + POLL_S)
    raise BenchmarkError(f"the run did not start: {_last(folder, 'run')}")


def _wait(seconds: float, what: str, say: Callable[[str], None]) -> None:
    clock = SystemClock()
    end_s = clock.now().mono_s + seconds
    while (left_s := end_s - clock.now().mono_s) > 0:
        say(f"{what}: {seconds - left_s:.0f} of {seconds:.0f} s")
        clock.wait_until(min(end_s, clock.now().mono_s + 1.0))


def use_of(pid: int) -> Use:
    """CPU time (proc(5): utime and stime of all threads) and memory. BenchmarkError: it ended."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError as error:
        raise BenchmarkError(f"process {pid} has ended meanwhile") from error
    fields = stat.rpartition(")")[2].split()
    ticks = int(fields[11]) + int(fields[12])
    kb = {line.split()[0]: int(line.split()[1]) for line in rollup.splitlines() if " kB" in line}
    return Use(ticks / os.sysconf("SC_CLK_TCK"), kb["Rss:"] / 1024, kb["Pss:"] / 1024)


def children_of(pid: int) -> list[int]:
    """Process ids whose parent is ``pid``."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError, IndexError):
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                if int(fields[1]) == pid:
                    found.append(int(entry.name))
    return sorted(found)


def loaded_in(pid: int) -> set[str]:
    """Which of the heavy libraries are in a process, by its memory map."""
    try:
        maps = Path(f"/proc/{pid}/maps").read_text()
    except OSError as error:
        raise BenchmarkError(f"process {pid} has ended meanwhile") from error
    return {name for name, mark in MARKS.items() if mark in maps}
