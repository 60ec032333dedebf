"""What the guardian says of a child's end, and what it tells the next child."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SHORT_LIFE = (
    "import os, sys; n = int(os.environ['PVOPT_PULSE_FD']);"
    "print('why', os.environ.get('PVOPT_RESTART_WHY'), flush=True);"
    "os.write(n, b'P127.0.0.1 8888 pigpio:17:low:\\n' + {beats!r});"
    "first = 'PVOPT_RESTART_WHY' not in os.environ;"
    "sys.exit({first} if first else 2)"
)


@pytest.mark.parametrize(
    ("beats", "first", "alarming", "whys"),
    [
        (b"", 2, 0, ["why None"]),
        (b".", 2, 1, ["why None"]),
        (b"", 9, 1, ["why None"]),
        (b".", 9, 2, ["why None", "why the loop ended with code 9"]),
    ],
)
def test_what_is_said_of_a_child_that_ends(
    beats: bytes, first: int, alarming: int, whys: list[str]
) -> None:
    """Pins that were never used are no news when they cannot be reached; a new child hears why."""
    child = SHORT_LIFE.format(beats=beats, first=first)
    code = (
        "import sys; from pvopt.guardian import Guardian, Timing\n"
        "sys.exit(Guardian([sys.executable, '-c', sys.argv[1]], timing=Timing(pauses_s=(0.01,)),"
        " off=lambda plan: ['GPIO17: gone']).run())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, child],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert done.stdout.splitlines() == whys
    said = [line for line in done.stderr.splitlines() if "NOT switched off" in line]
    assert len(said) >= alarming if alarming else not said, done.stderr
    lines = done.stderr.splitlines()
    assert all(re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d pvopt guardian: ", x) for x in lines)
