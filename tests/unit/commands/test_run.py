"""What the main job and its guardian tell each other: ticks, what is left, what is broken."""

from __future__ import annotations

import argparse
import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import attrs
import pytest

from pvopt.build import Built, build
from pvopt.commands.run import _go, real_tick_s, remembered
from pvopt.commands.stopper import Stopper
from pvopt.config.control import Control
from pvopt.config.load import load_text
from pvopt.config.schema import Config
from pvopt.config.service import Demo, State
from pvopt.guardian import Guardian, Timing
from pvopt.model import Tick, Why
from pvopt.pulse import LATCHED_VARIABLE, PIPE_VARIABLE, Pulse

TEXT = """
version: 1
site: {latitude: 50, longitude: 14}
sources: [{kind: gx_modbus, host: 127.0.0.1}]
loads:
  - id: boiler
    max_w: 2000
    output: {relay: {pin: 17, min_off_s: 0}, knob: {kind: servo, pin: 18}}
control: {enable_delay_s: 0}
gpio: {factory: mock}
demo: {speed: 10000, sky: clear, soc_pct: 100}
"""


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return attrs.evolve(load_text(TEXT, "test.yaml", {}), state=State(folder=str(tmp_path)))


@pytest.fixture
def built(config: Config) -> Iterator[Built]:
    made = build(config)
    yield made
    made.close()


@pytest.mark.parametrize(
    ("tick_s", "speed", "real_s"),
    [(1, 0.1, 10), (1, 0.5, 2), (1, 1, 1), (1, 20, 1), (2, 0.2, 10), (3, 100, 3), (3, None, 3)],
)
def test_the_guardian_counts_real_seconds(
    config: Config, tick_s: float, speed: float | None, real_s: float
) -> None:
    demo = None if speed is None else Demo(speed=speed)
    config = attrs.evolve(config, demo=demo, control=Control(tick_s=tick_s))
    assert real_tick_s(config) == pytest.approx(real_s)


def test_it_waits_for_a_home_in_slow_motion(config: Config) -> None:
    """Ticks 10 s apart are no silence, and the 5 s of slack stay."""
    guardian = Guardian(["/bin/true"], {}, Timing())
    slow = attrs.evolve(config, demo=Demo(speed=0.1))
    guardian._take(f"T{real_tick_s(slow)}\n".encode())
    assert guardian._silence_s == pytest.approx(14)


def run_for(built: Built, pulse: Pulse, seconds: float) -> None:
    _go(argparse.Namespace(once=False, duration=seconds), built, Stopper(), pulse)


def heard(read: int) -> str:
    os.set_blocking(read, False)
    return os.read(read, 1 << 16).decode()


def test_a_new_verdict_goes_to_the_guardian_once_and_before_the_beat(
    built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop, real = built.loop, built.loop.tick

    def tick() -> Tick | None:
        made = real()
        if loop.counts.ticks >= 2:
            ledger = replace(loop.memory.ledger, latched=(("boiler", Why.TRIAC_SHORT),))
            loop.memory = replace(loop.memory, ledger=ledger)
        return made

    monkeypatch.setattr(loop, "tick", tick)
    read, write = os.pipe()
    run_for(built, Pulse(write), 3)
    assert heard(read) == f"R3.0\n.Lboiler:{int(Why.TRIAC_SHORT)}\nR2.0\n.R1.0\n.R0.0\n."


def test_a_verdict_of_a_tick_that_failed_goes_too(
    built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop = built.loop

    def tick() -> None:
        ledger = replace(loop.memory.ledger, latched=(("boiler", Why.WELDED),))
        loop.memory = replace(loop.memory, ledger=ledger)

    monkeypatch.setattr(loop, "tick", tick)
    read, write = os.pipe()
    run_for(built, Pulse(write), 2)
    assert heard(read) == f"Lboiler:{int(Why.WELDED)}\n"


def test_what_was_found_stays_off_after_a_restart(built: Built) -> None:
    """Under a sun that would heat, and without a word more to the guardian."""
    verdict = (("boiler", int(Why.TRIAC_SHORT)),)
    read, write = os.pipe()
    run_for(built, Pulse(write, latched=verdict), 120)
    assert "L" not in heard(read)
    assert built.loop.memory.ledger.latched == (("boiler", Why.TRIAC_SHORT),)
    assert built.demo is not None
    assert built.demo.world.totals.switches == 0


def test_the_same_home_heats_when_nothing_was_found(built: Built) -> None:
    read, write = os.pipe()
    run_for(built, Pulse(write), 120)
    assert "L" not in heard(read)
    assert built.demo is not None
    assert built.demo.world.totals.switches >= 1


def test_what_is_no_load_any_more_is_forgotten(config: Config) -> None:
    pulse = Pulse(os.pipe()[1], latched=(("gone", 68), ("boiler", 69)))
    assert remembered(pulse, config).ledger.latched == (("boiler", Why.TRIAC_SHORT),)


def test_both_halves_of_the_verdicts_way() -> None:
    """Pulse → guardian → the next child's environment → its pulse."""
    read, write = os.pipe()
    guardian = Guardian(["/bin/true"], {LATCHED_VARIABLE: "old:69"}, Timing())
    assert LATCHED_VARIABLE not in guardian._environ, "an owner's restart clears it"
    verdicts = (("boiler", Why.WELDED), ("tank-2_b", Why.TRIAC_SHORT))
    pulse = Pulse(write)
    assert pulse.latch(verdicts)
    assert pulse.latch(verdicts)
    wire = os.read(read, 1000)
    assert wire.count(b"L") == 1, "said once"
    guardian._take(wire[:7])
    guardian._take(wire[7:])
    environ = {PIPE_VARIABLE: str(write), LATCHED_VARIABLE: guardian._latched}
    after = Pulse.from_env(environ)
    assert after is not None
    assert after.latched == verdicts
    assert environ == {}


def test_a_verdict_for_a_guardian_that_is_gone() -> None:
    read, write = os.pipe()
    os.close(read)
    pulse = Pulse(write)
    assert not pulse.latch((("boiler", 69),))
    assert pulse.latched == (), "not told, so it is news still"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_in_the_middle_is_no_fault(built: Built, number: int) -> None:
    stopper = Stopper()
    handlers = {n: signal.getsignal(n) for n in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)}
    stopper.install()
    try:
        read, write = os.pipe()
        built.clock.sleep = stopper.sleep
        real = built.loop.tick

        def tick() -> Tick | None:
            if built.loop.counts.ticks == 5:
                os.kill(os.getpid(), number)
            return real()

        built.loop.tick = tick  # type: ignore[method-assign]
        _go(argparse.Namespace(once=False, duration=None), built, stopper, Pulse(write))
        assert heard(read).count(".") == 6, "the tick in which it came is whole"
    finally:
        signal.set_wakeup_fd(-1)
        for n, handler in handlers.items():
            signal.signal(n, handler)
