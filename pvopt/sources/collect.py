"""All sources into one Snapshot a tick: the first fresh site, newest temperatures, forecast.

Sources are in order of preference. One that reads inline (Modbus) spends the tick's budget;
the others return what their background thread last brought. A source whose last site is within
its own allowed age is used even if this tick's read failed; when none is, the site that is
over its age by least is handed on, so that decide sees how old it is.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from pvopt.clock import Deadline
from pvopt.errors import SourceError
from pvopt.model import (
    MISSING,
    Forecast,
    Health,
    Instant,
    LoadView,
    Outcome,
    Reading,
    Request,
    Samples,
    Site,
    Snapshot,
    StorageView,
)
from pvopt.ports import Source

LOG = logging.getLogger("pvopt.sources")
BUDGET_S = 0.8  # of a tick of 1 s
PATIENCE_S = 5.0  # so long after the start a source that has brought nothing yet is no news


@runtime_checkable
class Scanning(Protocol):
    """A source that may have to search for devices, which it does with heaters off only."""

    may_scan: bool


@runtime_checkable
class Advising(Protocol):
    """A source that the run can do without: only a forecast, in whose place is a clear sky."""

    only_forecast: bool


class Mailbox(Protocol):
    """Where persons' requests arrive. Never raises."""

    def drain(self, instant: Instant) -> tuple[Request, ...]:
        """What is new."""

    def forget(self, instant: Instant) -> None:
        """What was new at ``instant`` was lost with its tick: it is to be new again."""


@dataclass(frozen=True, slots=True)
class LoadWiring:
    """Which temperature and watts belong to a load: keys of ``Samples.temperatures`` and
    ``powers``. ``meter_age_s``: older watts count as none."""

    id: str
    temperature_key: str | None = None
    meter_key: str | None = None
    meter_age_s: float = 0.0


@dataclass(slots=True)
class _Slot:
    """What one source last brought. ``good_s``: when it last answered without a fault; ``told``:
    the fault that the log speaks of; ``whole``: it has once answered with nothing lacking.

    What a source is does not change and is asked once: each tick would cost 30 us.
    """

    source: Source
    scanning: Scanning | None
    advising: Advising | None
    site: Site | None = None
    forecast: Forecast | None = None
    storages: tuple[StorageView, ...] = ()
    good_s: float = -math.inf
    fault: str = ""
    told: str = ""
    whole: bool = False


