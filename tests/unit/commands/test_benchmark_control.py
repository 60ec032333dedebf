"""`benchmark control`: what is refused, what is written."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import pytest

from pvopt.benchmarks.campaign import Campaign
from pvopt.commands import benchmark_control
from pvopt.commands.benchmark_control import as_json, chosen, prepared
from pvopt.commands.cli import main
from pvopt.errors import ConfigError
from tests.unit.benchmarks.test_tables import ROWS, row

pytest.importorskip("numpy", reason="numpy is not installed:  . ./env.sh sim")


def options(**given: Any) -> argparse.Namespace:
    none = dict.fromkeys(("weather", "load", "place", "days", "json", "plot"))
    return argparse.Namespace(**(none | {"plain": False} | given))


def test_homes_and_laws_come_in_the_order_of_the_tables() -> None:
    homes, laws = chosen(["no-battery", "dc-zero"], ["evcc", "pvopt-servo"])
    assert homes == ("dc-zero", "no-battery")
    assert laws == ("pvopt-servo", "evcc")
    homes, laws = chosen(None, None)
    assert (len(homes), len(laws)) == (6, 15)


@pytest.mark.parametrize(
    ("homes", "laws", "words"),
    [
        (["villa"], None, "--homes: 'villa' is not there: choose of dc-zero, dc-feed"),
        (None, ["s3"], "--laws: 's3' is not there: choose of all-knowing, pvopt-servo"),
        ([], None, "--homes names none"),
    ],
)
def test_an_unknown_name_is_refused(
    homes: list[str] | None, laws: list[str] | None, words: str
) -> None:
    with pytest.raises(ConfigError, match=words):
        chosen(homes, laws)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"place": (50.0, 14.0)}, "--place is about --weather"),
        ({"plain": True}, "--plain is about"),
    ],
)
def test_what_is_about_the_weather_needs_it(given: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        prepared(options(**given))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--weather", "nowhere.csv"], "nowhere.csv: cannot be read"),
        (["--days", "0"], "is not a number from"),
        (["--workers", "0"], "'0' is not a number from 1 to 64"),
        (["--laws", "s9"], "'s9' is not there"),
        (["--json", "/proc/none/rows.json"], "--json /proc/none/rows.json: cannot be written"),
    ],
)
def test_a_wrong_command_line_ends_with_2(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["benchmark", "control", *words]) == 2
    assert said in capsys.readouterr().err


def test_a_malformed_file_is_refused_with_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    weather = tmp_path / "weather.csv"
    weather.write_text(
        "time,ghi,dni,dhi,air_temperature\n2026-06-21T11:00Z,1,1,1,20\n2026-06-21T11:01Z,x,1,1,20\n"
    )
    assert main(["benchmark", "control", "--weather", str(weather)]) == 2
    assert f"{weather}:3: ghi 'x' is no number" in capsys.readouterr().err


def test_without_numba_it_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(benchmark_control, "available", lambda: False)
    assert main(["benchmark", "control"]) == 1
    assert ". ./env.sh sim" in capsys.readouterr().err


def test_the_rows_as_json() -> None:
    plain = row("pvopt-servo", 95.55557, 0.4)._replace(refined=False)
    made = json.loads(as_json(Campaign(tuple(ROWS), (plain,), (), {})))
    assert made["schema"] == "pvopt.benchmark/1"
    servo = made["rows"][1]
    assert [made_row["law"] for made_row in made["rows"]] == [one.law for one in ROWS]
    assert list(servo)[:10] == [
        "home", "data_age_s", "law", "caught_pct", "not_solar_pct", "from_charging_pct",
        "switches_per_day", "moves_per_day", "travel_per_day", "worst_minute_import_w",
    ]  # fmt: skip
    assert (servo["caught_pct"], servo["plain_caught_pct"]) == (97.04, 95.5556)
    assert servo["refined"] is True
    assert "plain_caught_pct" not in made["rows"][2]


def test_the_whole_command(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """All but the months: table, rows and pictures."""
    pytest.importorskip("numba", reason="numba is not installed:  . ./env.sh sim")
    pytest.importorskip("matplotlib", reason="matplotlib is not installed:  . ./env.sh sim")
    given: list[Any] = []

    def quick(*args: Any) -> Campaign:
        given.extend(args)
        return Campaign(tuple(ROWS), (), (), {})

    monkeypatch.setattr("pvopt.benchmarks.campaign.campaign", quick)
    rows, plots = tmp_path / "rows.json", tmp_path / "plots"
    words = ["--days", "0.02", "--json", str(rows), "--plot", str(plots), "--workers", "1"]
    assert main(["benchmark", "control", *words]) == 0
    out = capsys.readouterr().out
    assert "made up: clear, broken and overcast days" in out
    assert "pvopt-servo" in out
    assert json.loads(rows.read_text())["rows"][0]["law"] == "all-knowing"
    assert [path.name for path in plots.iterdir()] == ["control_1s.png"]
    assert (given[2].seconds, given[3], given[4]) == (1728, None, 1)
