"""What a run keeps for the next one: the ledger's wishes, energies and comfort, in ``state.json``.

A thread saves it, at once when a wish was taken up and else each minute, so that a slow disk
never holds up the loop. Written beside, synced, renamed, the folder synced: a power cut leaves
the old file or the new one. What cannot be read is set aside and said, never a reason to stop.
Dangerous verdicts are not kept here: an owner's restart is meant to forget them.
"""

from __future__ import annotations

import contextlib
import json
import logging
import math
import os
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pvopt.decide.asked import LONGEST_S, Standing
from pvopt.decide.day import NO_DAY, Day
from pvopt.decide.ledger import usable
from pvopt.decide.memory import Energy, Ledger
from pvopt.decide.wants_plain import comfort_from_plain, comfort_to_plain
from pvopt.errors import StoreError
from pvopt.model import Instant, Request, RequestKind, Temp, Tick
from pvopt.ports import Clock
from pvopt.workers import Periodic, Turn

SCHEMA = "pvopt.state/1"
LATEST_UTC_S = 4e9  # 2096; no calendar holds much more
NAME, DEMO_NAME = "state.json", "demo-state.json"
EACH_S = 60.0
LOOK_S = 1.0
RETRY_S = 10.0  # after a save that failed

log = logging.getLogger("pvopt.keep")


class Keeper:
    """A recorder that keeps the ledger of a loop in a file. Neither reading nor writing raises.

    ``ledger``: asks for the loop's; ``loads``: ids there are, others are dropped.
    """

    def __init__(
        self, path: Path, loads: Sequence[str], ledger: Callable[[], Ledger], clock: Clock
    ) -> None:
        self.path = path
        self._loads = tuple(loads)
        self._ledger = ledger
        self._newest: tuple[Instant, Ledger] | None = None
        self._clock = clock
        self._saved_ids: tuple[str, ...] | None = None
        self._saved: dict[str, Any] | None = None  # but for its date
        self._saved_s = -math.inf
        self._since_s = self._pause_s = 0.0
        self._fault = ""
        self._worker: Periodic[None] = Periodic("keeper", self._look, clock, logging.DEBUG)

    # -- in the loop's thread ----------------------------------------------------------

    def load(self) -> Ledger:
        """What an earlier run kept; an empty ledger if there is none that can be used.

        A wish to heat has gone on for up to ``EACH_S`` since it was saved: that is taken off, and
        the first look saves it, so that lives too short to save cannot make it endless.
        """
        try:
            text = self.path.read_bytes()
        except FileNotFoundError:
            return Ledger()
        except OSError as fault:
            log.warning("%s cannot be read: %s; begins anew", self.path, fault.strerror)
            return Ledger()
        try:
            return _ledger(json.loads(text), self._loads)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError):
            self._set_aside()
            return Ledger()

    def start(self) -> None:
        self._worker.start()

    def record(self, tick: Tick) -> None:
        """Remember the newest ledger; the thread does the rest."""
        self._newest = (tick.snapshot.instant, self._ledger())

    def saved_s(self) -> float:
        """Mono instant of the newest ledger that is on disk."""
        return self._saved_s

    def close(self) -> None:
        """The last save. A disk that does not answer is not waited for."""
        if self._worker.stop():
            self._save()

    # -- in the keeper's thread --------------------------------------------------------

    def _look(self, _instant: Instant) -> Turn[None]:
        newest = self._newest
        self._since_s += LOOK_S
        self._pause_s -= LOOK_S
        wishes = newest is not None and _ids(newest[1]) != self._saved_ids
        if (wishes or self._since_s >= EACH_S) and self._pause_s <= 0.0:
            self._save()
        return Turn(None, LOOK_S)

    def _save(self) -> None:
        newest = self._newest
        if newest is None or newest[0].mono_s <= self._saved_s:
            return
        instant, ledger = newest
        document = document_of(ledger, instant)
        what = {**document, "saved_utc_s": None}
        try:
            if what != self._saved or not self.path.exists():  # a card wears out by writing
                write(self.path, json.dumps(document, separators=(",", ":")))
        except StoreError as fault:
            if not self._fault:
                log.warning("%s; goes on without, and tries again", fault)
            self._fault, self._pause_s = str(fault), RETRY_S
            return
        if self._fault:
            log.info("%s can be written again", self.path)
        self._fault, self._since_s = "", 0.0
        self._saved = what
        self._saved_ids, self._saved_s = _ids(ledger), instant.mono_s

    def _set_aside(self) -> None:
        today = datetime.fromtimestamp(self._clock.now().utc_s, UTC)
        aside = self.path.with_name(f"{self.path.name}.broken-{today:%Y-%m-%d}")
        try:
            self.path.replace(aside)
        except OSError:
            aside = self.path
        log.warning(
            "what was kept in %s cannot be used; set aside as %s, begins anew", self.path, aside
        )


