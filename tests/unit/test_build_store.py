"""What records is wired to what it records."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from attrs import evolve

from pvopt.build_store import Recording
from pvopt.config.load import load_text
from pvopt.config.store import Influx, Store
from pvopt.decide.memory import Ledger, Memory
from pvopt.score.keeper import ScoreKeeper
from pvopt.settings_of import settings_of
from tests.http_standin import Reply, standin
from tests.unit.config.samples import BASE
from tests.unit.decide.samples import SETTINGS
from tests.unit.store.rig import HOUR_UTC_S, HandClock, Home
from tests.unit.store.test_influx import lines, tick_at
from tests.unit.store.test_reader import DAY, live


def test_the_database_elsewhere_gets_energies_and_score() -> None:
    config = load_text(BASE, "c.yaml", {})
    memory = Memory(ledger=Ledger(heated_wh=(("boiler", 7.5),)))
    with standin(lambda asked: Reply(204, b"")) as stand:
        store = Store(kind="none", influx=Influx(url=stand.url, every_s=1.0))
        recording = Recording(evolve(config, store=store), lambda: memory)
        score = ScoreKeeper(settings_of(config))
        loop: Any = None  # nothing is asked of it without a store of our own
        recording.begin(loop, score)
        for second in range(3):
            tick = tick_at(1000.0 + second)
            score.record(tick)
            for recorder in recording.recorders:
                recorder.record(tick)
        recording.close()
        sent = lines(stand.asked)
    assert any(line.startswith("pvopt_score caught_wh=") for line in sent)
    assert any("energy_wh=7.5" in line for line in sent)


def test_the_page_goes_on_with_the_day_that_was_recorded(tmp_path: Path) -> None:
    """An hour of 3600 W, then a restart."""
    home = Home(tmp_path / "store.db", decides=False)
    live(home, 3600.0, 361, 10.0)
    home.store.close()
    config = load_text(BASE, "c.yaml", {})
    config = evolve(config, state=evolve(config.state, folder=str(tmp_path)), store=Store())
    told: list[tuple[str, dict[str, float]]] = []
    recording = Recording(config, Memory)
    clock = HandClock(mono_s=4000.0)
    loop: Any = SimpleNamespace(settings=SETTINGS, memory=Memory(), clock=clock)
    recording.begin(loop, None, lambda day, wh: told.append((day, wh)))
    recording.close()
    ((day, wh),) = told
    assert day == DAY.isoformat()
    assert wh["pv_wh"] == pytest.approx(3600.0, abs=12.0)
    assert wh["export_wh"] == pytest.approx(3100.0, abs=12.0)
    assert all(name.endswith("_wh") for name in wh)
    assert clock.now().utc_s == HOUR_UTC_S + 4000.0
