"""What npm brings for the tests, beside the environment: it is no part of the project."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path


def packages(name: str, *wanted: str) -> Path:
    """The folder that holds ``wanted`` (``name@version``), one folder for each ``name``."""
    folder = Path(sys.prefix) / name
    found, stamp = folder / "node_modules", folder / "wanted"
    words = " ".join(wanted)
    if not stamp.is_file() or stamp.read_text() != words:
        npm = shutil.which("npm")
        assert npm, "this test needs npm: bash tests/run.sh installs it"
        folder.mkdir(exist_ok=True)
        done = subprocess.run(
            [npm, "install", "--silent", "--no-save", "--prefix", str(folder), *wanted],
            capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
        stamp.write_text(words)
    return found
