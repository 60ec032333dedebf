"""Which registers are fetched when, and what is remembered of them: the image of a GX.

A gap in the register map refuses a whole block (0x02): such a block is replaced by its smaller
parts, or left out, until the GX has been away. A unit that does not answer (a GX waits 25 s for
a hanging driver) is left alone for a while; a unit that is absent (0x0A) loses its numbers at
once. Nothing of this costs any other unit's numbers.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from pvopt.clock import Deadline
from pvopt.errors import SourceError
from pvopt.model import Instant
from pvopt.sources.gx_link import (
    ABSENT,
    UNKNOWN_REGISTER,
    GxLink,
    OutOfTimeError,
    RefusedError,
    SilentError,
    UnreachableError,
)
from pvopt.sources.registers import (
    BLOCKS,
    CORE,
    Block,
    Register,
    Service,
    decode,
    decode_text,
    registers_in,
)

# A slow GX may take long for the very first read of a device; a hanging driver holds it 25 s.
FIRST_COOL_DOWN_S = 2.0
COOL_DOWN_S = 30.0
SERVER_SILENT_S = 3.0  # units that fell silent within so long of the whole server did with it
SLOW_EVERY_S = 5.0
SLOW_AT_ONCE = 3  # slow blocks a tick, once each has been read
SLOW_GOOD_S = 60.0
RESERVE_S = 0.1  # of the budget, for the socket to be closed and the site to be made


def quantised_s(mono_s: float) -> float:
    """The tenth of a second before ``mono_s`` (never in the future)."""
    return math.floor(mono_s * 10 + 1e-6) / 10


@dataclass(frozen=True, slots=True)
class Number:
    """A decoded register with its time and until when it may be used (both monotonic)."""

    number: float
    at_s: float
    good_until_s: float


@dataclass(frozen=True, slots=True)
class View:
    """One device's numbers as they may be used now.

    ``held_s``: until when all of them are known to hold, where that is not each one's own time.
    """

    numbers: Mapping[str, Number]
    now_s: float
    held_s: float | None = None

    def get(self, key: str) -> float | None:
        """The number, or None if it was never read or is too old."""
        found = self.numbers.get(key)
        return None if found is None or self.now_s > found.good_until_s else found.number

    def at_s(self, key: str) -> float:
        found = self.numbers.get(key)
        if found is None:
            return float("-inf")
        return found.at_s if self.held_s is None else self.held_s


Devices = tuple[tuple[int, View], ...]  # of one kind: unit or instance, and its numbers


@dataclass(slots=True)
class Job:
    service: Service
    unit: int
    block: Block
    rows: tuple[Register, ...]
    read_s: float = float("-inf")


@dataclass(frozen=True, slots=True)
class Silence:
    """A unit that gave no answer ``times`` in a row, last at ``since_s``; left alone for now."""

    since_s: float
    until_s: float
    times: int


@dataclass(slots=True)
class GxReader:
    """Reads blocks through a link; ``good_s``: how long numbers of every tick may be used."""

    link: GxLink
    system_unit: int
    good_s: float
    serial: str = ""
    missing: set[str] = field(default_factory=set)  # what this firmware does not offer
    _image: dict[tuple[Service, int], dict[str, Number]] = field(default_factory=dict)
    _core: list[Job] = field(default_factory=list)
    _jobs: list[Job] = field(default_factory=list)
    _units: dict[Service, tuple[int, ...]] = field(default_factory=dict)
    _silent: dict[tuple[Service, int], Silence] = field(default_factory=dict)
    _absent_since_s: dict[tuple[Service, int], float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.forget_refusals()

    def use(self, units: Mapping[Service, tuple[int, ...]]) -> None:
        """Read these units from now on; what is known of units that stay is kept."""
        if dict(units) == self._units:
            return
        self._units = dict(units)
        kept = {(job.service, job.unit) for job in self._jobs}
        wanted = {(service, unit) for service in units for unit in units[service]}
        self._jobs = [job for job in self._jobs if (job.service, job.unit) in wanted]
        for gone in kept - wanted:
            self._image.pop(gone, None)
            self._absent_since_s.pop(gone, None)
        for device in sorted(wanted - kept):
            self._jobs += [_job(*device, block) for block in BLOCKS if block.service == device[0]]

    def forget_refusals(self) -> None:
        """Start over with whole blocks: after the GX was away it may have new firmware."""
        self.missing.clear()
        self._core = [_job(Service.SYSTEM, self.system_unit, block) for block in CORE]
        self._jobs = []
        units, self._units = self._units, {}
        self.use(units)

    def view(self, service: Service, unit: int, now_s: float) -> View:
        return View(self._image.get((service, unit), {}), now_s)

    def absent_s(self, service: Service, unit: int, now_s: float) -> float:
        """For how long a unit has been answering "absent"; 0 if it is there."""
        return now_s - self._absent_since_s.get((service, unit), now_s)

    def is_absent(self, service: Service, unit: int) -> bool:
        return (service, unit) in self._absent_since_s

    def read_core(self, instant: Instant, deadline: Deadline) -> None:
        """The numbers control depends on. Raises SourceError unless all that exist were read."""
        try:
            for job in tuple(self._core):
                self._read_core_job(job, instant, deadline)
        except SilentError:
            # The server is silent, not the units that were silent a moment ago.
            self._silent = {
                device: silence
                for device, silence in self._silent.items()
                if instant.mono_s - silence.since_s > SERVER_SILENT_S
            }
            raise
        except UnreachableError:
            self._silent.clear()
            raise
        if not self._core:
            self.forget_refusals()
            raise SourceError(f"{self.link.place} answers, but not with the registers of a GX")

    def _read_core_job(self, job: Job, instant: Instant, deadline: Deadline) -> None:
        try:
            self._fetch(job, instant, deadline, self.good_s)
        except RefusedError as fault:
            if fault.code != UNKNOWN_REGISTER:
                raise
            for part in self._split(job, self._core):
                self._read_core_job(part, instant, deadline)

    def read_fast(self, instant: Instant, deadline: Deadline) -> None:
        """Every unit's fast blocks, those read longest ago first; never raises."""
        self._read_all((job for job in self._jobs if job.block.fast), instant, deadline)

    def read_slow(self, instant: Instant, deadline: Deadline) -> None:
        """Slow blocks in turn: all that were never read, then a few a tick; never raises."""
        due = [
            job
            for job in self._jobs
            if not job.block.fast and instant.mono_s - job.read_s >= SLOW_EVERY_S
        ]
        due.sort(key=lambda job: job.read_s)
        new = sum(1 for job in due if job.read_s == float("-inf"))
        self._read_all(due[: max(new, SLOW_AT_ONCE)], instant, deadline)

    def _read_all(self, jobs: Iterable[Job], instant: Instant, deadline: Deadline) -> None:
        for job in sorted(jobs, key=lambda job: job.read_s):
            if deadline.left_s() < RESERVE_S:
                return
            try:
                self._read_job(job, instant, deadline)
            except (UnreachableError, OutOfTimeError):
                return

    def _read_job(self, job: Job, instant: Instant, deadline: Deadline) -> None:
        device = (job.service, job.unit)
        silence = self._silent.get(device)
        if silence is not None and instant.mono_s < silence.until_s:
            return
        try:
            self._fetch(job, instant, deadline, self.good_s if job.block.fast else SLOW_GOOD_S)
        except RefusedError as fault:
            job.read_s = instant.mono_s
            if fault.code == UNKNOWN_REGISTER:
                for part in self._split(job, self._jobs):
                    self._read_job(part, instant, deadline)
            elif fault.code == ABSENT:
                self._image.pop(device, None)
                self._absent_since_s.setdefault(device, instant.mono_s)
        except SilentError:
            job.read_s = instant.mono_s
            times = 1 if silence is None else silence.times + 1
            cool_s = FIRST_COOL_DOWN_S if times == 1 else COOL_DOWN_S
            self._silent[device] = Silence(instant.mono_s, instant.mono_s + cool_s, times)

    def _split(self, job: Job, jobs: list[Job]) -> list[Job]:
        """Replace a refused block by its parts; a block without parts is not offered here."""
        block = job.block
        parts = [_job(job.service, job.unit, part) for part in block.split]
        if not parts:
            last = block.start + block.count - 1
            self.missing.add(f"{block.service} {block.start}-{last} (unit {job.unit})")
        place = jobs.index(job)
        jobs[place : place + 1] = parts
        return parts

    def _fetch(self, job: Job, instant: Instant, deadline: Deadline, good_s: float) -> None:
        block = job.block
        words = self.link.read(job.unit, block.start, block.count, deadline)
        job.read_s = instant.mono_s
        self._absent_since_s.pop((job.service, job.unit), None)
        self._silent.pop((job.service, job.unit), None)
        numbers = self._image.setdefault((job.service, job.unit), {})
        at_s = quantised_s(instant.mono_s)
        for row in job.rows:
            first = row.address - block.start
            raw = words[first : first + row.words]
            if row.kind == "text6":
                self.serial = decode_text(raw)
            else:
                numbers[row.key] = Number(decode(row, raw), at_s, instant.mono_s + good_s)


def _job(service: Service, unit: int, block: Block) -> Job:
    return Job(service, unit, block, registers_in(block))
