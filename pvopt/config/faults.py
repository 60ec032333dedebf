"""What is wrong with a configuration: single faults, and the error that carries them all."""

from __future__ import annotations

from collections.abc import Iterable

from attrs import frozen

from pvopt.errors import ConfigError


@frozen(order=True)
class Fault:
    """One fault. ``line`` counts from 1, 0: the whole file; ``key`` is empty above all keys."""

    file: str
    line: int
    key: str
    text: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.key}: {self.text}" if self.key else f"{place}: {self.text}"


class InvalidConfigError(ConfigError):
    """Every fault of one configuration, in the order of its lines."""

    def __init__(self, file: str, faults: Iterable[Fault]) -> None:
        self.file = file
        self.faults = tuple(sorted(set(faults)))
        super().__init__(str(self))

    def __str__(self) -> str:
        count = len(self.faults)
        head = f"{self.file} cannot be used, {count} fault{'s' if count != 1 else ''}:"
        return "\n".join([head, *(f"  {fault}" for fault in self.faults)])
