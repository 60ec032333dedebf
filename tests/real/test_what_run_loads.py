"""What a real start loads: the simulator's extras must never weigh on an appliance."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
HEAVY = {
    "numpy", "numba", "llvmlite", "matplotlib", "dask", "distributed", "pandas", "scipy", "pvlib",
    "aiohttp", "pydantic",
}  # fmt: skip
# A line of python -X importtime; a package's inner modules are indented.
IMPORTED = re.compile(r"import time: +\d+ \| +\d+ \| +(?P<name>\S+)")


def test_run_loads_no_extra(tmp_path: Path) -> None:
    shipped = (ROOT / "Files/config.yaml").read_text(encoding="utf-8")
    config = tmp_path / "demo.yaml"
    config.write_text(shipped.replace("  #speed: 1 ", "  speed: 20 "), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(ROOT / "main.py"), "--config", str(config), "--duration", "40"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPROFILEIMPORTTIME": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    loaded = {found["name"].partition(".")[0] for found in IMPORTED.finditer(done.stderr)}
    assert {"pymodbus", "gpiozero", "yaml", "astral"} <= loaded, "the whole real path was on"
    assert loaded & HEAVY == set()
    assert "paho" not in loaded, "no broker is configured"
