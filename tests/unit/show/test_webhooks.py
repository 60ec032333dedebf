"""Messages to a real local HTTP server: taken, refused, hanging; never in the loop's way."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pvopt.clock import Deadline
from pvopt.config.webhooks import AnyWebhook, ChatWebhook, JsonWebhook, TextWebhook
from pvopt.decide.memory import Ledger
from pvopt.model import Instant, Why
from pvopt.show import webhooks
from pvopt.show.alert_limits import Said
from pvopt.show.alerts import Key
from pvopt.show.webhook_forms import filled, post
from pvopt.show.webhooks import MOST_WAITING, OLDEST_S, Facts, Told, Webhooks
from tests.http_standin import Asked, Reply, standin
from tests.unit.show.test_alerts import tick

SECRET = "sEcReT123"
SAID = Said(Key("heater_alarm", "ecs"), True, "ecs: does not answer", 2)


class Now:
    def __init__(self, mono_s: float = 100.0) -> None:
        self.instant = Instant(mono_s, 1_782_045_000.0)

    def now(self) -> Instant:
        return self.instant

    def wait_until(self, mono_s: float) -> None:
        raise AssertionError

    def go(self, seconds: float) -> None:
        at = self.instant
        self.instant = Instant(at.mono_s + seconds, at.utc_s + seconds)


def told(hook: AnyWebhook, now: Now, path: Path | None = None) -> Told:
    return Told(hook, "webhooks[json 1]", path, now)


def answers(*replies: Reply) -> Callable[[Asked], Reply]:
    left = list(replies)
    return lambda asked: left.pop(0) if len(left) > 1 else left[0]


def offered(one: Told, now: Now, times: int = 1) -> None:
    for _ in range(times):
        one.offer(post(one.hook, SAID, "our house", now.instant.utc_s, now.instant.mono_s))


FORMS: list[tuple[AnyWebhook, Any]] = [
    (
        JsonWebhook(url="http://h/"),
        {
            "schema": "pvopt.webhook/1",
            "home": "our house",
            "event": "heater_alarm",
            "state": "alarm",
            "load": "ecs",
            "text": "ecs: does not answer (2 before this were held back)",
            "held_back": 2,
            "utc_s": 1_782_045_000,
        },
    ),
    (
        ChatWebhook(url="http://h/", text="{event} {state}", chat_id="42"),
        {"chat_id": "42", "text": "heater_alarm alarm"},
    ),
    (ChatWebhook(url="http://h/", text_field="content", text="{load}"), {"content": "ecs"}),
]


@pytest.mark.parametrize(("hook", "wanted"), FORMS)
def test_the_forms_of_json(hook: AnyWebhook, wanted: Any) -> None:
    one = post(hook, SAID, "our house", 1_782_045_000.0, 1.0)
    assert json.loads(one.body) == wanted
    assert one.headers["Content-Type"] == "application/json"


def test_the_plain_text_and_headers() -> None:
    hook = TextWebhook(url="http://h/", headers=("Title: pvopt é", "Authorization:Bearer x: y"))
    one = post(hook, SAID._replace(begun=False, held_back=0), "our house", None, 1.0)
    assert one.body.decode() == "our house: over: ecs: does not answer"
    assert one.headers["Authorization"] == "Bearer x: y"


def test_a_template_reaches_into_nothing() -> None:
    facts = {"home": "{text}", "text": "x"}
    assert filled("{home} {text.__class__} {other}", facts) == "{text} {text.__class__} {other}"


def test_a_message_arrives_and_is_kept_as_told(tmp_path: Path) -> None:
    now, path = Now(), tmp_path / "webhook-1.json"
    with standin(lambda asked: Reply(200, b"ok")) as server:
        one = told(JsonWebhook(url=f"{server.url}/{SECRET}"), now, path)
        offered(one, now)
        assert one.look(now.instant).fault == ""
        assert server.paths() == [f"/{SECRET}"]
    assert (one.sent, one.lost, one.waiting()) == (1, 0, 0)
    assert SECRET not in path.read_text()


@pytest.mark.parametrize("reply", [Reply(500), Reply(429), Reply(fail="reset"), Reply(503)])
def test_what_is_not_taken_is_tried_again_later_and_later(reply: Reply) -> None:
    now = Now()
    with standin(answers(reply, reply, reply, Reply(204, b""))) as server:
        one = told(JsonWebhook(url=f"{server.url}/{SECRET}"), now)
        offered(one, now)
        turns = [one.look(now.instant) for _ in range(3)]
        assert [turn.next_s for turn in turns] == [5.0, 10.0, 20.0]
        assert all(turn.fault and SECRET not in turn.fault for turn in turns)
        assert one.look(now.instant).fault == ""
    assert (one.sent, one.lost) == (1, 0)


@pytest.mark.parametrize("status", [301, 400, 401, 404])
def test_what_will_never_be_taken_is_dropped_and_told(
    status: int, caplog: pytest.LogCaptureFixture
) -> None:
    now = Now()
    with standin(lambda asked: Reply(status, {"no": SECRET})) as server:
        one = told(JsonWebhook(url=f"{server.url}/{SECRET}"), now)
        offered(one, now)
        one.look(now.instant)
    assert (one.sent, one.lost, one.waiting()) == (0, 1, 0)
    assert "a message was refused" in caplog.text
    assert SECRET not in caplog.text


def test_nobody_is_there() -> None:
    now = Now()
    one = told(JsonWebhook(url=f"http://127.0.0.1:1/{SECRET}"), now)
    offered(one, now)
    turn = one.look(now.instant)
    assert turn.next_s == 5.0
    assert SECRET not in turn.fault
    now.go(OLDEST_S + 1.0)
    one.look(now.instant)
    assert (one.waiting(), one.lost) == (0, 1)


def test_of_too_many_the_oldest_are_lost() -> None:
    now = Now()
    one = told(JsonWebhook(url="http://127.0.0.1:1/"), now)
    offered(one, now, MOST_WAITING + 7)
    assert (one.waiting(), one.lost) == (MOST_WAITING, 7)


def facts() -> Facts:
    return Facts("our house", Ledger)


def test_an_address_that_hangs_costs_the_loop_nothing_and_nobody_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(webhooks, "LOOK_S", 0.05)
    now = Now()

    def rule(asked: Asked) -> Reply:
        return Reply(fail="hang") if asked.path == "/hangs" else Reply(200, b"")

    with standin(rule) as server:
        each = [told(JsonWebhook(url=f"{server.url}/{name}"), now) for name in ("hangs", "takes")]
        all_of_them = Webhooks(each, facts())
        all_of_them.start("it hung")
        spent = Deadline(60.0)
        for _ in range(200):
            all_of_them.record(tick())
        assert spent.left_s() > 58.0
        patience = Deadline(20.0)
        while each[1].sent < 1 and patience.left_s() > 0.0:
            each[1].worker._ended.wait(0.02)
        assert each[1].sent == 1
        [asked] = [one for one in server.asked if one.path == "/takes"]
        assert asked.json["text"] == "pvopt was started again: it hung"
        over = Deadline(60.0)
        all_of_them.close()
        assert over.left_s() > 58.0


def test_only_the_wanted_events_and_each_once() -> None:
    now = Now()
    one = told(JsonWebhook(url="http://h/", events=("heater_alarm",)), now)
    all_of_them = Webhooks([one], facts())
    moved = tick(fault="does not answer")
    for second in range(100):
        now.go(1.0)
        at = Instant(100.0 + second, 1_782_045_000.0 + second)
        shot = moved.snapshot
        all_of_them.record(type(moved)(_at(shot, at), moved.decision, moved.outcomes))
    assert one.waiting() == 1


def _at(shot: Any, at: Instant) -> Any:
    return replace(shot, instant=at)


def test_a_fault_of_ours_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    def broken() -> Ledger:
        raise ValueError

    all_of_them = Webhooks([], Facts("x", broken))
    for _ in range(3):
        all_of_them.record(tick(Why.WELDED))
    assert caplog.text.count("nobody could be told") == 1


HUGE = "1" + "0" * 400


def kept(utc_s: str, row: str) -> str:
    return f'{{"schema": "pvopt.webhooks/1", "utc_s": {utc_s}, "told": [{row}]}}'


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[]",
        '{"schema": "pvopt.webhooks/1"}',
        '{"schema"',
        kept("null", "[1, 2]"),
        kept("null", '["heater_alarm", "ecs", true, NaN, 1]'),
        kept("null", '["heater_alarm", "ecs", true, 1, Infinity]'),
        kept("null", '["heater_alarm", "ecs", true, -5, 1]'),
        kept("null", f'["heater_alarm", "ecs", true, 1, {HUGE}]'),
        kept(HUGE, '["heater_alarm", "ecs", true, 1, 1]'),
    ],
)
def test_a_broken_file_is_nothing(tmp_path: Path, text: str) -> None:
    path = tmp_path / "webhook-1.json"
    path.write_text(text)
    assert told(JsonWebhook(url="http://h/"), Now(), path).restore() == ()


def test_what_was_told_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "webhook-1.json"
    path.write_text(kept("null", '["heater_alarm", "ecs", true, 1, 1]'))
    assert told(JsonWebhook(url="http://h/"), Now(), path).restore() == (SAID.key,)
