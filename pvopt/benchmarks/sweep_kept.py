"""What has been computed, a line a variant, so that a run can be resumed after anything.

A line is found again by a hash of all that its figures depend on: the variant's whole
configuration, the days, the measured files, this version and the text of its kernels.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from pvopt.benchmarks.sweep_run import engine
from pvopt.benchmarks.sweep_work import Figures, Task
from pvopt.errors import ConfigError, StoreError

NAME = "results.jsonl"


def key_of(task: Task) -> str:
    """The hash of a task (its own ``key`` left out). A secret in it cannot be read from it."""
    about = (
        engine(),
        task.config,
        task.demo,
        task.span,
        task.place,
        task.weather.digest if task.weather else "",
        task.load.digest if task.load else "",
        task.load_in_weather,
    )
    return sha256(repr(about).encode()).hexdigest()[:24]


class Kept:
    """The file of results in ``folder``; ``found`` what is there, by key."""

    def __init__(self, folder: Path, resume: bool) -> None:
        self.path = folder / NAME
        self.found: dict[str, Figures] = {}
        try:
            folder.mkdir(parents=True, exist_ok=True)
            text = self.path.read_text(encoding="utf-8") if self.path.exists() else ""
            if text and not resume:
                raise ConfigError(
                    f"{self.path}: holds an earlier sweep's results: add --resume to go on with "
                    "them, or give another --out"
                )
            self._read(text)
            self._file = self.path.open("a", encoding="utf-8")
            if text and not text.endswith("\n"):  # cut short by a power cut
                self._file.write("\n")
        except (OSError, UnicodeDecodeError) as error:
            why = getattr(error, "strerror", None) or "is no text"
            raise ConfigError(
                f"--out {folder}: cannot be written to ({why}): choose another folder"
            ) from error

    def _read(self, text: str) -> None:
        """Lines that are not whole are passed over: their variants are run again."""
        for line in text.splitlines():
            try:
                row = json.loads(line)
                self.found[str(row["key"])] = Figures(**{k: float(row[k]) for k in Figures._fields})
            except (ValueError, KeyError, TypeError):
                continue

    def add(self, key: str, varied: Sequence[tuple[str, str]], figures: Figures) -> None:
        """Written at once: what follows may fail."""
        row: dict[str, Any] = {"key": key, "varied": dict(varied), **figures._asdict()}
        try:
            self._file.write(json.dumps(row) + "\n")
            self._file.flush()
        except OSError as error:
            raise StoreError(
                f"{self.path}: cannot be written ({error.strerror}); is there room? "
                "What was written until then is kept: --resume"
            ) from error
        self.found[key] = figures

    def close(self) -> None:
        self._file.close()
