"""The page's server from outside, over real sockets on a free port of this machine."""

from __future__ import annotations

import contextlib
import http.client
import json
import logging
import re
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from pvopt.build_page import PageParts, make_page
from pvopt.config.load import load_text
from pvopt.config.page import Page
from pvopt.config.schema import Config
from pvopt.config.service import State
from pvopt.config.store import Store
from pvopt.score.day import DayScore
from pvopt.show.web import pages, server
from pvopt.show.web.door import FREE_TRIES
from pvopt.show.web.http import MOST_BODY, MOST_HEAD
from pvopt.show.web.passwords import hashed
from pvopt.show.web.stored import _day
from pvopt.store.days import DayRow
from tests.processes import until
from tests.unit.config.samples import BASE
from tests.unit.show.web.samples import LEDGER, LOADS, UTC_S, tick_at

PASSWORD, TOKEN = "several quite common words", "the-token-of-the-tablet"
HASH = hashed(PASSWORD)
JSON = {"Content-Type": "application/json"}
WAIT_S = 10.0
FILES = Path(server.__file__).with_name("files")


class Client:
    """One browser: a cookie, a connection for each request."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.cookie = ""
        self.fields: dict[str, str] = {}

    def ask(
        self, path: str, method: str = "GET", body: bytes | None = None, /, **more: str
    ) -> tuple[int, bytes]:
        fields = {name.replace("_", "-"): text for name, text in more.items()}
        if self.cookie:
            fields["Cookie"] = self.cookie
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=WAIT_S)
        connection.request(method, path, body, fields)
        answer = connection.getresponse()
        self.fields = {name.lower(): text for name, text in answer.getheaders()}
        if "set-cookie" in self.fields:
            self.cookie = self.fields["set-cookie"].partition(";")[0]
        text = answer.read()
        connection.close()
        return answer.status, text

    def read(self, path: str, **more: str) -> Any:
        status, text = self.ask(path, **more)
        assert status == 200, (path, text)
        return json.loads(text)

    def post(self, path: str, document: object, **more: str) -> tuple[int, Any]:
        body = json.dumps(document).encode()
        fields = {"Content_Type": "application/json", **more}
        status, text = self.ask(path, "POST", body, **fields)
        return status, json.loads(text) if text else None

    def login(self, password: str = PASSWORD) -> int:
        return self.post("/api/login", {"password": password})[0]

    @property
    def csrf(self) -> str:
        return str(self.read("/api/session")["csrf"])


def config_in(folder: Path, page: Page) -> Config:
    made = load_text(BASE, "c.yaml", {})
    store = Store(kind="none")
    return evolve(made, loads=LOADS, page=page, state=State(folder=str(folder)), store=store)


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Client]]:
    with contextlib.ExitStack() as undo:

        def begin(asks: bool = True, **section: Any) -> Client:
            config = config_in(tmp_path, Page(port=0, **section))
            assert config.page is not None
            parts = make_page(config.page, config, lambda: LEDGER, asks)
            parts.start()
            undo.callback(parts.close)
            for k in range(8):
                parts.recorder.record(tick_at(UTC_S + 10.0 * k, mono_s=100.0 + 10.0 * k))
            client = Client(parts.server.port)
            parts_of[client.port] = parts
            return client

        yield begin


parts_of: dict[int, PageParts] = {}


@pytest.fixture
def client(serve: Callable[..., Client]) -> Client:
    return serve()


@pytest.fixture
def locked(serve: Callable[..., Client]) -> Client:
    return serve(password_hash=HASH, read_only_token=TOKEN)


# -- what may be read --------------------------------------------------------------------------


def test_the_page_in_the_readers_language(client: Client) -> None:
    status, text = client.ask("/", Accept_Language="de")
    assert status == 200
    assert b'<html lang="de">' in text
    assert "Wohin die Watt fließen".encode() in text
    assert b"{{" not in text
    assert b'<html lang="cs">' in client.ask("/?lang=cs", Accept_Language="de")[1]
    assert client.read("/api/words", Accept_Language="fr")["lang"] == "fr"


@pytest.mark.parametrize(
    "name", sorted(path.name for path in FILES.iterdir() if path.suffix != ".html")
)
def test_each_file_is_served_as_it_is(client: Client, name: str) -> None:
    status, text = client.ask(f"/{name}")
    assert (status, text) == (200, (FILES / name).read_bytes())
    tag = client.fields["etag"]
    assert client.ask(f"/{name}", If_None_Match=tag) == (304, b"")
    assert client.ask(f"/{name}", Accept_Encoding="gzip")[1][:2] == b"\x1f\x8b"


def test_now_series_days_log_and_description(client: Client) -> None:
    now = client.read("/api/now?lang=de")
    assert now["loads"][0]["words"] == "Boost von Hand bis 15:30"
    series = client.read("/api/series?names=pv_w,load.ecs.expected_w&most=100")
    assert series["columns"]["load.ecs.expected_w"] == [1487.4, 1487.4]
    [yesterday, today] = client.read("/api/days")["rows"]
    assert (yesterday["date"], yesterday["loads"]) == ("2026-06-20", {"ecs": 5678.9, "pool": 0.0})
    assert today["loads"]["ecs"] == 1234.6
    assert today["pv_wh"] > 0.0
    logging.getLogger("pvopt").warning("something to read")
    assert client.read("/api/log?most=1")["lines"][0]["words"] == "something to read"
    described = client.read("/api/openapi.json")["paths"]
    for path in described:
        if "get" in described[path] and path not in {"/api/live", "/api/series", "/metrics"}:
            client.read(path)


def answered(paths: Any, path: str, method: str = "get") -> Any:
    """What is described of an answer's keys."""
    [told] = paths[path][method]["responses"]["200"]["content"].values()
    return told["schema"]["properties"]


