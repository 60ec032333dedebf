"""A stand-in of the VRM portal as its documentation describes it, for tests."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.http_standin import Asked, Reply, Standin, standin

TOKEN = "a-long-access-token"
USER, PASSWORD = "me@example.org", "pass-word-1"
SITE = 151734


def record(
    key: str,
    raw: Any,
    utc_s: float,
    instance: int = 0,
    *,
    code: str = "",
    text: str = "",
) -> dict[str, Any]:
    """``key``: ``service/Path/Of/Value``, or empty for a record known by its code alone."""
    service, _, path = key.partition("/")
    return {
        "idSite": SITE,
        "timestamp": int(utc_s),
        "Device": service or "Gateway",
        "instance": instance,
        "idDataAttribute": 1,
        "description": path,
        "formatWithUnit": "%s",
        "dbusServiceType": service or None,
        "dbusPath": f"/{path}" if path else None,
        "code": code,
        "bitmask": 0,
        "formattedValue": text,
        "rawValue": raw,
        "id": 7,
    }


def home(utc_s: float, log_s: int = 60) -> list[dict[str, Any]]:
    """A three-phase home with two chargers, one of them limited."""
    return [
        record("", log_s, utc_s, code="sl"),
        record("system/Ac/Grid/L1/Power", "-1500", utc_s, code="g1"),
        record("system/Ac/Grid/L2/Power", 1500, utc_s, code="g2"),
        record("system/Ac/Grid/L3/Power", 20.4, utc_s, code="g3"),
        record("system/Ac/Consumption/L1/Power", 350, utc_s, code="a1"),
        record("system/Ac/Consumption/L2/Power", 50, utc_s, code="a2"),
        record("system/Ac/Consumption/L3/Power", 0, utc_s, code="a3"),
        record("system/Dc/Pv/Power", 2100, utc_s, code="Pdc"),
        record("system/Dc/Battery/Power", "-350", utc_s, code="bp", text="-350 W"),
        record("system/Dc/Battery/Voltage", 52.13, utc_s, code="bv"),
        record("system/Dc/Battery/Soc", None, utc_s, code="bs", text="98.0 %"),
        record("solarcharger/Yield/Power", 1200, utc_s, 288, code="PVP"),
        record("solarcharger/Yield/Power", 900, utc_s, 289, code="PVP"),
        record("solarcharger/MppOperationMode", 1, utc_s, 288),
        record("solarcharger/MppOperationMode", 2, utc_s, 289),
        record("vebus/State", 252, utc_s, 276, code="S"),
        record("system/Ac/ActiveIn/Source", 1, utc_s),
    ]


def bearer(exp_utc_s: float, serial: int = 1) -> str:
    """A JSON web token that ends at ``exp_utc_s``; its signature is nonsense."""
    claims = json.dumps({"uid": 22, "exp": exp_utc_s, "serial": serial}).encode()
    body = base64.urlsafe_b64encode(claims).decode().rstrip("=")
    return f"eyJhbGciOiJIUzI1NiJ9.{body}.c2lnbmF0dXJl"


class Portal:
    """``rows``: what diagnostics answers; ``replies``: path → Reply that overrides."""

    def __init__(self) -> None:
        self.rows: Any = []
        self.sites: list[dict[str, Any]] = [{"idSite": SITE, "name": "Home"}]
        self.stats: Any = {}
        self.replies: dict[str, list[Reply]] = {}
        self.login: Reply = Reply(200, {"token": bearer(4e9), "idUser": 22})
        self.valid = f"Token {TOKEN}"

    def __call__(self, asked: Asked) -> Reply:
        path = asked.path.removeprefix("/v2")
        name = path.rsplit("/", 1)[-1]
        if self.replies.get(name):
            return self.replies[name].pop(0)
        if name == "login":
            return self.login
        if asked.headers.get("X-Authorization") != self.valid:
            return Reply(401, {"success": False, "errors": "Token is invalid"})
        if name == "me":
            user = {"id": 22, "name": "Me", "email": USER, "country": "CH"}
            return Reply(body={"success": True, "user": user})
        if path == "/users/22/installations":
            return Reply(body={"success": True, "records": self.sites})
        if path == f"/installations/{SITE}/diagnostics":
            return Reply(body=self._page(asked))
        if path == f"/installations/{SITE}/stats":
            return Reply(body={"success": True, "records": self.stats, "totals": {}})
        return Reply(404, {"success": False, "errors": "Not found"})

    def _page(self, asked: Asked) -> dict[str, Any]:
        count = int(asked.query.get("count", ["100"])[0])
        page = int(asked.query.get("page", ["1"])[0])
        rows = self.rows
        if isinstance(rows, list):
            rows = rows[(page - 1) * count : page * count]
        return {"success": True, "records": rows, "num_records": len(self.rows or [])}


@contextmanager
def vrm_standin() -> Iterator[tuple[Portal, Standin]]:
    """Serve a Portal; the address to configure is ``stand.url + "/v2"``."""
    portal = Portal()
    with standin(portal) as stand:
        yield portal, stand
