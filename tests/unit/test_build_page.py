"""Where the log says that the page is."""

from __future__ import annotations

import pytest

from pvopt.build_page import reached_at
from pvopt.config.page import Page

ELSEWHERE = " (from elsewhere: by this machine's name or address)"


@pytest.mark.parametrize(
    ("host", "url", "more"),
    [
        ("127.0.0.1", "http://127.0.0.1:8080", ""),
        ("localhost", "http://localhost:8080", ""),
        ("::1", "http://[::1]:8080", ""),
        ("192.168.1.5", "http://192.168.1.5:8080", ""),
        ("0.0.0.0", "http://127.0.0.1:8080", ELSEWHERE),
        ("::", "http://[::1]:8080", ELSEWHERE),
    ],
)
def test_an_address_that_a_browser_can_open(host: str, url: str, more: str) -> None:
    assert reached_at(Page(host=host), 8080) == (url, more)
