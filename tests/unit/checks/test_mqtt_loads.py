"""What `check` says of loads behind a broker, of what they confirm and of their own meters."""

from __future__ import annotations

import pytest

from pvopt.checks.mqtt_loads import listen, meters, rows, wired
from pvopt.checks.row import Level
from pvopt.clock import Deadline, VirtualClock
from pvopt.config.load import load_text
from pvopt.config.schema import Config
from pvopt.sources.load_meter import LoadMeterSource
from tests.mqtt_hand import HandLink

TEXT = """
site: {latitude: 50, longitude: 14}
sources: [{kind: gx_modbus, host: venus.local}]
mqtt: {host: broker}
loads:
  - id: water
    max_w: 2000
    output: {kind: mqtt, preset: vload, device: ECS}
    verify: VERIFY
    meter: {topic: meter/water, json: power}
  - id: plug
    max_w: 500
    drive: on_off
    output: {kind: mqtt, preset: tasmota, device: plug, confirm: {}}
  - id: relay
    max_w: 500
    drive: on_off
    output: {relay: {pin: 17}}
"""


def home(text: str = TEXT) -> Config:
    return load_text(text.replace("VERIFY", "true"), "c.yaml", {})


def seen(link: HandLink, config: Config | None = None) -> list[tuple[Level, str]]:
    config = config or home()
    cells = listen(config, link)
    return [
        (row.level, f"{row.text} — {row.todo}") for row in rows(config, link, cells, Deadline(0))
    ]


def test_what_would_be_said_is_told_and_nothing_is_sent() -> None:
    link = HandLink()
    listen(home(), link)
    link.put("stat/plug/POWER", "OFF", 0.0)
    broker, water, plug, confirmed = seen(link)
    assert broker == (Level.OK, "water, plug: the broker broker:1883 is there — ")
    assert "all is `100`, off is `0` on regul/vload/ECS/cmd, kept by the broker" in water[1]
    assert "all is `ON`, off is `OFF` on cmnd/plug/POWER; the broker says off" in plug[1]
    assert "nothing was sent" in plug[1]
    assert confirmed == (Level.OK, "plug: stat/plug/POWER tells what it does — ")
    assert link.said == []


def test_a_device_that_has_said_nothing_is_a_warning() -> None:
    link = HandLink()
    assert seen(link)[-1][0] == Level.WARN
    link.cell("stat/plug/POWER").refused = True
    assert "acl_file" in seen(link)[-1][1]


def test_without_a_broker_nothing_can_be_switched() -> None:
    link = HandLink()
    link.lose("nobody listens at broker:1883")
    (row,) = seen(link)
    assert row[0] == Level.FAIL
    assert "water, plug: nobody listens at broker:1883" in row[1]


def test_nothing_is_told_where_no_load_is_behind_a_broker_or_nothing_is_real() -> None:
    demo = TEXT.replace("venus.local", "127.0.0.1") + "demo: {}\ngpio: {factory: mock}\n"
    assert wired(home(demo)) == ()
    assert seen(HandLink(), home(demo)) == []


@pytest.mark.parametrize(
    ("verify", "words"),
    [("true", "the home's total load is looked at"), ("false", "nothing shows")],
)
def test_a_loads_own_meter(verify: str, words: str) -> None:
    config, link, clock = home(TEXT.replace("VERIFY", verify)), HandLink(), VirtualClock(4e9)
    assert config.loads[0].meter is not None
    source = LoadMeterSource("water-meter", config.loads[0].meter, link)
    (silent,) = meters(config, [source], clock, Deadline(0))
    assert (silent.level, words in silent.todo) == (Level.WARN, True)
    link.put("meter/water", '{"power": 1234}', 0.0)
    (row,) = meters(config, [source], clock, Deadline(0))
    assert (row.level, row.text) == (Level.OK, "water: its own meter says 1234 W")
