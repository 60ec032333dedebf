"""What the types cannot say of ``page``. Its secrets are never quoted."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator
from typing import Any

from pvopt.config.page import Page
from pvopt.config.tree import Table

Local = Iterator[tuple[str, str]]

# scrypt:n:r:p:salt:key, as show/web/passwords.py writes it
HASH = re.compile(r"scrypt:\d{4,6}:\d{1,2}:\d{1,2}:[A-Za-z0-9_-]{16,64}:[A-Za-z0-9_-]{32,128}")
TOKEN = re.compile(r"[A-Za-z0-9_-]{16,128}", re.ASCII)


def page(made: Page, table: Table) -> Local:
    try:
        alone = made.host == "localhost" or ipaddress.ip_address(made.host).is_loopback
    except ValueError:
        yield (
            "host",
            "must be an address of this machine in numbers: 127.0.0.1 for itself alone, 0.0.0.0 "
            "for the whole network",
        )
        return
    if made.password_hash and not HASH.fullmatch(made.password_hash):
        yield (
            "password_hash",
            "is no hash of a password; `python main.py password` asks for the password and prints "
            "the line to write here",
        )
    elif not alone and not made.password_hash:
        yield (
            "password_hash",
            "is missing: a page that others can reach asks for a password; `python main.py "
            "password` prints the line to write here",
        )
    yield from _metrics(made)
    if not made.read_only_token:
        return
    if not TOKEN.fullmatch(made.read_only_token):
        yield "read_only_token", "must be 16 to 128 letters, digits, - or _: who knows it may look"
    elif not made.password_hash:
        yield (
            "read_only_token",
            "is used with `password_hash` only: without a password everybody who reaches the page "
            "may look",
        )


def _metrics(made: Page) -> Local:
    key = "metrics_token"
    if not made.metrics_token:
        if made.metrics and made.password_hash:
            yield (
                key,
                "is missing: where there is a password, whoever asks for /metrics shows a token of "
                "16 to 128 letters, digits, - or _",
            )
    elif not made.metrics:
        yield key, "is used with `metrics: true` only"
    elif not TOKEN.fullmatch(made.metrics_token):
        yield key, "must be 16 to 128 letters, digits, - or _: who knows it may read /metrics"
    elif not made.password_hash:
        yield (
            key,
            "is used with `password_hash` only: without a password everybody who reaches the page "
            "may look",
        )
    elif made.metrics_token == made.read_only_token:
        yield key, "must be another one than `read_only_token`"


LOCAL: dict[type, Callable[[Any, Table], Local]] = {Page: page}
