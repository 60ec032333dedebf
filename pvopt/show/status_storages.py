"""What is said by MQTT of storages. Pure: numbers in, text out. Watts are + charging, as
everywhere in pvopt."""

from __future__ import annotations

import json
from typing import Any

from pvopt.model import Command, Outcome, StorageView, Tick
from pvopt.show import words
from pvopt.show.status_numbers import known, rounded

SCHEMA = "pvopt.status/1"


def rows(tick: Tick) -> list[dict[str, Any]]:
    """One for each storage, in their order."""
    return [_row(tick, rank) for rank in range(len(tick.decision.storages))]


def one(tick: Tick, rank: int) -> str:
    """``<base>/<storage>/status``: the row of one storage."""
    return json.dumps({"schema": SCHEMA, **_row(tick, rank)}, ensure_ascii=False)


def _row(tick: Tick, rank: int) -> dict[str, Any]:
    command = tick.decision.storages[rank]
    views = {view.id: view for view in tick.snapshot.storages}
    outcomes = {outcome.target: outcome for outcome in tick.storage_outcomes}
    view = views.get(command.target, StorageView(command.target))
    outcome = outcomes.get(command.target, Outcome(command.target, 0.0))
    return {
        "id": command.target,
        "setpoint_w": rounded(command.setpoint_w),
        "power_w": rounded(known(view.power_w)),
        "soc_pct": rounded(known(view.soc_pct)),
        "connected": view.connected,
        "why": command.reason.code.name.lower(),
        "words": words.sentence(command.reason),
        "fault": fault_of(command, view, outcome.fault),
    }


def fault_of(command: Command, view: StorageView, output: str) -> str:
    """What is wrong with a storage, empty: nothing. ``output``: with what it is told."""
    return output or view.fault or short_of(command, view)


def short_of(command: Command, view: StorageView) -> str:
    """How far one that does not follow stays behind, empty where it does."""
    asked_w = dict(command.reason.numbers).get("asked_w")
    has_w = view.power_w.value
    if asked_w is None or has_w is None:
        return ""
    verb = "take" if asked_w > 0.0 else "give"
    return f"was asked to {verb} {abs(asked_w):.0f} W, has {abs(has_w):.0f} W"
