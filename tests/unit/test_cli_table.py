"""The table of commands: arguments → exit code and JSON schema, as a script would rely on them."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from main import is_guarded
from pvopt import __version__
from pvopt.commands.cli import COMMANDS, main
from tests.check_config import file_of, text_of

ROOT = Path(__file__).parents[2]
FLAT = ROOT / "tests/data/flat_config.yaml"
DEMO = "demo: {speed: 1000}\n"


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """In a folder of its own; signals and log as they were, for `run` takes both over."""
    import logging

    monkeypatch.chdir(tmp_path)
    signals = {number: signal.getsignal(number) for number in (1, 2, 15)}
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    for number, action in signals.items():
        signal.signal(number, action)
    for handler in list(root.handlers):
        if handler not in handlers:
            root.removeHandler(handler)
            handler.close()
    root.setLevel(level)
    root.handlers = handlers


def demo(folder: Path) -> str:
    """A demonstration that keeps its files in ``folder``."""
    path = folder / "demo.yaml"
    path.write_text(text_of(folder) + DEMO)
    return str(path)


def closed(folder: Path) -> str:
    """A home whose GX is not there (port 1 of this machine)."""
    return str(file_of(folder, PORT=1))


def broken(folder: Path) -> str:
    return str(file_of(folder, SOC=101))


# Words (DEMO, CLOSED, BROKEN, MISSING, FLAT stand for files) → exit code.
TABLE = [
    # run, also without its name
    ("--config DEMO --once", 0),
    ("run --config DEMO --once", 0),
    ("run --config DEMO --once --dry-run", 0),
    ("run --config DEMO --duration 5", 0),
    ("run --config CLOSED --once --dry-run", 0),  # nothing to read is no reason to stop
    ("run --config MISSING", 2),
    ("run --config BROKEN", 2),
    ("run --duration 0", 2),
    ("run --duration -5", 2),
    ("run --duration soon", 2),
    ("run --duration nan", 2),
    ("run --no-such-option", 2),
    ("--no-such-option", 2),
    ("run something", 2),
    # check
    ("check --config DEMO", 0),
    ("check --config CLOSED", 3),
    ("check --config MISSING", 2),
    ("check --config BROKEN", 2),
    ("check --no-such-option", 2),
    # request
    ("request boiler boost --config DEMO", 0),
    ("request boiler on --watts 700 --minutes 30 --config DEMO", 0),
    ("request boiler on --until 14:30 --config DEMO", 0),
    ("request boiler off --config CLOSED", 0),  # nothing runs: it waits in the inbox
    ("request boiler auto --config DEMO", 0),
    ("request boiler set-temp --to-c 55 --config DEMO", 0),
    ("request boiler boost --until-c 75 --config DEMO", 0),
    ("request boiler boost --until-c 75.1 --config DEMO", 2),
    ("request boiler boost --until-c 19 --config DEMO", 2),
    ("request boiler off --until-c 50 --config DEMO", 2),
    ("request boiler set-temp --config DEMO", 2),
    ("request boiler boost --watts 2001 --config DEMO", 2),
    ("request boiler boost --watts 1 --config DEMO", 2),
    ("request boiler off --watts 700 --config DEMO", 2),
    ("request boiler auto --minutes 5 --config DEMO", 2),
    ("request boiler on --minutes 0 --config DEMO", 2),
    ("request boiler on --minutes 1441 --config DEMO", 2),
    ("request boiler on --minutes 5 --until 14:30 --config DEMO", 2),
    ("request boiler on --until 25:00 --config DEMO", 2),
    ("request bolier on --config DEMO", 2),
    ("request boiler dance --config DEMO", 2),
    ("request boiler on --config MISSING", 2),
    ("request boiler on --config BROKEN", 2),
    ("request boiler", 2),
    # outputs-off
    ("outputs-off --config DEMO", 1),
    ("outputs-off --config MISSING", 2),
    # calibrate
    ("calibrate --config MISSING", 2),
    ("calibrate --config BROKEN", 2),
    ("calibrate --config DEMO --load kettle", 2),
    ("calibrate --config DEMO --step 0.4", 2),
    ("calibrate --config DEMO --step 26", 2),
    ("calibrate --config DEMO --step 5 --fast", 2),
    ("calibrate --config DEMO --out DEMO", 2),  # nothing is overwritten
    # migrate
    ("migrate FLAT", 0),
    ("migrate FLAT --out NEW", 0),
    ("migrate FLAT --out DEMO", 2),  # nothing is overwritten
    ("migrate MISSING", 2),
    ("migrate DEMO", 2),
    ("migrate", 2),
    # simulate
    ("simulate --config DEMO --days 0.001 --no-pictures", 0),
    ("simulate --config MISSING", 2),
    ("simulate --config BROKEN", 2),
    ("simulate --config DEMO --days 0", 2),
    ("simulate --config DEMO --weather MISSING", 2),
    ("simulate --config DEMO --load DEMO", 2),
    ("simulate --config DEMO --place 1,2", 2),
    ("simulate --config DEMO --out DEMO", 2),  # a file is no folder
    ("simulate --config DEMO --speed 2", 2),
    ("simulate --serve 127.0.0.1:0 --days 1", 2),
    ("simulate --serve here", 2),
    ("simulate --serve 127.0.0.1:70000", 2),
    ("simulate --serve 127.0.0.1:0 --speed 0", 2),
    ("simulate --serve 127.0.0.1:0 --config MISSING", 2),
    ("simulate --serve 192.0.2.1:0", 1),  # an address that is not ours
    # sweep
    ("sweep --paths", 0),
    ("sweep --config DEMO", 2),
    ("sweep --config MISSING --vary demo.tank_l=100", 2),
    ("sweep --config DEMO --vary sources.0.host=a", 2),
    # benchmark
    ("benchmark", 2),
    ("benchmark haste", 2),
    ("benchmark control --homes villa", 2),
    ("benchmark control --weather nowhere.csv", 2),
    ("benchmark speed --hours 0", 2),
    ("benchmark footprint --seconds 0", 2),
    ("benchmark footprint --seconds soon", 2),
    # the top
    ("--help", 0),
    ("-h", 0),
    ("--version", 0),
    ("no-such-command", 2),
    ("Check", 2),
]


def words_of(line: str, folder: Path) -> list[str]:
    files: dict[str, Callable[[Path], str]] = {
        "DEMO": demo,
        "CLOSED": closed,
        "BROKEN": broken,
        "MISSING": lambda folder: str(folder / "not there.yaml"),
        "FLAT": lambda folder: str(FLAT),
        "NEW": lambda folder: str(folder / "new.yaml"),
    }
    return [files[word](folder) if word in files else word for word in line.split()]


@pytest.mark.parametrize(("line", "code"), TABLE)
def test_exit_code(
    line: str, code: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words_of(line, tmp_path)) == code
    told = capsys.readouterr()
    assert "Traceback" not in told.err
    if code == 2:
        assert told.err.strip(), "a refusal says why, on standard error"


@pytest.mark.parametrize(
    ("line", "schema", "code"),
    [
        ("check --json --config DEMO", "pvopt.check/1", 0),
        ("check --json --config CLOSED", "pvopt.check/1", 3),
        ("check --json --config BROKEN", "pvopt.check/1", 2),
        ("check --json --config MISSING", "pvopt.check/1", 2),
    ],
)
def test_json(
    line: str, schema: str, code: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Standard output is one JSON object and nothing else. (`benchmark`: tests/real.)"""
    assert main(words_of(line, tmp_path)) == code
    told = json.loads(capsys.readouterr().out)
    assert told["schema"] == schema
    assert told["rows"]
    for row in told["rows"]:
        assert set(row) == {"area", "level", "text", "todo"}


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_a_command(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([name, "--help"]) == 0
    text = capsys.readouterr().out
    assert f"usage: python main.py {name}" in text
    assert len(text.splitlines()) >= 8
    for option in re.findall(r"^  (--[a-z-]+)(?: \S+)?$", text, re.MULTILINE):
        pytest.fail(f"{option} is not explained")


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    text = capsys.readouterr().out
    for name, (_, words) in COMMANDS.items():
        assert name in text
        assert words in text
    for code in (0, 1, 2, 3):
        assert f"\n  {code}  " in text


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("chekc", "check"),
        ("checks", "check"),
        ("output-off", "outputs-off"),
        ("outputs_off", "outputs-off"),
        ("simulation", "simulate"),
        ("migrat", "migrate"),
        ("requests", "request"),
        ("bench", "benchmark"),
    ],
)
def test_unknown_command(typed: str, meant: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([typed]) == 2
    assert f"Did you mean `{meant}`?" in capsys.readouterr().err


def test_unknown_command_like_no_other(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["xyzzy"]) == 2
    text = capsys.readouterr().err
    assert "Did you mean" not in text
    assert all(name in text for name in COMMANDS)


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"pvopt {__version__}\n"
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] == __version__


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("", True),
        ("run", True),
        ("--once", True),
        ("--config x", True),
        ("calibrate", True),
        ("calibrate --load boiler", True),
        ("calibrate --help", False),
        ("run --help", False),
        ("--help", False),
        ("--version", False),
        ("check", False),
        ("outputs-off", False),
        ("chekc", False),
    ],
)
def test_what_runs_under_a_guardian(line: str, expected: bool) -> None:
    assert is_guarded(line.split()) is expected


