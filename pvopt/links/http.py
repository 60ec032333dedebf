"""One HTTP exchange with a hard end: owns requests. No retries here, the callers schedule.

The deadline holds for the whole exchange, however slowly a server drips; an answer has a
size limit; a redirect is not followed, for it would carry the secrets elsewhere. No message
holds more of the address than the host, because some services take their key in the path.
"""

from __future__ import annotations

import http.client
import io
import json
import logging
from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from pvopt.clock import Deadline
from pvopt.errors import SourceError
from pvopt.links.left_out import left_out

if TYPE_CHECKING:
    import requests

MAX_BYTES = 4_000_000
CHUNK_BYTES = 16_384
TEXT_CHARS = 200
DEFAULT_DEADLINE_S = 20.0

Params = Mapping[str, str | int | float]


class Answer(NamedTuple):
    """The JSON of a good answer (200 to 299) and the server's own clock, if it told."""

    json: Any
    date_utc_s: float | None


class HttpError(SourceError):
    """An exchange without a usable answer.

    ``status``: None when none came; ``retry_after_s``: seconds the server asked to wait,
    judged by its own clock; ``json``: the answer's JSON if it had any.
    """

    def __init__(
        self,
        words: str,
        status: int | None = None,
        retry_after_s: float | None = None,
        json: Any = None,
    ) -> None:
        super().__init__(words)
        self.status = status
        self.retry_after_s = retry_after_s
        self.json = json


def get_json(
    url: str,
    params: Params | None = None,
    headers: Mapping[str, str] | None = None,
    deadline_s: float = DEFAULT_DEADLINE_S,
) -> Answer:
    """GET; raises HttpError for anything but JSON with a status of 200 to 299."""
    return _exchange("GET", url, headers, deadline_s, params=params)


def post_json(
    url: str,
    body: Mapping[str, Any],
    headers: Mapping[str, str] | None = None,
    deadline_s: float = DEFAULT_DEADLINE_S,
) -> Answer:
    """POST ``body`` as JSON; raises HttpError for anything but JSON with 200 to 299."""
    return _exchange("POST", url, headers, deadline_s, body=body)


def post_text(
    url: str,
    text: bytes,
    params: Params | None = None,
    headers: Mapping[str, str] | None = None,
    deadline_s: float = DEFAULT_DEADLINE_S,
) -> None:
    """POST plain text; raises HttpError for anything but a status of 200 to 299."""
    _exchange("POST", url, headers, deadline_s, params=params, text=text)


def _exchange(
    method: str,
    url: str,
    headers: Mapping[str, str] | None,
    deadline_s: float,
    *,
    params: Params | None = None,
    body: Mapping[str, Any] | None = None,
    text: bytes | None = None,
) -> Answer:
    # Heavy: a home without portal or forecast never needs it. Guessing an encoding would be 3 MB
    # more, for JSON that is read as what it has to be.
    with left_out("chardet", "charset_normalizer"):
        import requests  # noqa: PLC0415
    import urllib3  # noqa: PLC0415

    # urllib3 warns of odd headers and quotes the whole address, keys and all
    logging.getLogger("urllib3").setLevel(logging.CRITICAL)
    host = urlsplit(url).hostname or "the server"
    deadline = Deadline(deadline_s)
    try:
        with (
            _session(deadline) as session,
            session.request(
                method,
                url,
                params=params,
                headers=headers,
                json=body,
                data=text,
                timeout=deadline_s,
                stream=True,
                allow_redirects=False,
            ) as response,
        ):
            answer = _body(response, host, deadline)
            status, answered = response.status_code, response.headers
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as fault:
        # "from None": the library's own texts quote the address
        raise HttpError(_no_answer(fault, host, deadline, deadline_s)) from None
    if text is not None and HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return Answer(None, _http_date(answered.get("Date")))  # nobody looks at what it says
    return _judge(host, status, answered, answer)


