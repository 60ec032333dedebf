"""What Home Assistant is told of: its documented form, and templates that read our real status."""

from __future__ import annotations

import json
from typing import Any

import jinja2
import pytest
from attrs import evolve

from pvopt import __version__
from pvopt.config.comfort import Comfort, Legionella
from pvopt.decide.asked import Standing
from pvopt.decide.memory import Energy, Ledger
from pvopt.model import Request, RequestKind, Temp
from pvopt.show.ha_device import Told, entities, message, topic_of
from pvopt.show.ha_parts import slug
from pvopt.show.mqtt_status import OwnForm
from pvopt.show.status_forms import Seen
from pvopt.show.status_more import Counted, More
from pvopt.sources.request_forms import fitted, own
from tests.unit.show import ha_schema
from tests.unit.show.web.samples import HOME, LEDGER, LOADS, ZONE, tick_at

ECS, POOL = LOADS
HYGIENIC = evolve(ECS, comfort=Comfort(max_c=65.0, min_c=38.0, eco_c=45.0, legionella=Legionella()))
TOLD = Told(
    "pvopt", "homeassistant", "our house", 10.0, True, (HYGIENIC, POOL), ("b2500",), ("gx", "vrm")
)
ENGINE = jinja2.Environment(undefined=jinja2.StrictUndefined)


def seen(ledger: Ledger = LEDGER) -> Seen:
    more = More(Counted(1234.56, 2000.0, 0.0, 50.0, 0.0), 3)
    return Seen(tick_at(), ledger, 0.0, HOME.zone, ZONE, more=more)


def shown(told: Told = TOLD, ledger: Ledger = LEDGER) -> dict[str, str]:
    """What Home Assistant would show: each template, evaluated on what is on its topic."""
    said = dict(OwnForm("pvopt", 10.0).messages(seen(ledger), 0.0))
    whole = json.loads(message(told, {}))
    return {
        key: ENGINE.from_string(part["value_template"]).render(
            value_json=json.loads(said[part.get("state_topic", whole["state_topic"])])
        )
        for key, part in whole["components"].items()
        if "value_template" in part
    }


@pytest.mark.parametrize("asks", [True, False])
@pytest.mark.parametrize("loads", [(), (POOL,), (HYGIENIC, POOL)], ids=["none", "one", "two"])
def test_the_message_has_the_documented_form(asks: bool, loads: tuple[Any, ...]) -> None:
    told = TOLD._replace(asks=asks, loads=loads)
    parts = ha_schema.check(topic_of(told), message(told, {}))
    platforms = {part["platform"] for part in parts.values()}
    assert bool(platforms & {"select", "button", "number"}) == (asks and bool(loads))
    assert len(parts) > 15


def test_what_is_gone_is_named_by_its_platform_alone() -> None:
    parts = ha_schema.check(topic_of(TOLD), message(TOLD, {"load_old_power": "sensor"}))
    assert parts["load_old_power"] == {"platform": "sensor"}
    assert parts["load_ecs_power"]["device_class"] == "power"


def test_the_energy_board_takes_the_energies() -> None:
    energies = [p for p in entities(TOLD).values() if p.get("device_class") == "energy"]
    assert len(energies) == 7
    for part in energies:
        assert part["state_class"] == "total_increasing"
        assert part["unit_of_measurement"] == "kWh"


def test_every_number_is_the_one_of_our_status() -> None:
    found = shown()
    assert found["pv"] == "2300.0"
    assert found["grid"] == "-120.0"
    assert found["house"] == "1840.2"
    assert found["battery"] == "310.0"
    assert found["surplus"] == "200.0"
    assert found["pv_energy"] == "1.2345"  # kWh of 1234.56 Wh, never more than there are
    assert found["grid_in"] == "2.0"
    assert found["problem"] == "ON"
    assert found["late"] == "3"
    assert found["version"] == __version__
    assert found["age_gx"] == "0.5"
    assert found["age_vrm"] == "None"
    assert found["load_ecs_power"] == "1487.4"
    assert found["load_pool_power"] == "0.0"  # its own meter's
    assert found["load_ecs_energy"] == "1.2345"
    assert found["load_ecs_temperature"] == "48.25"
    assert (found["load_ecs_running"], found["load_pool_running"]) == ("ON", "OFF")
    assert (found["load_ecs_problem"], found["load_pool_problem"]) == ("OFF", "ON")
    assert found["load_ecs_reason"] == "boost by hand until 15:30"
    assert found["load_ecs_mode"] == "boost"
    assert found["load_ecs_boost_min"] == "60"
    assert found["load_pool_mode"] == "auto"
    assert found["load_ecs_hygiene"] == "None"
    assert found["load_ecs_max_c"] == "65"
    assert found["storage_b2500_power"] == "-80.0"
    assert found["storage_b2500_setpoint"] == "-150.0"
    assert found["storage_b2500_soc"] == "44.0"


