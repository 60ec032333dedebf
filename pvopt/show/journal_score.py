"""What a day amounted to, as a line of the log at its end."""

from __future__ import annotations

import logging
from collections.abc import Callable

from pvopt.score.day import DayScore, caught_pct, missed_wh, worst
from pvopt.show.words.tongues import page_words

LEAST_WH = 10.0  # a day with less has nothing to tell

log = logging.getLogger("pvopt.journal")


def said(score: DayScore) -> str:
    """Empty where there was next to nothing. Worked: "Yesterday: 7.9 kWh of sun caught, 94 % of
    what was possible; missed mostly because sun was held back and not found yet (0.4 kWh,
    estimated)"."""
    share, cause = caught_pct(score), worst(score)
    missed = sum(score.missed_wh)
    if score.caught_wh + missed < LEAST_WH:
        return ""
    words = f"Yesterday: {score.caught_wh / 1000.0:.1f} kWh of sun caught"
    if share is not None:
        words += f", {share:.0f} % of what was possible"
    if cause is not None:
        because = page_words("en")[f"because_{cause.name.lower()}"]
        guessed = ", estimated" if score.guessed_wh > 0.5 * missed else ""
        wh = missed_wh(score, cause)
        words += f"; missed mostly because {because} ({wh / 1000.0:.1f} kWh{guessed})"
    bought_wh = score.grid_wh + score.battery_wh
    if bought_wh >= LEAST_WH:
        words += f"; {bought_wh / 1000.0:.2f} kWh were not solar"
    return words


def teller() -> Callable[[DayScore], None]:
    """Writes a day that has ended into the log."""

    def tell(score: DayScore) -> None:
        words = said(score)
        if words:
            log.info("%s", words)

    return tell
