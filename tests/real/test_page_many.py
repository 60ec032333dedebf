"""Thirty open pages and a client that hardly reads: the loop keeps its second."""

from __future__ import annotations

import contextlib
import http.client
import re
import socket
import statistics
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.page_rig import WAIT_S, Demo, demo

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

PAGES = 30
FILES = (
    "/", "/page.css", "/page.js", "/words.js", "/flow.js", "/loads.js", "/chart.js", "/days.js",
    "/api/words", "/api/session", "/api/days",
    "/api/series?names=pv_w,load_w,grid_w,battery_w,soc_pct,load.boiler.expected_w&most=900",
)  # fmt: skip
MOST_MB = 64.0
QUICK_S = 0.05  # an answer that comes within this is quick on any machine


def open_page(port: int) -> http.client.HTTPResponse:
    """All that a page fetches, then its stream of ticks."""
    for path in FILES:
        one = http.client.HTTPConnection("127.0.0.1", port, timeout=WAIT_S)
        one.request("GET", path)
        answer = one.getresponse()
        assert answer.status == 200, path
        answer.read()
        one.close()
    live = http.client.HTTPConnection("127.0.0.1", port, timeout=WAIT_S)
    live.request("GET", "/api/live?lang=de")
    return live.getresponse()


class Reader(threading.Thread):
    """Counts the ticks that come on a stream."""

    def __init__(self, answer: http.client.HTTPResponse) -> None:
        super().__init__(daemon=True)
        self.answer = answer
        self.ticks = 0

    def run(self) -> None:
        with contextlib.suppress(OSError, ValueError, http.client.HTTPException):
            while line := self.answer.readline():
                self.ticks += line.startswith(b"data: ")


def answer_s(home: Demo) -> float:
    """The usual time of an answer: the median of twenty."""
    took = []
    for _ in range(20):
        began = time.perf_counter()
        home.read("/api/now")
        took.append(time.perf_counter() - began)
        time.sleep(0.02)
    return statistics.median(took)


def resident_mb(pid: int) -> float:
    text = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+) kB", text)
    assert found
    return int(found[1]) / 1000.0


def test_thirty_pages_and_a_slow_client(tmp_path: Path) -> None:
    with demo(tmp_path) as home:
        port = urlsplit(home.url).port
        assert port is not None
        idle_s = answer_s(home)
        with socket.create_connection(("127.0.0.1", port), WAIT_S) as slow:
            slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            slow.sendall(b"GET /api/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
            readers = [Reader(open_page(port)) for _ in range(PAGES)]
            for one in readers:
                one.start()
            busy_s = answer_s(home)
            before = [one.ticks for one in readers]
            for _ in range(10):
                slow.recv(1)
                time.sleep(1.0)
            told = [one.ticks - old for one, old in zip(readers, before, strict=True)]
            memory_mb = sum(resident_mb(pid) for pid in home.pids())
            busy_s = min(busy_s, answer_s(home))
        words = home.stop()
    assert re.search(r"\d+ looks at the home, none late, none failed", words), words[-600:]
    assert min(told) >= 7, told
    assert memory_mb < MOST_MB
    assert busy_s <= max(3.0 * idle_s, QUICK_S)
