"""``/metrics`` from outside: who may read it, and as what."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.exposition import read
from tests.unit.show.web import test_server
from tests.unit.show.web.test_server import HASH, PASSWORD, TOKEN, Client

serve = test_server.serve
METRICS = "a-token-for-prometheus"


def test_it_is_told_where_it_is_wanted(serve: Callable[..., Client]) -> None:
    client = serve(metrics=True)
    status, told = client.ask("/metrics")
    assert status == 200
    assert client.fields["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert client.fields["cache-control"] == "no-store"
    found = read(told.decode())
    assert found["pvopt_pv_watts", ()] == 2300.0
    assert found["pvopt_load_setpoint_watts", (("load", "ecs"),)] == 1500.0
    assert client.ask("/metrics", "HEAD") == (200, b"")


def test_it_is_not_told_unless_wanted(serve: Callable[..., Client]) -> None:
    status, words = serve().ask("/metrics")
    assert status == 404
    assert b"page.metrics" in words


def test_without_a_password_it_is_for_this_machine_alone(serve: Callable[..., Client]) -> None:
    assert serve(metrics=True).ask("/metrics", Host="192.168.1.7:8080")[0] == 403


@pytest.fixture
def locked(serve: Callable[..., Client]) -> Iterator[Client]:
    yield serve(password_hash=HASH, read_only_token=TOKEN, metrics=True, metrics_token=METRICS)


@pytest.mark.parametrize(
    "shown",
    ["", "Bearer", "Bearer ", f"Bearer {METRICS}x", f"Bearer {METRICS[:-1]}", f"Basic {METRICS}",
     METRICS, f"Bearer {TOKEN}", "Bearer \xff\xfe", "Bearer " + "a" * 4000],
)  # fmt: skip
def test_who_does_not_show_the_token_is_refused(locked: Client, shown: str) -> None:
    status, words = locked.ask("/metrics", Authorization=shown)
    assert status == 401
    assert locked.fields["www-authenticate"] == "Bearer"
    assert b"pvopt_pv" not in words and METRICS.encode() not in words


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_token_opens_it_and_nothing_else(locked: Client, scheme: str) -> None:
    shown = f"{scheme} {METRICS}"
    status, told = locked.ask("/metrics", Authorization=shown, Host="pvopt.lan:8080")
    assert status == 200
    assert METRICS.encode() not in told
    for path in ("/api/now", "/api/config", "/api/log"):
        assert locked.ask(path, Authorization=shown)[0] == 401


def test_who_is_logged_in_may_look(locked: Client) -> None:
    locked.login(PASSWORD)
    assert locked.ask("/metrics")[0] == 200
    assert METRICS.encode() not in locked.ask("/api/config")[1]


def test_who_guesses_has_to_wait_and_the_log_tells(
    locked: Client, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(5):
        assert locked.ask("/metrics", Authorization=f"Bearer {METRICS}x")[0] == 401
    assert "too many wrong tokens from 127.0.0.1" in caplog.text
    assert METRICS not in caplog.text
    assert locked.ask("/metrics", Authorization=f"Bearer {METRICS}")[0] == 429
    assert int(locked.fields["retry-after"]) >= 1
    assert locked.ask(f"/?key={TOKEN}")[0] == 429
    assert locked.ask("/metrics")[0] == 401  # who shows nothing guesses nothing


def test_who_guesses_a_link_has_to_wait(locked: Client, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(5):
        assert locked.ask("/?key=wall-tablet-of-the-home")[0] == 403
    assert "too many wrong links from 127.0.0.1" in caplog.text
    assert locked.ask(f"/?key={TOKEN}")[0] == 429
