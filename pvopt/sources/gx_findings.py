"""What was found on a GX, for the doctor: a plain shape that may be known everywhere."""

from __future__ import annotations

from dataclasses import dataclass

from pvopt.model import EssState, FeedIn


@dataclass(frozen=True, slots=True)
class GxFindings:
    """``units``: (kind, unit id, answers). ``firmware`` empty: the GX does not say.

    ``not_offered``: register blocks that this firmware refuses. ``clock_utc_s``: the GX's own
    clock at the last look, None if it does not offer it.
    """

    place: str
    firmware: str
    serial: str
    units: tuple[tuple[str, int, bool], ...]
    searching: bool
    may_probe: bool
    feed_in: FeedIn
    ess_state: EssState
    external_meter: bool | None
    meter_lost: bool
    not_offered: tuple[str, ...]
    clock_utc_s: float | None = None
