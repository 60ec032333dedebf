"""Results on disk: found again by what they depend on, whatever happened meanwhile."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import attrs
import pytest

from pvopt.benchmarks import sweep_kept
from pvopt.benchmarks.sweep_inputs import File
from pvopt.benchmarks.sweep_kept import NAME, Kept, key_of
from pvopt.errors import ConfigError
from tests.unit.benchmarks.sweep_samples import figures, task_of, with_demo

PAIRS = [("demo.tank_l", "200")]


def test_what_is_kept_is_found_again(tmp_path: Path) -> None:
    kept = Kept(tmp_path / "new", False)
    kept.add("a", PAIRS, figures(1.0))
    first = (tmp_path / "new" / NAME).read_text()
    assert json.loads(first)["varied"] == {"demo.tank_l": "200"}  # there before the file is closed
    kept.add("b", PAIRS, figures(2.5))
    kept.close()
    again = Kept(tmp_path / "new", True)
    assert again.found == {"a": figures(1.0), "b": figures(2.5)}
    again.close()


def test_an_earlier_sweep_is_not_mixed_up(tmp_path: Path) -> None:
    Kept(tmp_path, False).add("a", PAIRS, figures(1.0))
    with pytest.raises(ConfigError, match="add --resume"):
        Kept(tmp_path, False)


def test_a_line_cut_short_is_run_again(tmp_path: Path) -> None:
    kept = Kept(tmp_path, False)
    kept.add("a", PAIRS, figures(1.0))
    kept.add("b", PAIRS, figures(2.0))
    kept.close()
    path = tmp_path / NAME
    path.write_text(path.read_text()[:-40])
    again = Kept(tmp_path, True)
    assert set(again.found) == {"a"}
    again.add("b", PAIRS, figures(3.0))
    again.close()
    assert Kept(tmp_path, True).found == {"a": figures(1.0), "b": figures(3.0)}


@pytest.mark.parametrize("text", ["[]\n", "{}\n", "nothing\n", '{"key": "a"}\n', "1\n"])
def test_a_line_of_something_else_is_passed_over(tmp_path: Path, text: str) -> None:
    (tmp_path / NAME).write_text(text)
    assert Kept(tmp_path, True).found == {}


def test_a_folder_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match="choose another folder"):
        Kept(tmp_path / "file", False)


def test_the_key_is_of_all_that_matters(monkeypatch: pytest.MonkeyPatch) -> None:
    task = task_of()
    key = key_of(task)
    others = [
        with_demo(task, tank_l=201.0),
        replace(task, config=attrs.evolve(task.config, control=attrs.evolve(
            task.config.control, margin_w=31.0))),
        replace(task, span=task.span._replace(step_s=30)),
        replace(task, span=task.span._replace(start_utc_s=0.0)),
        replace(task, place=(50.0, 14.0)),
        replace(task, weather=File("w", "1")),
        replace(task, weather=File("w", "2")),
        replace(task, weather=File("w", "1"), load_in_weather=True),
        replace(task, load=File("w", "1")),
    ]  # fmt: skip
    keys = {key, *map(key_of, others)}
    assert len(keys) == 1 + len(others)
    assert key_of(replace(task, key="another")) == key
    moved = replace(task, weather=File("elsewhere", "1"))
    assert key_of(moved) == key_of(others[5])
    monkeypatch.setattr(sweep_kept, "engine", lambda: "9.9")
    assert key_of(task) != key
