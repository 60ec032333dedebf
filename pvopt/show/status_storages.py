"""What is said by MQTT of storages. Pure: numbers in, text out. Watts are + charging, as
everywhere in pvopt."""

from __future__ import annotations

import json
from typing import Any

from pvopt.model import Outcome, StorageView, Tick
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
        "fault": outcome.fault,
    }
