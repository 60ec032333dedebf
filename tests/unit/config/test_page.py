"""The section ``page``: its bounds, its rules, and what of a configuration is shown."""

from __future__ import annotations

import json

import pytest

from pvopt.config.load import load_text
from pvopt.config.page import Page
from pvopt.config.shown import HIDDEN, shown
from pvopt.show.web.passwords import hashed
from tests.unit.config.samples import BASE, faults_of

HASH = hashed("correct horse")
TOKEN = "a-token-of-the-wall-tablet"


def with_page(*lines: str) -> str:
    return BASE + "page:\n" + "".join(f"  {line}\n" for line in lines)


def test_without_a_section_there_is_no_page() -> None:
    assert load_text(BASE, "c.yaml", {}).page is None


def test_an_empty_section_is_a_page_for_this_machine() -> None:
    assert load_text(with_page(), "c.yaml", {}).page == Page(host="127.0.0.1", port=8080)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_this_machine_alone_needs_no_password(host: str) -> None:
    assert load_text(with_page(f'host: "{host}"'), "c.yaml", {}).page == Page(host=host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5"])
def test_a_network_needs_a_password(host: str) -> None:
    words = faults_of(with_page(f'host: "{host}"'))
    assert "page.password_hash" in words
    assert "python main.py password" in words
    made = load_text(with_page(f'host: "{host}"', f"password_hash: {HASH}"), "c.yaml", {})
    assert made.page == Page(host=host, password_hash=HASH)


def test_a_name_is_no_address_of_this_machine() -> None:
    assert "in numbers" in faults_of(with_page("host: example.org"))


@pytest.mark.parametrize(
    "text",
    ["secret-word", "scrypt:8192:8:5:short:key", HASH + "!"],
    ids=["a word", "too short", "too long"],
)
def test_a_password_is_no_hash_and_is_not_told(text: str) -> None:
    words = faults_of(with_page(f'password_hash: "{text}"'))
    assert "is no hash" in words
    assert text not in words


@pytest.mark.parametrize(("length", "fits"), [(15, False), (16, True), (128, True), (129, False)])
def test_how_long_a_token_is(length: int, fits: bool) -> None:
    text = with_page(f"password_hash: {HASH}", f"read_only_token: {'a' * length}")
    if fits:
        load_text(text, "c.yaml", {})
    else:
        assert "16 to 128" in faults_of(text)


def test_a_token_without_a_password_guards_nothing() -> None:
    words = faults_of(with_page(f"read_only_token: {TOKEN}"))
    assert "page.read_only_token" in words
    assert TOKEN not in words


METRICS = "metrics-token-of-prometheus"


def test_prometheus_is_told_nothing_unless_wanted() -> None:
    made = load_text(with_page(), "c.yaml", {}).page
    assert made is not None and not made.metrics
    made = load_text(with_page("metrics: true"), "c.yaml", {}).page
    assert made == Page(metrics=True)


def test_with_a_password_a_scraper_shows_a_token() -> None:
    lines = (f"password_hash: {HASH}", "metrics: true")
    words = faults_of(with_page(*lines))
    assert "page.metrics_token" in words and "is missing" in words
    made = load_text(with_page(*lines, f"metrics_token: {METRICS}"), "c.yaml", {}).page
    assert made == Page(password_hash=HASH, metrics=True, metrics_token=METRICS)


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ((f"password_hash: {HASH}", f"metrics_token: {METRICS}"), "`metrics: true` only"),
        (("metrics: true", f"metrics_token: {METRICS}"), "`password_hash` only"),
        ((f"password_hash: {HASH}", "metrics: true", "metrics_token: short-quiet"), "16 to 128"),
        (
            (f"password_hash: {HASH}", "metrics: true", f"metrics_token: {TOKEN}",
             f"read_only_token: {TOKEN}"),
            "another one",
        ),
    ],
)  # fmt: skip
def test_a_token_that_is_of_no_use(lines: tuple[str, ...], said: str) -> None:
    words = faults_of(with_page(*lines))
    assert "page.metrics_token" in words and said in words
    assert METRICS not in words and TOKEN not in words and "short-quiet" not in words


def test_neither_hash_nor_token_are_in_words() -> None:
    lines = (f"password_hash: {HASH}", f"read_only_token: {TOKEN}", "metrics: true")
    made = load_text(with_page(*lines, f"metrics_token: {METRICS}"), "c.yaml", {})
    for text in (repr(made), json.dumps(shown(made))):
        for secret in (HASH, TOKEN, METRICS):
            assert secret not in text


def test_what_is_shown_is_the_configuration_without_its_secrets() -> None:
    text = BASE + "mqtt:\n  host: broker\n  user: me\n  password: hush-hush\n"
    told = shown(load_text(text, "c.yaml", {}))
    assert json.loads(json.dumps(told)) == told
    assert told["site"]["latitude"] == 50.08
    assert told["loads"][0]["output"]["relay"]["pin"] == 17
    assert told["mqtt"]["password"] == told["mqtt"]["user"] == HIDDEN
    assert told["demo"] is None
