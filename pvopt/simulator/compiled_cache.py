"""Compiled kernels kept on disk, so that a second start need not wait for the compiler.

A file is named after everything that its machine code depends on: the texts of the kernel and of
all that it calls, their constants and shapes, the versions of Python and numba, this processor.
So a change of any of them only means another file. A file that is not whole is not used, and a
folder that cannot be written means that nothing is kept.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import pickle
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
from numba.core.compiler import CompileResult

MOST_FILES = 100
SUFFIX = ".kernel"


def folder() -> Path:
    """Where compiled kernels are kept: the user's cache."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "pvopt" / "kernels"


class Kept:
    """What a dispatcher of numba asks before it compiles, and tells afterwards.

    ``digest``: of all texts, empty if they cannot be told apart; ``prepare``: called before
    anything is compiled.
    """

    def __init__(
        self, name: str, digest: str, prepare: Callable[[], None], tell: Callable[[Any], str]
    ) -> None:
        self._name = name
        self._digest = digest
        self._prepare = prepare
        self._tell = tell
        self.cache_path = str(folder())

    def load_overload(self, sig: Any, context: Any) -> Any:
        """The compiled kernel, None if there is none."""
        context.refresh()
        path = self._path(sig, context.codegen())
        found = None
        # Whatever is wrong with the file: compile, and write it anew.
        with contextlib.suppress(Exception):
            found = _load(path, context) if path else None
        if found is None:
            self._prepare()
        return found

    def save_overload(self, sig: Any, made: Any) -> None:
        path = self._path(sig, made.codegen)
        if path is None or made.library.has_dynamic_globals or made.lifted:
            return
        # A full disk, a foreign folder, a shape that no module has: then it is not kept.
        with contextlib.suppress(OSError, pickle.PicklingError, AttributeError, TypeError):
            _save(path, pickle.dumps(made._reduce(), protocol=5))

    def _path(self, sig: Any, codegen: Any) -> Path | None:
        if not self._digest:
            return None
        about = (self._digest, self._tell(sig), *codegen.magic_tuple())
        name = hashlib.sha256(repr((about, *machinery())).encode()).hexdigest()[:32]
        return folder() / f"{self._name}-{name}{SUFFIX}"

    def enable(self) -> None:
        """numba's way to turn its own cache on; this one always is."""

    def disable(self) -> None:
        """And off."""

    def flush(self) -> None:
        """And empty it: another text has another file."""


def machinery() -> tuple[str, ...]:
    """What makes machine code out of a text, beside the processor: versions and our own part."""
    ours = Path(__file__).parent
    text = b"".join(file.read_bytes() for file in sorted(ours.glob("compiled*.py")))
    own = hashlib.sha256(text).hexdigest()
    return (sys.version, numba.__version__, str(numba.config.OPT), own)


def _load(path: Path, context: Any) -> Any:
    whole = path.read_bytes()
    check, payload = whole[:32], whole[32:]
    if hashlib.sha256(payload).digest() != check:
        return None
    made = CompileResult._rebuild(context, *pickle.loads(payload))
    path.touch()  # the oldest go first
    return made


def _save(path: Path, payload: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, name = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(hashlib.sha256(payload).digest() + payload)
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
    _tidy(path.parent)


def _tidy(where: Path) -> None:
    """The files used last stay."""
    files = sorted(where.glob(f"*{SUFFIX}"), key=lambda file: file.stat().st_mtime)
    for file in files[:-MOST_FILES]:
        file.unlink(missing_ok=True)
