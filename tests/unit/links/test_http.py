"""The HTTP link against a real server: good answers, bad ones, and none at all."""

from __future__ import annotations

import gzip
import socket
import time

import pytest

from pvopt.errors import SourceError
from pvopt.links.http import HttpError, get_json, post_json
from tests.http_standin import Reply, standin

SECRET = "k3y-not-to-be-seen"


def test_json_comes_back_with_the_server_s_clock() -> None:
    with standin(lambda asked: Reply(body={"path": asked.path, "q": asked.query})) as stand:
        answer = get_json(stand.url + "/a", {"x": 1}, {"X-Test": "yes"})
    assert answer.json == {"path": "/a", "q": {"x": ["1"]}}
    assert answer.date_utc_s is not None
    assert stand.asked[0].headers["X-Test"] == "yes"


def test_post_sends_json() -> None:
    with standin(lambda asked: Reply(body={"got": asked.json})) as stand:
        assert post_json(stand.url, {"a": "b"}).json == {"got": {"a": "b"}}
    assert stand.asked[0].headers["Content-Type"] == "application/json"


def test_a_compressed_answer_is_read() -> None:
    body = gzip.compress(b'{"a": 1}')
    with standin(lambda _: Reply(body=body, headers={"Content-Encoding": "gzip"})) as stand:
        assert get_json(stand.url).json == {"a": 1}


def test_nan_is_no_number() -> None:
    with standin(lambda _: Reply(body=b'{"a": NaN, "b": Infinity}')) as stand:
        assert get_json(stand.url).json == {"a": None, "b": None}


@pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 422, 429, 500, 502, 503, 599])
def test_every_bad_status_is_a_fault_that_keeps_the_answer(status: int) -> None:
    reply = Reply(status, {"why": "so"}, {"Location": "http://127.0.0.1:1/elsewhere"})
    with standin(lambda _: reply) as stand, pytest.raises(HttpError) as caught:
        get_json(f"{stand.url}/{SECRET}/estimate", {"key": SECRET})
    assert caught.value.status == status
    assert caught.value.json == {"why": "so"}
    assert str(status) in str(caught.value)
    assert SECRET not in str(caught.value)
    assert len(stand.asked) == 1, "neither a retry nor a redirect"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"<html>Sign in</html>", "a web page"),
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"\xff\xfe\xfa", "not JSON"),
    ],
)
def test_what_is_not_json(body: bytes, words: str) -> None:
    with standin(lambda _: Reply(body=body)) as stand, pytest.raises(HttpError, match=words):
        get_json(stand.url)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Retry-After": "17"}, 17.0),
        ({"Retry-After": "Sun, 21 Jun 2026 12:01:00 GMT"}, 60.0),
        ({"Retry-After": "Sun, 21 Jun 2026 11:00:00 GMT"}, 0.0),
        ({"X-Ratelimit-Retry-At": "2026-06-21T14:10:00+02:00"}, 600.0),
        ({"X-Ratelimit-Retry-At": "2026-06-21T14:10:00"}, None),
        ({"Retry-After": "soon"}, None),
        ({}, None),
    ],
)
def test_how_long_to_wait(headers: dict[str, str], expected: float | None) -> None:
    """Dates are judged by the answer's own Date, so a wrong clock here does not matter."""
    from pvopt.links.http import _judge

    with pytest.raises(HttpError) as caught:
        _judge("h", 429, {"Date": "Sun, 21 Jun 2026 12:00:00 GMT", **headers}, b"busy")
    assert caught.value.retry_after_s == expected


@pytest.mark.parametrize(
    "reply",
    [
        Reply(fail="hang"),
        Reply(body=b'{"a": ' + b" " * 400 + b"1}", drip_s=0.02),
        Reply(fail="head", drip_s=0.02),
    ],
    ids=["hang", "dripping body", "dripping header"],
)
def test_the_deadline_holds_whatever_the_server_does(reply: Reply) -> None:
    with standin(lambda _: reply) as stand:
        start = time.monotonic()
        with pytest.raises(HttpError, match=r"no whole answer within 0\.2 s"):
            get_json(f"{stand.url}/{SECRET}", deadline_s=0.2)
        assert time.monotonic() - start < 1.0


@pytest.mark.parametrize("fail", ["reset", "half"])
def test_a_broken_connection_is_a_fault(fail: str) -> None:
    reply = Reply(body={"a": 1}, fail=fail)
    with standin(lambda _: reply) as stand, pytest.raises(HttpError) as caught:
        get_json(f"{stand.url}/{SECRET}")
    assert caught.value.status is None
    assert SECRET not in str(caught.value)
    assert caught.value.__cause__ is None


def test_nobody_there() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    with pytest.raises(HttpError, match="not reachable"):
        get_json(f"http://127.0.0.1:{port}/{SECRET}")


@pytest.mark.parametrize("url", ["", "no address", "http://", "ftp://127.0.0.1/x"])
def test_an_address_that_is_none(url: str) -> None:
    with pytest.raises(SourceError):
        get_json(url, deadline_s=0.5)


def test_too_large_an_answer_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pvopt.links.http.MAX_BYTES", 20_000)
    bodies = [b" " * 20_000 + b"1", b" " * 19_999 + b"1"]
    with standin(lambda _: Reply(body=bodies.pop(0))) as stand:
        with pytest.raises(HttpError, match="more than"):
            get_json(stand.url)
        assert get_json(stand.url).json == 1
