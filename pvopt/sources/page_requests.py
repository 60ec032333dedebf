"""Requests from the page and its API: into the inbox, as those of the command line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pvopt.config.loads import Load
from pvopt.errors import StoreError
from pvopt.model import Instant, Request
from pvopt.ports import Clock
from pvopt.sources.inbox import is_full, write
from pvopt.sources.paper import BadRequestError, Paper, dated, resolved
from pvopt.sources.request_bounds import bounded
from pvopt.sources.request_forms import fitted, own

BURST = 20.0  # requests that may be written at once
REFILL_S = 5.0  # and one more each so many seconds: a card wears out by writing


class TooManyError(BadRequestError):
    """More was asked than may be written; ``wait_s`` until the next may be."""

    def __init__(self, wait_s: float) -> None:
        super().__init__("too many requests: wait a little")
        self.wait_s = wait_s


class PageRequests:
    """Writes into the inbox of ``folder``; one at a time. ``clock``: the machine's own, for the
    ends of requests; ``demo``: for a simulated home."""

    def __init__(
        self, loads: Sequence[Load], folder: Path, timezone: str, clock: Clock, demo: bool
    ) -> None:
        self._loads = {load.id: load for load in loads}
        self._folder = folder
        self._timezone = timezone
        self._clock = clock
        self._demo = demo
        self._allowance, self._since_s = BURST, clock.now().mono_s

    def ask(self, load_id: str, body: bytes, by: str) -> Paper:
        """What was understood of ``body``, a word or JSON with the options of ``python main.py
        request``. BadRequestError in words; StoreError: it could not be written."""
        load = self._loads.get(load_id)
        if load is None:
            raise BadRequestError(f"there is no such load; there are: {', '.join(self._loads)}")
        instant = self._clock.now()
        paper = own(body, load_id)
        bounded(paper, load)
        paper = fitted(paper, load)._replace(demo=self._demo, by=by)
        paper = dated(paper, self._timezone, instant)
        earned = max(0.0, instant.mono_s - self._since_s) / REFILL_S
        self._allowance = min(BURST, self._allowance + earned)
        self._since_s = instant.mono_s
        if self._allowance < 1.0:
            raise TooManyError((1.0 - self._allowance) * REFILL_S)
        self._allowance -= 1.0
        if is_full(self._folder):
            raise StoreError("nobody takes what is in the inbox")
        try:
            write(self._folder, paper, instant.utc_s)
        except OSError as fault:
            raise StoreError(f"the inbox takes no request: {fault.strerror}") from fault
        return paper

    def granted(self, paper: Paper) -> tuple[Request, Instant]:
        """What stands once it is taken up, and when that is; the simulated home's date is not
        known here."""
        instant = self._clock.now()
        instant = Instant(instant.mono_s, instant.utc_s, instant.utc_ok and not self._demo)
        return resolved(paper, self._timezone, instant), instant