def test_every_key_that_is_answered_is_described(client: Client) -> None:
    parts_of[client.port].recorder.record(tick_at(UTC_S + 200.0))
    paths = client.read("/api/openapi.json")["paths"]
    for path in ("/api/session", "/api/now", "/api/series?names=pv_w", "/api/days", "/api/log"):
        assert set(client.read(path)) == set(answered(paths, path.partition("?")[0])), path
    assert answered(paths, "/api/live") == answered(paths, "/api/now")
    rows = client.read("/api/days")["rows"]
    of_day = answered(paths, "/api/days")["rows"]["items"]["properties"]
    assert {key for row in rows for key in row} <= set(of_day)
    row: Any = DayRow("2026-06-21")
    told = _day(row, DayScore(1))
    assert set(told) == set(of_day)
    of_score = answered(paths, "/api/now")["score"]["properties"]
    assert set(told["score"]) == set(of_score) == set(of_day["score"]["properties"])
    csrf = client.read("/api/session")["csrf"]
    wish = client.post("/api/loads/ecs/request", {"kind": "boost"}, X_CSRF_Token=csrf)[1]
    assert set(wish) == set(answered(paths, "/api/loads/{id}/request", "post"))


def test_every_path_is_described(client: Client) -> None:
    """As the code has them."""
    code = Path(pages.__file__).read_text(encoding="utf-8")
    paths = {path for path in re.findall(r'"(/(?:api/|metrics)[^"{}]*)"', code) if path != "/api/"}
    described = set(client.read("/api/openapi.json")["paths"])
    assert paths - {"/api/loads"} == described - {"/api/loads/{id}/request"}


@pytest.mark.parametrize(
    "path",
    ["/api/series", "/api/series?names=" + ",".join("abcdefghijklmnopqr"),
     "/api/series?names=pv_w&from=nan", "/api/series?names=pv_w&to=1e99",
     "/api/series?names=pv_w&most=x", "/api/days?from=yesterday", "/api/days?to=2026-13-40"],
)  # fmt: skip
def test_a_question_that_cannot_be_meant(client: Client, path: str) -> None:
    status, text = client.ask(path)
    assert status == 400
    assert json.loads(text)["error"]


def test_events_come_with_each_tick(client: Client) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", client.port, timeout=WAIT_S)
    connection.request("GET", "/api/live")
    answer = connection.getresponse()
    assert answer.getheader("Content-Type", "").startswith("text/event-stream")

    def event() -> Any:
        while not (line := answer.readline()).startswith(b"data: "):
            assert line
        return json.loads(line[6:])

    first = event()["number"]
    parts_of[client.port].recorder.record(tick_at(UTC_S + 100.0))
    assert event()["number"] == first + 1
    connection.close()


