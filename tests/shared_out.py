"""How the tests are shared out among worker processes (``pytest -n auto``)."""

from __future__ import annotations

import os
from pathlib import Path

from xdist.scheduler import LoadFileScheduling

# A worker that has compiled all of it holds 700 MB.
WORKER_MB = 700
MOST_WORKERS = 4
REAL = "tests/real/"
# Real tests of services: brokers, databases, browsers. They wait for another process.
SERVICES = ("test_gx_mqtt", "test_mqtt", "test_page", "test_storage", "test_store")


class FilesAndProcesses(LoadFileScheduling):  # type: ignore[misc]
    """Each file to one worker, that fixtures of modules and compiled kernels are made once.

    The tests with processes of their own go to two workers, those of services to one and all
    others to the other: they watch deadlines, and wait more than they reckon, while the others
    reckon.
    """

    def _split_scope(self, nodeid: str) -> str:
        if not nodeid.startswith(REAL):
            return str(super()._split_scope(nodeid))
        return f"{REAL}services" if nodeid.startswith(SERVICES, len(REAL)) else REAL


def workers(cores: int, free_mb: int) -> int:
    """Two more than there are cores, for the two with the real tests mostly wait; and as many as
    there is memory for."""
    return max(1, min(cores + 2, MOST_WORKERS, free_mb // WORKER_MB))


def cores() -> int:
    """That this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def free_mb(meminfo: Path = Path("/proc/meminfo")) -> int:
    """Memory that is available; where nobody tells, enough."""
    if meminfo.exists():
        for line in meminfo.read_text().splitlines():
            name, _, rest = line.partition(":")
            if name == "MemAvailable":
                return int(rest.split()[0]) // 1024
    return WORKER_MB * MOST_WORKERS
