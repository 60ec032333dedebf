"""What records is wired to what it records."""

from __future__ import annotations

from typing import Any

from attrs import evolve

from pvopt.build_store import Recording
from pvopt.config.load import load_text
from pvopt.config.store import Influx, Store
from pvopt.decide.memory import Ledger, Memory
from pvopt.score.keeper import ScoreKeeper
from pvopt.settings_of import settings_of
from tests.http_standin import Reply, standin
from tests.unit.config.samples import BASE
from tests.unit.store.test_influx import lines, tick_at


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
