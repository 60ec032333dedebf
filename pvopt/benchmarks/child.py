"""How a process that computes for another one begins, and when it ends."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from typing import Any


def child_begins() -> None:
    """Ctrl-C is the parent's affair, and no parent is the end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: Any) -> None:
    parent.join()
    os._exit(1)
