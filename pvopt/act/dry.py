"""The output of a dry run: takes commands, touches nothing."""

from __future__ import annotations

from typing import Protocol

from pvopt.model import Command, Instant, Outcome


class Named(Protocol):
    """A load, or a storage."""

    @property
    def id(self) -> str: ...


class DryActuator:
    """``ports.Actuator`` that only says what it was asked. Nothing flows, nothing moves."""

    def __init__(self, one: Named) -> None:
        self.name = one.id

    def apply(self, command: Command | None, instant: Instant) -> Outcome:
        """The question echoed; the contact stays open."""
        asked_w = 0.0 if command is None else command.setpoint_w
        return Outcome(self.name, asked_w, closed=False)

    def safe(self) -> None:
        """Nothing is ever on."""

    def close(self) -> None:
        """Nothing to give back."""
