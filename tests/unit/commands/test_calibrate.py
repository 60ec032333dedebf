"""`calibrate`: what it refuses, and one whole run through Modbus and mock pins."""

from __future__ import annotations

import argparse
import logging
import re
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pvopt.calibration.shapes import DOWN, Point
from pvopt.commands import calibrate
from pvopt.config.curve_file import read_points
from pvopt.config.load import load, load_text
from pvopt.errors import ConfigError, PvoptError
from pvopt.show.calibration import Measured

HOME = """\
version: 1
site: {latitude: 50, longitude: 14, inverter: {max_w: 5000}}
sources: [SOURCE]
loads:
  - {id: boiler, max_w: 2000, output: {relay: {pin: 17}, knob: KNOB, curve: {CURVE}}}
  MORE
gpio: {factory: mock}
log: {file: ""}
state: {folder: FOLDER/state}
DEMO
"""
POT = "{kind: mcp4131, isolated_control: true}"
SERVO = "{kind: servo, pin: 18}"


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """The command takes over signals and the log."""
    signals = {number: signal.getsignal(number) for number in (1, 2, 15)}
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    for number, action in signals.items():
        signal.signal(number, action)
    root.handlers = handlers
    root.setLevel(level)


def file_of(folder: Path, **given: str) -> Path:
    words = {
        "SOURCE": "{kind: gx_modbus, host: 127.0.0.1}",
        "KNOB": POT,
        "CURVE": "kind: phase_angle",
        "MORE": "",
        "DEMO": "demo: {speed: 10000, sky: clear}",
        "FOLDER": str(folder),
    }
    text = HOME
    for word, default in words.items():
        text = text.replace(word, given.get(word, default))
    path = folder / "home.yaml"
    path.write_text(text)
    return path


def parsed(folder: Path, *words: str, **given: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    calibrate.add_arguments(parser)
    config = file_of(folder, **given)
    return parser.parse_args(["--config", str(config), "--out", str(folder / "b.csv"), *words])


def test_a_whole_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is printed fits into the configuration, and is the curve that the home has."""
    true = "kind: phase_angle, dead_zone_pct: 10"
    assert calibrate.run(parsed(tmp_path, "--fast", CURVE=true)) == 0
    told = capsys.readouterr().out
    assert "20 places measured" in told
    assert re.search(r"full knob gives (199\d|200\d) W; max_w says 2000 W\n", told)
    points, faults = read_points(tmp_path / "b.csv")
    assert not faults
    assert len(points) == 21
    assert dict(points)[55.0] == pytest.approx(1000.0, abs=25.0)
    assert (tmp_path / "b.png").stat().st_size > 10_000
    section = told[told.index("      curve:") : told.index("\n\nor all places")]
    home = file_of(tmp_path).read_text().replace("curve: {kind: phase_angle}", "curve: HERE")
    table = " ".join(section.split()).removeprefix("curve: kind: table points: ")
    home = home.replace("HERE", f"{{kind: table, points: {table}}}")
    curve = load_text(home, "home.yaml", {}).loads[0].output.law
    assert dict(curve.points)[100.0] == pytest.approx(2000.0, abs=10.0)
    beside = file_of(tmp_path, CURVE="kind: table, file: b.csv")
    assert load(beside).loads[0].output.law.points == points


def test_a_section_stands_as_it_would_in_the_file() -> None:
    """The printed lines are pasted below `output:` as they are."""
    points = [Point(2.5 * k, 0.2 * (2.5 * k) ** 2, DOWN) for k in range(1, 41)]
    section = "\n".join(Measured("b", points, 2000.0, lambda pct: 0.0).section())
    text = (
        "version: 1\nsite: {latitude: 50, longitude: 14}\n"
        "sources: [{kind: gx_modbus, host: 127.0.0.1}]\nloads:\n  - id: b\n    max_w: 2000\n"
        f"    output:\n      relay: {{pin: 17}}\n      knob: {SERVO}\n{section}\n"
    )
    assert all(len(line) <= 100 for line in section.splitlines())
    curve = load_text(text, "home.yaml", {}).loads[0].output.law
    assert curve.points[0] == (0.0, 0.0)
    assert curve.points[-1] == (100.0, 2000.0)


def test_without_a_heater_nothing_is_written(tmp_path: Path) -> None:
    """The simulated heater hangs on the first load; the second one draws nothing."""
    second = "- {id: pump, max_w: 900, output: {relay: {pin: 22}, knob: {kind: servo, pin: 23}}}"
    args = parsed(tmp_path, "--fast", "--load", "pump", MORE=second)
    with pytest.raises(PvoptError, match="no watts flow although the knob is open"):
        calibrate.run(args)
    assert not (tmp_path / "b.csv").exists()


def test_without_matplotlib_the_numbers_come_anyway(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pvopt.show.plots_calibration", None)
    job = calibrate.job_of(parsed(tmp_path))
    with pytest.raises(ModuleNotFoundError):  # a module of our own that is missing is a fault
        calibrate._picture(None, job.out)  # type: ignore[arg-type]
    monkeypatch.delitem(sys.modules, "pvopt.show.plots_calibration")
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    for name in [one for one in sys.modules if one.startswith("matplotlib.")]:
        monkeypatch.delitem(sys.modules, name)
    told = calibrate._picture(None, job.out)  # type: ignore[arg-type]
    assert "./env.sh sim" in told


@pytest.mark.parametrize(
    ("words", "given", "both_ways"),
    [
        ((), {}, False),
        ((), {"KNOB": SERVO}, True),
        (("--one-way",), {"KNOB": SERVO}, False),
        ((), {"KNOB": "{kind: servo, pin: 18, approach: from_below}"}, False),
    ],
)
def test_ways(
    tmp_path: Path, words: tuple[str, ...], given: dict[str, str], both_ways: bool
) -> None:
    plan = calibrate.job_of(parsed(tmp_path, *words, **given)).plan
    assert plan.places == (80 if both_ways else 40)


ON_OFF = "- {id: pump, max_w: 900, drive: on_off, output: {relay: {pin: 22}}}"
SECOND = "- {id: other, max_w: 900, output: {relay: {pin: 22}, knob: {kind: servo, pin: 23}}}"


@pytest.mark.parametrize(
    ("words", "given", "told"),
    [
        (("--load", "kettle"), {}, "there is no such load; with a knob: boiler"),
        (("--load", "pump"), {"MORE": ON_OFF}, "it has no knob to measure"),
        ((), {"MORE": SECOND}, "which load? give one with --load: boiler, other"),
        (("--step", "0.5"), {"KNOB": "{kind: servo, pin: 18, deadband_pct: 0.6}"}, "deadband_pct"),
        (
            (),
            {"SOURCE": "{kind: vrm, token: abc}", "DEMO": ""},
            "the portal's numbers are minutes old",
        ),
        (("--out", "/nowhere/at/all.csv"), {}, "there is no folder /nowhere/at"),
    ],
)
def test_refusals(tmp_path: Path, words: tuple[str, ...], given: dict[str, str], told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        calibrate.job_of(parsed(tmp_path, *words, **given))
    assert told in str(caught.value)


@pytest.mark.parametrize("name", ["b.csv", "b.png"])
def test_nothing_is_overwritten(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    with pytest.raises(ConfigError, match=f"{name} is there already"):
        calibrate.job_of(parsed(tmp_path))


def test_the_only_load_with_a_knob_needs_no_name(tmp_path: Path) -> None:
    assert calibrate.job_of(parsed(tmp_path, MORE=ON_OFF)).load.id == "boiler"
