"""`check` tells who would be told, and sends a message only when it is asked to."""

from __future__ import annotations

from pvopt.checks.row import Level
from pvopt.checks.webhooks import rows
from pvopt.config.load import load_text
from tests.http_standin import Reply, standin
from tests.unit.config.samples import BASE

SECRET = "sEcReT123"


def test_nothing_is_sent_unasked() -> None:
    with standin(lambda asked: Reply(200, b"")) as server:
        text = f"{BASE}webhooks:\n  - {{kind: text, url: '{server.url}/{SECRET}'}}\n"
        [row] = rows(load_text(text, "c.yaml", {}), False)
        assert row.level == Level.OK
        assert "--send-test" in row.text
        assert server.asked == []


def test_a_message_to_try() -> None:
    with standin(lambda a: Reply(200, b"") if a.path == f"/{SECRET}" else Reply(403)) as server:
        text = f"""{BASE}webhooks:
  - {{kind: text, url: '{server.url}/{SECRET}'}}
  - {{kind: chat, url: '{server.url}/{SECRET}x', events: [restarted]}}
"""
        good, bad = rows(load_text(text, "c.yaml", {}), True)
        assert server.asked[0].body.decode() == "home: a message to try: all is well"
    assert (good.level, bad.level) == (Level.OK, Level.FAIL)
    assert "403" in bad.text
    assert SECRET not in f"{good}{bad}"
