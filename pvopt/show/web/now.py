"""What the page and ``/api/now`` tell of one tick: numbers, and sentences in one language."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from types import MappingProxyType
from typing import Any, NamedTuple

from pvopt.config.loads import Load
from pvopt.decide.legionella import LegionellaRule, stands
from pvopt.decide.memory import Ledger
from pvopt.decide.reasons import end_numbers
from pvopt.model import Instant, LoadView, Reason, Request, Site, StorageView
from pvopt.score.day import plain
from pvopt.show import words
from pvopt.show.status_forms import energy_of, fresh_site, in_hand
from pvopt.show.status_numbers import known, rounded
from pvopt.show.status_storages import fault_of
from pvopt.show.web.published import Published
from pvopt.show.words.hygiene import hygiene
from pvopt.show.words.tongues import Tongue

SCHEMA = "pvopt.now/1"
DRAWS_W = 1.0


class Home(NamedTuple):
    """What the configuration says of the home. ``least_w``: of each load, in their order;
    ``hygiene``: the rules against legionella, by load."""

    name: str
    zone: tzinfo
    timezone: str
    loads: tuple[Load, ...]
    least_w: tuple[float, ...]
    demo: bool
    hygiene: Mapping[str, LegionellaRule] = MappingProxyType({})


def now(published: Published, home: Home, tongue: Tongue) -> dict[str, Any]:
    tick = published.tick
    instant, decision = tick.snapshot.instant, tick.decision
    rows = [_load(published, home, k, tongue) for k in range(len(decision.commands))]
    return {
        "schema": SCHEMA,
        "number": published.number,
        "utc_s": round(instant.utc_s, 1),
        "utc_ok": instant.utc_ok,
        "local": f"{datetime.fromtimestamp(instant.utc_s, home.zone):%Y-%m-%d %H:%M:%S}",
        "demo": home.demo,
        "site": _site(tick.snapshot.site, fresh_site(tick) is not None, instant.mono_s),
        "budget_w": rounded(decision.budget_w),
        "house_w": _house_w(tick.snapshot.site, rows),
        "loads": rows,
        "main": _main(rows),
        "storages": [_storage(published, one, tongue) for one in tick.snapshot.storages],
        "alarms": [words.sentence(reason, tongue) for reason in decision.alarms],
        "health": [
            {
                "origin": one.origin,
                "ok": one.ok,
                "used": one.used,
                "age_s": rounded(one.age_s),
                "fault": one.fault,
            }
            for one in tick.snapshot.health
        ],
        "date": published.date,
        "today": published.today,
        "today_since_utc_s": published.since_utc_s,
        "score": None if published.score is None else plain(published.score),
    }


def _site(site: Site | None, fresh: bool, now_s: float) -> dict[str, Any] | None:
    if site is None:
        return None
    numbers = ("grid_w", "pv_w", "load_w", "battery_w", "soc_pct", "battery_v", "frequency_hz")
    return {
        **{name: rounded(known(getattr(site, name))) for name in numbers},
        "source": site.origin,
        "age_s": rounded(max(0.0, now_s - site.at_s)),
        "fresh": fresh,
        "held_back": any(device.limited for device in site.pv),
        "grid_up": site.grid_up,
        "generator": site.generator,
    }


def _load(published: Published, home: Home, rank: int, tongue: Tongue) -> dict[str, Any]:
    tick = published.tick
    command, outcome = tick.decision.commands[rank], tick.outcomes[rank]
    load = next((one for one in home.loads if one.id == command.target), None)
    view = next((one for one in tick.snapshot.loads if one.id == command.target), LoadView(""))
    energy = energy_of(published.ledger, command.target)
    actual_w = known(view.actual_w)
    return {
        "id": command.target,
        "rank": rank + 1,
        "max_w": None if load is None else load.max_w,
        "least_w": home.least_w[rank] if rank < len(home.least_w) else None,
        "max_c": None if load is None else load.comfort.max_c,
        "setpoint_w": rounded(command.setpoint_w),
        "expected_w": rounded(outcome.expected_w),
        "actual_w": rounded(actual_w),
        "draws_w": rounded(outcome.expected_w if actual_w is None else actual_w),
        "position_pct": rounded(outcome.position_pct),
        "closed": outcome.closed,
        "pending": outcome.pending,
        "temperature_c": rounded(known(view.temperature_c)),
        "sensor": load is not None and load.temperature is not None,
        "why": command.reason.code.name.lower(),
        "words": words.sentence(command.reason, tongue),
        "change": words.needs(command.reason, tongue),
        "change_w": _of(command.reason, 0),
        "change_s": _of(command.reason, 1),
        "numbers": {name: rounded(number) for name, number in command.reason.numbers},
        "in_hand": in_hand(published.ledger, command.target),
        "asked": _asked(published, home, command.target, tongue),
        "today_wh": rounded(energy.today_wh),
        "yesterday_wh": rounded(energy.yesterday_wh),
        "by_hand_wh": rounded(energy.by_hand_wh),
        "comfort_wh": rounded(energy.comfort_wh),
        "full": energy.full,
        "moves": outcome.moves,
        "switches": outcome.switches,
        "fault": outcome.fault,
        "mode": _mode(published.ledger, command.target),
        "hygiene": _hygiene(published, home, command.target, tongue),
    }


def _hygiene(published: Published, home: Home, load: str, tongue: Tongue) -> str:
    """Where it stands with its cycle against legionella; empty: none, or no date is known."""
    rule, instant = home.hygiene.get(load), published.tick.snapshot.instant
    kept = next((one.legionella for one in published.ledger.comfort if one.id == load), None)
    if rule is None or kept is None or not instant.utc_ok:
        return ""
    standing = stands(rule, kept, instant.utc_s)
    return "" if standing is None else hygiene(standing, home.zone, tongue)


def _storage(published: Published, view: StorageView, tongue: Tongue) -> dict[str, Any]:
    asked = [one for one in published.tick.decision.storages if one.target == view.id]
    reason = asked[0].reason if asked else None
    told = {one.target: one.fault for one in published.tick.storage_outcomes}
    return {
        "id": view.id,
        "power_w": rounded(known(view.power_w)),
        "soc_pct": rounded(known(view.soc_pct)),
        "connected": view.connected,
        "setpoint_w": rounded(asked[0].setpoint_w) if asked else None,
        "why": None if reason is None else reason.code.name.lower(),
        "words": "" if reason is None else words.sentence(reason, tongue),
        "fault": fault_of(asked[0], view, told.get(view.id, "")) if asked else view.fault,
    }


def _mode(ledger: Ledger, load: str) -> str:
    """What a person asked for last: auto, on, off or boost."""
    asked = [one.request for one in ledger.standing if one.request.target == load]
    kinds = [request.kind.name.lower() for request in asked if request.kind.name != "SET_TEMP"]
    return kinds[-1] if kinds else "auto"


def _asked(published: Published, home: Home, load: str, tongue: Tongue) -> list[dict[str, Any]]:
    instant = published.tick.snapshot.instant
    standing = [one for one in published.ledger.standing if one.request.target == load]
    return [_wish(one.request, one.left_s, instant, home.timezone, tongue) for one in standing]


def _wish(
    request: Request, left_s: float, instant: Instant, timezone: str, tongue: Tongue
) -> dict[str, Any]:
    until_utc_s = math.nan if request.until_utc_s is None else request.until_utc_s
    end = dict(end_numbers(until_utc_s, left_s, instant, timezone))
    return {
        "kind": request.kind.name.lower().replace("_", "-"),
        "watts": rounded(request.watts),
        "until_utc_s": request.until_utc_s,
        "left_s": rounded(left_s),
        "until": words.until(end, tongue).strip(),
        "until_c": rounded(request.until_c),
        "temp": request.temp.name.lower(),
        "by": "".join(letter for letter in request.by if letter.isprintable())[:60],
    }


def _main(rows: Sequence[dict[str, Any]]) -> str:
    """Whose reason stands on top: the first that draws, else the first."""
    drawing = [row["id"] for row in rows if (row["setpoint_w"] or 0.0) > DRAWS_W]
    return str((drawing or [row["id"] for row in rows] or [""])[0])


def _house_w(site: Site | None, rows: Sequence[dict[str, Any]]) -> float | None:
    """What the house takes beside our loads."""
    load_w = None if site is None else known(site.load_w)
    if load_w is None:
        return None
    return rounded(max(0.0, load_w - sum(row["draws_w"] or 0.0 for row in rows)))


def _of(reason: Reason, which: int) -> float | None:
    if reason.change is None:
        return None
    return rounded((reason.change.needs_w, reason.change.needs_s)[which])
