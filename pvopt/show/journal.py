"""The log as an owner reads it: a line when something changed, with its numbers and reason."""

from __future__ import annotations

import logging
from collections.abc import Callable

from pvopt.model import Command, Instant, Outcome, Reason, Request, Site, Tick, Why
from pvopt.show import words
from pvopt.show.journal_storages import StorageLines
from pvopt.show.words.wishes import asked_by, wish

log = logging.getLogger("pvopt")

# Reasons among which a search moves all the time; a line for each would bury the rest.
_SEARCHING = frozenset(
    {
        Why.VISIBLE,
        Why.PROBING,
        Why.RIDING,
        Why.STEP_BACK,
        Why.HOLD,
        Why.HEATER_MAX,
        Why.BUDGET_SPENT,
        Why.FORECAST_LOW,
    }
)
# The ordinary life of a heater between sun and clouds: told, but with a bound on how often.
_CALM = _SEARCHING | {
    Why.STARTING,
    Why.NO_SURPLUS,
    Why.WAIT_ENABLE,
    Why.WAIT_DISABLE,
    Why.MIN_ON,
    Why.MIN_OFF,
    Why.INVERTER_CAP,
    Why.RANKED,
    Why.TOO_LITTLE,
    Why.MOST_STARTS,
    Why.GRID_DRAW,
    Why.BATTERY_DISCHARGE,
}
_LOUD = frozenset({Why.WELDED, Why.TRIAC_SHORT, Why.ELEMENT, Why.FAULT})
# A search speaks again when the watts have moved by this much, and so much later.
MOVED_SHARE = 0.2
QUIET_S = 60.0
# Lines of ordinary life that may follow each other at once; each minute allows one more.
BURST = 6.0


class Journal:
    """A recorder that writes to the log. ``stamp`` turns an instant into the home's time;
    ``prefix`` stands before what is only decided and not done ("would: "); ``local``: how the
    end of a request is written.
    """

    def __init__(
        self,
        stamp: Callable[[Instant], str] | None = None,
        prefix: str = "",
        local: Callable[[Instant], Callable[[float], str]] = lambda instant: lambda utc_s: "?",
    ) -> None:
        self._stamp = stamp
        self._prefix = prefix
        self._local = local
        self._last: dict[str, tuple[Command, float]] = {}
        self._allowance: dict[str, tuple[float, float]] = {}  # (lines, as of)
        self._faults: dict[str, str] = {}
        self._alarms: frozenset[Why] = frozenset()
        self._storages = StorageLines()

    def record(self, tick: Tick) -> None:
        """Log what changed in this tick. Never raises."""
        try:
            for request in tick.snapshot.requests:
                self._request(tick.snapshot.instant, request)
            for command, outcome in zip(tick.decision.commands, tick.outcomes, strict=True):
                self._command(tick, command, outcome)
            for level, said in self._storages.faults(tick):
                log.log(level, "%s", said)
            for line in self._storages.of(tick):
                log.info("%s%s%s", self._at(tick.snapshot.instant), self._prefix, line)
            self._alarm(tick)
        except Exception:
            log.exception("a line could not be written")

    def _at(self, instant: Instant) -> str:
        return self._stamp(instant) if self._stamp else ""

    def _request(self, instant: Instant, request: Request) -> None:
        log.info(
            "%s%s%s: %s%s",
            self._at(instant),
            self._prefix,
            request.target,
            wish(request, self._local(instant)),
            asked_by(request),
        )

    def _command(self, tick: Tick, command: Command, outcome: Outcome) -> None:
        now_s = tick.snapshot.instant.mono_s
        if outcome.fault != self._faults.get(command.target, ""):
            self._faults[command.target] = outcome.fault
            if outcome.fault:
                said = outcome.fault.removeprefix(f"{command.target}: ")
                log.error("%s: %s", command.target, said)
            else:
                log.info("%s: the output obeys again", command.target)
        before = self._last.get(command.target)
        if before is not None and not _worth(before[0], command, now_s - before[1]):
            return
        if before is not None and not self._allowed(before[0], command, now_s):
            return
        self._last[command.target] = (command, now_s)
        level = logging.ERROR if command.reason.code in _LOUD else logging.INFO
        log.log(
            level,
            "%s%s%s: %s%s",
            self._at(tick.snapshot.instant),
            self._prefix,
            command.target,
            _state(command),
            _home(tick.snapshot.site),
        )

    def _allowed(self, before: Command, now: Command, now_s: float) -> bool:
        """Danger always speaks; of ordinary life a few lines at once, then one a minute."""
        if not {before.reason.code, now.reason.code} <= _CALM:
            return True
        lines, since_s = self._allowance.get(now.target, (BURST, now_s))
        lines = min(BURST, lines + max(0.0, now_s - since_s) / QUIET_S)
        self._allowance[now.target] = (lines - 1.0 if lines >= 1.0 else lines, now_s)
        return lines >= 1.0

    def _alarm(self, tick: Tick) -> None:
        codes = frozenset(reason.code for reason in tick.decision.alarms)
        for code in codes - self._alarms:
            log.error("alarm: %s", words.sentence(Reason(code)))
        self._alarms = codes


def _worth(before: Command, now: Command, since_s: float) -> bool:
    """Whether a command differs enough from the last one that was written."""
    if (before.setpoint_w > 1.0) != (now.setpoint_w > 1.0):
        return before.reason.code != now.reason.code or since_s >= QUIET_S
    if before.reason.code == now.reason.code and now.reason.code not in _SEARCHING:
        return False
    if {before.reason.code, now.reason.code} <= _SEARCHING:
        moved_w = abs(now.setpoint_w - before.setpoint_w)
        return since_s >= QUIET_S and moved_w > MOVED_SHARE * max(before.setpoint_w, 100.0)
    return True


def _state(command: Command) -> str:
    more = words.needs(command.reason)
    text = words.sentence(command.reason) + (f" ({more})" if more else "")
    return f"{command.setpoint_w:.0f} W, {text}" if command.setpoint_w > 1.0 else text


def _home(site: Site | None) -> str:
    """The home's numbers behind a decision, for those who want to check it."""
    if site is None:
        return ""
    parts = (
        ("sun", site.pv_w.value, "W"),
        ("house", site.load_w.value, "W"),
        ("battery", site.battery_w.value, "W"),
        ("grid", site.grid_w.value, "W"),
        ("charged", site.soc_pct.value, "%"),
    )
    known = [f"{name} {number:.0f} {unit}" for name, number, unit in parts if number is not None]
    held_back = any(device.limited for device in site.pv)
    return f" [{', '.join(known)}{', panels held back' if held_back else ''}; {site.origin}]"