def test_before_the_first_tick_nothing_is_known(tmp_path: Path) -> None:
    config = config_in(tmp_path, Page(port=0))
    assert config.page is not None
    parts = make_page(config.page, config, lambda: LEDGER, True)
    parts.start()
    try:
        status, text = Client(parts.server.port).ask("/api/now")
        assert status == 503
        assert "just started" in json.loads(text)["error"]
    finally:
        parts.close()


# -- what may be asked -------------------------------------------------------------------------


def papers(folder: Path) -> list[dict[str, Any]]:
    files = sorted((folder / "inbox").iterdir()) if (folder / "inbox").exists() else []
    return [json.loads(path.read_text()) for path in files]


def test_a_boost_goes_into_the_inbox(client: Client, tmp_path: Path) -> None:
    wish = {"kind": "boost", "watts": 1500, "minutes": 30}
    status, found = client.post("/api/loads/ecs/request", wish, X_CSRF_Token=client.csrf)
    assert status == 200, found
    [paper] = papers(tmp_path)
    assert (paper["target"], paper["kind"], paper["watts"]) == ("ecs", "boost", 1500.0)
    assert (paper["minutes"], paper["by"], paper["id"]) == (30.0, "the page", found["id"])
    assert paper["until_utc_s"] > 0.0
    assert (found["watts"], found["until_utc_s"]) == (1500.0, paper["until_utc_s"])
    assert found["words"].startswith("boost 1500 W until ")


def test_what_is_granted_is_told_with_what_was_not_said(client: Client) -> None:
    path, csrf = "/api/loads/ecs/request", client.csrf
    found = client.post(path, {"kind": "boost"}, X_CSRF_Token=csrf)[1]
    assert found["watts"] == 2000.0 and found["until_c"] is None
    assert found["words"].startswith("boost 2000 W until ")
    found = client.post(path, {"kind": "auto"}, X_CSRF_Token=csrf)[1]
    assert (found["watts"], found["until_utc_s"]) == (None, None)


def test_a_refusal_has_the_words_of_the_command_line(client: Client) -> None:
    wish = {"kind": "boost", "watts": 99999}
    found = client.post("/api/loads/ecs/request", wish, X_CSRF_Token=client.csrf)[1]
    assert found["error"] == "watts 99999: ecs can draw 40 to 2000 W"


@pytest.mark.parametrize(
    ("load", "wish"),
    [("ecs", {"kind": "dance"}), ("ecs", {}), ("ecs", []), ("garage", {"kind": "boost"}),
     ("ecs", {"kind": "boost", "watts": 1}), ("ecs", {"kind": "off", "watts": 100}),
     ("ecs", {"kind": "boost", "watts": 99999}), ("ecs", {"kind": "boost", "minutes": 99999}),
     ("ecs", {"kind": "boost", "until_c": 99}), ("ecs", {"kind": "set-temp", "to_c": 99}),
     ("ecs", {"kind": "boost", "temp": "min"}), ("ecs", {"kind": "auto", "minutes": 5}),
     ("ecs", {"kind": "boost", "extra": 1}), ("pool", {"kind": "boost", "until_c": 50})],
)  # fmt: skip
def test_what_cannot_be_meant_is_said_in_words(
    client: Client, tmp_path: Path, load: str, wish: object
) -> None:
    status, found = client.post(f"/api/loads/{load}/request", wish, X_CSRF_Token=client.csrf)
    assert status == 400
    assert found["error"]
    assert papers(tmp_path) == []


def test_a_run_without_an_inbox_takes_nothing(serve: Callable[..., Client]) -> None:
    client = serve(asks=False)
    assert client.read("/api/session")["asks"] is False
    wish = {"kind": "boost"}
    assert client.post("/api/loads/ecs/request", wish, X_CSRF_Token=client.csrf)[0] == 403


def test_a_flood_of_requests_is_bounded(client: Client, tmp_path: Path) -> None:
    csrf = client.csrf
    answers = [
        client.post("/api/loads/ecs/request", {"kind": "off"}, X_CSRF_Token=csrf)[0]
        for _ in range(25)
    ]
    assert answers.count(200) <= 21
    assert answers[-1] == 429
    assert int(client.fields["retry-after"]) >= 1
    assert len(papers(tmp_path)) == answers.count(200)