def whole_program(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "main.py"), *words],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("--config DEMO --once", 0),
        ("--config MISSING", 2),
        ("--config BROKEN", 2),
        ("--duration soon", 2),
        ("check --config CLOSED", 3),
        ("--version", 0),
        ("chekc", 2),
    ],
)
def test_through_the_guardian(line: str, code: int, tmp_path: Path) -> None:
    """The same codes from outside, where `run` is a child of its guardian."""
    told = whole_program(*words_of(line, tmp_path))
    assert told.returncode == code, told.stderr
    assert "Traceback" not in told.stderr


def test_a_configuration_is_refused_once(tmp_path: Path) -> None:
    """The guardian does not start again what cannot be started."""
    told = whole_program("--config", str(tmp_path / "not there.yaml"))
    assert told.stderr.count("not there.yaml") <= 2
    assert told.stderr.count("cannot be used") == 1


def test_command_line_imports_little() -> None:
    """Help and refusals come at once, also on a small Pi."""
    code = (
        "import sys; from pvopt.commands.cli import main; main(['--version']); main(['chekc']);"
        "print([m for m in ('yaml', 'attrs', 'cattrs', 'pymodbus', 'gpiozero', 'requests')"
        " if m in sys.modules])"
    )
    told = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert told.stdout.splitlines()[-1] == "[]"


def test_a_reader_that_goes_away_is_no_fault_to_be_traced() -> None:
    """As in `sweep --paths | head -1`."""
    words = [sys.executable, str(ROOT / "main.py"), "sweep", "--paths"]
    with subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        assert process.stderr.read() == ""
    assert process.returncode == 1
