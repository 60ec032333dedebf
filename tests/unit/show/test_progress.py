"""How far a run is: what is drawn, how often, and the time that is left."""

from __future__ import annotations

import io

import pytest

from pvopt.show.progress import Progress, span


class Stage(io.StringIO):
    """A stream and a clock in one."""

    def __init__(self, terminal: bool) -> None:
        super().__init__()
        self.now_s = 100.0
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal


def progress(terminal: bool) -> tuple[Stage, Progress]:
    stage = Stage(terminal)
    return stage, Progress(lambda: stage.now_s, stage)


def test_a_terminal_sees_one_line_and_then_none() -> None:
    stage, shown = progress(terminal=True)
    shown.show(0.25, "until noon")
    assert stage.getvalue() == "\r██████░░░░░░░░░░░░░░░░░░  25 %  until noon"
    stage.now_s += 0.1
    shown.show(0.26, "too soon")
    assert "too soon" not in stage.getvalue()
    stage.now_s += 0.2
    shown.show(0.5, "")
    assert "\n" not in stage.getvalue()
    shown.clear()
    assert stage.getvalue().endswith("\r" + " " * len("██████░░░░░░░░░░░░░░░░░░  50 %  ") + "\r")


def test_a_shorter_line_covers_the_longer_one() -> None:
    stage, shown = progress(terminal=True)
    shown.show(0.1, "a long line indeed")
    first = stage.getvalue()
    stage.now_s += 1.0
    shown.show(0.1, "short")
    assert len(stage.getvalue()) >= 2 * len(first)


def test_elsewhere_a_line_now_and_then() -> None:
    stage, shown = progress(terminal=False)
    for _ in range(31):
        shown.show(0.5, "x")
        stage.now_s += 1.0
    assert stage.getvalue().count("\n") == 2
    shown.clear()
    assert "\r" not in stage.getvalue()


def test_what_is_left_is_told_when_there_is_something_to_judge_by() -> None:
    stage, shown = progress(terminal=True)
    shown.show(0.1, "")
    stage.now_s += 1.9
    shown.show(0.2, "")
    assert "left" not in stage.getvalue()
    stage.now_s += 8.1
    shown.show(0.3, "")
    assert "about 35 s left" in stage.getvalue()


def test_what_comes_before_the_first_share_does_not_count() -> None:
    stage, shown = progress(terminal=True)
    shown.show(0.0, "compiling")
    stage.now_s += 40.0
    shown.show(0.001, "")
    assert "left" not in stage.getvalue()
    stage.now_s += 10.0
    shown.show(0.501, "")
    assert "about 10 s left" in stage.getvalue()


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.0, "0 s"), (89.4, "89 s"), (90.0, "2 min"), (3600.0, "60 min"), (5400.0, "1 h 30 min")],
)
def test_span(seconds: float, words: str) -> None:
    assert span(seconds) == words
