"""What `request` understands, says and writes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pvopt.clock import SystemClock
from pvopt.commands.cli import main
from pvopt.lock import StateLock
from pvopt.model import Instant, RequestKind
from pvopt.sources.inbox import Inbox
from tests.check_config import file_of, text_of
from tests.unit.decide.samples import NOON_UTC_S

NOW = Instant(5.0, NOON_UTC_S)  # 13:06 in Prague


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SystemClock, "now", lambda _: NOW)


def asked(folder: Path, words: str, **config: object) -> list[dict[str, Any]]:
    path = file_of(folder, **config)
    assert main(["request", *words.split(), "--config", str(path)]) == 0
    return written(folder)


def written(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(path.read_text()) for path in sorted(folder.glob("state/inbox/*.json"))]


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("boiler boost", "boiler: boost 2000 W until 14:07"),
        ("boiler boost --watts 700 --until 14:30", "boiler: boost 700 W until 14:30"),
        ("boiler boost --minutes 30 --until-c 55", "boiler: boost 2000 W until 13:37 or 55 °C"),
        ("boiler on", "boiler: on 2000 W until tomorrow 01:07"),
        ("boiler off", "boiler: off until further notice"),
        ("boiler off --until 09:00", "boiler: off until tomorrow 09:00"),
        ("boiler auto", "boiler: automatic again, all wishes are ended"),
        ("boiler release", "boiler: automatic again, temperatures stay as asked for"),
        (
            "boiler set-temp --to-c 45 --temp min",
            "boiler: at least 45 °C until further notice",
        ),
        ("boiler set-temp --to-c 55", "boiler: at most 55 °C until further notice"),
    ],
)
def test_the_answer_says_what_was_understood(
    words: str, answer: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    [paper] = asked(tmp_path, words)
    assert capsys.readouterr().out == f"{answer}\n"
    assert paper["target"] == "boiler"


def test_what_was_answered_is_what_the_loop_takes_up(tmp_path: Path) -> None:
    asked(tmp_path, "boiler boost --watts 700 --until 14:30")
    [request] = Inbox(tmp_path / "state", ("boiler",), "Europe/Prague").drain(NOW)
    assert (request.kind, request.watts) == (RequestKind.BOOST, 700.0)
    assert request.until_utc_s is not None
    assert request.until_utc_s % 86_400.0 == 12.5 * 3600.0
    assert request.by == "the command line"


def test_the_end_is_a_moment_however_late_it_is_taken_up(tmp_path: Path) -> None:
    asked(tmp_path, "boiler boost --minutes 30")
    late = Instant(5.0, NOON_UTC_S + 1200.0)
    [request] = Inbox(tmp_path / "state", ("boiler",), "Europe/Prague").drain(late)
    assert request.until_utc_s == NOON_UTC_S + 1800.0


def test_without_a_run_it_waits_for_one_and_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked(tmp_path, "boiler off")
    told = capsys.readouterr().err
    assert "no pvopt runs" in told
    assert str(tmp_path / "state") in told


def test_with_a_run_there_is_nothing_more_to_say(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lock = StateLock(tmp_path / "state")
    assert lock.take()
    asked(tmp_path, "boiler off")
    lock.release()
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("bolier off", "Did you mean `boiler`?"),
        ("boiler boost --watts 2500", "can draw 40 to 2000 W"),
        ("boiler boost --until-c 80", "from 20 to 75 °C"),
    ],
)
def test_a_refusal_says_what_is_possible(
    words: str, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = file_of(tmp_path)
    assert main(["request", *words.split(), "--config", str(path)]) == 2
    assert told in capsys.readouterr().err
    assert written(tmp_path) == []


def test_a_temperature_needs_a_sensor(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = text_of(tmp_path).replace("    temperature: {required: false}\n", "")
    path = tmp_path / "config.yaml"
    path.write_text(text)
    words = ["request", "boiler", "set-temp", "--to-c", "50", "--config", str(path)]
    assert main(words) == 2
    assert "no temperature sensor" in capsys.readouterr().err


def test_a_folder_that_cannot_be_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = file_of(tmp_path)
    (tmp_path / "state").write_text("a file")
    assert main(["request", "boiler", "off", "--config", str(path)]) == 1
    assert "cannot be written" in capsys.readouterr().err


def test_without_a_date_a_time_of_day_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(SystemClock, "now", lambda _: Instant(5.0, 600.0, False))
    path = str(file_of(tmp_path))
    assert main(["request", "boiler", "on", "--until", "14:30", "--config", path]) == 2
    assert "use --minutes" in capsys.readouterr().err
    assert main(["request", "boiler", "on", "--minutes", "30", "--config", path]) == 0
    assert capsys.readouterr().out == "boiler: on 2000 W for 30 minutes\n"


@pytest.mark.parametrize(
    ("words", "end"),
    [("boost --minutes 1", "for 1 minute"), ("on --until 14:30", "until 14:30"), ("off", "notice")],
)
def test_a_simulated_home_has_its_own_clock(
    words: str, end: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "demo.yaml"
    path.write_text(text_of(tmp_path) + "demo: {speed: 100}\n")
    assert main(["request", "boiler", *words.split(), "--config", str(path)]) == 0
    assert f"{end} (of the simulated home's time)\n" in capsys.readouterr().out
    [paper] = written(tmp_path)
    assert paper["demo"] is True
    assert paper["until_utc_s"] is None
