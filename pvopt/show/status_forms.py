"""What is said by MQTT of one tick, in the forms that are understood elsewhere. Pure: numbers in,
text out.

``balancer`` and ``linky`` are the status messages of the two programs of that name, key by key and
in their order, so that whoever reads those reads ours. Of a home whose numbers are missing or too
old they say nothing, as those programs do: no watts are made up.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime, tzinfo
from types import MappingProxyType
from typing import Any, NamedTuple

from pvopt.decide.legionella import LegionellaRule, stands
from pvopt.decide.memory import Energy, Ledger
from pvopt.model import Command, LoadView, Outcome, RequestKind, Site, Snapshot, Tick, Why
from pvopt.score.day import DayScore, plain
from pvopt.show import words
from pvopt.show.alarms import calls
from pvopt.show.status_more import More, by_hand, energy, of_program
from pvopt.show.status_numbers import known, rounded
from pvopt.show.status_storages import rows
from pvopt.show.words.wishes import local_time, wish

SCHEMA = "pvopt.status/1"
# Heat that comfort buys, whatever the sun does.
BOUGHT = frozenset({Why.LEGIONELLA, Why.TOO_COLD, Why.ENERGY_FLOOR, Why.READY_BY})


class Seen(NamedTuple):
    """``produced_wh``: of the panels since midnight, as far as seen; ``zone``: the site's."""

    tick: Tick
    ledger: Ledger
    produced_wh: float
    zone: tzinfo
    timezone: str
    hygiene: Mapping[str, LegionellaRule] = MappingProxyType({})
    more: More = More()
    score: DayScore | None = None


def fresh_site(tick: Tick) -> Site | None:
    """The home, if its numbers may still be believed."""
    site, now_s = tick.snapshot.site, tick.snapshot.instant.mono_s
    return None if site is None or now_s - site.at_s > site.allowed_age_s else site


def balancer(seen: Seen, clouds: Callable[[Snapshot], int]) -> str | None:
    """``regul/status`` of the Python solar energy balancer; None: nothing can be said.
    ``clouds``: % that they will take of the coming day.

    Worked: a house that takes 1500 W of which panels give 1200 has ``grid`` 300 and ``injection``
    0; with 2000 W of sun ``grid`` 0 and ``injection`` -500.
    """
    site = fresh_site(seen.tick)
    if site is None:
        return None
    load_w, pv_w, grid_w = known(site.load_w), known(site.pv_w), known(site.grid_w)
    if load_w is None or pv_w is None or grid_w is None:
        return None
    rows: list[dict[str, Any]] = [
        {
            "name": command.target,
            "current_power": round(outcome.expected_w),
            "energy": int(energy_of(seen.ledger, command.target).today_wh),
            "overed": energy_of(seen.ledger, command.target).full,
            "forced": forced(seen.ledger, command),
        }
        for command, outcome in _loads(seen.tick)
    ]
    ours_w = sum(row["current_power"] for row in rows)
    first = seen.tick.decision.commands[0].target if rows else ""
    message = {
        "date": int(seen.tick.snapshot.instant.utc_s),
        "date_str": _local(seen),
        "power_consumption": round(load_w),
        "power_production": round(pv_w),
        "production_energy": round(seen.produced_wh),
        "injection": round(min(0.0, grid_w)),
        "grid": round(max(0.0, grid_w)),
        "CLOUD_forecast": clouds(seen.tick.snapshot),
        "ECS_energy_yesterday": int(energy_of(seen.ledger, first).yesterday_wh),
        "power_equipments": ours_w,
        "power_house": round(load_w) - ours_w,
        "equipments": rows,
    }
    return json.dumps(message)


def linky(seen: Seen) -> str | None:
    """``regulation/status`` of the Linky optimizer; None: nothing can be said. What it calls
    available is fed in, in whole watts; what it calls consumed comes from the grid."""
    site = fresh_site(seen.tick)
    grid_w = None if site is None else known(site.grid_w)
    if grid_w is None:
        return None
    message = {
        "date": round(seen.tick.snapshot.instant.utc_s, 3),
        "date_str": _local(seen),
        "power_available": round(max(0.0, -grid_w)),
        "power_consumed": round(max(0.0, grid_w), 1),
        "equipments": [
            {
                "name": command.target,
                "current_power": round(outcome.expected_w, 1),
                "energy": round(energy_of(seen.ledger, command.target).today_wh, 1),
                "forced": forced(seen.ledger, command),
            }
            for command, outcome in _loads(seen.tick)
        ],
    }
    return json.dumps(message)


def domoticz(idx: int, watts: int) -> str:
    """``domoticz/in``, for a device that counts watts. Worked: ``{ "idx": 651, "nvalue": 0,
    "svalue": "1200"}``, blanks as the balancer has them."""
    return f'{{ "idx": {idx}, "nvalue": 0, "svalue": "{watts}"}}'