def _ids(ledger: Ledger) -> tuple[str, ...]:
    return tuple([one.request.id for one in ledger.standing])


def write(path: Path, text: str) -> None:
    """Replace a file whole or not at all. StoreError says why not."""
    beside = path.with_name(f"{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with beside.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as fault:
        with contextlib.suppress(OSError):
            beside.unlink()  # half a file only takes room
        raise StoreError(f"{path} cannot be written: {fault.strerror}") from fault


def document_of(ledger: Ledger, instant: Instant) -> dict[str, Any]:
    """The ledger as it is kept."""
    return {
        "schema": SCHEMA,
        "saved_utc_s": round(instant.utc_s, 3) if instant.utc_ok else None,
        "day": list(ledger.day) if ledger.day != NO_DAY else None,
        "energy": [
            {
                "id": one.id,
                "today_wh": round(one.today_wh, 3),
                "yesterday_wh": round(one.yesterday_wh, 3),
                "by_hand_wh": round(one.by_hand_wh, 3),
                "full": one.full,
                "comfort_wh": round(one.comfort_wh, 3),
            }
            for one in ledger.energy
        ],
        "comfort": [comfort_to_plain(one) for one in ledger.comfort],
        "standing": [_paper(one) for one in ledger.standing],
    }


def _paper(one: Standing) -> dict[str, Any]:
    request = one.request
    return {
        "id": request.id,
        "target": request.target,
        "kind": request.kind.name.lower(),
        "watts": request.watts,
        "until_utc_s": request.until_utc_s,
        "until_c": request.until_c,
        "by": request.by,
        "lasts_s": request.lasts_s,
        "temp": request.temp.name.lower(),
        "left_s": round(one.left_s, 1) if math.isfinite(one.left_s) else None,
    }


def _ledger(document: Any, loads: Sequence[str]) -> Ledger:
    """What was kept of the loads there are. ValueError, KeyError or TypeError: not usable."""
    if document["schema"] != SCHEMA:
        raise ValueError("another form")
    energy = [_energy(one) for one in document["energy"] if one["id"] in loads]
    standing = [_standing(one) for one in document["standing"] if one["target"] in loads]
    day = NO_DAY
    if document["day"] is not None:
        number, start_utc_s, end_utc_s = document["day"]
        day = Day(int(number), _date(start_utc_s), _date(end_utc_s))
    comfort = [  # older files have none
        comfort_from_plain(str(one["id"]), one)
        for one in document.get("comfort", [])
        if one["id"] in loads
    ]
    return Ledger(energy=tuple(energy), standing=tuple(standing), day=day, comfort=tuple(comfort))


def _energy(one: Any) -> Energy:
    energy = Energy(
        str(one["id"]),
        _finite(one["today_wh"]),
        _finite(one["yesterday_wh"]),
        _finite(one["by_hand_wh"]),
        one["full"] is True,
        _finite(one.get("comfort_wh", 0.0)),
    )
    if not usable(energy):
        raise ValueError("no energy")
    return energy


def _standing(one: Any) -> Standing:
    left_s = one["left_s"]
    request = Request(
        str(one["id"]),
        str(one["target"]),
        RequestKind[str(one["kind"]).upper()],
        _or_none(one["watts"]),
        None if one["until_utc_s"] is None else _date(one["until_utc_s"]),
        _or_none(one["until_c"]),
        str(one["by"]),
        _or_none(one["lasts_s"]),
        Temp[str(one.get("temp", "max")).upper()],  # older files have none
    )
    if request.kind not in (RequestKind.ON, RequestKind.BOOST):
        return Standing(request, math.inf if left_s is None else _finite(left_s))
    # A wish to heat always ends.
    return Standing(request, max(0.0, min(LONGEST_S, _finite(left_s)) - EACH_S))


def _or_none(given: Any) -> float | None:
    return None if given is None else _finite(given)


def _date(given: Any) -> float:
    utc_s = _finite(given)
    if not 0.0 <= utc_s <= LATEST_UTC_S:
        raise ValueError("no date")
    return utc_s


def _finite(given: Any) -> float:
    number = float(given)
    if isinstance(given, bool | str | bytes) or not math.isfinite(number):
        raise ValueError("no number")
    return number
