"""Who is told by HTTP: what is wrong is said, and no address ever."""

from __future__ import annotations

import pytest

from pvopt.config.load import load_text
from pvopt.config.shown import shown
from pvopt.config.webhooks import ChatWebhook, TextWebhook
from tests.unit.config.samples import BASE, faults_of

SECRET = "sEcReT123"


def hook(*lines: str) -> str:
    return f"{BASE}webhooks:\n  - " + "\n    ".join(lines) + "\n"


BROKEN = {
    "no address": (hook("kind: json"), "webhooks[json].url: is missing"),
    "no scheme": (hook("kind: json", f"url: host/{SECRET}"), "url: must be an address that begins"),
    "another scheme": (hook("kind: json", f"url: ftp://host/{SECRET}"), "url: must be an address"),
    "a password": (hook("kind: json", f"url: https://me:{SECRET}@host/"), "url: must hold no user"),
    "a blank": (hook("kind: json", f"url: 'https://host/ {SECRET}'"), "url: must be an address"),
    "an unknown event": (
        hook("kind: json", f"url: https://host/{SECRET}", "events: [heater_alram]"),
        "heater_alarm",
    ),
    "an unknown kind": (hook("kind: ntfy", f"url: https://host/{SECRET}"), "json, text, chat"),
    "an unknown place": (
        hook("kind: text", f"url: https://host/{SECRET}", "text: '{house}'"),
        "text: has an unknown {house}; there are: {home}",
    ),
    "a way into python": (
        hook("kind: text", f"url: https://host/{SECRET}", "text: '{text.__class__}'"),
        "text: has an unknown",
    ),
    "no header": (
        hook("kind: json", f"url: https://host/{SECRET}", f"headers: ['Bearer {SECRET}']"),
        "headers: must be a list of headers",
    ),
    "two headers in one": (
        hook("kind: json", f"url: https://host/{SECRET}", 'headers: ["A: b\\r\\nX: y"]'),
        "headers: must be a list of headers",
    ),
    "a field that is none": (
        hook("kind: chat", f"url: https://host/{SECRET}", "text_field: 'a b'"),
        "text_field: must be a name",
    ),
    "too often": (
        hook("kind: json", f"url: https://host/{SECRET}", "repeat_min: 0.5"),
        "repeat_min: `0.5` is out of range",
    ),
}


@pytest.mark.parametrize(("text", "words"), BROKEN.values(), ids=BROKEN)
def test_says_what_is_wrong_and_no_secret(text: str, words: str) -> None:
    said = faults_of(text)
    assert words in said
    assert SECRET not in said


def test_more_than_eight_are_too_many() -> None:
    one = "  - {kind: json, url: 'https://host/'}\n"
    assert len(load_text(f"{BASE}webhooks:\n{8 * one}", "c.yaml", {}).webhooks) == 8
    assert "at most 8" in faults_of(f"{BASE}webhooks:\n{9 * one}")


def test_secrets_are_in_no_text_of_it() -> None:
    text = hook("kind: chat", f"url: https://h/{SECRET}?key={SECRET}", f"chat_id: {SECRET}")
    config = load_text(text + f"    headers: ['A: {SECRET}']\n", "c.yaml", {})
    [made] = config.webhooks
    assert isinstance(made, ChatWebhook)
    assert made.chat_id == SECRET
    assert SECRET not in repr(config)
    assert SECRET not in str(shown(config))


def test_the_defaults() -> None:
    [made] = load_text(hook("kind: text", "url: https://ntfy.sh/x"), "c.yaml", {}).webhooks
    assert isinstance(made, TextWebhook)
    assert (made.events, made.text, made.repeat_min) == ((), "{home}: {text}", 30.0)
