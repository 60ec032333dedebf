"""Import a library without the optional parts that it would load and nobody here uses."""

from __future__ import annotations

import contextlib
import sys
import warnings
from collections.abc import Iterator


@contextlib.contextmanager
def left_out(*names: str) -> Iterator[None]:
    """While inside, these modules cannot be imported, as if they were not installed.

    Modules that are loaded already stay as they are, and afterwards all can be imported again.
    What the library says about the lack is not shown. A second thread that wants the same library
    meanwhile waits for its import, as always.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        hidden = [name for name in names if name not in sys.modules]
        for name in hidden:
            sys.modules[name] = None  # type: ignore[assignment] # "not to be had", says import
        try:
            yield
        finally:
            for name in hidden:
                sys.modules.pop(name, None)
