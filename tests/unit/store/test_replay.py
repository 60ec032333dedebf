"""What was recorded decides the same once more; with other settings the difference is told."""

from __future__ import annotations

import json
import math
import signal
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from pvopt.build import load_wiring
from pvopt.clock import VirtualClock
from pvopt.commands.cli import main
from pvopt.config.load import load_text
from pvopt.decide.memory import Memory
from pvopt.decide.settings import Settings
from pvopt.errors import SourceError
from pvopt.loop import Loop
from pvopt.model import (
    Forecast,
    ForecastPoint,
    Instant,
    Request,
    RequestKind,
    Samples,
    Tick,
    Why,
)
from pvopt.settings_of import settings_of
from pvopt.simulator.adapters import SimActuator, SimSource
from pvopt.simulator.world import World, demo_world
from pvopt.sources.collect import Collector
from pvopt.store.items import Limits
from pvopt.store.records import Records
from pvopt.store.replay import Replay, alike
from pvopt.store.writer import Store
from tests.unit.store.rig import HOUR_UTC_S, HandClock, Home

TEXT = """
version: 1
site: {latitude: 50, longitude: 14, timezone: Europe/Prague}
sources: [{kind: gx_modbus, host: 127.0.0.1}]
loads:
  - id: boiler
    max_w: 2000
    output: {relay: {pin: 17, min_off_s: 15}, knob: {kind: servo, pin: 18}}
    temperature: {}
gpio: {factory: mock}
state: {folder: FOLDER}
demo: {soc_pct: 95}
"""


@dataclass
class Troubled:
    """A source with a forecast that is replaced, that is silent for a while and fails once."""

    inner: SimSource
    name: str = "gx"
    reads: int = 0
    silent: range = range(0)
    forecasts: dict[int, Forecast] = field(default_factory=dict)
    forecast: Forecast | None = None

    def read(self, instant: Instant, budget_s: float) -> Samples:
        self.reads += 1
        if self.reads in self.silent:
            raise SourceError("no answer")
        self.forecast = self.forecasts.get(self.reads, self.forecast)
        return replace(self.inner.read(instant, budget_s), forecast=self.forecast)

    def close(self) -> None:
        self.inner.close()


@dataclass
class Inbox:
    requests: dict[int, Request] = field(default_factory=dict)
    drained: int = 0
    fails_at: int = -1

    def drain(self, instant: Instant) -> tuple[Request, ...]:
        self.drained += 1
        if self.drained == self.fails_at:
            raise RuntimeError("a fault of ours")
        found = self.requests.get(self.drained)
        return () if found is None else (found,)

    def forget(self, instant: Instant) -> None:
        pass


class JumpingClock(VirtualClock):
    """``jump_s`` is added to the date from a moment on, as NTP does."""

    jumps_at_s = math.inf
    jump_s = 0.0

    def now(self) -> Instant:
        now = super().now()
        jump_s = self.jump_s if now.mono_s >= self.jumps_at_s else 0.0
        return replace(now, utc_s=now.utc_s + jump_s)


@dataclass
class House:
    """Three runs one after the other in the same home, all that can happen to them recorded."""

    folder: Path
    ticks: list[Tick] = field(default_factory=list)

    def __post_init__(self) -> None:
        text = TEXT.replace("FOLDER", str(self.folder))
        self.file = self.folder / "home.yaml"
        self.file.write_text(text)
        self.config = load_text(text, "home.yaml", {})
        assert self.config.demo is not None
        self.world: World = demo_world(self.config.demo, self.config.site, self.config.loads[0])
        self.settings: Settings = settings_of(self.config)
        self.path = self.folder / "demo-store.db"
        self.memory = Memory()
        self.begun_utc_s = self.world.utc_s

    def run(self, seconds: int, source: Troubled, inbox: Inbox, jump: tuple[float, float]) -> None:
        world, load = self.world, self.config.loads[0]
        clock = JumpingClock(world.utc_s, world.advance, start_mono_s=500.0)
        clock.jumps_at_s, clock.jump_s = 500.0 + jump[0], jump[1]
        collector = Collector([source], load_wiring(self.config), inbox=inbox)
        store = Store(
            self.path, self.settings, lambda: loop.memory, HandClock(), Limits(batch_s=60.0)
        )

        class Keeps:
            def record(_self, tick: Tick) -> None:  # noqa: N805
                self.ticks.append(tick)
                if len(self.ticks) % 50 == 0:
                    store.look()

        loop = Loop(clock, collector, self.settings, [SimActuator(world, load)], (store, Keeps()))
        loop.memory = Memory(ledger=self.memory.ledger)
        store.begin(loop.memory)
        loop.on_fail = store.begin
        loop.run(until_s=500.0 + seconds)
        self.memory = loop.memory
        loop.close()
        store.close()
        assert store.counts.lost == 0


