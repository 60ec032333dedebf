"""The import rules of the house, kept by a walk over every syntax tree of the package.

Pure parts stay pure, layers do not reach across, and each driver library has one owner. Imports
inside functions count, those under TYPE_CHECKING too: they show what a file knows of. A new
owner of a library is a row of ``OWNERS``.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# Who may import a library, by path within pvopt/. Nobody else may.
OWNERS: dict[str, tuple[str, ...]] = {
    "time": ("clock.py",),
    "gpiozero": ("act/pins.py", "act/on_*.py"),
    "pigpio": ("act/on_pigpio.py",),
    "lgpio": ("act/on_lgpio.py",),
    "pymodbus": ("sources/gx_link.py", "simulator/gx_server.py"),
    "victron_vrm": ("sources/vrm_client.py",),
    "requests": ("links/http.py",),
    "sqlite3": ("store/*",),
    "urllib3": ("links/http.py",),
    "paho": ("links/mqtt.py", "simulator/mqtt_client.py"),
    "yaml": ("config/parse.py",),
    "attrs": ("config/*", "build.py", "shared_links.py", "commands/check.py"),  # they vary sections
    "attr": ("config/*",),
    "cattrs": ("config/*",),
    "astral": ("daylight.py",),
    "numba": ("simulator/compiled*.py",),
    "numpy": ("simulator/compiled*.py", "benchmarks/*"),
    "matplotlib": ("show/plots*.py", "benchmarks/plots*.py"),
    "dask": ("benchmarks/sweep*.py",),
    "distributed": ("benchmarks/sweep*.py",),
    # What the extras bring along is for nobody.
    "llvmlite": (),
    "pandas": (),
    "pvlib": (),
    "scipy": (),
    "pydantic": (),
    "aiohttp": (),
}
# Threads start only here; concurrent.futures and subprocess count as threads.
THREADS = (
    "workers.py", "links/mqtt.py", "store/*", "show/*", "simulator/gx_server.py",
    "benchmarks/*",  # processes of a computation, no part of the appliance
)  # fmt: skip
THREADED = ("threading", "_thread", "concurrent", "multiprocessing", "queue", "socketserver")

# The pure part, and what of the standard library it may know.
PURE = ("decide/*", "model.py", "daylight.py", "simulator/*", "calibration/*")
# The simulator's own outside: server, replay and what wires a run, not the physics.
NOT_PHYSICS = (
    "simulator/gx_server.py",
    "simulator/adapters.py",
    "simulator/mqtt_*.py",  # devices behind a broker
    "simulator/compiled*.py",
    "simulator/weather_csv.py",  # reads files
)
PURE_STANDARD = {
    "__future__", "abc", "array", "bisect", "collections", "dataclasses", "datetime", "enum",
    "functools", "itertools", "math", "operator", "typing", "types", "zoneinfo",
}  # fmt: skip
PURE_THIRD = {"astral"}
# Parameter classes are plain values: a home or a place is made from its section.
PURE_OURS = (
    "errors.py",
    "shape.py",  # how frozen shapes are made
    "config/control.py",
    "config/loads.py",
    "config/outputs.py",
    "config/comfort.py",
    "config/hours.py",
    "config/temperatures.py",
    "config/service.py",
    "config/site.py",
    "config/bounds.py",
    # A regulator's curve and the chips' taps are arithmetic and a table.
    "act/curve.py",
    "act/curve_law.py",
    "act/chips.py",
)

# (who, what they must not import), both as paths within pvopt/.
APART = (
    ("decide/*", "simulator/*"),
    ("decide/*", "score/*"),  # what is decided knows no marks
    ("score/*", "simulator/*"),
    ("simulator/*", "decide/*"),
    ("sources/*", "act/*"),
    ("act/*", "sources/*"),
    ("show/*", "act/*"),
    ("show/*", "off.py"),
    ("links/*", "sources/*"),
    ("links/*", "act/*"),
    ("links/*", "decide/*"),
    ("links/*", "config/*"),
    ("decide/*", "calibration/*"),  # the appliance's law knows no other
    ("calibration/*", "simulator/*"),  # nobody marks their own homework
    ("calibration/*", "config/*"),
    ("decide/*", "config/*"),  # decide sees Settings only
    ("decide/*", "show/*"),
    ("config/*", "decide/*"),
    ("store/*", "act/*"),
    ("model.py", "*"),
    ("errors.py", "*"),
    ("ports.py", "act/*"),
    ("loop.py", "act/*"),
    ("loop.py", "sources/*"),
    ("loop.py", "show/*"),
    ("loop.py", "config/*"),
    ("off.py", "act/*"),
    ("off.py", "config/*"),
    ("guardian.py", "act/*"),
    ("guardian.py", "config/*"),
    ("*", "build.py"),
    ("*", "commands/*"),
)
APART_BUT = (
    ("commands/*", "build.py"),
    ("commands/*", "commands/*"),
    ("build.py", "build.py"),
    ("daylight.py", "errors.py"),
    ("model.py", "shape.py"),
)
# Modules that define concrete classes of a port: only build.py wires them.
CONCRETE = (
    "sources/victron_modbus.py",
    "sources/victron_vrm.py",
    "sources/mqtt_meters.py",
    "act/gpio.py",
    "act/mqtt.py",
    "simulator/adapters.py",
)


def modules_in(tree: ast.AST, own: str) -> Iterator[tuple[str, int]]:
    """Full dotted names that a file imports, ``from a import b`` as ``a.b``, with their lines."""
    package = own.rpartition(".")[0]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parents = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*parents, base]).rstrip(".")
            yield from ((f"{base}.{alias.name}", node.lineno) for alias in node.names)
        elif isinstance(node, ast.Call) and _calls_import(node):
            name = node.args[0]
            if isinstance(name, ast.Constant) and isinstance(name.value, str):
                yield name.value.replace(":", "."), node.lineno


def _calls_import(node: ast.Call) -> bool:
    called = node.func
    name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
    return name in {"import_module", "__import__"} and bool(node.args)


def file_of(name: str, package: Path) -> str | None:
    """Path within the package of a module of ours: ``pvopt.a.b.Thing`` is ``a/b.py``."""
    parts = name.split(".")
    if parts[0] != "pvopt":
        return None
    for length in range(len(parts), 0, -1):
        inner = Path(*parts[1:length]) if length > 1 else Path()
        for path in (inner.with_suffix(".py") if length > 1 else None, inner / "__init__.py"):
            if path is not None and (package / path).is_file():
                return path.as_posix()
    return None


def matches(path: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatch(path, pattern) for pattern in patterns)


def is_pure(path: str) -> bool:
    return matches(path, PURE) and not matches(path, NOT_PHYSICS)


def breaches(root: Path) -> list[str]:
    """Every import in ``root/pvopt`` that breaks a rule, as ``file:line: words``."""
    package = root / "pvopt"
    found: list[str] = []
    for file in sorted(package.rglob("*.py")):
        path = file.relative_to(package).as_posix()
        own = "pvopt." + path.removesuffix(".py").replace("/", ".")
        for name, line in modules_in(ast.parse(file.read_text()), own):
            ours = file_of(name, package)
            words = _breach_inside(path, ours) if ours else _breach_outside(path, name)
            if words:
                found.append(f"pvopt/{path}:{line}: {words}")
    return found


def _breach_inside(path: str, ours: str) -> str:
    for who, what in APART:
        if fnmatch(path, who) and fnmatch(ours, what) and ours != path:
            allowed = any(fnmatch(path, a) and fnmatch(ours, b) for a, b in APART_BUT)
            if not allowed:
                return f"may not know {ours}"
    if ours in CONCRETE and path not in ("build.py", ours):
        return f"only build.py knows {ours}"
    if is_pure(path) and not (is_pure(ours) or matches(ours, PURE_OURS)):
        return f"is pure and may not know {ours}"
    return ""


def _breach_outside(path: str, name: str) -> str:
    top = name.partition(".")[0]
    if top in OWNERS and not matches(path, OWNERS[top]):
        return f"{top} belongs to {', '.join(OWNERS[top]) or 'nobody'}"
    if top in THREADED and not matches(path, THREADS):
        return f"{top}: threads start only in {', '.join(THREADS)}"
    if is_pure(path) and top not in PURE_STANDARD | PURE_THIRD:
        return f"is pure and may not import {top}"
    return ""


def test_the_house_keeps_its_rules() -> None:
    assert breaches(ROOT) == []


def test_the_walk_sees_the_package() -> None:
    """An empty walk would keep every rule."""
    package = ROOT / "pvopt"
    seen = {
        name
        for file in package.rglob("*.py")
        for name, _ in modules_in(ast.parse(file.read_text()), "pvopt.x")
    }
    for needed in ("time", "astral.Observer", "pvopt.model.Instant"):
        assert needed in seen


PLANTED = [
    ("decide/hunt.py", "import time", "time belongs to clock.py"),
    ("decide/hunt.py", "def f() -> None:\n    from time import monotonic", "time belongs"),
    ("decide/hunt.py", "import logging", "may not import logging"),
    ("decide/hunt.py", "import random", "may not import random"),
    ("decide/hunt.py", "from os import path", "may not import os"),
    ("decide/hunt.py", "from pvopt.simulator import home", "may not know simulator/"),
    ("decide/hunt.py", "from ..simulator.home import step", "may not know simulator/home.py"),
    ("decide/hunt.py", "from pvopt.clock import Deadline", "may not know clock.py"),
    ("decide/hunt.py", "from pvopt.config.loads import Load", "may not know config/loads.py"),
    ("simulator/home.py", "from pvopt.decide.hunt import x", "may not know decide/hunt.py"),
    ("simulator/home.py", "import threading", "threads start only in"),
    ("simulator/home.py", "from pvopt.off import OffPlan", "may not know off.py"),
    ("model.py", "from pvopt.errors import PvoptError", "may not know errors.py"),
    ("daylight.py", "import socket", "may not import socket"),
    ("sources/gx.py", "import pvopt.act.gpio", "may not know act/gpio.py"),
    ("sources/gx.py", "import pymodbus.client", "pymodbus belongs to"),
    ("sources/gx.py", "import importlib; importlib.import_module('requests')", "requests belongs"),
    ("act/gpio.py", "from pvopt.sources.gx import x", "may not know sources/gx.py"),
    ("act/gpio.py", "from concurrent.futures import ThreadPoolExecutor", "threads start only"),
    ("show/page.py", "from pvopt.act import gpio", "may not know act/gpio.py"),
    ("show/page.py", "from pvopt.off import switch_off", "may not know off.py"),
    ("loop.py", "from pvopt.act.gpio import x", "may not know act/gpio.py"),
    ("sources/gx.py", "from pvopt.build import build", "may not know build.py"),
    ("commands/run.py", "from pvopt.act.gpio import GpioActuator", "only build.py knows"),
    ("loop.py", "import yaml", "yaml belongs to config/parse.py"),
    ("loop.py", "import attrs", "attrs belongs to"),
    ("act/gpio.py", "import numpy as np", "numpy belongs to simulator/compiled*.py, benchmarks"),
    ("commands/run.py", "import numpy as np", "numpy belongs to"),
    ("simulator/home.py", "from numba import njit", "numba belongs to simulator/compiled*.py"),
    ("simulator/home.py", "from pvopt.simulator.compiled import x", "is pure and may not know"),
    ("show/page.py", "from matplotlib import pyplot", "matplotlib belongs to show/plots*.py"),
    ("loop.py", "import dask.distributed", "dask belongs to benchmarks/sweep*.py"),
    ("loop.py", "from distributed import Client", "distributed belongs to benchmarks/sweep*.py"),
    ("simulator/sun.py", "import pvlib", "pvlib belongs to nobody"),
]
FILES = (
    "build.py", "clock.py", "errors.py", "off.py", "loop.py", "model.py", "daylight.py",
    "decide/hunt.py", "simulator/home.py", "simulator/compiled.py", "sources/gx.py",
    "act/gpio.py", "show/page.py", "commands/run.py", "config/loads.py",
)  # fmt: skip


def planted(root: Path, path: str, text: str) -> Path:
    for name in FILES:
        file = root / "pvopt" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        (file.parent / "__init__.py").touch()
        file.touch()
    (root / "pvopt" / path).write_text(text)
    return root


@pytest.mark.parametrize(("path", "text", "words"), PLANTED)
def test_a_planted_breach_is_found(tmp_path: Path, path: str, text: str, words: str) -> None:
    found = breaches(planted(tmp_path, path, text))
    assert len(found) == 1
    assert found[0].startswith(f"pvopt/{path}:")
    assert words in found[0]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("clock.py", "import time"),
        ("build.py", "from pvopt.act.gpio import GpioActuator"),
        ("commands/run.py", "from pvopt.build import build"),
        ("decide/hunt.py", "import math\nfrom pvopt.model import Instant"),
        ("simulator/gx_server.py", "import threading, socket\nfrom pvopt.simulator.home import x"),
    ],
)
def test_what_is_allowed_is_not_found(tmp_path: Path, path: str, text: str) -> None:
    assert breaches(planted(tmp_path, path, text)) == []
