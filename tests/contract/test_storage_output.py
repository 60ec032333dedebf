"""What every output of a storage owes the loop, run over each kind."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from pvopt.act.dry import DryActuator
from pvopt.act.mqtt_storage import MqttStorageActuator
from pvopt.config.storages import MqttStorage, StorageMeter, StorageOutput, StorageSoc
from pvopt.model import Command, Instant, Outcome, Reason, Why
from pvopt.ports import Actuator
from tests.mqtt_hand import HandLink


def storage(**keys: Any) -> MqttStorage:
    return MqttStorage(id="one", max_discharge_w=400.0, **keys)


def adjusting(link: HandLink) -> Actuator:
    return MqttStorageActuator(storage(preset="b2500", device="1"), link)


def set_points(link: HandLink) -> Actuator:
    one = storage(
        max_charge_w=300.0,
        meter=StorageMeter(topic="w"),
        soc=StorageSoc(topic="soc"),
        output=StorageOutput(topic="set"),
    )
    return MqttStorageActuator(one, link)


MAKERS: dict[str, Callable[[HandLink], Actuator]] = {
    "mqtt adjustment": adjusting,
    "mqtt set-point": set_points,
    "dry": lambda link: DryActuator(storage()),
}


class Rig:
    def __init__(self, make: Callable[[HandLink], Actuator]) -> None:
        self.link = HandLink()
        self.actuator = make(self.link)

    def tell(self, now_s: float, give_w: float, urgent: bool = False) -> Outcome:
        command = Command("one", -give_w, now_s + 5.0, Reason(Why.SHARING), urgent, -100.0)
        return self.actuator.apply(command, Instant(now_s, 0.0))


@pytest.fixture(params=list(MAKERS))
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    made = Rig(MAKERS[request.param])
    yield made
    made.actuator.close()


def test_it_has_the_storages_name(rig: Rig) -> None:
    assert rig.actuator.name == "one"


def test_it_is_told_once_and_rests(rig: Rig) -> None:
    outcomes = [rig.tell(second, 250.0) for second in range(5)]
    assert {outcome.asked_w for outcome in outcomes} == {-250.0}
    assert not any(outcome.sent for outcome in outcomes[1:])
    assert not any(outcome.pending or outcome.fault for outcome in outcomes)
    assert len(rig.link.said) <= 1


@pytest.mark.parametrize("watts", [1e9, -1e9])
def test_its_limits_are_never_crossed(rig: Rig, watts: float) -> None:
    if isinstance(rig.actuator, DryActuator):
        pytest.skip("a dry run touches nothing")
    assert -400.0 <= rig.tell(0.0, watts).asked_w <= 300.0


@pytest.mark.parametrize("asked", [None, "nan", "expired"])
def test_what_cannot_be_trusted_asks_for_nothing(rig: Rig, asked: str | None) -> None:
    rig.tell(0.0, 250.0)
    command = None
    if asked is not None:
        watts = math.nan if asked == "nan" else -250.0
        command = Command("one", watts, 1.0 if asked == "expired" else 99.0, Reason(Why.SHARING))
    outcome = rig.actuator.apply(command, Instant(1.0, 0.0))
    assert outcome.asked_w == 0.0 or isinstance(rig.actuator, DryActuator)


def test_safe_can_be_repeated_is_said_once_and_is_not_the_end(rig: Rig) -> None:
    rig.tell(0.0, 250.0)
    count = len(rig.link.said)
    rig.actuator.safe()
    rig.actuator.safe()
    assert len(rig.link.said) <= count + 1
    assert rig.tell(1.0, 250.0).asked_w == -250.0


def test_close_can_be_repeated(rig: Rig) -> None:
    rig.tell(0.0, 250.0)
    rig.actuator.close()
    rig.actuator.close()