def net_power(seen: Seen) -> str | None:
    """Whole watts from the grid, below 0: fed in; None: not known."""
    site = fresh_site(seen.tick)
    grid_w = None if site is None else known(site.grid_w)
    return None if grid_w is None else str(round(grid_w))


def own(seen: Seen) -> str:
    """``<base>/status``: the home and all loads. A missing number is null."""
    tick, site = seen.tick, seen.tick.snapshot.site
    instant, decision = tick.snapshot.instant, tick.decision
    numbers = {
        name: None if site is None else rounded(known(getattr(site, name)))
        for name in ("grid_w", "pv_w", "load_w", "battery_w", "soc_pct")
    }
    age_s = None if site is None else round(max(0.0, instant.mono_s - site.at_s), 1)
    message: dict[str, Any] = {
        "schema": SCHEMA,
        "utc_s": round(instant.utc_s, 3) if instant.utc_ok else None,
        **numbers,
        "source": None if site is None else site.origin,
        "age_s": age_s,
        "fresh": fresh_site(tick) is not None,
        "budget_w": rounded(decision.budget_w),
        "alarms": [words.sentence(reason) for reason in decision.alarms],
        "loads": [_load(seen, k) for k in range(len(decision.commands))],
        **of_program(seen.more, tick.snapshot.health),
    }
    if seen.score is not None:
        message["score"] = plain(seen.score)
    if decision.storages:
        message["need_w"] = rounded(decision.need_w)
        message["storages"] = rows(seen.tick)
    return json.dumps(message, ensure_ascii=False)


def own_load(seen: Seen, rank: int) -> str:
    """``<base>/<load>/status``: the row of one load."""
    row = _load(seen, rank)
    return json.dumps({"schema": SCHEMA, **row}, ensure_ascii=False)


def _load(seen: Seen, rank: int) -> dict[str, Any]:
    tick = seen.tick
    command, outcome = tick.decision.commands[rank], tick.outcomes[rank]
    view = next((one for one in tick.snapshot.loads if one.id == command.target), LoadView(""))
    of_day = energy_of(seen.ledger, command.target)
    kept_wh = seen.more.kept_wh
    told_wh = of_day.today_wh if kept_wh is None else kept_wh.get(command.target, 0.0)
    local = local_time(seen.timezone, tick.snapshot.instant)
    asked = [one.request for one in seen.ledger.standing if one.request.target == command.target]
    return {
        "id": command.target,
        "setpoint_w": rounded(command.setpoint_w),
        "expected_w": rounded(outcome.expected_w),
        "actual_w": rounded(known(view.actual_w)),
        "on": outcome.expected_w > 0.0,
        "temperature_c": known(view.temperature_c),
        "why": command.reason.code.name.lower(),
        "words": words.sentence(command.reason),
        "asked": [wish(request, local) for request in asked],
        "today_wh": rounded(of_day.today_wh),
        "yesterday_wh": rounded(of_day.yesterday_wh),
        "by_hand_wh": rounded(of_day.by_hand_wh),
        "comfort_wh": rounded(of_day.comfort_wh),
        "full": of_day.full,
        "energy_wh": energy(told_wh),
        "hygiene": _hygiene(seen, command.target),
        "fault": outcome.fault,
        "alarm": calls(command, outcome, seen.ledger.latched),
        **by_hand(seen.ledger, command.target),
    }


def _hygiene(seen: Seen, load: str) -> dict[str, Any] | None:
    """Where it stands with its cycle against legionella; None: it has none, or no date is known."""
    rule, instant = seen.hygiene.get(load), seen.tick.snapshot.instant
    ledger = next((one.legionella for one in seen.ledger.comfort if one.id == load), None)
    if rule is None or ledger is None or not instant.utc_ok:
        return None
    now = stands(rule, ledger, instant.utc_s)
    if now is None:
        return None
    return {
        "state": now.progress.name.lower(),
        "due_utc_s": round(now.due_utc_s),
        "start_utc_s": round(now.start_utc_s),
        "done_utc_s": round(now.done_utc_s) or None,
    }


def _loads(tick: Tick) -> list[tuple[Command, Outcome]]:
    return list(zip(tick.decision.commands, tick.outcomes, strict=True))


def energy_of(ledger: Ledger, load: str) -> Energy:
    return next((one for one in ledger.energy if one.id == load), Energy(load))


def in_hand(ledger: Ledger, load: str) -> bool:
    """Whether a person's on, off or boost stands for a load."""
    asked = [one.request for one in ledger.standing if one.request.target == load]
    return any(request.kind != RequestKind.SET_TEMP for request in asked)


def forced(ledger: Ledger, command: Command) -> bool:
    """What both programs call so: not the surplus decides, but a person or a minimum of heat."""
    return in_hand(ledger, command.target) or command.reason.code in BOUGHT


def _local(seen: Seen) -> str:
    moment = datetime.fromtimestamp(seen.tick.snapshot.instant.utc_s, seen.zone)
    return f"{moment:%Y-%m-%d %H:%M:%S}"
