"""A real HTTP server on loopback that answers as a test tells it, badly if need be."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Asked:
    """One request as the server saw it."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Reply:
    """``body``: JSON unless bytes. ``drip_s``: seconds between bytes. ``fail``: see Standin."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    drip_s: float = 0.0
    fail: str = ""  # "hang": no answer; "reset": RST; "half": a body cut short; "head": drips

    def raw(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


Rule = Callable[[Asked], Reply]


class Standin:
    """``rule`` answers; ``asked`` holds all requests; ``ended`` frees hanging ones."""

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.asked: list[Asked] = []
        self.ended = threading.Event()
        self.url = ""

    def paths(self) -> list[str]:
        return [asked.path for asked in self.asked]


@contextmanager
def standin(rule: Rule) -> Iterator[Standin]:
    """Serve until the block ends."""
    stand = Standin(rule)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(stand))
    server.daemon_threads = True
    stand.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield stand
    finally:
        stand.ended.set()
        server.shutdown()
        server.server_close()
        thread.join(2)


def _handler(stand: Standin) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1
        disable_nagle_algorithm = True

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Silence."""

        def do_GET(self) -> None:
            self._serve()

        def do_POST(self) -> None:
            self._serve()

        def _serve(self) -> None:
            parts = urlsplit(self.path)
            length = int(self.headers.get("Content-Length") or 0)
            asked = Asked(
                self.command,
                parts.path,
                parse_qs(parts.query),
                dict(self.headers.items()),
                self.rfile.read(length),
            )
            stand.asked.append(asked)
            self.close_connection = True
            try:
                self._send(stand.rule(asked))
            except OSError:
                return

        def _send(self, reply: Reply) -> None:
            if reply.fail == "hang":
                stand.ended.wait(20)
                return
            if reply.fail == "reset":
                self.connection.setsockopt(
                    socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
                )
                self.connection.close()
                return
            body = reply.raw()
            if reply.fail == "head":
                self._drip(b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 500, reply.drip_s)
                return
            self.send_response(reply.status)
            for name, text in reply.headers.items():
                self.send_header(name, text)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.flush()
            if reply.drip_s > 0:
                self._drip(body, reply.drip_s)
            else:
                self.wfile.write(body[: len(body) // 2] if reply.fail == "half" else body)

        def _drip(self, body: bytes, every_s: float) -> None:
            for number in body:
                self.wfile.write(bytes([number]))
                self.wfile.flush()
                if stand.ended.wait(every_s):
                    return

    return Handler
