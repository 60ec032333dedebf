"""The loop: a grid of ticks, safe values whenever one fails, and it keeps trying."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest

from pvopt.decide.memory import Ledger, LoadTimers, Memory, Timers
from pvopt.errors import ActuatorError
from pvopt.loop import Loop
from pvopt.model import Command, Decision, Instant, Outcome, Reason, Snapshot, Tick, Why
from tests.unit.decide.samples import LOAD, NOON_UTC_S, SETTINGS, snapshot


@dataclass
class HandClock:
    """Moves when waited for, and by what a tick is made to take."""

    mono_s: float = 1000.0
    waited_for: list[float] = field(default_factory=list)

    def now(self) -> Instant:
        return Instant(self.mono_s, NOON_UTC_S + self.mono_s)

    def wait_until(self, mono_s: float) -> None:
        self.waited_for.append(mono_s)
        self.mono_s = max(self.mono_s, mono_s)


@dataclass
class Told:
    """A collector that tells of a good home; ``takes_s`` a tick; raises where told to."""

    clock: HandClock
    takes_s: list[float] = field(default_factory=list)
    raises_at: frozenset[int] = frozenset()
    outcomes: list[tuple[Outcome, ...]] = field(default_factory=list)
    failed_s: list[float] = field(default_factory=list)
    started_s: list[float] = field(default_factory=list)
    closed: bool = False

    def collect(self, instant: Instant, outcomes: tuple[Outcome, ...]) -> Snapshot:
        self.started_s.append(instant.mono_s)
        self.outcomes.append(outcomes)
        if self.takes_s:
            self.clock.mono_s += self.takes_s.pop(0)
        if len(self.started_s) - 1 in self.raises_at:
            raise RuntimeError("a fault of ours")
        return snapshot(instant.mono_s)

    def failed(self, instant: Instant) -> None:
        self.failed_s.append(instant.mono_s)

    def close(self) -> None:
        self.closed = True


@dataclass
class Output:
    name: str = LOAD.id
    raises: Exception | None = None
    calls: list[str] = field(default_factory=list)
    commands: list[Command | None] = field(default_factory=list)

    def apply(self, command: Command | None, instant: Instant) -> Outcome:
        self.calls.append("apply")
        self.commands.append(command)
        if self.raises is not None:
            raise self.raises
        return Outcome(self.name, 0.0 if command is None else command.setpoint_w)

    def safe(self) -> None:
        self.calls.append("safe")

    def close(self) -> None:
        self.calls.append("close")


@dataclass
class Keeper:
    ticks: list[Tick] = field(default_factory=list)
    raises: bool = False

    def record(self, tick: Tick) -> None:
        self.ticks.append(tick)
        if self.raises:
            raise OSError("disk full")


@dataclass
class Rig:
    clock: HandClock = field(default_factory=HandClock)
    output: Output = field(default_factory=Output)
    keeper: Keeper = field(default_factory=Keeper)

    def __post_init__(self) -> None:
        self.told = Told(self.clock)
        self.loop = Loop(self.clock, self.told, SETTINGS, (self.output,), (self.keeper,))


def ticks(loop: Loop, count: int) -> None:
    left = iter(range(count))
    loop.run(stopped=lambda: next(left, None) is None)


# -- the grid ----------------------------------------------------------------------------------


def test_ticks_stand_on_a_grid_however_long_one_takes() -> None:
    rig = Rig()
    rig.told.takes_s = [0.3, 0.9, 0.0, 0.999]
    ticks(rig.loop, 5)
    assert rig.told.started_s == [1000.0, 1001.0, 1002.0, 1003.0, 1004.0]
    assert rig.loop.counts.late == 0


@pytest.mark.parametrize(
    ("takes_s", "next_s", "late"),
    [
        (1.0, 1001.0, 0),
        (1.001, 1002.0, 1),
        (1.999, 1002.0, 1),
        (2.001, 1003.0, 2),
        (7.5, 1008.0, 7),
    ],
)
def test_late_ticks_are_skipped_and_the_grid_is_kept(
    takes_s: float, next_s: float, late: int
) -> None:
    rig = Rig()
    rig.told.takes_s = [takes_s]
    ticks(rig.loop, 3)
    assert rig.told.started_s == [1000.0, next_s, next_s + 1.0]
    assert rig.loop.counts.late == late


def test_the_tick_length_is_the_configured_one() -> None:
    rig = Rig()
    rig.loop.settings = replace(SETTINGS, tick_s=5.0)
    ticks(rig.loop, 3)
    assert rig.told.started_s == [1000.0, 1005.0, 1010.0]


def test_until_ends_the_run_without_a_wait_beyond_it() -> None:
    rig = Rig()
    rig.loop.run(until_s=1003.0)
    assert rig.told.started_s == [1000.0, 1001.0, 1002.0, 1003.0]
    assert max(rig.clock.waited_for) <= 1003.0


# -- the guardian ------------------------------------------------------------------------------


def test_a_beat_after_each_whole_tick_and_none_after_one_that_failed() -> None:
    rig = Rig()
    rig.told.raises_at = frozenset({1, 2})
    beats: list[float] = []
    signs: list[float] = []

    def beat() -> bool:
        beats.append(rig.clock.mono_s)
        return True

    def alive() -> bool:
        signs.append(rig.clock.mono_s)
        return True

    rig.loop.run(until_s=1004.0, beat=beat, alive=alive)
    assert beats == [1000.0, 1003.0, 1004.0]
    assert signs == [1001.0, 1002.0]


def test_a_guardian_that_is_gone_ends_the_run() -> None:
    rig = Rig()
    rig.loop.run(until_s=1100.0, beat=lambda: rig.clock.mono_s < 1005.0)
    assert rig.told.started_s[-1] == 1005.0
    rig = Rig()
    rig.told.raises_at = frozenset(range(100))
    rig.loop.run(until_s=1100.0, alive=lambda: rig.clock.mono_s < 1005.0)
    assert rig.told.started_s[-1] == 1005.0


# -- faults --------------------------------------------------------------------------------------


def test_a_tick_that_fails_switches_everything_off_and_the_loop_goes_on() -> None:
    rig = Rig()
    rig.told.raises_at = frozenset({2})
    ticks(rig.loop, 5)
    assert rig.output.calls == ["apply", "apply", "safe", "apply", "apply"]
    assert (rig.loop.counts.ticks, rig.loop.counts.failed) == (5, 1)
    assert len(rig.keeper.ticks) == 4
    assert rig.told.outcomes[3] == ()  # what the outputs did before is no longer true


@pytest.mark.parametrize("where", ["collect", "decide", "act"])
def test_the_collector_hears_of_a_tick_that_failed(where: str) -> None:
    rig = Rig()

    def refuse(_: Snapshot) -> Decision:
        raise ZeroDivisionError

    if where == "collect":
        rig.told.raises_at = frozenset({0})
    elif where == "decide":
        rig.loop.decider = refuse
    else:
        rig.output.raises = ZeroDivisionError()
    rig.loop.tick()
    rig.loop.decider, rig.output.raises = None, None
    rig.clock.mono_s += 1.0
    rig.loop.tick()
    assert rig.told.failed_s == [1000.0]


def test_after_a_fault_timers_begin_anew_and_the_ledger_stays() -> None:
    rig = Rig()
    ticks(rig.loop, 2)
    rig.loop.memory = replace(rig.loop.memory, ledger=Ledger(((LOAD.id, 123.0),)))
    assert rig.loop.memory.timers.last_s is not None
    rig.told.raises_at = frozenset(range(100))
    ticks(rig.loop, 1)
    assert rig.loop.memory.timers == Timers()
    assert dict(rig.loop.memory.ledger.heated_wh)[LOAD.id] == 123.0


def test_a_latched_alarm_survives_a_fault() -> None:
    rig = Rig()
    welded = LoadTimers(LOAD.id)
    effects = welded.state.effects._replace(verdict=Why.WELDED, latched=True)
    welded = replace(welded, state=welded.state._replace(effects=effects))
    rig.loop.memory = Memory(Timers(loads=(welded,)))
    rig.told.raises_at = frozenset({1})
    ticks(rig.loop, 3)
    command = rig.output.commands[-1]
    assert command is not None
    assert (command.urgent, command.reason.code) == (True, Why.WELDED)


def test_an_output_that_does_not_obey_goes_safe_and_is_told_of() -> None:
    rig = Rig()
    rig.output.raises = ActuatorError("no such line")
    ticks(rig.loop, 2)
    assert rig.output.calls == ["apply", "safe", "apply", "safe"]
    assert rig.loop.counts.failed == 0
    assert rig.keeper.ticks[0].outcomes[0].fault == "no such line"
    second = rig.output.commands[1]
    # The collector of this rig hands no fault back; the outcome reaches it all the same.
    assert second is not None
    assert rig.told.outcomes[1][0].fault == "no such line"


def test_an_unexpected_exception_in_an_output_is_a_failed_tick() -> None:
    rig = Rig()
    rig.output.raises = ZeroDivisionError()
    ticks(rig.loop, 2)
    assert rig.output.calls == ["apply", "safe", "apply", "safe"]
    assert rig.loop.counts.failed == 2


def test_one_output_that_fails_takes_all_others_off_too() -> None:
    clock = HandClock()
    second = Output("second", raises=ZeroDivisionError())
    first = Output()
    two = replace(SETTINGS, loads=(LOAD, replace(LOAD, id="second")))
    loop = Loop(clock, Told(clock), two, (first, second))
    ticks(loop, 1)
    assert (first.calls, second.calls) == (["apply", "safe"], ["apply", "safe"])


def test_a_recorder_that_fails_does_not_touch_the_heater() -> None:
    rig = Rig(keeper=Keeper(raises=True))
    ticks(rig.loop, 3)
    assert rig.output.calls == ["apply", "apply", "apply"]
    assert rig.loop.counts.failed == 0


def test_close_goes_safe_before_it_gives_anything_back() -> None:
    rig = Rig()
    rig.loop.close()
    assert rig.output.calls == ["safe", "close"]
    assert rig.told.closed


# -- storages ----------------------------------------------------------------------------------


@dataclass
class StorageRig:
    """A loop with one load and one storage, and a decider that asks the storage for watts."""

    clock: HandClock = field(default_factory=HandClock)
    output: Output = field(default_factory=Output)
    storage: Output = field(default_factory=lambda: Output("one"))
    keeper: Keeper = field(default_factory=Keeper)
    asks: bool = True

    def __post_init__(self) -> None:
        self.told = Told(self.clock)
        self.loop = Loop(
            self.clock,
            self.told,
            SETTINGS,
            (self.output,),
            (self.keeper,),
            storages=(self.storage,),
        )
        self.loop.decider = self._decide

    def _decide(self, shot: Snapshot) -> Decision:
        def command(name: str, watts: float) -> Command:
            return Command(name, watts, shot.instant.mono_s + 5.0, Reason(Why.SHARING))

        storages = (command("one", -250.0),) if self.asks else ()
        commands = (command(LOAD.id, 0.0),)
        return Decision(shot.instant, commands, 0.0, 0.0, storages=storages)


def test_a_storage_gets_its_command_and_the_tick_tells_what_came_of_it() -> None:
    rig = StorageRig()
    ticks(rig.loop, 1)
    assert [command and command.setpoint_w for command in rig.storage.commands] == [-250.0]
    (tick,) = rig.keeper.ticks
    assert tick.storage_outcomes == (Outcome("one", -250.0),)
    assert [outcome.target for outcome in tick.outcomes] == [LOAD.id]


def test_a_storage_that_nothing_was_decided_for_goes_safe() -> None:
    rig = StorageRig(asks=False)
    ticks(rig.loop, 1)
    assert rig.storage.commands == [None]


def test_a_storages_output_that_fails_is_made_safe_and_told() -> None:
    rig = StorageRig()
    rig.storage.raises = ActuatorError("one: no broker")
    ticks(rig.loop, 1)
    assert rig.storage.calls == ["apply", "safe"]
    assert rig.keeper.ticks[0].storage_outcomes[0].fault == "one: no broker"
    rig.asks = False
    ticks(rig.loop, 1)
    assert rig.keeper.ticks[1].storage_outcomes == (Outcome("one", 0.0, fault="one: no broker"),)


def test_after_a_failed_tick_and_at_the_end_the_storages_are_safe_too() -> None:
    rig = StorageRig()
    rig.told.raises_at = frozenset({0})
    ticks(rig.loop, 1)
    assert rig.storage.calls == ["safe"]
    rig.loop.close()
    assert rig.storage.calls == ["safe", "safe", "close"]
