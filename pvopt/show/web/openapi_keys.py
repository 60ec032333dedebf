"""What the answers of the HTTP API hold, by key, for its description."""

from __future__ import annotations

from typing import Any

SCORE = {
    "known_h": "hours with fresh numbers",
    "blind_h": "hours without",
    "caught_wh": "sun that our loads drew",
    "caught_pct": "of possible_wh; null where next to nothing was possible",
    "possible_wh": "what an all-knowing diverter had caught with these loads",
    "charging_wh": "of the caught sun, what the battery would else have been charged with",
    "grid_wh": "what our loads drew from the grid",
    "battery_wh": "what our loads drew from the battery",
    "missed_wh": "sun that was left",
    "missed": "the same by cause: waiting, battery, late, hidden, hand, rules, guard, hot, small",
    "estimated_wh": "part of missed_wh that no meter showed",
    "worth": "of the caught sun at the grid's price, in the tariff's currency; null: no tariff",
    "cost": "of what came from the grid, in the tariff's currency; null: no tariff",
}
NOW = {
    "schema": "pvopt.now/1",
    "number": "of the tick, counted since the start",
    "utc_s": "moment of the tick",
    "utc_ok": "whether the clock is set",
    "local": "the same by the site's clock",
    "demo": "whether the home is simulated",
    "site": "grid, sun, house, battery and where they were heard; null: nothing is known",
    "budget_w": "what equipment may use",
    "house_w": "what the house takes beside our loads",
    "loads": "each load: watts, reason, what would change it, wishes, energies, hygiene",
    "main": "id of the load that stands on top",
    "storages": "each storage: watts, charge, what it is asked for, fault",
    "alarms": "sentences",
    "health": "each source: whether it is well, how old, which is used",
    "date": "the site's day",
    "today": "the home's energies of today, Wh",
    "today_since_utc_s": "when they begin; null: at midnight, or as far as was recorded",
    "score": "today's score; null: nothing to judge yet",
}
DAY = {
    "date": "2026-06-21",
    "known_h": "hours with fresh numbers",
    "pv_wh": "from the sun",
    "load_wh": "into house and loads",
    "import_wh": "from the grid",
    "export_wh": "to the grid",
    "charged_wh": "into the battery",
    "discharged_wh": "out of it",
    "loads": "Wh by id",
    "cost": "of what was bought, in the tariff's currency; null: no tariff",
    "score": "as in /api/now; null: none was kept",
}
SERIES = {
    "schema": "pvopt.series/1",
    "t_utc_s": "moments, rising",
    "columns": "by name, a number or null for each moment",
    "span": "first and last moment of all that is known; null: nothing",
}
DAYS = {
    "schema": "pvopt.days/1",
    "kept": "whether a store keeps earlier days",
    "rows": "a row a day, rising",
}
SESSION = {
    "role": "nobody, looks (by the read-only link) or owner",
    "csrf": "token for what is posted",
    "locked": "whether there is a password",
    "asks": "whether requests would be taken",
    "name": "of the site",
    "timezone": "of the site",
    "version": "of pvopt",
}
LOG = {"lines": "newest last: utc_s, level, words"}
ASKED = {
    "id": "of the request",
    "target": "the load",
    "kind": "of the request",
    "watts": "that will be asked for; null where it heats nothing",
    "until_utc_s": "its end; null: none by the date",
    "until_c": "its degrees, or null",
    "words": "the same for people, in English",
}


def schema(keys: dict[str, str], **nested: dict[str, Any]) -> dict[str, Any]:
    """``keys`` as JSON Schema has them. ``nested``: what a key holds, itself described."""
    return {
        "type": "object",
        "properties": {
            key: {"description": words, **nested.get(key, {})} for key, words in keys.items()
        },
    }


def score() -> dict[str, Any]:
    return schema(SCORE) | {"type": ["object", "null"]}


def days() -> dict[str, Any]:
    return schema(DAYS, rows={"type": "array", "items": schema(DAY, score=score())})
