"""What the machine says of itself, read from its files; ``root`` may be another tree."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

BOOT_CONFIGS = ("boot/firmware/config.txt", "boot/config.txt")
TIME_ERROR = 5  # adjtimex(2): the clock is not synchronised
TIMEX_BYTES = 512  # more than struct timex has on any architecture


def kernel_synchronised() -> bool | None:
    """Whether the kernel holds the clock for synchronised (adjtimex(2)); None: it does not say."""
    try:
        state = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(TIMEX_BYTES))
    except (OSError, AttributeError):
        return None
    return None if state < 0 else state != TIME_ERROR


@dataclass(frozen=True)
class Machine:
    """Files of a machine below ``root``."""

    root: Path = Path("/")
    kernel_clock: Callable[[], bool | None] = kernel_synchronised

    def model(self) -> str:
        """ "Raspberry Pi 4 Model B Rev 1.4"; empty where there is no device tree."""
        return self._text("proc/device-tree/model").rstrip("\0").strip()

    def is_pi(self) -> bool:
        return "Raspberry Pi" in self.model()

    def boot_config(self) -> Path | None:
        """The firmware's config.txt, or None."""
        found = (self.root / name for name in BOOT_CONFIGS)
        return next((path for path in found if path.is_file()), None)

    def pwm_root(self) -> Path:
        return self.root / "sys/class/pwm"

    def has_spi(self, port: int, device: int) -> bool:
        return (self.root / f"dev/spidev{port}.{device}").exists()

    def has_systemd(self) -> bool:
        return (self.root / "run/systemd/system").exists()

    def unit_file(self) -> Path | None:
        """The service's unit file, where it is installed."""
        names = ("etc/systemd/system/pvopt.service", "lib/systemd/system/pvopt.service")
        return next((self.root / n for n in names if (self.root / n).is_file()), None)

    def synchronised(self) -> bool | None:
        """Whether the clock was set by NTP; None: not known."""
        if (self.root / "run/systemd/timesync/synchronized").exists():
            return True
        return self.kernel_clock()

    def memory_mb(self) -> float | None:
        """Memory that programs may still take, MB; None: not known."""
        for line in self._text("proc/meminfo").splitlines():
            name, _, amount = line.partition(":")
            if name == "MemAvailable":
                return int(amount.split()[0]) / 1024
        return None

    def _text(self, name: str) -> str:
        try:
            return (self.root / name).read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""


def nearest_folder(path: Path) -> Path:
    """The first folder upwards of ``path`` (itself included) that is there."""
    path = path.absolute()
    while not path.exists() and path != path.parent:
        path = path.parent
    return path


def may_write_in(folder: Path) -> bool:
    """Whether a file could be made in ``folder``, which need not be there yet."""
    there = nearest_folder(folder)
    return there.is_dir() and os.access(there, os.W_OK | os.X_OK)


def may_write_file(path: Path) -> bool:
    return os.access(path, os.W_OK) if path.is_file() else may_write_in(path.parent)


def free_mb(folder: Path) -> float:
    """Room that is left where ``folder`` lies, MB."""
    room = os.statvfs(nearest_folder(folder))
    return room.f_bavail * room.f_frsize / 1_000_000
