"""The ``page`` section: the web page and its HTTP API."""

from __future__ import annotations

from typing import Annotated

from attrs import field, frozen

from pvopt.config.bounds import Range


@frozen(kw_only=True)
class Page:
    """``host``: the address listened on; another than this machine's own needs a password.

    ``password_hash``: of the owner's password, as ``python main.py password`` makes it; empty: none
    is asked for. ``read_only_token``: a link with it shows the page and asks for nothing.
    ``metrics``: whether Prometheus may ask at ``/metrics``; ``metrics_token``: what it shows then,
    where there is a password.
    """

    host: str = "127.0.0.1"
    port: Annotated[int, Range(0, 65_535)] = 8080
    password_hash: str = field(default="", repr=False)
    read_only_token: str = field(default="", repr=False)
    metrics: bool = False
    metrics_token: str = field(default="", repr=False)