def forecast(number: int, watts: float, from_s: float) -> Forecast:
    points = tuple(ForecastPoint(from_s + 900.0 * k, watts + k) for k in range(48))
    return Forecast(f"f{number}", from_s, "outlook", points)


@pytest.fixture(autouse=True)
def _signals() -> Iterator[None]:
    """As they were: a command takes them over."""
    kept = {number: signal.getsignal(number) for number in (1, 2, 15)}
    yield
    for number, action in kept.items():
        signal.signal(number, action)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    made = House(tmp_path_factory.mktemp("house"))
    world, now_s = made.world, made.world.utc_s
    boost = Request("b1", "boiler", RequestKind.BOOST, watts=900.0, lasts_s=120.0, by="test")
    first = Troubled(SimSource(world), forecasts={5: forecast(1, 2500.0, now_s)})
    made.run(400, first, Inbox({150: boost}, fails_at=330), (math.inf, 0.0))
    second = Troubled(
        SimSource(world),
        silent=range(100, 160),
        forecasts={2: forecast(2, 2500.0, now_s), 220: forecast(3, 400.0, now_s)},
    )
    made.run(350, second, Inbox(), (math.inf, 0.0))
    made.run(300, Troubled(SimSource(world)), Inbox(), (150.0, 5400.0))
    yield made


def test_every_decision_is_the_same(house: House) -> None:
    """Across two restarts, a boost, forecasts, a failed tick, a lost meter and a clock jump."""
    seen = {command.reason.code for tick in house.ticks for command in tick.decision.commands}
    assert {Why.BOOST, Why.RIDING} <= seen, "it was an eventful time"
    assert seen & {Why.STALE, Why.NO_DATA, Why.METER_LOST}
    forecasts = {tick.snapshot.forecast for tick in house.ticks} - {None}
    assert len(forecasts) == 3
    records = Records(house.path)
    result = Replay().go(records, house.begun_utc_s, house.begun_utc_s + 86_400.0)
    assert result.first is None
    assert (result.ticks, result.same, result.lost) == (len(house.ticks), len(house.ticks), 0)
    assert (result.runs, result.unlike) == (3, 0)


def test_the_recorded_ticks_are_the_lived_ones(house: House) -> None:
    records = Records(house.path)
    found = [tick for one in records.stretches(house.begun_utc_s, 4e9) for tick in one.ticks]
    assert len(found) == len(house.ticks)
    assert all(map(alike, found, house.ticks))
    assert not any(tick.snapshot.requests for tick in found[:100])
    assert sum(len(tick.snapshot.requests) for tick in found) == 1


def test_another_decision_is_found(house: House) -> None:
    """A law that answers otherwise by so little as a watt would show."""
    other = replace(house.settings, hunt=house.settings.hunt._replace(edge_step_w=19.0))
    result = Replay(other).go(Records(house.path), house.begun_utc_s, house.begun_utc_s + 3600.0)
    assert 0 < result.same < result.ticks
    assert result.first is not None


def test_a_changed_setting_is_explained(house: House) -> None:
    """A battery that has to be full first: nothing by surplus, the boost as before."""
    site = house.settings.site._replace(min_soc_pct=100.0)
    other = replace(house.settings, site=site)
    result = Replay(other).go(Records(house.path), house.begun_utc_s, house.begun_utc_s + 3600.0)
    was, now = result.recorded["boiler"], result.now["boiler"]
    assert now.kwh < 0.6 * was.kwh
    assert now.hours[Why.SOC_LOW] > 0.1
    assert Why.SOC_LOW not in was.hours
    assert now.hours[Why.BOOST] == pytest.approx(was.hours[Why.BOOST], abs=0.002)
    assert was.kwh == pytest.approx(
        sum(t.decision.commands[0].setpoint_w for t in house.ticks[: result.ticks]) / 3.6e6,
        rel=0.02,
    )


def test_the_command_proves_it(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["replay", "--config", str(house.file), "--from", "2026-06-21"])
    out = capsys.readouterr().out
    assert code == 0
    assert "every decision is the same as recorded" in out
    assert f"{len(house.ticks)} ticks of 3 runs" in out


