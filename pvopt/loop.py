"""The loop: one tick reads, decides and acts; run() repeats it until told to stop."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from pvopt.decide.memory import Memory
from pvopt.decide.policy import TEXT, Kernels, decide
from pvopt.decide.settings import Settings
from pvopt.errors import ActuatorError
from pvopt.model import Command, Decision, Instant, Outcome, Snapshot, Tick
from pvopt.ports import Actuator, Clock, Recorder

log = logging.getLogger("pvopt.loop")


class Collector(Protocol):
    def collect(self, instant: Instant, outcomes: tuple[Outcome, ...]) -> Snapshot:
        """All that is known now. Never raises."""

    def failed(self, instant: Instant) -> None:
        """The tick of ``instant`` came to nothing: what it brought is to be brought again."""

    def close(self) -> None:
        """Give back what the sources hold."""


@dataclass
class Counts:
    """What a run amounted to."""

    ticks: int = 0
    late: int = 0
    failed: int = 0


class Loop:
    """Wired by build.py. ``actuators`` are in the order of the loads, ``storages`` in that of the
    storages."""

    def __init__(
        self,
        clock: Clock,
        collector: Collector,
        settings: Settings,
        actuators: Sequence[Actuator],
        recorders: Sequence[Recorder] = (),
        kernels: Kernels = TEXT,
        storages: Sequence[Actuator] = (),
    ) -> None:
        self.clock = clock
        self.kernels = kernels
        self.settings = settings
        self.memory = Memory()
        self.decider: Callable[[Snapshot], Decision] | None = None  # in the place of the law
        self.counts = Counts()
        self.on_fail: Callable[[Memory], None] = lambda memory: None  # hears what is left of it
        self._collector = collector
        self._actuators = tuple(actuators)
        self._storages = tuple(storages)
        self._recorders = tuple(recorders)
        self._outcomes: tuple[Outcome, ...] = ()

    def tick(self) -> Tick | None:
        """One whole pass; None when it failed and everything was switched off instead."""
        instant = self.clock.now()
        self.counts.ticks += 1
        try:
            snapshot = self._collector.collect(instant, self._outcomes)
            decision = self._decide(snapshot)
            self._outcomes = self._act(decision, instant)
            stored = self._store(decision, instant)
        except Exception:
            log.exception("a tick failed: everything off, trying on")
            self._fail(instant)
            return None
        tick = Tick(snapshot, decision, self._outcomes, stored)
        self._record(tick)
        return tick

    def run(
        self,
        until_s: float | None = None,
        stopped: Callable[[], bool] = lambda: False,
        beat: Callable[[], bool] = lambda: True,
        alive: Callable[[], bool] = lambda: True,
    ) -> None:
        """Tick on the grid of ``tick_s`` until ``until_s`` (mono) or ``stopped()``.

        ``beat()`` is called after each whole tick, ``alive()`` after one that failed; False
        means that the guardian is gone.
        Late ticks are skipped, never caught up.
        """
        due_s = self.clock.now().mono_s
        while not stopped():
            whole = self.tick() is not None
            if not (beat() if whole else alive()):
                log.error("the guardian is gone: stopping")
                return
            due_s = self._next(due_s)
            if until_s is not None and due_s > until_s:
                return
            self.clock.wait_until(due_s)

    def _decide(self, snapshot: Snapshot) -> Decision:
        if self.decider is not None:
            return self.decider(snapshot)
        decision, self.memory = decide(snapshot, self.memory, self.settings, self.kernels)
        return decision

    def _next(self, due_s: float) -> float:
        tick_s = self.settings.tick_s
        due_s += tick_s
        behind_s = self.clock.now().mono_s - due_s
        if behind_s > 0:
            skipped = int(behind_s // tick_s) + 1
            self.counts.late += skipped
            due_s += skipped * tick_s
        return due_s

    def _act(self, decision: Decision, instant: Instant) -> tuple[Outcome, ...]:
        pairs = zip(self._actuators, decision.commands, strict=True)
        return tuple([_apply(actuator, command, instant) for actuator, command in pairs])

    def _store(self, decision: Decision, instant: Instant) -> tuple[Outcome, ...]:
        """The storages; one that nothing was decided for (a calibration runs) goes safe."""
        if not self._storages:
            return ()
        commands: tuple[Command | None, ...] = decision.storages or (None,) * len(self._storages)
        pairs = zip(self._storages, commands, strict=True)
        return tuple([_apply(storage, command, instant) for storage, command in pairs])

    def _record(self, tick: Tick) -> None:
        """A recorder never raises; should one do so, the heater's safety is not its affair."""
        for recorder in self._recorders:
            try:
                recorder.record(tick)
            except Exception:
                log.exception("%s could not record a tick", type(recorder).__name__)

    def _fail(self, instant: Instant) -> None:
        """After an exception nothing that was remembered can be trusted but the ledger."""
        self.counts.failed += 1
        for actuator in (*self._actuators, *self._storages):
            actuator.safe()
        self._outcomes = ()
        self.memory = replace(Memory(), ledger=self.memory.ledger)
        self._collector.failed(instant)
        self.on_fail(self.memory)

    def close(self) -> None:
        """Everything off, pins and sockets given back."""
        for actuator in (*self._actuators, *self._storages):
            actuator.safe()
        for actuator in (*self._actuators, *self._storages):
            actuator.close()
        self._collector.close()


def _apply(actuator: Actuator, command: Command | None, instant: Instant) -> Outcome:
    try:
        return actuator.apply(command, instant)
    except ActuatorError as error:
        actuator.safe()
        if command is None:
            return Outcome(actuator.name, 0.0, fault=str(error))
        return Outcome(command.target, command.setpoint_w, fault=str(error))
