"""`simulate --mqtt` before and after the broker: when it begins, what it prints."""

from __future__ import annotations

import argparse
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from pvopt.build import at_broker
from pvopt.commands import simulate, simulate_mqtt
from pvopt.config.load import load
from pvopt.config.mqtt import Mqtt
from pvopt.errors import ConfigError
from pvopt.show.behind import headline, line_of, table
from pvopt.simulator.mqtt_client import DeviceClient
from pvopt.simulator.mqtt_wiring import home_behind

EXAMPLE = Path(__file__).resolve().parents[3] / "Files/examples/solar-balancer.yaml"
PARIS = ZoneInfo("Europe/Paris")


class Nobody:
    def publish(self, topic: str, payload: bytes, retain: bool = False) -> None:
        """Heard by nobody."""


def parsed(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    simulate.add_arguments(parser)
    return parser.parse_args(words)


@pytest.mark.parametrize(
    ("words", "begins"),
    [
        ((), None),
        (("--days", "1"), "2026-06-21 00:00"),
        (("--days", "1", "--start", "2026-12-24"), "2026-12-24 00:00"),
        (("--start", "2026-12-24 09:30"), "2026-12-24 09:30"),
    ],
)
def test_when_it_begins(words: tuple[str, ...], begins: str | None) -> None:
    utc_s = simulate_mqtt._begins_s(load(EXAMPLE), parsed("--mqtt", *words))
    told = None if utc_s is None else f"{datetime.fromtimestamp(utc_s, PARIS):%Y-%m-%d %H:%M}"
    assert told == begins


def test_another_broker_keeps_who_we_are() -> None:
    config = load(EXAMPLE)
    assert at_broker(config, None) is config
    moved = at_broker(config, ("127.0.0.1", 1884)).mqtt
    assert moved is not None
    assert (moved.host, moved.port_used) == ("127.0.0.1", 1884)
    assert moved.status == (config.mqtt.status if config.mqtt is not None else ())


def test_what_it_prints() -> None:
    behind = home_behind(load(EXAMPLE), Nobody())
    assert headline(behind, 2.0) == [
        "a simulated home with no battery, at 2 times real time; Ctrl-C ends it",
        "  says     smeter/pzem/PRODUCTION",
        "  says     smeter/pzem/CONSOMMATION",
        "  says     smeter/pzem/ECS (ecs)",
        "  obeys    regul/vload/ECS/cmd (ecs)",
        "  obeys    domoticz/in (resille)",
    ]
    behind.home.obey("regul/vload/ECS/cmd", b"100")
    behind.home.obey("domoticz/in", b"{}")
    behind.world.advance(3600.0)
    assert line_of(behind, PARIS).startswith("12:00:00 sun ")
    assert "; ecs 100.0 % 2300 W 5" in line_of(behind, PARIS)
    lines = table(behind)
    assert lines[2].split()[:2] == ["ecs", "2.30"]
    assert lines[3].split()[:4] == ["resille", "0.00", "0.0", "%"]
    assert lines[-1].endswith("2 commands heard, 1 of them for none of these")


def test_a_file_of_certificates_that_is_none_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is no file of trusted certificates"):
        DeviceClient(Mqtt(host="h", tls=True, ca_file=str(tmp_path / "none")), "id")