def test_a_temperature_that_was_set_is_shown() -> None:
    wish = Request("9", "ecs", RequestKind.SET_TEMP, until_c=52.5, temp=Temp.MAX)
    found = shown(ledger=Ledger(energy=(Energy("ecs"),), standing=(Standing(wish),)))
    assert (found["load_ecs_max_c"], found["load_ecs_min_c"]) == ("52.5", "38")


def test_no_state_is_longer_than_home_assistant_takes() -> None:
    assert all(len(text) < 256 for text in shown().values())


def test_without_requests_the_mode_is_only_told() -> None:
    parts = entities(TOLD._replace(asks=False))
    assert "load_ecs_mode" not in parts
    assert parts["load_ecs_mode_now"]["platform"] == "sensor"


def test_who_buys_no_heat_is_offered_none() -> None:
    parts = entities(TOLD._replace(loads=(ECS,)))
    assert "load_ecs_max_c" in parts
    assert not {"load_ecs_min_c", "load_ecs_eco_c"} & set(parts)


COMMANDS = [
    ("load_ecs_mode", "auto", ("release", None, None)),
    ("load_ecs_mode", "on", ("on", None, None)),
    ("load_ecs_mode", "off", ("off", None, None)),
    ("load_ecs_mode", "boost", ("boost", None, None)),
    ("load_ecs_boost_min", 45, ("boost", 45.0, None)),
    ("load_ecs_boost_min", 30.0, ("boost", 30.0, None)),
    ("load_ecs_boost_min", 0, ("release", None, None)),
    ("load_ecs_max_c", 55.5, ("set-temp", None, 55.5)),
    ("load_ecs_min_c", 40, ("set-temp", None, 40.0)),
    ("load_ecs_max_c", 65, ("set-temp", None, 65.0)),
]


@pytest.mark.parametrize(("key", "given", "wanted"), COMMANDS)
def test_every_command_is_understood_by_our_own_topic(
    key: str, given: object, wanted: tuple[object, ...]
) -> None:
    part = entities(TOLD)[key]
    assert part["command_topic"] == "pvopt/ecs/set"
    said = ENGINE.from_string(part["command_template"]).render(value=given)
    paper = fitted(own(said.encode(), "ecs"), HYGIENIC)
    assert (paper.kind, paper.minutes, paper.until_c) == wanted


def test_the_button_boosts() -> None:
    part = entities(TOLD)["load_ecs_boost"]
    assert own(part["payload_press"].encode(), "ecs").kind == "boost"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("pvopt", "pvopt"), ("Home/East 2", "home_east_2"), ("é", "pvopt"), ("_a_", "a")],
)
def test_slugs(text: str, wanted: str) -> None:
    assert slug(text) == wanted


def test_a_name_with_a_quote_breaks_no_template() -> None:
    told = TOLD._replace(sources=("o'hara",))
    [part] = [one for key, one in entities(told).items() if key.startswith("age_")]
    page = {"sources": {"o'hara": {"age_s": 2.0}}}
    assert ENGINE.from_string(part["value_template"]).render(value_json=page) == "2.0"


@pytest.mark.parametrize(("one", "other"), [("home/pvopt", "home_pvopt"), ("дом", "хата")])
def test_two_homes_of_one_broker_are_two_devices(one: str, other: str) -> None:
    homes = [TOLD._replace(base=base) for base in (one, other)]
    wholes = [json.loads(message(told, {})) for told in homes]
    for told in homes:
        ha_schema.check(topic_of(told), message(told, {}))
    assert topic_of(homes[0]) != topic_of(homes[1])
    assert wholes[0]["device"]["identifiers"] != wholes[1]["device"]["identifiers"]
    ids = [{part["unique_id"] for part in whole["components"].values()} for whole in wholes]
    assert ids[0].isdisjoint(ids[1])


def test_each_source_has_its_age() -> None:
    parts = entities(TOLD._replace(sources=("house-1", "house_1", "дом", "хата")))
    assert len([key for key in parts if key.startswith("age_")]) == 4