class Collector:
    """Reads every source once a tick; never raises.

    ``budget_s``: wall seconds for all inline reading of one tick; ``inbox``: of requests;
    ``storages``: the ids, in their order.
    """

    def __init__(
        self,
        sources: Sequence[Source],
        wiring: Sequence[LoadWiring] = (),
        budget_s: float = BUDGET_S,
        inbox: Mailbox | None = None,
        storages: Sequence[str] = (),
    ) -> None:
        self._slots = tuple(_slot(source) for source in sources)
        self._wiring = tuple(wiring)
        self._budget_s = budget_s
        self._inbox = inbox
        self._stored = tuple(storages)
        self._storages: dict[str, StorageView] = {}
        self._temperatures: dict[str, Reading] = {}
        self._powers: dict[str, Reading] = {}
        self._forecast: Forecast | None = None
        self._began_s = math.nan

    def collect(
        self,
        instant: Instant,
        outcomes: Sequence[Outcome] = (),
    ) -> Snapshot:
        """The world at ``instant``. ``outcomes``: what the outputs did in the last tick."""
        deadline = Deadline(self._budget_s)
        if math.isnan(self._began_s):
            self._began_s = instant.mono_s
        for slot in self._slots:
            if slot.scanning is not None:
                heating = any(o.closed or o.expected_w > 0 for o in outcomes)
                slot.scanning.may_scan = not heating
            self._read(slot, instant, deadline.left_s())
        used = self._choose(instant)
        self._choose_forecast()
        return Snapshot(
            instant=instant,
            site=None if used is None else used.site,
            loads=tuple([self._load(wired, outcomes, instant) for wired in self._wiring]),
            storages=tuple([self._storages.get(one, StorageView(one)) for one in self._stored]),
            forecast=self._forecast,
            requests=() if self._inbox is None else self._inbox.drain(instant),
            health=tuple([_health(slot, instant, slot is used) for slot in self._slots]),
        )

    def failed(self, instant: Instant) -> None:
        """The tick of ``instant`` failed: its requests are handed on again. Never raises."""
        if self._inbox is not None:
            self._inbox.forget(instant)

    def close(self) -> None:
        """Close every source, whatever one of them does."""
        for slot in self._slots:
            try:
                slot.source.close()
            except Exception:  # one source's fault may not keep the others open
                LOG.exception("closing source %s", slot.source.name)

    def _read(self, slot: _Slot, instant: Instant, left_s: float) -> None:
        try:
            samples = slot.source.read(instant, left_s)
        except SourceError as fault:
            self._failed(slot, str(fault) or "no reading", instant)
        except Exception as fault:  # a fault of ours in one source may not stop the loop
            LOG.debug("source %s", slot.source.name, exc_info=True)
            # its text could quote a secret; the kind of fault is enough here
            self._failed(slot, f"unexpected {type(fault).__name__}", instant)
        else:
            self._took(slot, samples, instant)

    def _failed(self, slot: _Slot, fault: str, instant: Instant) -> None:
        slot.forecast = None  # an old one may not live on
        for view in slot.storages:
            self._storages[view.id] = StorageView(view.id, fault=fault)
        self._tell(slot, fault, instant)

    def _tell(self, slot: _Slot, fault: str, instant: Instant) -> None:
        """What is wrong, once; nothing is told when it is over, nor of who has just begun."""
        slot.fault = fault
        begins = not slot.whole and instant.mono_s - self._began_s < PATIENCE_S
        if fault and fault != slot.told and not begins:
            slot.told = fault
            if _only_forecast(slot):
                name, instead = slot.source.name, self._instead_of(slot)
                said = fault.removeprefix(f"{name}: ")
                LOG.info("no forecast: %s: %s, using %s instead", name, said, instead)
            else:
                LOG.warning("source %s: %s", slot.source.name, fault)

    def _instead_of(self, slot: _Slot) -> str:
        """What takes the place of a forecast that is not there."""
        others = (o.source.name for o in self._slots if o is not slot and o.forecast is not None)
        return next((f"that of {name}" for name in others), "the clear sky")

    def _took(self, slot: _Slot, samples: Samples, instant: Instant) -> None:
        if slot.told and not samples.lack:
            words = "the forecast of %s is there" if _only_forecast(slot) else "source %s is back"
            LOG.info(words, slot.source.name)
        self._tell(slot, samples.lack, instant)
        if not samples.lack:
            slot.told, slot.whole = "", True
        slot.good_s = instant.mono_s
        slot.forecast = samples.forecast
        slot.storages = samples.storages
        self._storages.update((view.id, view) for view in samples.storages)
        if samples.site is not None:
            slot.site = samples.site
        for key, reading in samples.temperatures:
            known = self._temperatures.get(key)
            if known is None or reading.at_s >= known.at_s:
                self._temperatures[key] = reading
        self._powers.update(samples.powers)

    def _choose(self, instant: Instant) -> _Slot | None:
        """The first that is fresh, else the one that is over its age by least."""
        best: _Slot | None = None
        least_s = math.inf
        for slot in self._slots:
            if slot.site is None:
                continue
            over_s = _over_s(slot.site, instant)
            if over_s <= 0:
                return slot
            if best is None or over_s < least_s:
                best, least_s = slot, over_s
        return best

    def _choose_forecast(self) -> None:
        newest: Forecast | None = None
        for slot in self._slots:
            known = slot.forecast
            if known is not None and (newest is None or known.issued_utc_s > newest.issued_utc_s):
                newest = known
        # The same object until it is replaced: decide compares by identity cheaply.
        if newest is not self._forecast and newest != self._forecast:
            self._forecast = newest

    def _load(self, wired: LoadWiring, outcomes: Sequence[Outcome], instant: Instant) -> LoadView:
        temperature_c = self._temperatures.get(wired.temperature_key or "", MISSING)
        actual_w = self._powers.get(wired.meter_key or "", MISSING)
        if actual_w.age_s(instant.mono_s) > wired.meter_age_s:
            actual_w = MISSING
        for outcome in outcomes:
            if outcome.target == wired.id:
                return LoadView(
                    id=wired.id,
                    asked_w=outcome.asked_w,
                    expected_w=outcome.expected_w,
                    most_w=outcome.most_w,
                    closed=outcome.closed,
                    pending=outcome.pending,
                    actual_w=actual_w,
                    temperature_c=temperature_c,
                    fault=outcome.fault,
                )
        return LoadView(wired.id, actual_w=actual_w, temperature_c=temperature_c)


def _slot(source: Source) -> _Slot:
    return _Slot(
        source,
        source if isinstance(source, Scanning) else None,
        source if isinstance(source, Advising) else None,
    )


def _over_s(site: Site, instant: Instant) -> float:
    """Seconds beyond the site's allowed age; 0 or less: fresh."""
    return instant.mono_s - site.at_s - site.allowed_age_s


def _only_forecast(slot: _Slot) -> bool:
    return slot.advising is not None and slot.advising.only_forecast


def _health(slot: _Slot, instant: Instant, used: bool) -> Health:
    """``ok`` of a source that only forecasts: the run is well without it, ``fault`` says why."""
    site = slot.site
    newest_s = site.at_s if site is not None else slot.good_s
    fresh = site is None or _over_s(site, instant) <= 0
    return Health(
        origin=slot.source.name,
        ok=_only_forecast(slot) or (not slot.fault and fresh and slot.good_s > -math.inf),
        age_s=round(max(0.0, instant.mono_s - newest_s), 3),
        fault=slot.fault,
        used=used,
    )
