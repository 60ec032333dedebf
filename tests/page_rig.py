"""The demonstration with its page, as an owner starts it, and a real browser to look at it."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.npm import packages
from tests.processes import children_of, until

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT = Path(__file__).parents[1]
SHIPPED = ROOT / "Files" / "config.yaml"
WAIT_S = 60.0  # for what takes a second on an idle machine
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
AXE = "axe-core@4.11"


class Demo:
    """``main.py`` in ``folder``; ``url``: its page."""

    def __init__(self, folder: Path, changes: dict[str, str], page: str = "") -> None:
        text = SHIPPED.read_text(encoding="utf-8")
        changes = {"  #port: 8080  ": "  port: 0  ", **changes}
        for old, new in changes.items():
            assert text.count(old) == 1, old
            text = text.replace(old, new)
        (folder / "demo.yaml").write_text(text.replace("\npage:\n", f"\npage:\n{page}"))
        self.log = folder / "log"
        command = [sys.executable, str(ROOT / "main.py"), "--config", "demo.yaml"]
        with self.log.open("w") as log:
            self.process = subprocess.Popen(command, cwd=folder, stderr=log)
        self.url = ""

    def wait(self) -> None:
        """Until its page tells of a tick."""
        assert until(lambda: self._address() is not None, WAIT_S), self.said()
        self.url = str(self._address())
        assert until(self._ticks, WAIT_S), self.said()

    def _address(self) -> str | None:
        found = re.search(r"the page: (http://127\.0\.0\.1:\d+)\n", self.said())
        return None if found is None else found[1]

    def _ticks(self) -> bool:
        try:
            return bool(self.read("/api/now")["loads"])
        except urllib.error.HTTPError as refused:  # it has just started, or wants a password
            return refused.code == 401

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8")

    def read(self, path: str) -> Any:
        with urllib.request.urlopen(self.url + path, timeout=WAIT_S) as answer:
            return json.load(answer)

    def pids(self) -> list[int]:
        return [self.process.pid, *children_of(self.process.pid)]

    def stop(self) -> str:
        """End it in order; all that it said."""
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(WAIT_S) == 0, self.said()
        return self.said()

    def kill(self) -> None:
        if self.process.poll() is None:
            for pid in self.pids():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        self.process.wait()


@contextlib.contextmanager
def demo(folder: Path, changes: dict[str, str] | None = None, page: str = "") -> Iterator[Demo]:
    made = Demo(folder, changes or {}, page)
    try:
        made.wait()
        yield made
    finally:
        made.kill()


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's own, driven by playwright."""
    from playwright.sync_api import sync_playwright

    path = shutil.which("chromium") or shutil.which("chromium-browser")
    assert path, "these tests need chromium: bash tests/run.sh installs it"
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=path, args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()


def axe() -> Path:
    """The audit's script."""
    return packages("pvopt-axe", AXE) / "axe-core" / "axe.min.js"
