"""A local day's score, in watt-hours."""

from __future__ import annotations

from pvopt.score.causes import BEYOND, Cause
from pvopt.shape import frozen


@frozen
class DayScore:
    """``day``: its number (1: 0001-01-01); ``known_s``: seconds with fresh numbers, ``blind_s``:
    those without; what is in neither was not recorded.

    ``caught_wh``: sun that our loads drew, ``charging_wh`` of it the battery would else have been
    charged with; ``grid_wh``, ``battery_wh``: what they drew besides. ``missed_wh``: sun that was
    left, by ``Cause``; ``guessed_wh`` of it was in no meter. ``worth``: of the caught sun at the
    grid's price of its time, ``cost``: of what came from the grid; None: no tariff.
    """

    day: int
    known_s: float = 0.0
    blind_s: float = 0.0
    caught_wh: float = 0.0
    charging_wh: float = 0.0
    grid_wh: float = 0.0
    battery_wh: float = 0.0
    missed_wh: tuple[float, ...] = (0.0,) * len(Cause)
    guessed_wh: float = 0.0
    worth: float | None = None
    cost: float | None = None


def missed_wh(score: DayScore, cause: Cause) -> float:
    """By one cause; 0 for one that older records do not have."""
    return score.missed_wh[cause] if cause < len(score.missed_wh) else 0.0


def possible_wh(score: DayScore) -> float:
    """What an all-knowing diverter would have caught with these loads: without what no load could
    take. Worked: 7.9 kWh caught, 0.5 missed by waiting, 2 with the tank hot: 8.4 kWh."""
    beyond_wh = sum(missed_wh(score, cause) for cause in BEYOND)
    return score.caught_wh + sum(score.missed_wh) - beyond_wh


def caught_pct(score: DayScore) -> float | None:
    """Of what was possible; None where that is next to nothing."""
    possible = possible_wh(score)
    return 100.0 * score.caught_wh / possible if possible >= 10.0 else None


def worst(score: DayScore) -> Cause | None:
    """What most was missed by; None: hardly anything was."""
    cause = max(Cause, key=lambda one: missed_wh(score, one))
    return cause if missed_wh(score, cause) >= 10.0 else None


def plain(score: DayScore) -> dict[str, object]:
    """As others are told. Causes by name; missing numbers are null."""
    share = caught_pct(score)
    known = [(cause, missed_wh(score, cause)) for cause in Cause]
    return {
        "known_h": round(score.known_s / 3600.0, 2),
        "blind_h": round(score.blind_s / 3600.0, 2),
        "caught_wh": round(score.caught_wh, 1),
        "caught_pct": None if share is None else round(share, 1),
        "possible_wh": round(possible_wh(score), 1),
        "charging_wh": round(score.charging_wh, 1),
        "grid_wh": round(score.grid_wh, 1),
        "battery_wh": round(score.battery_wh, 1),
        "missed_wh": round(sum(score.missed_wh), 1),
        "missed": {cause.name.lower(): round(wh, 1) for cause, wh in known if wh >= 0.05},
        "estimated_wh": round(score.guessed_wh, 1),
        "worth": None if score.worth is None else round(score.worth, 2),
        "cost": None if score.cost is None else round(score.cost, 2),
    }