def test_the_command_with_another_value(
    house: House, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    picture = tmp_path / "replay.png"
    until = ["--to", "2026-06-21 11:05"]
    words = ["replay", "--config", str(house.file), *until, "--plot", str(picture)]
    assert main([*words, "--set", "control.min_soc_pct=100"]) == 0
    out = capsys.readouterr().out
    assert "soc low +" in out
    assert "boiler, recorded" in out
    assert "answers as it was recorded" in out
    assert picture.read_bytes()[:4] == b"\x89PNG"
    assert main([*words[:5], "--set", "control.min_soc_pct=100", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["schema"] == "pvopt.replay/1"
    assert [row["decided"] for row in told["rows"]] == ["recorded", "now"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("control.min_soc=90", "min_soc_pct"),
        ("control.min_soc_pct=900", "0 to 100"),
        ("loads.other.max_w=900", "1 of them"),
    ],
)
def test_a_change_that_cannot_be_is_said(
    house: House, capsys: pytest.CaptureFixture[str], change: str, words: str
) -> None:
    assert main(["replay", "--config", str(house.file), "--set", change]) == 2
    assert words in capsys.readouterr().err


def test_an_item_is_named_by_its_id(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["replay", "--config", str(house.file), "--from", "2026-06-21"]
    assert main([*words, "--set", "loads.boiler.max_w=1000", "--json"]) == 0
    now = json.loads(capsys.readouterr().out)["rows"][1]
    assert 0.0 < now["kwh"] <= now["on_h"] * 1.0 + 0.001


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--from", "2027-01-01"], 1, "nothing is recorded of that time"),
        (["--from", "2020-01-01", "--to", "2020-01-02"], 1, "nothing is recorded of that time"),
        (["--from", "2026-06-22", "--to", "2026-06-21"], 2, "earlier"),
    ],
)
def test_times_without_records(
    house: House, capsys: pytest.CaptureFixture[str], words: list[str], code: int, said: str
) -> None:
    assert main(["replay", "--config", str(house.file), *words]) == code
    assert said in capsys.readouterr().err


def test_export_of_ticks(house: House, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    out = tmp_path / "ticks.csv"
    assert (
        main(["export", "--config", str(house.file), "--from", "2026-06-21", "--out", str(out)])
        == 0
    )
    assert f"{len(house.ticks)} rows" in capsys.readouterr().err
    head, *rows = out.read_text().splitlines()
    assert head.startswith(
        "time,budget_w,grid_w,pv_w,load_w,battery_w,soc_pct,load.boiler.setpoint_w"
    )
    assert len(rows) == len(house.ticks)
    names, cells = head.split(","), rows[100].split(",")
    row = dict(zip(names, cells, strict=True))
    tick = house.ticks[100]
    assert tick.snapshot.site is not None
    assert float(row["pv_w"]) == tick.snapshot.site.pv_w.value
    assert float(row["load.boiler.setpoint_w"]) == tick.decision.commands[0].setpoint_w
    assert row["load.boiler.why"] == tick.decision.commands[0].reason.code.name
    assert row["load.boiler.actual_w"] == "", "it has no meter"


def test_export_as_json(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["export", "--config", str(house.file), "--from", "2026-06-21", "--format", "json"]
    assert main([*words, "--each", "minute"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["schema"] == "pvopt.export/1"
    assert told["rows"][1]["time"].endswith(":00.000Z")
    assert 16 <= len(told["rows"]) <= 22
    assert main([*words, "--each", "day"]) == 0
    (day,) = json.loads(capsys.readouterr().out)["rows"]
    assert day["date"] == "2026-06-21"
    assert day["load.boiler.kwh"] > 0.0


def test_nothing_is_recorded(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "home.yaml"
    file.write_text(TEXT.replace("FOLDER", str(tmp_path)))
    assert main(["export", "--config", str(file)]) == 1
    assert "nothing is recorded yet" in capsys.readouterr().err
    file.write_text(TEXT.replace("FOLDER", str(tmp_path)) + "store: {kind: none}\n")
    assert main(["export", "--config", str(file)]) == 2
    assert "store: {kind: none}" in capsys.readouterr().err


def test_lost_ticks_are_left_out(tmp_path: Path) -> None:
    """A gap in a stretch: what follows has no memory, until the next hour brings one."""

    home = Home(tmp_path / "store.db", Limits(batch_s=60.0))
    home.live(360, 10.0)
    home.live(60, 10.0)
    home.store.close()
    made = sqlite3.connect(home.path)
    made.execute("DELETE FROM batches WHERE id = 20")
    made.commit()
    result = Replay().go(Records(home.path), HOUR_UTC_S, HOUR_UTC_S + 7200.0)
    assert result.first is None
    assert result.ticks == result.same == 19 * 6 + 60
    assert result.lost == 360 - 20 * 6
