"""HTTP/1.1 as far as a page needs it: a request read within bounds, an answer as bytes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

MOST_HEAD, MOST_BODY, MOST_TARGET, MOST_FIELDS = 8192, 4096, 1024, 60
METHODS = ("GET", "HEAD", "POST")
WORDS = {
    200: "OK", 204: "No Content", 302: "Found", 304: "Not Modified", 400: "Bad Request",
    401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
    411: "Length Required", 413: "Content Too Large", 414: "URI Too Long",
    415: "Unsupported Media Type", 429: "Too Many Requests", 431: "Request Header Fields Too Large",
    500: "Internal Server Error", 503: "Service Unavailable",
}  # fmt: skip
# Nothing of others is loaded, nothing inline runs, nobody frames the page.
SAFE = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
JSON = "application/json; charset=utf-8"


class RefusedError(Exception):
    """A request that is not answered as asked: status and words for whoever asked."""

    def __init__(self, status: int, words: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(words)
        self.status, self.words, self.headers = status, words, dict(headers or {})


@dataclass(frozen=True, slots=True)
class Asked:
    """A request. ``path`` is decoded; ``fields`` have small names; ``peer``: who is connected."""

    method: str
    path: str
    query: Mapping[str, str]
    fields: Mapping[str, str]
    body: bytes
    peer: str

    @property
    def address(self) -> str:
        """Whose request it is: what a proxy on this machine says, else the peer."""
        said = self.fields.get("x-forwarded-for", "").rpartition(",")[2].strip()
        return said if said and self.peer in {"127.0.0.1", "::1"} else self.peer

    def cookie(self, name: str) -> str:
        for part in self.fields.get("cookie", "").split(";"):
            key, _, text = part.strip().partition("=")
            if key == name:
                return text
        return ""

    @property
    def keeps(self) -> bool:
        """Whether the connection stays for the next request."""
        return self.fields.get("connection", "").lower() != "close"


@dataclass(frozen=True, slots=True)
class Answer:
    body: bytes = b""
    status: int = 200
    kind: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)

    def head(self, keeps: bool, length: int | None) -> bytes:
        """Status line and fields. ``length`` None: the body goes on for ever."""
        lines = [f"HTTP/1.1 {self.status} {WORDS[self.status]}"]
        every = {"Cache-Control": "no-store", **SAFE, **self.headers, "Content-Type": self.kind}
        if length is not None:
            every["Content-Length"] = str(length)
        every["Connection"] = "keep-alive" if keeps else "close"
        lines += [f"{name}: {text}" for name, text in every.items()]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")


def as_json(document: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return Answer(text.encode(), status, headers=headers or {})


async def read(reader: asyncio.StreamReader, peer: str) -> Asked | None:
    """The next request; None at the end of the connection. RefusedError for what is none."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as end:
        if end.partial.strip():
            raise RefusedError(400, "the request is not whole") from end
        return None
    except asyncio.LimitOverrunError as fault:
        raise RefusedError(431, "the request's head is too large") from fault
    method, target, fields = _head(head)
    if method not in METHODS:
        raise RefusedError(405, "not possible here", {"Allow": ", ".join(METHODS)})
    try:
        parts = urlsplit(target)
        query = dict(parse_qsl(parts.query, max_num_fields=20))
    except ValueError as fault:
        raise RefusedError(400, "the address cannot be read") from fault
    body = await _body(reader, fields)
    return Asked(method, unquote(parts.path), query, fields, body, peer)


def _head(head: bytes) -> tuple[str, str, dict[str, str]]:
    first, *rest = head.decode("latin-1").split("\r\n")
    words = first.split(" ")
    if len(words) != 3 or not words[2].startswith("HTTP/1."):
        raise RefusedError(400, "this is no HTTP/1.1")
    if len(words[1]) > MOST_TARGET:
        raise RefusedError(414, "the address is too long")
    if not words[1].startswith("/") or words[1].startswith("//"):
        raise RefusedError(400, "the address is none of this page")
    fields: dict[str, str] = {}
    if len(rest) > MOST_FIELDS + 2:
        raise RefusedError(431, "the request's head is too large")
    for line in rest:
        if not line:
            continue
        name, colon, text = line.partition(":")
        if not colon or not name or name != name.strip():
            raise RefusedError(400, "the request's head is malformed")
        name = name.lower()
        if name in fields and name in {"host", "content-length", "transfer-encoding"}:
            raise RefusedError(400, f"{name} stands there twice")
        joint = "; " if name == "cookie" else ", "
        fields[name] = f"{fields[name]}{joint}{text.strip()}" if name in fields else text.strip()
    if words[2] == "HTTP/1.0":
        fields["connection"] = "close"
    return words[0], words[1], fields


async def _body(reader: asyncio.StreamReader, fields: Mapping[str, str]) -> bytes:
    if "transfer-encoding" in fields:
        raise RefusedError(411, "say how long the body is (Content-Length)")
    text = fields.get("content-length", "0")
    if not (text.isascii() and text.isdigit()) or len(text) > 12:
        raise RefusedError(400, "Content-Length is no number")
    if int(text) > MOST_BODY:
        raise RefusedError(413, f"at most {MOST_BODY} bytes")
    try:
        return await reader.readexactly(int(text))
    except asyncio.IncompleteReadError as end:
        raise RefusedError(400, "the request is not whole") from end
