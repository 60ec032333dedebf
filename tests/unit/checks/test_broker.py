"""What `check` says of the broker where pvopt is asked and tells."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from pvopt.checks import broker
from pvopt.checks.row import Row
from pvopt.config.mqtt import Mqtt
from pvopt.links.mqtt_cells import Queue


@dataclass
class Line:
    broker: str = "b:1883"
    connected: bool = True
    fault: str = ""


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broker, "PATIENCE_S", 0.0)
    monkeypatch.setattr(broker, "ANSWER_S", 0.0)


def looked(link: Line, *refused: bool, told: bool = False) -> list[tuple[str, str]]:
    queues = []
    for number, is_refused in enumerate(refused):
        queues.append(Queue(f"pvopt/{number}/set"))
        queues[-1].refused = is_refused
    found: list[Row] = list(broker.rows(link, Mqtt(host="b"), queues, told))
    return [(row.level.name, row.text) for row in found]


def test_all_is_well() -> None:
    assert looked(Line(), False, False) == [
        ("OK", "connected to b:1883"),
        ("OK", "may be asked on pvopt/0/set, pvopt/1/set"),
    ]
    assert looked(Line()) == [("OK", "connected to b:1883")]


def test_what_was_told_with_meters_or_loads_is_not_told_again() -> None:
    assert looked(Line(), told=True) == []
    assert looked(Line(connected=False, fault="nobody listens"), False, told=True) == []


def test_no_broker_is_worth_a_warning() -> None:
    away = Line(connected=False, fault="nobody listens")
    assert looked(away, False) == [("WARN", "nobody listens")]


def test_a_topic_that_we_may_not_hear() -> None:
    assert looked(Line(), False, True)[1:] == [
        ("WARN", "pvopt/1/set: the broker does not let us hear it")
    ]