def _session(deadline: Deadline) -> requests.Session:
    """A session whose sockets never wait past the deadline, status line and headers included."""
    import requests  # noqa: PLC0415
    from requests.adapters import HTTPAdapter  # noqa: PLC0415
    from urllib3 import HTTPConnectionPool, HTTPSConnectionPool  # noqa: PLC0415
    from urllib3.connection import HTTPConnection, HTTPSConnection  # noqa: PLC0415

    class Response(http.client.HTTPResponse):
        def __init__(self, sock: Any, *args: Any, **kwargs: Any) -> None:
            super().__init__(sock, *args, **kwargs)
            self.fp = io.BufferedReader(_DeadlineReader(self.fp.detach(), sock, deadline))

    class Plain(HTTPConnection):
        response_class = Response

    class Tls(HTTPSConnection):
        response_class = Response

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class TlsPool(HTTPSConnectionPool):
        ConnectionCls = Tls

    adapter = HTTPAdapter(max_retries=0)
    adapter.poolmanager.pool_classes_by_scheme = {"http": PlainPool, "https": TlsPool}
    session = requests.Session()
    session.trust_env = False  # no password of a .netrc may join our own headers
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    return session


class _DeadlineReader(io.RawIOBase):
    """The socket's reader, with each wait cut to what is left of the deadline."""

    def __init__(self, raw: Any, sock: Any, deadline: Deadline) -> None:
        self._raw = raw
        self._sock = sock
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left_s = self._deadline.left_s()
        if left_s <= 0:
            raise TimeoutError
        self._sock.settimeout(left_s)
        count: int | None = self._raw.readinto(buffer)
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


def _body(response: requests.Response, host: str, deadline: Deadline) -> bytes:
    parts = bytearray()
    for chunk in response.iter_content(CHUNK_BYTES):
        parts += chunk
        if len(parts) > MAX_BYTES:
            raise HttpError(f"{host}: an answer of more than {MAX_BYTES // 1_000_000} MB")
        if deadline.left_s() <= 0:
            raise TimeoutError
    return bytes(parts)


def _no_answer(fault: Exception, host: str, deadline: Deadline, deadline_s: float) -> str:
    import requests  # noqa: PLC0415

    if isinstance(fault, HttpError):
        return str(fault)
    if deadline.left_s() <= 0 or isinstance(fault, TimeoutError | requests.Timeout):
        return f"{host}: no whole answer within {deadline_s:g} s"
    if isinstance(fault, requests.exceptions.SSLError):
        return f"{host}: no secure connection (certificate, or this machine's date)"
    if isinstance(fault, requests.exceptions.InvalidURL | requests.exceptions.MissingSchema):
        return "the address (url) is not a valid one"
    broken = (requests.ConnectionError, requests.exceptions.ChunkedEncodingError)
    if isinstance(fault, broken):
        return f"{host}: not reachable, or the connection broke"
    return f"{host}: no answer ({type(fault).__name__})"


def _judge(host: str, status: int, headers: Mapping[str, str], body: bytes) -> Answer:
    parsed = _parse(body)
    date_utc_s = _http_date(headers.get("Date"))
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES and parsed is not None:
        return Answer(parsed, date_utc_s)
    wait_s = _retry_after_s(headers, date_utc_s)
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        kind = "a web page" if body.lstrip()[:1] == b"<" else "something"
        words = f"{host}: answered with {kind} that is not JSON"
    else:
        words = f"{host}: HTTP {status} {_phrase(status)}".rstrip()
    raise HttpError(words, status, wait_s, parsed)


def _parse(body: bytes) -> Any:
    """The JSON, or None: numbers that JSON does not know (NaN) become None, too."""
    try:
        return json.loads(body, parse_constant=lambda _: None)
    except (ValueError, RecursionError):
        return None


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def _http_date(text: str | None) -> float | None:
    try:
        return parsedate_to_datetime(text).timestamp() if text else None
    except (TypeError, ValueError, OverflowError):
        return None


def _retry_after_s(headers: Mapping[str, str], date_utc_s: float | None) -> float | None:
    """Retry-After (seconds or a date) or X-Ratelimit-Retry-At, as seconds from the answer."""
    asked = (headers.get("Retry-After") or "").strip()
    if asked.isdecimal():
        return float(asked)
    until_s = _http_date(asked)
    if until_s is None:
        until_s = _iso_date(headers.get("X-Ratelimit-Retry-At"))
    if until_s is None or date_utc_s is None:
        return None
    return max(0.0, until_s - date_utc_s)


def _iso_date(text: str | None) -> float | None:
    try:
        moment = datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
    return moment.timestamp() if moment is not None and moment.tzinfo is not None else None


def plain_text(answer: object) -> str:
    """A server's own words for the log: one line, of bounded length."""
    return " ".join(str(answer).split())[:TEXT_CHARS]
