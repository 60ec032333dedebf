"""The HTTP API in short, as OpenAPI has it."""

from __future__ import annotations

from typing import Any

LANGUAGE = {
    "name": "lang",
    "in": "query",
    "schema": {"type": "string", "enum": ["en", "de", "fr", "cs"]},
    "description": "of the sentences; left out, what the browser prefers",
}


def _query(name: str, kind: str, words: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": {"type": kind}, "description": words}


def _get(words: str, *parameters: dict[str, Any]) -> dict[str, Any]:
    answers = {"200": {"description": "JSON"}, "401": {"description": "log in first"}}
    return {"get": {"summary": words, "parameters": list(parameters), "responses": answers}}


def document(version: str) -> dict[str, Any]:
    asked = {
        "type": "object",
        "required": ["kind"],
        "additionalProperties": False,
        "properties": {
            "kind": {"enum": ["on", "off", "auto", "boost", "release", "set-temp"]},
            "watts": {"type": "number", "description": "on, boost: so much; else all it can draw"},
            "minutes": {"type": "number", "description": "on, boost, off: for so long"},
            "until": {"type": "string", "description": "or until this time of the site, HH:MM"},
            "until_c": {"type": "number", "description": "on, boost: or until so many °C"},
            "to_c": {"type": "number", "description": "set-temp: so many °C"},
            "temp": {"enum": ["max", "min", "eco"], "description": "set-temp: which one"},
        },
    }
    refused = {"description": "JSON with `error` in words"}
    post = {
        "summary": "ask something of a load, as `python main.py request` does",
        "parameters": [
            {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}},
            {
                "name": "X-CSRF-Token",
                "in": "header",
                "required": True,
                "schema": {"type": "string"},
                "description": "`csrf` of /api/session",
            },
        ],
        "requestBody": {"required": True, "content": {"application/json": {"schema": asked}}},
        "responses": {
            "200": {"description": "it is in the inbox; the next tick takes it up"},
            **dict.fromkeys(("400", "401", "403", "429"), refused),
        },
    }
    span = (
        _query("from", "number", "utc seconds; left out, a day before `to`"),
        _query("to", "number", "utc seconds; left out, now"),
    )
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "pvopt",
            "version": version,
            "description": "Watts: grid + import, battery + charging. A missing number is null.",
        },
        "paths": {
            "/api/session": _get("who is asking: role, and the token for what is posted"),
            "/api/now": _get("the last tick: home, loads with reasons, sources", LANGUAGE),
            "/api/live": _get("the same as server-sent events, one a tick", LANGUAGE),
            "/api/series": _get(
                "numbers over time",
                _query("names", "string", "with commas, such as grid_w,load.boiler.expected_w"),
                *span,
                _query("most", "integer", "rows at most, 10 to 1500; means of neighbours"),
            ),
            "/api/days": _get(
                "energies by local day",
                _query("from", "string", "first day, 2026-06-21"),
                _query("to", "string", "last day"),
            ),
            "/api/loads/{id}/request": {"post": post},
            "/api/log": _get("the newest lines of the log", _query("most", "integer", "1 to 300")),
            "/api/config": _get("the configuration in force, secrets hidden"),
        },
    }
