"""A stop signal ends every sleep, raises nothing, and none is lost between look and sleep."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator

import pytest

from pvopt.clock import SystemClock, VirtualClock
from pvopt.commands.stopper import SIGNALS, Stopper

ROUNDS = 60


@pytest.fixture(autouse=True)
def signals_as_before() -> Iterator[None]:
    handlers = {number: signal.getsignal(number) for number in (*SIGNALS, signal.SIGUSR1)}
    yield
    signal.set_wakeup_fd(-1)
    for number, handler in handlers.items():
        signal.signal(number, handler)


@pytest.fixture
def stopper() -> Stopper:
    made = Stopper()
    made.install()
    return made


def kill_after(delay_s: float, *numbers: int) -> threading.Thread:
    def kill() -> None:
        time.sleep(delay_s)
        for number in numbers:
            os.kill(os.getpid(), number)

    thread = threading.Thread(target=kill)
    thread.start()
    return thread


@pytest.mark.parametrize("number", SIGNALS)
def test_each_signal_ends_a_sleep(stopper: Stopper, number: int) -> None:
    started_s = time.monotonic()
    thread = kill_after(0.05, number)
    stopper.sleep(60)
    assert 0.04 < time.monotonic() - started_s < 30
    assert stopper.asked
    thread.join()


def test_a_sleep_without_signal_is_as_long_as_asked(stopper: Stopper) -> None:
    started_s = time.monotonic()
    stopper.sleep(0.05)
    assert time.monotonic() - started_s >= 0.05
    assert not stopper.asked


def test_once_asked_no_sleep_any_more(stopper: Stopper) -> None:
    os.kill(os.getpid(), signal.SIGTERM)
    started_s = time.monotonic()
    for _ in range(100):
        stopper.sleep(60)
    assert time.monotonic() - started_s < 30


def test_other_signals_are_none_of_its_business(stopper: Stopper) -> None:
    signal.signal(signal.SIGUSR1, lambda _number, _frame: None)
    started_s = time.monotonic()
    thread = kill_after(0.01, signal.SIGUSR1)
    stopper.sleep(0.1)
    assert time.monotonic() - started_s >= 0.1
    assert not stopper.asked
    thread.join()


def test_none_is_lost_whenever_it_comes() -> None:
    """Signals at all moments of a loop that looks and sleeps: it always ends, in silence."""
    for turn in range(ROUNDS):
        stopper = Stopper()
        stopper.install()
        thread = kill_after(turn * 1e-5, *SIGNALS)
        started_s = time.monotonic()
        while not stopper.asked:
            stopper.sleep(0.0 if turn % 2 and time.monotonic() - started_s < 0.01 else 60)
        thread.join()
        assert time.monotonic() - started_s < 30


def test_a_storm_of_signals_raises_nothing(stopper: Stopper) -> None:
    clock = SystemClock()
    clock.sleep = stopper.sleep
    thread = kill_after(0, *(SIGNALS * 1000))
    while thread.is_alive():
        clock.wait_until(clock.now().mono_s + 60)
    assert stopper.asked


def test_under_nohup_a_hang_up_stays_ignored() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    stopper = Stopper()
    stopper.install()
    os.kill(os.getpid(), signal.SIGHUP)
    stopper.sleep(0.01)
    assert not stopper.asked


@pytest.mark.parametrize("pace", [0.1, 1.0])
def test_a_simulated_home_is_not_torn_in_two(stopper: Stopper, pace: float) -> None:
    """A wait that is cut short still moves the home by whole steps, to where it was to go."""
    steps: list[float] = []
    clock = VirtualClock(1_780_000_000.0, steps.append, pace)
    clock.sleep = stopper.sleep
    thread = kill_after(0.05, signal.SIGTERM)
    started_s = time.monotonic()
    clock.wait_until(3.0)
    assert time.monotonic() - started_s < 2.9
    assert steps == [1.0, 1.0, 1.0]
    assert clock.now().mono_s == 3.0
    thread.join()
