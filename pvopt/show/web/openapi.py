"""The HTTP API in short, as OpenAPI has it."""

from __future__ import annotations

from typing import Any

from pvopt.show.web import openapi_keys as keys

LANGUAGE = {
    "name": "lang",
    "in": "query",
    "schema": {"type": "string", "enum": ["en", "de", "fr", "cs"]},
    "description": "of the sentences; left out, what the browser prefers",
}


TOKEN = {
    "name": "X-CSRF-Token",
    "in": "header",
    "required": True,
    "schema": {"type": "string"},
    "description": "`csrf` of /api/session",
}


def _query(name: str, kind: str, words: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": {"type": kind}, "description": words}


def _told(schema: dict[str, Any] | None, kind: str = "application/json") -> dict[str, Any]:
    words = "JSON" if kind == "application/json" else "text"
    return {"description": words, "content": {kind: {} if schema is None else {"schema": schema}}}


def _get(words: str, schema: dict[str, Any] | None, *parameters: dict[str, Any]) -> dict[str, Any]:
    answers = {"200": _told(schema), "401": {"description": "log in first"}}
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
            TOKEN,
        ],
        "requestBody": {"required": True, "content": {"application/json": {"schema": asked}}},
        "responses": {
            "200": {
                **_told(keys.schema(keys.ASKED)),
                "description": "it is in the inbox; the next tick takes it up",
            },
            **dict.fromkeys(("400", "401", "403", "429"), refused),
        },
    }
    span = (
        _query("from", "number", "utc seconds; left out, a day before `to`"),
        _query("to", "number", "utc seconds; left out, now"),
    )
    now = keys.schema(keys.NOW, score=keys.score())
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "pvopt",
            "version": version,
            "description": "Watts: grid + import, battery + charging. A missing number is null.",
        },
        "paths": {
            "/api/session": _get(
                "who is asking: role, and the token for what is posted", keys.schema(keys.SESSION)
            ),
            "/api/now": _get("the last tick: home, loads with reasons, sources", now, LANGUAGE),
            "/api/live": {
                "get": {
                    "summary": "the same as server-sent events, one a tick",
                    "parameters": [LANGUAGE],
                    "responses": {"200": _told(now, "text/event-stream"), "401": refused},
                }
            },
            "/api/series": _get(
                "numbers over time",
                keys.schema(keys.SERIES),
                _query("names", "string", "with commas, such as grid_w,load.boiler.expected_w"),
                *span,
                _query("most", "integer", "rows at most, 10 to 1500; means of neighbours"),
            ),
            "/api/days": _get(
                "energies by local day",
                keys.days(),
                _query("from", "string", "first day, 2026-06-21"),
                _query("to", "string", "last day"),
            ),
            "/api/loads/{id}/request": {"post": post},
            "/api/log": _get(
                "the newest lines of the log",
                keys.schema(keys.LOG),
                _query("most", "integer", "1 to 300"),
            ),
            "/api/config": _get("the configuration in force, secrets hidden", None),
            "/api/words": _get("the page's words, by key; `lang`: which", None, LANGUAGE),
            "/api/openapi.json": _get("this description", None),
            "/api/login": {"post": _login(refused)},
            "/api/logout": {
                "post": {
                    "summary": "the session of the cookie ends",
                    "parameters": [TOKEN],
                    "responses": {"200": _told(None), **dict.fromkeys(("401", "403"), refused)},
                }
            },
            "/metrics": {
                "get": {
                    "summary": "for Prometheus; with a password also by page.metrics_token",
                    "responses": {
                        "200": _told(None, "text/plain"),
                        **dict.fromkeys(("401", "404", "503"), refused),
                    },
                }
            },
        },
    }


def _login(refused: dict[str, Any]) -> dict[str, Any]:
    asked = {
        "type": "object",
        "required": ["password"],
        "properties": {"password": {"type": "string"}},
    }
    return {
        "summary": "a session by the password: its cookie",
        "requestBody": {"required": True, "content": {"application/json": {"schema": asked}}},
        "responses": {"200": _told(None), **dict.fromkeys(("400", "401", "429"), refused)},
    }
