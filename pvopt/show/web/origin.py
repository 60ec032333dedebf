"""Where a request comes from: this machine's own name, our own pages, whose cookie."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from pvopt.show.web.http import Asked, RefusedError

COOKIE = "pvopt"
COOKIE_S = 30 * 86_400


def alone(host: str) -> bool:
    """Whether a Host field names this machine by its own name."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
        if name == "localhost":
            return True
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def same_site(asked: Asked) -> None:
    """Nothing is taken that another site sent: JSON only, and from our own pages."""
    kind = asked.fields.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise RefusedError(415, "Content-Type: application/json is needed")
    if asked.fields.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        raise RefusedError(403, "another site asks")
    origin = asked.fields.get("origin", "")
    if origin and _place(origin) != asked.fields.get("host", ""):
        raise RefusedError(403, "another site asks (or the proxy before us hides its Host)")


def _place(origin: str) -> str:
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""


def whom(asked: Asked) -> str:
    """Made harmless, for it comes from outside."""
    return "".join(letter for letter in asked.address if letter.isprintable())[:60]


def cookie(asked: Asked, key: str) -> dict[str, str]:
    secure = "; Secure" if asked.fields.get("x-forwarded-proto", "") == "https" else ""
    lasts = COOKIE_S if key else 0
    text = f"{COOKIE}={key}; Path=/; Max-Age={lasts}; HttpOnly; SameSite=Lax{secure}"
    return {"Set-Cookie": text}
