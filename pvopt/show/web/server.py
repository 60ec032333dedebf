"""The page's server: one thread, in which many slow clients cost nothing but their sockets.

asyncio of the standard library: pymodbus has it in memory anyway, and a thread a client would
cost a Pi 1 more. The loop hands over a tick by one word to this thread and goes on.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import logging
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any, Protocol

from pvopt.show.web.door import net_of
from pvopt.show.web.http import MOST_HEAD, Answer, Asked, RefusedError, as_json, read

MOST_CLIENTS, MOST_LIVE = 128, 64
MOST_EACH = 24  # connections of one address; not of this machine: a proxy here stands for many
HEAD_S = 10.0  # for a request, from its first byte on or from the last answer
SEND_S = 20.0  # for an answer; whoever takes longer is given up
BUFFER = 32_768  # bytes that may wait for a live client; then it misses events
EVENT_S = 0.9  # between two events, however fast a simulated home lives
SILENCE_S = 15.0  # without a tick: a sign of life, so that dead connections are found
START_S = 5.0

log = logging.getLogger("pvopt.page")


class Site(Protocol):
    """What is served. ``answer`` may take its time by awaiting; ``event``: what live clients of a
    language are told now, None: nothing yet."""

    async def answer(self, asked: Asked) -> Answer: ...
    def live(self, asked: Asked) -> str | None: ...
    def event(self, language: str) -> bytes | None: ...


class PageServer:
    """Serves ``site`` at ``host`` and ``port`` (0: any free one)."""

    def __init__(self, site: Site, host: str, port: int) -> None:
        self._site = site
        self._host, self._asked_port = host, port
        self.port = 0
        self.fault = ""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._up = threading.Event()
        self._told = self._more = False
        self._clients: set[asyncio.Task[None]] = set()
        self._each: Counter[str] = Counter()
        self._live = 0
        self._news: asyncio.Event | None = None
        self._end: asyncio.Event | None = None

    def start(self) -> bool:
        """Whether it serves; ``fault`` says why not."""
        self._thread = threading.Thread(target=self._run, name="page", daemon=True)
        self._thread.start()
        if not self._up.wait(START_S):
            self.fault = "it did not start in time"
        return not self.fault

    def stop(self, timeout_s: float = 2.0) -> None:
        """End all connections; the program waits at most so long."""
        self._call(lambda: self._end.set() if self._end else None)
        if self._thread is not None:
            self._thread.join(timeout_s)

    def wake(self) -> None:
        """There is a new tick. Of any thread; waits for nobody."""
        self._more = True
        if not self._told:
            self._told = True
            self._call(self._wake)

    def _call(self, what: Callable[[], object]) -> None:
        loop = self._loop
        if loop is not None:
            with contextlib.suppress(RuntimeError):  # it has ended meanwhile
                loop.call_soon_threadsafe(what)

    # -- in the page's thread ------------------------------------------------------------

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except Exception:
            log.exception("the page has failed: going on without it")
            self.fault = self.fault or "an error inside pvopt"
        finally:
            self._loop = None
            self._up.set()

    async def _serve(self) -> None:
        self._news, self._end = asyncio.Event(), asyncio.Event()
        try:
            server = await asyncio.start_server(
                self._client, self._host, self._asked_port, limit=MOST_HEAD, backlog=64
            )
        except OSError as fault:
            self.fault = fault.strerror or str(fault)
            return
        self.port = server.sockets[0].getsockname()[1]
        self._loop = asyncio.get_running_loop()
        self._loop.set_exception_handler(_quiet)
        self._up.set()
        async with server:
            await self._end.wait()
            server.close()
            for task in list(self._clients):
                task.cancel()
            await asyncio.gather(*self._clients, return_exceptions=True)

    def _wake(self) -> None:
        """Events are told at most every ``EVENT_S``; what comes meanwhile comes with the next."""
        assert self._news is not None
        self._more = False
        self._news.set()
        self._news = asyncio.Event()
        asyncio.get_running_loop().call_later(EVENT_S, self._ready)

    def _ready(self) -> None:
        self._told = False
        if self._more:
            self._told = True
            self._wake()

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._clients.add(task)
        peer = _peer(writer)
        net = net_of(peer)
        self._each[net] += 1
        try:
            writer.transport.set_write_buffer_limits(high=BUFFER)
            if len(self._clients) > MOST_CLIENTS or self._too_many(peer):
                await self._send(writer, _words(503, "too many pages are open"), False, True)
            else:
                await self._talk(reader, writer)
        except (OSError, TimeoutError, asyncio.CancelledError):
            pass  # gone, too slow, or we end
        finally:
            self._clients.discard(task)
            self._each[net] -= 1
            if not self._each[net]:
                del self._each[net]
            writer.transport.abort() if writer.transport.get_write_buffer_size() else writer.close()

    def _too_many(self, peer: str) -> bool:
        return self._each[net_of(peer)] > MOST_EACH and not own(peer)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = _peer(writer)
        keeps = True
        while keeps:
            asked: Asked | None = None
            try:
                asked = await asyncio.wait_for(read(reader, peer), HEAD_S)
                if asked is None:
                    return
                language = self._site.live(asked)
                if language is not None:
                    await self._tell(writer, language)
                    return
                answer, keeps = await self._site.answer(asked), asked.keeps
            except RefusedError as refused:
                answer = _words(refused.status, refused.words, refused.headers)
                keeps = asked is not None and asked.keeps
            except (OSError, TimeoutError):
                raise
            except Exception:
                log.exception("the page could not answer")
                answer, keeps = _words(500, "an error inside pvopt; its log says more"), False
            await self._send(writer, answer, keeps, asked is None or asked.method != "HEAD")

    async def _send(
        self, writer: asyncio.StreamWriter, answer: Answer, keeps: bool, body: bool
    ) -> None:
        writer.write(answer.head(keeps, len(answer.body)) + (answer.body if body else b""))
        await self._drained(writer)

    async def _drained(self, writer: asyncio.StreamWriter) -> None:
        await asyncio.wait_for(writer.drain(), SEND_S)

    async def _tell(self, writer: asyncio.StreamWriter, language: str) -> None:
        """Server-sent events until the client goes. One that does not keep up misses some."""
        if self._live >= MOST_LIVE:
            await self._send(writer, _words(503, "too many pages are open"), False, True)
            return
        self._live += 1
        try:
            head = Answer(
                kind="text/event-stream; charset=utf-8", headers={"X-Accel-Buffering": "no"}
            )
            writer.write(head.head(False, None) + b"retry: 3000\n\n")
            stuck_s = 0.0
            while stuck_s < SEND_S and not writer.transport.is_closing():
                news, waiting = self._news, writer.transport.get_write_buffer_size()
                assert news is not None
                event = self._site.event(language) if waiting < BUFFER else None
                if event is not None:
                    writer.write(event)
                stuck_s = stuck_s + EVENT_S if waiting >= BUFFER else 0.0
                try:
                    await asyncio.wait_for(news.wait(), SILENCE_S)
                except TimeoutError:
                    writer.write(b": still here\n\n")
        finally:
            self._live -= 1


def own(peer: str) -> bool:
    """Whether a connection is of this machine. Worked: 127.0.0.1, ::1 and ::ffff:127.0.0.1 are."""
    try:
        address = ipaddress.ip_address(peer.partition("%")[0])
    except ValueError:
        return False
    mapped = address.ipv4_mapped if address.version == 6 else None
    return (mapped or address).is_loopback


def _peer(writer: asyncio.StreamWriter) -> str:
    return str((writer.get_extra_info("peername") or ("",))[0])


def _words(status: int, words: str, headers: dict[str, str] | None = None) -> Answer:
    return as_json({"error": words}, status, headers)


def _quiet(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    log.debug("a connection of the page ended badly: %s", context.get("message", ""))
