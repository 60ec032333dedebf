"""Meters that publish to a broker, as one source: each number with the age of its message."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterable
from dataclasses import dataclass, field

from pvopt.config.meter_presets import PAIR, PHASES, Channel, channels
from pvopt.config.meters import MqttMeters
from pvopt.errors import SourceError
from pvopt.links.mqtt_cells import Cell, Link, Message
from pvopt.model import MISSING, Instant, Reading, Samples, Site
from pvopt.sources.payload import PayloadError, number_in
from pvopt.sources.reactive import ReactivePower, active_w

ABSURD_W = 1_000_000.0
TOLD_AGAIN_S = 600.0
LISTED = 3  # faults in one line

log = logging.getLogger("pvopt.sources")


@dataclass(slots=True)
class _Seen:
    """What one channel last brought. ``fault``: why its newest message is no reading; ``kind``: of
    which kind the first of those was that are none."""

    channel: Channel
    cell: Cell
    message: Message | None = None
    reading: Reading = MISSING
    fault: str = ""
    kind: str = ""
    told_s: float = -math.inf

    @property
    def where(self) -> str:
        return f"{self.channel.quantity} ({self.channel.topic})"

    def fresh(self, now_s: float) -> bool:
        return now_s - self.reading.at_s <= self.channel.allowed_age_s


@dataclass(frozen=True, slots=True)
class Heard:
    """One channel for `check`. ``age_s`` infinite: no reading has come; ``kept``: all that came
    is what the broker had kept."""

    channel: Channel
    reading: Reading
    age_s: float
    fault: str
    kept: bool
    refused: bool


@dataclass(slots=True)
class MqttMetersSource:
    """ports.Source over a broker's messages. ``read`` never waits.

    The site is as old as its oldest number of power, and ends when the first of all its numbers
    is older than it may be: a meter that falls silent turns everything off.
    """

    config: MqttMeters
    link: Link
    name: str = field(init=False)
    _seen: tuple[_Seen, ...] = field(init=False)
    _reactive: ReactivePower = field(init=False)

    def __post_init__(self) -> None:
        self.name = self.config.name
        self._reactive = ReactivePower()
        self._seen = tuple(
            _Seen(channel, self.link.cell(channel.topic)) for channel in channels(self.config)
        )

    def read(self, instant: Instant, budget_s: float) -> Samples:
        """What has come by now; SourceError when a number that is needed is missing or old."""
        now_s = instant.mono_s
        for seen in self._seen:
            self._look(seen, now_s)
        needed = [seen for seen in self._seen if seen.channel.quantity != "reactive"]
        old = [seen for seen in needed if not seen.fresh(now_s)]
        if old:
            raise SourceError(self._why(old))
        return Samples(self.name, self._site(needed, now_s))

    def close(self) -> None:
        """Nothing is held here: the connection is everybody's."""

    def describe(self, instant: Instant) -> tuple[Heard, ...]:
        """Every channel, with what it brought."""
        for seen in self._seen:
            self._look(seen, instant.mono_s)
        return tuple(
            Heard(
                seen.channel,
                seen.reading,
                seen.reading.age_s(instant.mono_s),
                seen.fault,
                seen.cell.kept_only,
                seen.cell.refused,
            )
            for seen in self._seen
        )

    def _look(self, seen: _Seen, now_s: float) -> None:
        message = seen.cell.counting(seen.message, self.config.retained == "use")
        if message is None or message is seen.message:
            return
        seen.message = message
        try:
            number = _checked(seen.channel, number_in(message.payload, seen.channel.path))
        except PayloadError as wrong:
            seen.kind = seen.kind or wrong.kind
            self._tell(seen, str(wrong), now_s)
            return
        seen.fault = seen.kind = ""
        seen.reading = Reading(number, message.measured_s(now_s), self.name)
        if seen.channel.quantity == "reactive":
            self._reactive.take(number, message.at_s)

    def _tell(self, seen: _Seen, words: str, now_s: float) -> None:
        """A message that is no reading is told once, and not again for ten minutes."""
        seen.fault = words
        if now_s - seen.told_s >= TOLD_AGAIN_S:
            seen.told_s = now_s
            log.warning("source %s: a message of %s %s", self.name, seen.where, words)

    def _why(self, old: list[_Seen]) -> str:
        if not self.link.connected:
            return self.link.fault
        words = [_silence(seen) for seen in old[:LISTED]]
        if len(old) > LISTED:
            words.append(f"and {len(old) - LISTED} more")
        return "; ".join(words)

    def _site(self, needed: list[_Seen], now_s: float) -> Site:
        found = {seen.channel.quantity: seen.reading for seen in needed}
        at_s = min(r.at_s for name, r in found.items() if name != "soc")
        ends_s = min(seen.reading.at_s + seen.channel.allowed_age_s for seen in needed)
        pv_w, battery_w = found.get("pv", MISSING), found.get("battery", MISSING)
        grid_w = self._grid(found, now_s)
        return Site(
            origin=self.name,
            at_s=at_s,
            allowed_age_s=ends_s - at_s,
            grid_w=grid_w,
            grid_phase_w=(
                found.get("grid_l1", MISSING),
                found.get("grid_l2", MISSING),
                found.get("grid_l3", MISSING),
            ),
            pv_w=pv_w,
            load_w=found.get("load") or self._load(grid_w, pv_w, battery_w),
            battery_w=battery_w,
            soc_pct=found.get("soc", MISSING),
        )

    def _grid(self, found: dict[str, Reading], now_s: float) -> Reading:
        """By the meter at the grid, by its phases, by its two directions, or what is left over."""
        if "grid" in found:
            return found["grid"]
        phases = [found[name] for name in PHASES if name in found]
        if phases:
            return self._sum(phases, sum(_of(phase) for phase in phases))
        if PAIR[0] in found:
            drawn, fed = (found[name] for name in PAIR)
            net = _of(drawn) - _of(fed)
            if any(seen.channel.apparent for seen in self._seen):
                net = active_w(net, self._reactive.var(now_s))
            return self._sum([drawn, fed], net)
        parts = [found[name] for name in ("load", "pv", "battery") if name in found]
        battery_w = _of(found.get("battery", MISSING))
        return self._sum(parts, _of(found["load"]) - _of(found["pv"]) + battery_w)

    def _load(self, grid_w: Reading, pv_w: Reading, battery_w: Reading) -> Reading:
        """What the house draws, where panels and grid are known."""
        if pv_w.value is None:
            return MISSING
        load_w = _of(grid_w) + pv_w.value - _of(battery_w)
        parts = [one for one in (grid_w, pv_w, battery_w) if one.value is not None]
        return self._sum(parts, max(0.0, load_w))

    def _sum(self, parts: Iterable[Reading], number: float) -> Reading:
        return Reading(float(round(number)), min(part.at_s for part in parts), self.name)


def _silence(seen: _Seen) -> str:
    if seen.kind:
        return f"{seen.where}: no reading since a message that {seen.kind}"
    if seen.cell.refused:
        return f"{seen.where}: the broker does not let us hear it"
    if seen.reading.value is None:
        return f"{seen.where}: nothing has come yet"
    return f"{seen.where} is silent for more than {seen.channel.allowed_age_s:g} s"


def _checked(channel: Channel, raw: float) -> float:
    """The number in our unit and sign, quantised; PayloadError for what no home can have."""
    number = raw * channel.factor
    if channel.quantity == "reactive":
        return number
    if channel.quantity == "soc":
        if not 0.0 <= number <= 100.0:
            raise PayloadError(f"says {number:g} %", "says no share of 0 to 100 %")
        return round(number, 1)
    if not abs(number) <= ABSURD_W:
        raise PayloadError(f"says {number:g} W", "says more than a megawatt")
    watts = float(round(number))
    return max(0.0, watts) if channel.quantity in {"pv", "load"} else watts


def _of(reading: Reading) -> float:
    return reading.value or 0.0
