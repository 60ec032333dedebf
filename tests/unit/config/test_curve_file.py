"""A curve in a file of its own: what is read, and what is said of a faulty one."""

from __future__ import annotations

from pathlib import Path

import pytest

from pvopt.act.curve import Curve
from pvopt.config.curve_file import read_points
from pvopt.config.faults import InvalidConfigError
from pvopt.config.load import load

HOME = """\
version: 1
site: {{latitude: 50, longitude: 14}}
sources: [{{kind: gx_modbus, host: 127.0.0.1}}]
loads:
  - id: boiler
    max_w: 2300
    output:
      relay: {{pin: 17}}
      knob: {{kind: servo, pin: 18}}
      curve:
        {curve}
"""


def home(folder: Path, curve: str) -> Path:
    path = folder / "home.yaml"
    path.write_text(HOME.format(curve=curve))
    return path


def faults_of(folder: Path, text: str) -> list[str]:
    path = folder / "curve.csv"
    path.write_text(text)
    return [str(fault).removeprefix(f"{path}") for fault in read_points(path)[1]]


@pytest.mark.parametrize(
    "text",
    [
        "100.0;2298.5\n50;1150\n0.0;1\n",  # from above, as it is written
        "0;1\n50;1150\n100;2298.5\n",
        "percent;watt\n0;1\n\n# half\n50;1150\n100;2298,5\n",
        "\ufeff0\t1\r\n50\t1150\r\n100\t2298.5\r\n",
        "0,1\n50,1150\n100,2298.5\n",
        "0 1\n50 1150\n100 2298.5\n",
        "100;2298.5\n50;1100\n50;1200\n0;1\n",  # twice: the mean
    ],
)
def test_ways_to_write_it(tmp_path: Path, text: str) -> None:
    (tmp_path / "curve.csv").write_text(text)
    points, faults = read_points(tmp_path / "curve.csv")
    assert not faults
    assert points == ((0.0, 1.0), (50.0, 1150.0), (100.0, 2298.5))


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("0;0\nhalf;1150\n", ":2: ", "such as 50;1150"),
        ("0;0\n50\n", ":2: ", "such as 50;1150"),
        ("0;0\n50;1;2\n", ":2: ", "more than two"),
        ("0;0\n50;nan\n", ":2: ", "such as 50;1150"),
        ("0;0\n100.1;5\n", ":2: ", "allowed: 0 to 100 %"),
        ("-0.1;0\n100;5\n", ":1: ", "allowed: 0 to 100 %"),
        ("0;-1\n100;5\n", ":1: ", "allowed: 0 to 100000 W"),
        ("100;5\n", ": ", "at least two places"),
        ("", ": ", "at least two places"),
        ("0;7\n50;0\n100;0\n", ": ", "heats nothing"),
    ],
)
def test_faults_with_their_line(tmp_path: Path, text: str, place: str, words: str) -> None:
    [fault] = faults_of(tmp_path, text)
    assert fault.startswith(place)
    assert words in fault


def test_a_wholly_different_file_is_refused_in_a_few_lines(tmp_path: Path) -> None:
    assert len(faults_of(tmp_path, "a;b\n" * 1000)) == 5
    (tmp_path / "picture.csv").write_bytes(b"\x89PNG\xff\xfe")
    assert "not text" in str(read_points(tmp_path / "picture.csv")[1])
    assert "too large" in faults_of(tmp_path, "1;1\n" * 60_000)[0]


def test_the_configuration_takes_the_points_from_beside_itself(tmp_path: Path) -> None:
    (tmp_path / "boiler.csv").write_text("100;2290\n99;2300\n50;1150\n0;1\n")
    config = load(home(tmp_path, "{kind: table, file: boiler.csv}"))
    curve = config.loads[0].output.law
    assert curve.points == ((0.0, 1.0), (50.0, 1150.0), (99.0, 2300.0), (100.0, 2290.0))
    assert Curve.from_config(curve, 2300.0).position_pct(575.0) == pytest.approx(25.0)


@pytest.mark.parametrize(
    ("curve", "words"),
    [
        ("{kind: table, file: none.csv}", "none.csv: cannot be read (No such file"),
        ("{kind: table, file: bad.csv}", "bad.csv:2: a line must be such as"),
        ("{kind: table, file: good.csv, points: [[0, 0], [100, 9]]}", "either `points` or `file`"),
        ("{kind: linear, file: good.csv}", "is read with `kind: table` only"),
        ("{kind: table}", "at least two [percent, watts] pairs, or a `file`"),
    ],
)
def test_what_is_wrong_stops_the_start(tmp_path: Path, curve: str, words: str) -> None:
    (tmp_path / "good.csv").write_text("0;0\n100;2300\n")
    (tmp_path / "bad.csv").write_text("0;0\nfull;2300\n")
    with pytest.raises(InvalidConfigError) as caught:
        load(home(tmp_path, curve))
    assert words in str(caught.value)
    assert len(caught.value.faults) == 1
