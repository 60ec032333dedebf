"""This machine: folders that are written to, another instance, the service, memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pvopt.checks.machine import Machine, free_mb, may_write_file, may_write_in
from pvopt.checks.row import Row, fail, ok, warn
from pvopt.config.schema import Config
from pvopt.lock import holder, pins_of

LEAST_ROOM_MB = 50.0
LEAST_MEMORY_MB = 64.0


def running_pid(config: Config) -> int | None:
    """Process of another pvopt that drives one of these pins now."""
    return next((pid for pin in pins_of(config) if (pid := holder(pin))), None)


def rows(config: Config, machine: Machine) -> Iterator[Row]:
    yield _state(Path(config.state.folder))
    yield _log(config.log.file)
    yield _room(config)
    yield _instance(config)
    yield _service(machine)
    yield _memory(machine)


def _state(folder: Path) -> Row:
    if may_write_in(folder):
        return ok("state", f"the folder {folder} can be written to")
    return warn(
        "state",
        f"the folder {folder} cannot be written to: found units and forecasts would not be kept",
        f"`sudo chown -R $USER {folder}`, or choose another state.folder",
    )


def _log(name: str) -> Row:
    if not name:
        return ok("log", "to standard error only")
    path = Path(name)
    if may_write_file(path):
        return ok("log", f"{path} can be written")
    return fail(
        "log",
        f"{path} cannot be written: pvopt would not start",
        f"if it belongs to another user: `sudo chown $USER {path}`; or choose another log.file, "
        'or "" for standard error only',
    )


def _room(config: Config) -> Row:
    folders = {Path(config.state.folder)}
    if config.log.file:
        folders.add(Path(config.log.file).parent)
    least_mb = min(free_mb(folder) for folder in folders)
    text = f"{least_mb:.0f} MB are free"
    if least_mb >= LEAST_ROOM_MB:
        return ok("disk", text)
    return warn("disk", text, "make room: logs and state may not be kept")


def _instance(config: Config) -> Row:
    pid = running_pid(config)
    if pid is None:
        return ok("instance", "no other pvopt drives these pins")
    return ok(
        "instance",
        f"pvopt runs already (process {pid}) and drives these pins",
        "stop that one before another is started: a second one is refused",
    )


def _service(machine: Machine) -> Row:
    unit = machine.unit_file()
    if unit is not None:
        return ok("service", f"{unit} is installed: pvopt starts with the machine")
    if machine.has_systemd():
        return ok("service", "not installed: pvopt runs only when it is started by hand")
    return ok("service", "no systemd here: pvopt is started by hand")


def _memory(machine: Machine) -> Row:
    free = machine.memory_mb()
    if free is None:
        return ok("memory", "this machine does not say")
    if free >= LEAST_MEMORY_MB:
        return ok("memory", f"{free:.0f} MB are available, about 50 are needed")
    return warn(
        "memory", f"only {free:.0f} MB are available, about 50 are needed", "stop other programs"
    )