# -- security ----------------------------------------------------------------------------------


def test_another_site_can_ask_nothing(client: Client, tmp_path: Path) -> None:
    wish, csrf = {"kind": "boost"}, client.csrf
    path = "/api/loads/ecs/request"
    assert client.post(path, wish)[0] == 403
    assert client.post(path, wish, X_CSRF_Token="guessed")[0] == 403
    assert client.post(path, wish, X_CSRF_Token=csrf, Origin="http://evil.example")[0] == 403
    assert client.post(path, wish, X_CSRF_Token=csrf, Origin="http://[")[0] == 403
    assert client.post(path, wish, X_CSRF_Token=csrf, Sec_Fetch_Site="cross-site")[0] == 403
    form = client.ask(path, "POST", b"kind=boost", Content_Type="text/plain", X_CSRF_Token=csrf)
    assert form[0] == 415
    assert papers(tmp_path) == []
    own = f"http://127.0.0.1:{client.port}"
    assert client.post(path, wish, X_CSRF_Token=csrf, Origin=own)[0] == 200


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8080", "192.168.1.7", "[", ""])
def test_an_open_page_has_no_other_name(client: Client, host: str) -> None:
    """A name of another site that leads to 127.0.0.1 could else read it (DNS rebinding)."""
    for path in ("/", "/api/now", "/api/session", "/api/live"):
        status, text = client.ask(path, Host=host)
        assert status == 403
        assert b"password" in text


@pytest.mark.parametrize("host", ["localhost", "localhost:8080", "127.0.0.1:99", "[::1]:8080"])
def test_this_machines_own_names(client: Client, host: str) -> None:
    assert client.ask("/api/now", Host=host)[0] == 200


PRIVATE = ("/api/now", "/api/series?names=pv_w", "/api/days", "/api/log", "/api/config",
           "/api/live", "/api/openapi.json")  # fmt: skip


def test_without_the_password_nothing_of_the_home_is_told(locked: Client, tmp_path: Path) -> None:
    for path in PRIVATE:
        assert locked.ask(path)[0] == 401, path
    assert locked.post("/api/loads/ecs/request", {"kind": "boost"})[0] == 401
    assert b'id="password"' in locked.ask("/", Host="my.home.example")[1]
    told = locked.read("/api/session")
    assert (told["role"], told["csrf"], told["name"], told["version"]) == ("nobody", "", "", "")
    assert papers(tmp_path) == []


def test_the_password_opens_everything(locked: Client, tmp_path: Path) -> None:
    assert locked.login("wrong") == 401
    assert not locked.cookie
    assert locked.login() == 200
    said = locked.fields["set-cookie"]
    assert "HttpOnly" in said and "SameSite=Lax" in said and "Secure" not in said
    for path in PRIVATE[:5]:
        locked.read(path)
    assert b'id="flow"' in locked.ask("/")[1]
    wish, csrf = {"kind": "off"}, locked.csrf
    assert locked.post("/api/loads/ecs/request", wish, X_CSRF_Token=csrf)[0] == 200
    assert locked.post("/api/logout", {}, X_CSRF_Token=csrf)[0] == 200
    assert locked.ask("/api/now")[0] == 401


def test_behind_https_the_cookie_stays_there(locked: Client) -> None:
    locked.post("/api/login", {"password": PASSWORD}, X_Forwarded_Proto="https")
    assert "; Secure" in locked.fields["set-cookie"]


def test_wrong_passwords_are_slowed_down(locked: Client, caplog: pytest.LogCaptureFixture) -> None:
    assert [locked.login("wrong") for _ in range(FREE_TRIES)] == [401] * FREE_TRIES
    assert locked.login() == 429
    assert int(locked.fields["retry-after"]) > 20
    assert caplog.text.count("too many wrong passwords from 127.0.0.1") == 1
    assert "wrong passwords from" in caplog.text and PASSWORD not in caplog.text
    # Of whom a proxy on this machine tells, each waits for himself.
    body = {"password": PASSWORD}
    assert locked.post("/api/login", body, X_Forwarded_For="203.0.113.9")[0] == 200


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"password": 5}', b"\xff", b"[" * 4000])
def test_a_login_that_is_none(locked: Client, body: bytes) -> None:
    assert locked.ask("/api/login", "POST", body, Content_Type="application/json")[0] == 400


