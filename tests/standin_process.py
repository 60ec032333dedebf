"""The pigpiod stand-in as a process of its own, with the pins seen from outside."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.pigpiod_standin import Observer

STANDIN = str(Path(__file__).with_name("pigpiod_standin.py"))


class StandinProcess:
    """The stand-in with its pins in a file that outlives it."""

    def __init__(self, pins: Path) -> None:
        self.pins = pins
        self.port = 0
        self.start()

    def start(self) -> None:
        """Start (again, on the same port, with the pins as they are)."""
        self.process = subprocess.Popen(
            [sys.executable, STANDIN, "--port", str(self.port), "--pins", str(self.pins)],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.port = int(self.process.stdout.readline())
        self.seen = Observer(self.port)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()
