"""Who may read ``/metrics``, and what they get."""

from __future__ import annotations

import hmac
from collections.abc import Callable

from pvopt.show.web.http import Answer, Asked
from pvopt.show.web.published import Published

KIND = "text/plain; version=0.0.4; charset=utf-8"
ASKS = {"WWW-Authenticate": "Bearer"}


class Scrape:
    """``token``: what a scraper shows where the page asks for a password; empty: none is known.

    ``told``: the text of a tick.
    """

    def __init__(self, token: str, told: Callable[[Published], str]) -> None:
        self._token = token
        self._told = told

    def knows(self, asked: Asked) -> bool | None:
        """Whether the token that the request shows is ours; None: none is shown, or known."""
        scheme, _, shown = asked.fields.get("authorization", "").partition(" ")
        if not self._token or scheme.lower() != "bearer" or not shown.strip():
            return None
        return hmac.compare_digest(shown.strip().encode(), self._token.encode())

    def answer(self, latest: Published) -> Answer:
        return Answer(self._told(latest).encode(), kind=KIND)
