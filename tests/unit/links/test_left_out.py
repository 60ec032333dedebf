"""What is left out cannot be imported inside, and can be again afterwards."""

from __future__ import annotations

import importlib
import subprocess
import sys
import warnings

import pytest

from pvopt.links.left_out import left_out


def test_inside_it_is_as_if_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "colorsys", raising=False)
    with left_out("colorsys"), pytest.raises(ImportError):
        importlib.import_module("colorsys")
    assert importlib.import_module("colorsys").__name__ == "colorsys"


def test_what_is_loaded_stays() -> None:
    loaded = importlib.import_module("colorsys")
    with left_out("colorsys"):
        assert importlib.import_module("colorsys") is loaded
    assert sys.modules["colorsys"] is loaded


def test_a_failure_inside_hides_nothing_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "colorsys", raising=False)
    with pytest.raises(RuntimeError), left_out("colorsys"):
        raise RuntimeError
    assert importlib.import_module("colorsys")


def test_a_warning_of_the_lack_is_not_shown() -> None:
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        with left_out():
            warnings.warn("unable to find it", stacklevel=1)
    assert not said


def test_an_exchange_loads_no_guessing_of_encodings() -> None:
    program = (
        "import sys\n"
        "from pvopt.links.http import HttpError, get_json\n"
        "try:\n"
        "    get_json('http://127.0.0.1:9/')\n"
        "except HttpError as fault:\n"
        "    print(fault)\n"
        "print([n for n in ('requests', 'chardet', 'charset_normalizer') if n in sys.modules])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == [
        "127.0.0.1: not reachable, or the connection broke",
        "['requests']",
    ]
    assert done.stderr == ""
