"""The result of `benchmark storages` in words: a table, where our law is behind, what it means."""

from __future__ import annotations

from collections.abc import Sequence

from pvopt.benchmarks.storages import OURS, Row

HEADS = (
    f"{'storages':>8}{'delay':>7}  {'law':<13}{'settled':>9}{'95 %':>7}{'overshoot':>11}"
    f"{'crossings':>11}{'swings':>9}{'calm':>6}{'RMS':>7}{'SoC':>6}{'bought':>9}{'exported':>10}"
)
UNITS = (
    f"{'':>8}{'s':>7}  {'':<13}{'s':>9}{'s':>7}{'W':>11}{'an hour':>11}{'an hour':>9}{'%':>6}"
    f"{'W':>7}{'%':>6}{'Wh':>9}{'Wh':>10}"
)
# Judged. No worse than another's within a share of the figure, and within so much: half a second,
# the dead band of one storage, what a whole percent of charge hides. Crossings are told and not
# judged: who never settles stays on one side, and who settles crosses when the load turns; swings
# are judged.
EQUAL_SHARE = 0.03
EQUAL = {
    "settle_s": 0.5,
    "settle_p95_s": 1.0,
    "overshoot_w": 10.0,
    "swings_h": 1.0,
    "rms_w": 0.5,
    "spread_pct": 1.0,
    "bought_wh": 5.0,
}
CROSSINGS_EQUAL = 1.0
WORDS = {
    "settle_s": "settled",
    "settle_p95_s": "95 %",
    "overshoot_w": "overshoot",
    "swings_h": "swings",
    "rms_w": "RMS",
    "spread_pct": "SoC",
    "bought_wh": "bought",
}
MEANINGS = """
delay      each storage looks at what it is told every so many seconds and moves half as many later
settled    seconds from a step of the load until the grid stays within 25 W: mean, 95th percentile
overshoot  how far the grid goes to the other side after a step, mean
crossings  changes of the grid's sign, beyond 20 W: told, not judged, for one that never settles
           stays on one side, and one that settles crosses whenever the load turns
swings     those of them before the grid had settled (10 s within 25 W) on the way: hunting
calm       share of the time within 25 W
RMS        of the grid beside that of the all-knowing split
SoC        between the fullest and the emptiest at the end; 12 % at the start. They tell it, and the
           laws know it, in whole percents: up to one more is equal
bought     more than the all-knowing split buys; exported: given away out of the storages
distributor: the B2500 load distributor, balancer: AstraMeter's, with their defaults but no floor"""


def report(rows: Sequence[Row], whole: bool = True) -> list[str]:
    """Everything. ``whole``: of a whole day; a part of one has too few steps to judge by."""
    lines = [HEADS, UNITS]
    for row in rows:
        if row.law == rows[0].law and row is not rows[0]:
            lines.append("")
        lines.append(line_of(row))
    verdict = misses(rows) or ["best or equal in every figure of every case"]
    if not whole:
        verdict = ["no verdict: a part of a day has too few steps of the load"]
    lines += ["", *verdict, *(crossed(rows) if whole else []), MEANINGS]
    return lines


def line_of(row: Row) -> str:
    one = row.score
    return (
        f"{row.storages:>8d}{row.delay:>7}  {row.law:<13}"
        f"{one.settle_s:>9.1f}{one.settle_p95_s:>7.1f}{one.overshoot_w:>11.1f}{one.crossings_h:>11.1f}"
        f"{one.swings_h:>9.1f}{one.in_band_pct:>6.1f}{one.rms_w:>7.1f}{one.spread_pct:>6.1f}"
        f"{one.bought_wh:>9.1f}{one.exported_wh:>10.1f}"
    )


def misses(rows: Sequence[Row]) -> list[str]:
    """Where our law is behind another in the same case."""
    found: list[str] = []
    for mine, other in _pairs(rows):
        for name, equal in EQUAL.items():
            own, theirs = getattr(mine.score, name), getattr(other.score, name)
            if own > theirs * (1.0 + EQUAL_SHARE) + equal:
                found.append(
                    f"behind: {mine.storages} storages, delay {mine.delay} s: {WORDS[name]} "
                    f"{own:.1f}, {other.law} {theirs:.1f}"
                )
    return found


def crossed(rows: Sequence[Row]) -> list[str]:
    """Where another crosses less, and how much of the time it was near nothing."""
    found: list[str] = []
    for mine, other in _pairs(rows):
        own, theirs = mine.score, other.score
        if own.crossings_h > theirs.crossings_h * (1.0 + EQUAL_SHARE) + CROSSINGS_EQUAL:
            found.append(
                f"not judged: {mine.storages} storages, delay {mine.delay} s: crossings "
                f"{own.crossings_h:.1f} (within 25 W for {own.in_band_pct:.0f} % of the time), "
                f"{other.law} {theirs.crossings_h:.1f} ({theirs.in_band_pct:.0f} %)"
            )
    return found


def _pairs(rows: Sequence[Row]) -> list[tuple[Row, Row]]:
    """Ours beside each other law in the same case."""
    return [
        (mine, other)
        for mine in rows
        for other in rows
        if mine.law == OURS
        and other.law != OURS
        and (mine.storages, mine.delay) == (other.storages, other.delay)
    ]
