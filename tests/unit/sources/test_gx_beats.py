"""Heartbeats show what has waited in the wires, and are not fooled by a clock that is set."""

from __future__ import annotations

import pytest

from pvopt.sources.gx_beats import JITTER_S, STEADY, Beats

UTC = 1_800_000_000.0


def beating(count: int = 5, late_s: float = 0.0) -> Beats:
    beats = Beats()
    for n in range(count):
        beats.take(100.0 + 3 * n + late_s, UTC + 3 * n)
    return beats


@pytest.mark.parametrize(("late_s", "lag_s"), [(JITTER_S, 0.0), (1.6, 1.6), (40.0, 40.0)])
def test_what_comes_late_is_old(late_s: float, lag_s: float) -> None:
    beats = beating()
    beats.take(115.0 + late_s, UTC + 15)
    assert beats.lag_s == pytest.approx(lag_s)
    beats.take(118.2, UTC + 18)
    assert beats.lag_s == 0.0


def test_ten_that_had_waited_come_at_once() -> None:
    """Each is less late than the one before; with the last all is as it was."""
    beats = beating()
    lags = []
    for n in range(5, 15):
        beats.take(142.0 + 0.01 * n, UTC + 3 * n)
        lags.append(round(beats.lag_s))
    assert lags == [27, 24, 21, 18, 15, 12, 9, 6, 3, 0]


@pytest.mark.parametrize("set_s", [3600.0, -3600.0])
def test_a_clock_that_was_set(set_s: float) -> None:
    """Forwards nothing happens; backwards it takes a minute to be told from a delay."""
    beats = beating()
    lags = []
    for n in range(5, 8 + STEADY):
        beats.take(100.0 + 3 * n, UTC + set_s + 3 * n)
        lags.append(beats.lag_s)
    assert lags[-1] == 0.0
    assert sum(lag > 0 for lag in lags) == (0 if set_s > 0 else STEADY)


def test_a_queue_that_grows_is_no_clock() -> None:
    beats = beating()
    for n in range(5, 200):
        beats.take(100.0 + 3.3 * n, UTC + 3 * n)
    assert beats.lag_s > 50


def test_a_new_connection_has_nothing_in_it() -> None:
    beats = beating()
    beats.take(200.0, UTC + 15)
    assert beats.lag_s > 80
    beats.forget()
    beats.take(203.0, UTC + 18)
    assert beats.lag_s == 0.0
