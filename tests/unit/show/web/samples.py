"""A tick of a home with two loads, as the page sees it."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

from attrs import evolve

from pvopt.config.load import load_text
from pvopt.config.temperatures import GxTemperature
from pvopt.decide.asked import Standing
from pvopt.decide.memory import Energy, Ledger
from pvopt.model import (
    Change,
    Command,
    Decision,
    Health,
    Instant,
    LoadView,
    Outcome,
    Reading,
    Reason,
    Request,
    RequestKind,
    StorageView,
    Tick,
    Why,
)
from pvopt.show.web.now import Home
from tests.unit.config.samples import BASE
from tests.unit.decide.samples import reading, site, snapshot

UTC_S = 1_782_045_000.0  # 14:30 in Prague
ZONE = "Europe/Prague"
[_BARE] = load_text(BASE, "c.yaml", {}).loads
LOADS = (evolve(_BARE, id="ecs", temperature=GxTemperature()), evolve(_BARE, id="pool"))
HOME = Home("our house", ZoneInfo(ZONE), ZONE, LOADS, (40.0, 2000.0), True)
LEDGER = Ledger(
    energy=(Energy("ecs", 1234.56, 5678.9, 700.0, True), Energy("pool", 0.0, 0.0)),
    standing=(
        Standing(
            Request("1", "ecs", RequestKind.BOOST, 1500.0, UTC_S + 3600.0, 55.0, "the page"), 3600.0
        ),
    ),
)


def tick_at(utc_s: float = UTC_S, pv_w: float = 2300.0, mono_s: float = 100.0) -> Tick:
    instant = Instant(mono_s, utc_s)
    home = site(
        mono_s - 1.0,
        grid_w=reading(-120.0, mono_s - 1.0),
        pv_w=reading(pv_w, mono_s - 1.0),
        load_w=reading(1840.2, mono_s - 1.0),
        battery_w=reading(310.0, mono_s - 1.0),
    )
    commands = (
        Command("ecs", 1500.0, 105.0, Reason(Why.BOOST, (("until_min", 930.0),))),
        Command("pool", 0.0, 105.0, Reason(Why.NO_SURPLUS, (), Change(180.0, 40.0))),
    )
    outcomes = (
        Outcome("ecs", 1500.0, expected_w=1487.4, position_pct=61.3, closed=True, moves=4),
        Outcome("pool", 0.0, fault="does not answer"),
    )
    loads = (
        LoadView("ecs", temperature_c=Reading(48.25, mono_s - 1.0, "t")),
        LoadView("pool", actual_w=Reading(0.0, mono_s - 1.0, "m")),
    )
    shot = replace(
        snapshot(mono_s),
        instant=instant,
        site=home,
        loads=loads,
        storages=(StorageView("b2500", Reading(-80.0, 99.0, "s"), Reading(44.0, 99.0, "s"), True),),
        health=(Health("gx", True, 0.5, used=True), Health("vrm", False, float("inf"), "no net")),
    )
    shares = (Command("b2500", -150.0, 105.0, Reason(Why.SHARING)),)
    decision = Decision(instant, commands, 200.0, 0.0, (Reason(Why.FROZEN),), shares)
    return Tick(shot, decision, outcomes)
