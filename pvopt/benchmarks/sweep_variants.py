"""Every combination of the varied values, each as a whole configuration read by its own rules.

A value that no combination can have is a fault of the command line. A combination that breaks a
rule between keys, each of whose values is fine elsewhere, is left out and told.
"""

from __future__ import annotations

import copy
import itertools
import math
import os
from dataclasses import dataclass
from pathlib import Path

from pvopt.benchmarks.sweep_paths import Axis
from pvopt.config.faults import Fault, InvalidConfigError
from pvopt.config.parse import parse, read_text
from pvopt.config.put import put
from pvopt.config.rules_across import global_faults
from pvopt.config.schema import Config
from pvopt.config.service import Demo
from pvopt.config.structure import Structurer
from pvopt.config.tree import Table
from pvopt.errors import ConfigError

MOST = 10_000
VARIED = "--vary"
# A home without a `demo` section: its values are read in this one's place.
STAND_IN = """\
site: {latitude: 0, longitude: 0}
sources: [{kind: gx_modbus, host: 127.0.0.1}]
loads: [{id: heater, max_w: 1000, output: {relay: {pin: 17}, knob: {kind: servo, pin: 18}}}]
gpio: {factory: mock}
demo: {}
"""


@dataclass(frozen=True)
class Variant:
    """One combination. ``values``: texts in the order of the axes."""

    values: tuple[str, ...]
    config: Config
    demo: Demo


@dataclass(frozen=True)
class Skipped:
    """A combination that the configuration's rules refuse."""

    values: tuple[str, ...]
    faults: tuple[Fault, ...]

    @property
    def why(self) -> str:
        """In words; with the line where it stands in the file."""
        words = []
        for fault in self.faults:
            place = f"{fault.file}:{fault.line}: " if fault.line else ""
            words.append(f"{place}{fault.key}: {fault.text}")
        return "; ".join(dict.fromkeys(words))


def variants_of(path: Path, axes: tuple[Axis, ...]) -> tuple[list[Variant], list[Skipped]]:
    """All combinations, the last axis fastest. ConfigError for values that can never be."""
    count = math.prod(len(axis.values) for axis in axes)
    if count > MOST:
        raise ConfigError(f"--vary gives {count} combinations: at most {MOST} are run at once")
    text, faults = read_text(path)
    if faults:
        raise InvalidConfigError(str(path), faults)
    reader = _Reader(text, str(path))
    made: list[Variant] = []
    skipped: list[Skipped] = []
    for values in itertools.product(*(axis.values for axis in axes)):
        try:
            made.append(reader.variant(axes, values))
        except InvalidConfigError as refused:
            skipped.append(Skipped(values, refused.faults))
    _refuse_hopeless(axes, made, skipped)
    return made, skipped


def _refuse_hopeless(axes: tuple[Axis, ...], made: list[Variant], skipped: list[Skipped]) -> None:
    """Values that are wrong as such, else values that no combination can have."""
    wrong: dict[str, str] = {}
    hopeless: dict[str, str] = {}
    for place, axis in enumerate(axes):
        fine = {variant.values[place] for variant in made}
        for one in skipped:
            if one.values[place] in fine:
                continue
            head = f"--vary {axis.path}={one.values[place]}"
            own = [fault.text for fault in one.faults if fault.key == axis.path]
            if own:
                wrong.setdefault(head, f"{axis.path}: {'; '.join(own)}")
            else:
                hopeless.setdefault(head, f"{one.why} (with {told(axes, one.values)})")
    faults = wrong or hopeless
    if faults:
        raise ConfigError("\n".join(f"{head}: {why}" for head, why in faults.items()))


def told(axes: tuple[Axis, ...], values: tuple[str, ...]) -> str:
    """``demo.peak_w=4400 demo.tank_l=200``."""
    pairs = zip(axes, values, strict=True)
    return " ".join(f"{axis.path}={value}" for axis, value in pairs)


class _Rules:
    """The configuration's own rules, for one tree after the other."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._structurer = Structurer(file)

    def config(self, root: Table) -> Config:
        structurer = self._structurer
        structurer.faults.clear()
        structurer.built.clear()
        config = structurer.config(root)
        rules = global_faults(root, structurer.built)
        across = [Fault(self._file, line, key, words) for line, key, words in rules]
        faults = [*structurer.faults, *across]
        if config is None or faults:
            raise InvalidConfigError(self._file, faults)
        return config


class _Reader:
    """The file's tree; a copy of it is changed and read anew for each combination."""

    def __init__(self, text: str, file: str) -> None:
        root, faults = parse(text, file, os.environ)
        if root is None or faults:
            raise InvalidConfigError(file, faults)
        self._file = file
        self._root = root
        self._has_demo = "demo" in root.entries
        self._rules = _Rules(file)
        self._stand_in = _Rules(VARIED)
        self._rules.config(copy.deepcopy(root))  # the file itself must be sound

    def variant(self, axes: tuple[Axis, ...], values: tuple[str, ...]) -> Variant:
        pairs = [(axis.path, value) for axis, value in zip(axes, values, strict=True)]
        root = copy.deepcopy(self._root)
        for path, value in pairs:
            if self._has_demo or not path.startswith("demo."):
                put(root, path, value, self._file)
        config = self._rules.config(root)
        demo = config.demo or self._demo(pairs, config)
        if config.loads[0].output.law.kind == "table":
            raise InvalidConfigError(self._file, [_no_table(self._file)])
        return Variant(values, config, demo)

    def _demo(self, pairs: list[tuple[str, str]], config: Config) -> Demo:
        """The default home with the site's panels, and what is varied of it."""
        root, _ = parse(STAND_IN, VARIED, {})
        assert root is not None
        peak_w = sum(plane.peak_w for plane in config.site.planes)
        if peak_w > 0.0:
            put(root, "demo.peak_w", repr(peak_w), VARIED)
        for path, value in pairs:
            if path.startswith("demo."):
                put(root, path, value, VARIED)
        demo = self._stand_in.config(root).demo
        assert demo is not None
        return demo


def _no_table(file: str) -> Fault:
    words = "a sweep does not model a measured table: take a copy with linear or phase_angle"
    return Fault(file, 0, "loads.0.output.curve.kind", words)
