"""What a replay came to, for people and for programs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pvopt.decide.settings import Settings
from pvopt.model import Why
from pvopt.store.days import NO_TARIFF
from pvopt.store.replay import Asked, Replayed

WH_A_LITRE_K = 1.163  # what warms a litre of water by one degree
LEAST_H = 1.0 / 60.0
MOST_REASONS = 3
HEADS = ("load", "asked kWh", "hours on", "switched", "cost")


def report(
    result: Replayed, settings: Settings | None, changes: str, local: Callable[[float], str]
) -> list[str]:
    """Lines for the terminal. ``changes``: in words, empty: none."""
    lines = [f"{result.ticks} ticks of {_runs(result.runs)} were decided again"]
    if result.lost:
        lines.append(f"{result.lost} ticks are left out: what was remembered then is not known")
    if not changes:
        return [*lines, *_same(result, local)]
    lines += [f"with {changes}, in the home as it was recorded:", ""]
    lines += _table(result, settings)
    for name in result.ids:
        lines += _why(name, result.recorded.get(name, Asked()), result.now.get(name, Asked()))
    lines += _degrees(result, settings)
    if result.first is None:
        lines.append("no decision is another one")
    else:
        share = 100.0 * (result.ticks - result.same) / result.ticks
        lines.append(
            f"{share:.1f} % of the decisions are others, the first at {local(result.first.utc_s)}"
        )
    return [
        *lines,
        "",
        "What the law had asked for: the home answers as it was recorded, whatever is asked. Heat",
        "that came earlier or not at all has no consequence here for tank, battery and panels.",
    ]


def _runs(count: int) -> str:
    return "1 run" if count == 1 else f"{count} runs"


def _same(result: Replayed, local: Callable[[float], str]) -> list[str]:
    if result.first is None:
        return ["every decision is the same as recorded"]
    first, others = result.first, result.ticks - result.same
    what = f"{first.target}: " if first.target else "the budget: "
    return [
        f"{others} decisions are others than recorded; the first at {local(first.utc_s)}:",
        f"  {what}recorded {first.recorded_w:.1f} W ({first.recorded_why.name}), now "
        f"{first.now_w:.1f} W ({first.now_why.name})",
        "another release of pvopt may decide otherwise; the same one should not",
    ]


def _table(result: Replayed, settings: Settings | None) -> list[str]:
    priced = settings is not None and settings.hours.tariff != NO_TARIFF
    rows: list[tuple[str, ...]] = [HEADS]
    for name in result.ids:
        was, now = result.recorded.get(name, Asked()), result.now.get(name, Asked())
        rows.append(_cells(f"{name}, recorded", was, priced))
        rows.append(_cells(f"{name}, now", now, priced))
    widths = [max(len(row[k]) for row in rows) for k in range(len(HEADS))]
    lines = [
        "  ".join(
            cell.rjust(width) if k else cell.ljust(width)
            for k, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    if priced:
        lines.append("cost: if all of it were bought at the tariff; from the sun it costs less")
    return [*lines, ""]


def _cells(name: str, asked: Asked, priced: bool) -> tuple[str, ...]:
    return (
        name,
        f"{asked.kwh:.2f}",
        f"{asked.on_h:.1f}",
        str(asked.switches),
        f"{asked.cost:.2f}" if priced else "-",
    )


def _why(name: str, was: Asked, now: Asked) -> list[str]:
    """The reasons whose hours changed most."""
    changes = {
        why: now.hours.get(why, 0.0) - was.hours.get(why, 0.0) for why in (*was.hours, *now.hours)
    }
    most = sorted(changes.items(), key=lambda pair: -abs(pair[1]))[:MOST_REASONS]
    told = [f"{_plain(why)} {hours:+.2f} h" for why, hours in most if abs(hours) >= LEAST_H]
    return [f"{name}: {', '.join(told)}"] if told else []


def _plain(why: Why) -> str:
    return why.name.lower().replace("_", " ")


def _degrees(result: Replayed, settings: Settings | None) -> list[str]:
    """What the difference is in the water, where its litres are known."""
    lines = []
    for load in () if settings is None else settings.loads:
        litres = 0.0 if load.rules is None else load.rules.litres
        if litres > 0.0 and load.id in result.now and load.id in result.recorded:
            kwh = result.now[load.id].kwh - result.recorded[load.id].kwh
            kelvin = 1000.0 * kwh / (WH_A_LITRE_K * litres)
            lines.append(f"{load.id}: {kwh:+.2f} kWh are {kelvin:+.1f} K in its {litres:g} l")
    return lines


def as_rows(result: Replayed, settings: Settings | None) -> dict[str, Any]:
    """The same for programs."""
    priced = settings is not None and settings.hours.tariff != NO_TARIFF
    first = result.first
    return {
        "ticks": result.ticks,
        "same": result.same,
        "lost": result.lost,
        "first_other_utc_s": None if first is None else first.utc_s,
        "rows": [
            {
                "load": name,
                "decided": decided,
                "kwh": round(asked.kwh, 4),
                "on_h": round(asked.on_h, 4),
                "switches": asked.switches,
                "cost": round(asked.cost, 4) if priced else None,
                "hours": {why.name: round(hours, 4) for why, hours in asked.hours.items()},
            }
            for name in result.ids
            for decided, asked in (
                ("recorded", result.recorded.get(name, Asked())),
                ("now", result.now.get(name, Asked())),
            )
        ],
    }