def test_the_read_only_link_looks_and_touches_nothing(locked: Client, tmp_path: Path) -> None:
    assert locked.ask(f"/?key={TOKEN}x")[0] == 403
    status, _ = locked.ask(f"/?key={TOKEN}")
    assert (status, locked.fields["location"]) == (302, "/")
    assert TOKEN not in locked.cookie
    for path in ("/api/now", "/api/days", "/api/series?names=pv_w"):
        locked.read(path)
    for path in ("/api/log", "/api/config"):
        assert locked.ask(path)[0] == 403
    assert locked.read("/api/session")["asks"] is False
    wish = {"kind": "boost"}
    assert locked.post("/api/loads/ecs/request", wish, X_CSRF_Token=locked.csrf)[0] == 403
    assert papers(tmp_path) == []


def test_secrets_are_nowhere(locked: Client) -> None:
    locked.login()
    every = [locked.ask(path)[1] for path in ("/", *PRIVATE[:5], "/api/session", "/api/words")]
    for text in every:
        for secret in (HASH, TOKEN, PASSWORD):
            assert secret.encode() not in text


@pytest.mark.parametrize("path", ["/", "/page.js", "/api/now", "/api/session", "/nothing"])
def test_safe_headers_on_everything(client: Client, path: str) -> None:
    client.ask(path)
    policy = client.fields["content-security-policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy
    assert client.fields["x-content-type-options"] == "nosniff"
    assert client.fields["x-frame-options"] == "DENY"
    assert client.fields["referrer-policy"] == "no-referrer"
    assert "server" not in client.fields


def test_the_page_needs_nothing_that_the_policy_forbids() -> None:
    for path in FILES.glob("*.html"):
        text = path.read_text()
        for inline in ("style=", "onclick", "onload", "<style", "http://", "https://"):
            assert inline not in text, (path.name, inline)
        assert text.count("<script") == text.count('<script type="module" src=')
    for path in FILES.glob("*.js"):
        text = path.read_text()
        for risky in ("innerHTML", "eval(", "insertAdjacentHTML", "document.write", "https://"):
            assert risky not in text, (path.name, risky)


@pytest.mark.parametrize(
    "path",
    ["/../main.py", "/..%2f..%2fmain.py", "/%2e%2e/%2e%2e/etc/passwd", "/files/page.js",
     "/page.js/", "/.git/config", "/index.html", "/login.html", "/page.js%00", "/api/../page.js",
     "//etc/passwd", "/api/loads/ecs/request"],
)  # fmt: skip
def test_no_way_leads_elsewhere(client: Client, path: str) -> None:
    status, text = client.ask(path)
    assert status in {400, 404}
    assert b"root:" not in text and b"import" not in text


def raw(port: int, sent: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), WAIT_S) as one:
        one.sendall(sent)
        got = b""
        with contextlib.suppress(ConnectionResetError):
            while part := one.recv(65536):
                got += part
        return got


HOST = b"Host: localhost\r\nConnection: close\r\n"


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GET / HTTP/1.1\r\n" + HOST + b"X: " + b"a" * MOST_HEAD + b"\r\n\r\n", b"431"),
        (b"GET /" + b"a" * 2000 + b" HTTP/1.1\r\n" + HOST + b"\r\n", b"414"),
        (b"GET / HTTP/1.1\r\n" + HOST + b"a: b\r\n" * 70 + b"\r\n", b"431"),
        (b"BREW / HTTP/1.1\r\n" + HOST + b"\r\n", b"405"),
        (b"nonsense\r\n\r\n", b"400"),
        (b"\x16\x03\x01\x02\r\n\r\n", b"400"),
        (b"GET http://evil/ HTTP/1.1\r\n" + HOST + b"\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nHost : x\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil\r\n\r\n", b"400"),
        (b"POST /api/login HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n", b"411"),
        (b"POST /api/login HTTP/1.1\r\n" + HOST + b"Content-Length: -1\r\n\r\n", b"400"),
        (b"POST /api/login HTTP/1.1\r\n" + HOST
         + b"Content-Length: %d\r\n\r\n" % (MOST_BODY + 1), b"413"),
    ],
)  # fmt: skip
def test_what_is_no_request_or_too_large_is_refused(
    client: Client, sent: bytes, status: bytes
) -> None:
    assert raw(client.port, sent).split(b" ")[1] == status
    assert client.ask("/api/now")[0] == 200


