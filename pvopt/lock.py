"""One instance on a pin: a second one is refused before it touches anything; one a state folder.

A lock of the kernel on one small file for each pin, so that two different configurations with
one pin in common clash, too. The kernel lets go when the process ends, however it ends.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import zlib
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from pvopt.clock import Deadline, SystemClock
from pvopt.config.output_wire import wire_of
from pvopt.config.outputs import (
    GpioOutput,
    MqttOutput,
    Relay,
    Servo,
    SpiPot,
    SsrOutput,
    StepPot,
)
from pvopt.config.schema import Config
from pvopt.errors import ConfigError

FOLDERS = (Path("/run/lock"), Path("/tmp"))
PATIENCE_S = 1.0  # `request` holds the lock of a state folder for the moment of a look
LONGEST_NAME = 160  # bytes
HERE = ("localhost", "127.0.0.1", "::1")


class PinLock:
    """A context manager that holds the locks of some pins, named as ``pins_of`` does.

    ConfigError when another process holds one of them, or when no lock can be had at all.
    """

    def __init__(self, pins: Sequence[str], folder: Path | None = None) -> None:
        self._pins = tuple(dict.fromkeys(pins))
        self._folder = folder or lock_folder()
        self._files: list[int] = []

    def __enter__(self) -> PinLock:
        try:
            for pin in self._pins:
                self._files.append(self._take(pin))
        except BaseException:
            self.release()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None
    ) -> None:
        self.release()

    def release(self) -> None:
        """Let go of all; idempotent. The files stay: removing them would be a race."""
        while self._files:
            os.close(self._files.pop())

    def _take(self, pin: str) -> int:
        path = lock_path(pin, self._folder)
        try:
            file = _open(path)
        except OSError as error:
            raise ConfigError(f"{path}: no lock for {pin}: {error.strerror}") from error
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(file)
            pid = holder(pin, self._folder)
            raise ConfigError(
                f"{pin} is driven by another pvopt that runs already"
                f"{f' (process {pid})' if pid else ''}; stop that one first"
            ) from None
        with contextlib.suppress(OSError):  # another user's file: locked all the same
            os.ftruncate(file, 0)
            os.pwrite(file, f"{os.getpid()}\n".encode(), 0)
        return file


class StateLock:
    """One run a state folder: ``take`` is False when another run has it, or no lock can be kept.

    A lock of the kernel on ``run.lock`` in the folder, gone with the process.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / "run.lock"
        self._file = -1

    def take(self, patience_s: float = PATIENCE_S) -> bool:
        """Hold it, once and for the life of the process; ConfigError: nothing can be kept here.

        Tried again for ``patience_s``, for who only looks lets go at once.
        """
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = _open(self._path)
        except OSError as error:
            raise ConfigError(f"{self._path}: {error.strerror}") from error
        clock, left = SystemClock(), Deadline(patience_s)
        while True:
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                if left.left_s() <= 0.0:
                    self.release()
                    return False
                clock.wait_until(clock.now().mono_s + 0.02)
            else:
                return True

    def release(self) -> None:
        """Let go; idempotent."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def held(self) -> bool:
        """Whether a run holds it now, as far as can be told."""
        try:
            with self._path.open() as file:
                try:
                    fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
                except BlockingIOError:
                    return True
        except OSError:
            pass
        return False


def _open(path: Path) -> int:
    # In a folder that all may write to, a file of another user may not be opened with O_CREAT.
    for flags in (os.O_RDWR, os.O_RDONLY):
        with contextlib.suppress(FileNotFoundError, PermissionError):
            return os.open(path, flags | os.O_CLOEXEC | os.O_NOFOLLOW)
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)


def lock_folder() -> Path:
    """The folder that all instances on this machine share."""
    for folder in FOLDERS:
        if os.access(folder, os.W_OK | os.X_OK):
            return folder
    raise ConfigError(f"no lock can be kept: {' and '.join(map(str, FOLDERS))} are read-only")


def lock_path(pin: str, folder: Path) -> Path:
    name = pin.lower().replace("/", "_").replace(" ", "-").replace("\0", "_")
    if len(name.encode()) > LONGEST_NAME:  # a topic may be longer than a file's name
        name = f"{name[: LONGEST_NAME // 8]}-{zlib.crc32(pin.encode()):08x}"
    return folder / f"pvopt-{name}.lock"


def holder(pin: str, folder: Path | None = None) -> int | None:
    """Process that holds the lock of ``pin`` now, as far as it can be told."""
    try:
        path = lock_path(pin, folder or lock_folder())
        with path.open() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except OSError:
                return int(file.read())
    except (OSError, ValueError, ConfigError):
        pass
    return None


def pins_of(config: Config) -> tuple[str, ...]:
    """Names of all pins, chips and topics that a configuration drives; none for mock pins, nor
    for a demonstration."""
    topics = () if config.demo is not None else topics_of(config)
    gpio = config.gpio
    if gpio.factory == "mock":
        return topics
    far = gpio.factory == "pigpio" and gpio.pigpio_host not in HERE
    where = f" of {gpio.pigpio_host}" if far else ""
    names: list[str] = []
    for load in config.loads:
        for relay in load.output.relays:
            names += _pins_of_part(relay)
        if isinstance(load.output, GpioOutput):
            names += _pins_of_part(load.output.knob)
        elif isinstance(load.output, SsrOutput):
            names += _pins_of_part(load.output)
    return (*(f"{name}{where}" for name in names), *topics)


def topics_of(config: Config) -> tuple[str, ...]:
    """Names of the loads behind a broker: two programs would switch them in turns."""
    if config.mqtt is None:
        return ()
    broker = f"{config.mqtt.host}:{config.mqtt.port_used}"
    return tuple(
        topic_name(broker, wire.topic, wire.payload(0.0, False))
        for wire in (
            wire_of(load.output) for load in config.loads if isinstance(load.output, MqttOutput)
        )
    )


def topic_name(broker: str, topic: str, off: str) -> str:
    """Name of what hears ``off`` on a topic: of Domoticz all switches hear one."""
    return f"MQTT {broker} {topic} {zlib.crc32(off.encode()):08x}"


def _pins_of_part(part: Relay | Servo | SpiPot | StepPot | SsrOutput | None) -> list[str]:
    if part is None:
        return []
    if isinstance(part, StepPot):
        return [f"GPIO{pin}" for pin in (part.inc_pin, part.ud_pin, part.cs_pin)]
    if isinstance(part, SpiPot):
        return [f"SPI{part.port}.{part.device} channel {part.channel}"]
    return [f"GPIO{part.pin}"]
