"""What is posted to whom: our JSON, a plain text, or JSON with a text in one field. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, NamedTuple

from pvopt.config.webhooks import AnyWebhook, ChatWebhook, JsonWebhook, TextWebhook
from pvopt.show.alert_limits import Said

SCHEMA = "pvopt.webhook/1"
PLACE = re.compile(r"\{(\w+)\}")


class Post(NamedTuple):
    """``since_s``: mono instant since which it waits."""

    body: bytes
    headers: dict[str, str]
    since_s: float


def sentence(said: Said) -> str:
    """Worked: "over: boiler: OFF: the water's temperature sensor is silent (2 before this were held
    back)"."""
    text = said.text if said.begun else f"over: {said.text}"
    return f"{text} ({said.held_back} before this were held back)" if said.held_back else text


def post(hook: AnyWebhook, said: Said, home: str, utc_s: float | None, now_s: float) -> Post:
    """``utc_s`` None: the date is not known."""
    state = "alarm" if said.begun else "over"
    facts = {
        "home": home,
        "event": said.key.event,
        "state": state,
        "load": said.key.load,
        "text": sentence(said),
    }
    kind, body = FORMS[type(hook)](hook, facts, said, utc_s)
    headers = {"Content-Type": kind}
    for line in hook.headers:
        name, _, value = line.partition(":")
        headers[name] = value.strip()
    return Post(body, headers, now_s)


def filled(template: str, facts: dict[str, str]) -> str:
    """Plain places and nothing else: a template reaches into nothing."""
    return PLACE.sub(lambda found: facts.get(found[1], found[0]), template)


def _json(
    hook: JsonWebhook, facts: dict[str, str], said: Said, utc_s: float | None
) -> tuple[str, bytes]:
    document: dict[str, Any] = {"schema": SCHEMA, **facts}
    document["held_back"] = said.held_back
    document["utc_s"] = None if utc_s is None else round(utc_s)
    return _as_json(document)


def _text(
    hook: TextWebhook, facts: dict[str, str], said: Said, utc_s: float | None
) -> tuple[str, bytes]:
    return "text/plain; charset=utf-8", filled(hook.text, facts).encode()


def _chat(
    hook: ChatWebhook, facts: dict[str, str], said: Said, utc_s: float | None
) -> tuple[str, bytes]:
    document = {hook.text_field: filled(hook.text, facts)}
    return _as_json({"chat_id": hook.chat_id, **document} if hook.chat_id else document)


def _as_json(document: dict[str, Any]) -> tuple[str, bytes]:
    return "application/json", json.dumps(document, ensure_ascii=False).encode()


FORMS: dict[type, Callable[..., tuple[str, bytes]]] = {
    JsonWebhook: _json,
    TextWebhook: _text,
    ChatWebhook: _chat,
}
