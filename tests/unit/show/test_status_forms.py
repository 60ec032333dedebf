"""What is said by MQTT, byte for byte."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from pvopt import __version__
from pvopt.decide.asked import Standing
from pvopt.decide.memory import Energy, Ledger
from pvopt.model import (
    Command,
    Decision,
    Instant,
    LoadView,
    Outcome,
    Reading,
    Reason,
    Request,
    RequestKind,
    Site,
    Tick,
    Why,
)
from pvopt.show import status_forms, words
from pvopt.show.status_forms import Seen, balancer, domoticz, linky, own, own_load
from tests.unit.decide.samples import reading, site, snapshot

UTC_S = 1_782_045_000.25  # 14:30 in Prague
ZONE = "Europe/Prague"
LEDGER = Ledger(
    energy=(Energy("ecs", 1234.5, 5678.9, 700.0, True), Energy("pool", 0.0, 0.0)),
    standing=(Standing(Request("1", "ecs", RequestKind.BOOST, 1500.0, 1_782_048_600.0)),),
)


def told(one: Seen, clouds: int = -1) -> str | None:
    return balancer(one, lambda snapshot: clouds)


def house(grid_w: float | None, load_w: float = 340.0) -> Site:
    return site(99.0, grid_w=reading(grid_w, 99.0), load_w=reading(load_w, 99.0))


def seen(
    home: Site | None = None, ledger: Ledger = LEDGER, why: Why = Why.VISIBLE, utc_ok: bool = True
) -> Seen:
    instant = Instant(100.0, UTC_S, utc_ok)
    commands = (
        Command("ecs", 1500.0, 105.0, Reason(Why.BOOST)),
        Command("pool", 0.0, 105.0, Reason(why)),
    )
    outcomes = (Outcome("ecs", 1500.0, expected_w=1487.4), Outcome("pool", 0.0))
    loads = (LoadView("ecs", temperature_c=Reading(48.25, 99.0, "t")), LoadView("pool"))
    home = house(440.2, 2340.2) if home is None else home
    shot = replace(snapshot(100.0), instant=instant, site=home, loads=loads)
    tick = Tick(shot, Decision(instant, commands, 200.0, 0.0, (Reason(Why.FROZEN),)), outcomes)
    return Seen(tick, ledger, 4321.6, ZoneInfo(ZONE), ZONE)


def test_the_solar_balancers_status() -> None:
    assert told(seen()) == (
        '{"date": 1782045000, "date_str": "2026-06-21 14:30:00", "power_consumption": 2340, '
        '"power_production": 1900, "production_energy": 4322, "injection": 0, "grid": 440, '
        '"CLOUD_forecast": -1, "ECS_energy_yesterday": 5678, "power_equipments": 1487, '
        '"power_house": 853, "equipments": ['
        '{"name": "ecs", "current_power": 1487, "energy": 1234, "overed": true, "forced": true}, '
        '{"name": "pool", "current_power": 0, "energy": 0, "overed": false, "forced": false}]}'
    )


def test_the_linky_optimizers_status() -> None:
    assert linky(seen()) == (
        '{"date": 1782045000.25, "date_str": "2026-06-21 14:30:00", "power_available": 0, '
        '"power_consumed": 440.2, "equipments": ['
        '{"name": "ecs", "current_power": 1487.4, "energy": 1234.5, "forced": true}, '
        '{"name": "pool", "current_power": 0.0, "energy": 0.0, "forced": false}]}'
    )


def test_what_is_fed_in() -> None:
    home = house(-1400.4, 500.0)
    one, other = json.loads(told(seen(home)) or ""), json.loads(linky(seen(home)) or "")
    assert (one["injection"], one["grid"]) == (-1400, 0)
    assert (other["power_available"], other["power_consumed"]) == (1400, 0.0)


def test_the_clouds_of_the_coming_day() -> None:
    assert json.loads(told(seen(), 70) or "")["CLOUD_forecast"] == 70


def test_domoticz() -> None:
    assert domoticz(651, 1200) == '{ "idx": 651, "nvalue": 0, "svalue": "1200"}'
    assert json.loads(domoticz(648, -5)) == {"idx": 648, "nvalue": 0, "svalue": "-5"}


@pytest.mark.parametrize(("kind", "forced"), [(RequestKind.OFF, True), (RequestKind.ON, True)])
def test_a_person_forces(kind: RequestKind, forced: bool) -> None:
    ledger = Ledger(standing=(Standing(Request("1", "pool", kind)),))
    assert rows(told(seen(ledger=ledger)))[1]["forced"] is forced


@pytest.mark.parametrize("why", [Why.TOO_COLD, Why.READY_BY, Why.LEGIONELLA, Why.ENERGY_FLOOR])
def test_a_minimum_of_heat_forces(why: Why) -> None:
    assert rows(linky(seen(why=why)))[1]["forced"] is True
    assert rows(told(seen(why=why)))[1]["forced"] is True


def test_a_set_temperature_forces_nothing() -> None:
    wish = Request("1", "ecs", RequestKind.SET_TEMP, until_c=50.0)
    assert not rows(linky(seen(ledger=Ledger(standing=(Standing(wish),)))))[0]["forced"]


def rows(text: str | None) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(text or "")["equipments"]
    return found


@pytest.mark.parametrize(
    "home",
    [
        house(None),
        house(float("nan")),
        replace(house(440.0), at_s=90.0, allowed_age_s=9.9),
    ],
    ids=["none", "nan", "old"],
)
def test_of_what_is_not_known_the_others_forms_say_nothing(home: Site) -> None:
    assert told(seen(home)) is None
    assert linky(seen(home)) is None
    assert json.loads(own(seen(home)))["schema"] == status_forms.SCHEMA


def test_no_home_at_all() -> None:
    one = seen()
    nobody = replace(one.tick, snapshot=replace(one.tick.snapshot, site=None))
    blind = one._replace(tick=nobody)
    assert told(blind) is None
    assert linky(blind) is None
    ours = json.loads(own(blind))
    assert (ours["grid_w"], ours["age_s"], ours["fresh"]) == (None, None, False)


def test_our_own_status() -> None:
    ours = json.loads(own(seen()))
    loads = ours.pop("loads")
    assert ours == {
        "schema": "pvopt.status/1",
        "utc_s": UTC_S,
        "grid_w": 440.2,
        "pv_w": 1900.0,
        "load_w": 2340.2,
        "battery_w": 60.0,
        "soc_pct": 90.0,
        "source": "test",
        "age_s": 1.0,
        "fresh": True,
        "budget_w": 200.0,
        "alarms": [words.sentence(Reason(Why.FROZEN))],
        "version": __version__,
        "late_ticks": 0,
        "counted_wh": {
            "pv": 0.0,
            "grid_in": 0.0,
            "grid_out": 0.0,
            "battery_in": 0.0,
            "battery_out": 0.0,
        },
        "sources": {},
    }
    assert [row["id"] for row in loads] == ["ecs", "pool"]
    assert loads[0] == {
        "id": "ecs",
        "setpoint_w": 1500.0,
        "expected_w": 1487.4,
        "actual_w": None,
        "on": True,
        "temperature_c": 48.25,
        "why": "boost",
        "words": "boost by hand",
        "asked": ["boost 1500 W until 15:30"],
        "today_wh": 1234.5,
        "yesterday_wh": 5678.9,
        "by_hand_wh": 700.0,
        "comfort_wh": 0.0,
        "full": True,
        "energy_wh": 1234.5,
        "hygiene": None,
        "fault": "",
        "alarm": False,
        "mode": "boost",
        "boost_min": 0,
        "set_c": {"max": None, "min": None, "eco": None},
    }
    assert json.loads(own_load(seen(), 0)) == {"schema": "pvopt.status/1", **loads[0]}


def test_without_a_date_ours_says_none() -> None:
    assert json.loads(own(seen(utc_ok=False)))["utc_s"] is None
