"""What the types cannot say of ``webhooks``. Addresses and headers are never quoted."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pvopt.config.tree import Table
from pvopt.config.webhooks import ChatWebhook, JsonWebhook, TextWebhook, Webhook

if TYPE_CHECKING:
    from pvopt.config.rules_across import Built

Local = Iterator[tuple[str, str]]

PLACES = ("home", "event", "state", "load", "text")
PLACE = re.compile(r"\{([^{}]*)\}")
HEADER = re.compile(r"[A-Za-z0-9-]{1,64}: ?[ -~]{0,500}", re.ASCII)
FIELD = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,39}", re.ASCII)
MOST = 8


def _any(made: Webhook, table: Table) -> Local:
    try:
        parts = urlsplit(made.url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    plain = made.url.isascii() and made.url.isprintable() and " " not in made.url
    if host is None or parts.scheme not in {"http", "https"} or not plain:
        yield "url", "must be an address that begins with https:// (or http:// in your own network)"
    elif parts.username or parts.password:
        yield "url", "must hold no user or password before an @; write `headers`"
    if any(not HEADER.fullmatch(one) for one in made.headers):
        yield "headers", "must be a list of headers such as 'Authorization: Bearer ...'"


def _text(made: TextWebhook | ChatWebhook, table: Table) -> Local:
    yield from _any(made, table)
    for place in PLACE.findall(made.text):
        if place not in PLACES:
            there = ", ".join(f"{{{one}}}" for one in PLACES)
            yield "text", f"has an unknown {{{place}}}; there are: {there}"
    if not made.text.strip():
        yield "text", "is empty"


def _chat(made: ChatWebhook, table: Table) -> Local:
    yield from _text(made, table)
    if not FIELD.fullmatch(made.text_field):
        yield "text_field", "must be a name of letters, digits or _, such as text or content"


def across(built: list[Built]) -> Iterator[tuple[int, str, str]]:
    """Each has a thread of its own."""
    found = [one for one in built if isinstance(one.made, Webhook)]
    for one in found[MOST:]:
        yield one.table.line, one.table.path, f"is one too many; at most {MOST} can be told"


LOCAL: dict[type, Callable[[Any, Table], Local]] = {
    JsonWebhook: _any,
    TextWebhook: _text,
    ChatWebhook: _chat,
}