def test_several_requests_on_one_connection(client: Client) -> None:
    one = b"GET /api/session HTTP/1.1\r\nHost: localhost\r\n"
    got = raw(client.port, one + b"\r\n" + one + b"\r\n" + one + b"Connection: close\r\n\r\n")
    assert got.count(b"HTTP/1.1 200 OK") == 3


def test_head_tells_the_length_and_no_more(client: Client) -> None:
    status, text = client.ask("/page.css", "HEAD")
    assert (status, text) == (200, b"")
    assert int(client.fields["content-length"]) == (FILES / "page.css").stat().st_size


# -- bounds ------------------------------------------------------------------------------------


def test_who_says_nothing_is_given_up(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "HEAD_S", 0.2)
    assert raw(client.port, b"GET / HT") == b""


def test_more_clients_than_may_be_are_refused(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "MOST_CLIENTS", 3)
    with contextlib.ExitStack() as undo:
        for _ in range(3):
            one = undo.enter_context(socket.create_connection(("127.0.0.1", client.port), WAIT_S))
            one.sendall(b"GET /api/session HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert one.recv(20).startswith(b"HTTP/1.1 200")
        assert client.ask("/api/now")[0] == 503


def keep(undo: contextlib.ExitStack, port: int) -> bytes:
    """A connection that stays; how its first answer begins."""
    one = undo.enter_context(socket.create_connection(("127.0.0.1", port), WAIT_S))
    one.sendall(b"GET /api/session HTTP/1.1\r\nHost: localhost\r\n\r\n")
    return one.recv(12)


def test_one_address_may_not_take_all(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "MOST_EACH", 3)
    monkeypatch.setattr(server, "own", lambda peer: False)  # as if this were another machine
    with contextlib.ExitStack() as undo:
        begins = [keep(undo, client.port) for _ in range(4)]
        assert begins == [*[b"HTTP/1.1 200"] * 3, b"HTTP/1.1 503"]
    assert until(lambda: client.ask("/api/session")[0] == 200, WAIT_S)  # they are gone


def test_this_machine_may_for_a_proxy_stands_for_many(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "MOST_EACH", 3)
    with contextlib.ExitStack() as undo:
        assert {keep(undo, client.port) for _ in range(6)} == {b"HTTP/1.1 200"}


@pytest.mark.parametrize(
    ("peer", "is_own"),
    [("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("::ffff:127.0.0.1", True),
     ("192.168.1.7", False), ("::ffff:192.168.1.7", False), ("fe80::1%eth0", False), ("", False)],
)  # fmt: skip
def test_whose_connection_it_is(peer: str, is_own: bool) -> None:
    assert server.own(peer) is is_own


def test_a_live_client_that_reads_nothing_harms_nobody(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "EVENT_S", 0.0)
    recorder = parts_of[client.port].recorder
    with socket.create_connection(("127.0.0.1", client.port), WAIT_S) as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.sendall(b"GET /api/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
        for k in range(300):
            recorder.record(tick_at(UTC_S + 100.0 + k, mono_s=300.0 + k))
            if k % 50 == 0:
                assert client.ask("/api/now")[0] == 200


def test_a_port_that_is_taken_is_said_and_no_more(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        config = config_in(tmp_path, Page(port=port))
        assert config.page is not None
        parts = make_page(config.page, config, lambda: LEDGER, True)
        parts.start()
        parts.recorder.record(tick_at())
        parts.close()
    [line] = [one for one in caplog.records if one.levelno == logging.WARNING]
    assert f"no page: http://127.0.0.1:{port} cannot be listened on" in line.getMessage()
    assert "page.port" in line.getMessage()


def test_after_the_end_nobody_answers(serve: Callable[..., Client]) -> None:
    client = serve()
    parts_of[client.port].close()
    with pytest.raises(OSError):
        client.ask("/api/now")
    parts_of[client.port].recorder.record(tick_at())
