"""What waits does so elsewhere: results, faults, bounds and the end."""

from __future__ import annotations

import asyncio
import threading
from functools import partial

import pytest

from pvopt.show.web import aside
from pvopt.show.web.aside import Aside, BusyError

WAIT_S = 10.0


def test_results_and_faults_come_back() -> None:
    async def both() -> tuple[str, int]:
        made = Aside()
        name = await made.run(lambda: threading.current_thread().name)
        with pytest.raises(ZeroDivisionError):
            await made.run(lambda: 1 // 0)
        many = await asyncio.gather(*[made.run(partial(int, k)) for k in range(50)])
        made.close()
        return name, sum(many)

    assert asyncio.run(both()) == ("page-aside", sum(range(50)))


def test_two_at_once_and_the_page_goes_on() -> None:
    gate = threading.Event()

    async def held() -> list[bool]:
        made = Aside()
        waiting = [asyncio.ensure_future(made.run(lambda: gate.wait(WAIT_S))) for _ in range(3)]
        await asyncio.sleep(0.01)
        assert len([one for one in threading.enumerate() if one.name == "page-aside"]) == 2
        assert not any(one.done() for one in waiting)
        gate.set()
        found = await asyncio.gather(*waiting)
        made.close()
        return list(found)

    assert asyncio.run(held()) == [True, True, True]


def test_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aside, "MOST_WAITING", 2)
    gate = threading.Event()

    async def flooded() -> int:
        made = Aside()
        waiting = [asyncio.ensure_future(made.run(lambda: gate.wait(WAIT_S))) for _ in range(2)]
        await asyncio.sleep(0)
        while made._jobs.qsize():
            await asyncio.sleep(0.001)
        waiting += [asyncio.ensure_future(made.run(lambda: gate.wait(WAIT_S))) for _ in range(3)]
        found = asyncio.gather(*waiting, return_exceptions=True)
        await asyncio.sleep(0)
        gate.set()
        made.close()
        return sum(isinstance(one, BusyError) for one in await found)

    assert asyncio.run(flooded()) == 1


def test_whoever_went_meanwhile_harms_nothing() -> None:
    gate = threading.Event()

    async def left() -> str:
        made = Aside()
        gone = asyncio.ensure_future(made.run(lambda: gate.wait(WAIT_S)))
        await asyncio.sleep(0.01)
        gone.cancel()
        gate.set()
        return await made.run(lambda: "still here")

    assert asyncio.run(left()) == "still here"
