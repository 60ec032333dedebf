"""What is said to a storage: adjustments from what it has now, set-points, and what is safe."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pvopt.act.mqtt_storage import MqttStorageActuator
from pvopt.config.storages import MqttStorage, StorageOutput
from pvopt.errors import ConfigError
from pvopt.model import Command, Instant, Outcome, Reason, Why
from tests.mqtt_hand import HandLink, Said

TOPIC = "sma/net_power/1"


def storage(**keys: Any) -> MqttStorage:
    output = {
        key: keys.pop(key)
        for key in ("send", "renew_s", "min_change_w", "positive", "retain", "qos")
        if key in keys
    }
    keys = {"max_discharge_w": 400.0, "boost_w": 100.0} | keys
    return MqttStorage(id="one", preset="b2500", device="1", output=StorageOutput(**output), **keys)


class Rig:
    def __init__(self, **keys: Any) -> None:
        self.link = HandLink()
        self.actuator = MqttStorageActuator(storage(**keys), self.link)

    def tell(
        self, now_s: float, give_w: float, from_w: float | None = None, urgent: bool = False
    ) -> Outcome:
        """``give_w`` and ``from_w``: what it gives, as people count it."""
        have_w = None if from_w is None else -from_w
        command = Command("one", -give_w, now_s + 5.0, Reason(Why.SHARING), urgent, have_w)
        return self.actuator.apply(command, Instant(now_s, 0.0))

    @property
    def payloads(self) -> list[str]:
        return [said.payload for said in self.link.said]


def test_an_adjustment_is_what_lacks_to_what_is_wanted() -> None:
    rig = Rig()
    outcome = rig.tell(0.0, 250.0, 200.0)
    assert rig.link.said == [Said(TOPIC, "50", True, 0)]
    assert (outcome.target, outcome.asked_w, outcome.sent, outcome.pending) == (
        "one",
        -250.0,
        True,
        False,
    )


def test_it_shrinks_as_the_storage_follows_and_ends_at_nothing() -> None:
    rig = Rig()
    for second, has_w in enumerate((200.0, 220.0, 249.6, 250.0, 250.0)):
        rig.tell(second, 250.0, has_w)
    assert rig.payloads == ["50", "30", "0"]


def test_unchanged_is_said_again_only_to_renew() -> None:
    rig = Rig(renew_s=10.0)
    sent = [rig.tell(second, 250.0, 200.0).sent for second in range(21)]
    assert [second for second, was in enumerate(sent) if was] == [0, 10, 20]


def test_never_renewed_where_the_owner_says_so() -> None:
    rig = Rig(renew_s=0.0)
    for second in range(100):
        rig.tell(second, 250.0, 200.0)
    assert rig.payloads == ["50"]


@pytest.mark.parametrize(
    ("second_w", "said"),
    [
        (54.0, ["50"]),  # less than 5 W more
        (55.0, ["50", "55"]),
        (45.0, ["50", "45"]),
        (0.0, ["50", "0"]),
    ],
)
def test_small_changes_are_left(second_w: float, said: list[str]) -> None:
    rig = Rig(min_change_w=5.0, renew_s=0.0)
    rig.tell(0.0, 250.0, 200.0)
    rig.tell(1.0, 200.0 + second_w, 200.0)
    assert rig.payloads == said


def test_what_would_go_on_adding_is_not_left() -> None:
    """+4 at a threshold of 5 W would be added again and again."""
    rig = Rig(min_change_w=5.0, renew_s=0.0)
    rig.tell(0.0, 204.0, 200.0)
    rig.tell(1.0, 204.0, 204.0)
    rig.tell(2.0, 203.0, 204.0)
    rig.tell(3.0, 205.0, 204.0)
    assert rig.payloads == ["4", "0", "-1", "1"]


def test_a_set_point_is_sent_as_it_is() -> None:
    rig = Rig(send="setpoint", positive="charging", retain=False, max_charge_w=300.0)
    rig.tell(0.0, 123.4)
    rig.tell(1.0, -50.0)
    assert rig.link.said == [Said(TOPIC, "-123", False, 0), Said(TOPIC, "50", False, 0)]


@pytest.mark.parametrize(("give_w", "said"), [(900.0, "500"), (-900.0, "-300"), (500.0, "500")])
def test_no_more_than_it_may_ever_give_or_take(give_w: float, said: str) -> None:
    rig = Rig(send="setpoint", max_charge_w=300.0)
    rig.tell(0.0, give_w)
    assert rig.payloads == [said]


def test_a_lost_or_repeated_message_is_repaired_by_the_next() -> None:
    """Nothing is remembered of what was said: the number comes from what the storage has."""
    rig = Rig()
    rig.tell(0.0, 250.0, 200.0)  # lost: it stays at 200
    rig.tell(1.0, 250.0, 200.0)
    rig.tell(2.0, 250.0, 300.0)  # heard twice: it is at 300
    assert rig.payloads == ["50", "-50"]


def test_of_which_nothing_is_known_is_left_alone_and_then_told_what_is_safe() -> None:
    rig = Rig(renew_s=20.0)
    for second in range(60):
        rig.tell(second, 0.0, None)
    assert [(said.payload, said.qos) for said in rig.link.said] == [("-400", 1), ("-400", 1)]


def test_one_that_falls_silent_is_told_at_once() -> None:
    rig = Rig()
    rig.tell(0.0, 250.0, 200.0)
    rig.tell(1.0, 0.0, None)
    assert rig.payloads == ["50", "-400"]
    rig.tell(2.0, 100.0, 90.0)
    assert rig.payloads[-1] == "10"


@pytest.mark.parametrize(
    "command",
    [
        None,
        Command("one", -250.0, 1.0, Reason(Why.SHARING), from_w=-200.0),  # expired
        Command("two", -250.0, 99.0, Reason(Why.SHARING), from_w=-200.0),
        Command("one", math.nan, 99.0, Reason(Why.SHARING), from_w=-200.0),
    ],
)
def test_what_cannot_be_trusted_gives_nothing(command: Command | None) -> None:
    rig = Rig()
    rig.tell(0.0, 250.0, 200.0)
    rig.actuator.apply(command, Instant(1.0, 0.0))
    said = rig.link.said[-1]
    assert (said.payload, said.qos) in {("-400", 1), ("-200", 1)}


def test_urgent_is_acknowledged() -> None:
    rig = Rig()
    rig.tell(0.0, 0.0, 180.0, urgent=True)
    assert rig.link.said == [Said(TOPIC, "-180", True, 1)]


@pytest.mark.parametrize(
    ("keys", "said"),
    [({}, "-400"), ({"max_charge_w": 300.0}, "0"), ({"send": "setpoint"}, "0")],
)
def test_safe_is_harmless_though_nobody_looks_on(keys: dict[str, Any], said: str) -> None:
    rig = Rig(**keys)
    rig.tell(0.0, 250.0, 200.0)
    rig.actuator.safe()
    rig.actuator.safe()
    rig.actuator.close()
    rig.actuator.close()
    assert [one.payload for one in rig.link.said[1:]] == [said]
    assert rig.link.said[-1].qos == 1
    assert rig.link.flushed == [0.5]
    rig.tell(1.0, 250.0, 200.0)  # closed is closed
    assert len(rig.link.said) == 2


def test_safe_is_not_the_end() -> None:
    rig = Rig()
    rig.tell(0.0, 250.0, 200.0)
    rig.actuator.safe()
    rig.tell(1.0, 250.0, 190.0)
    assert rig.payloads == ["50", "-400", "60"]


def test_safe_never_raises() -> None:
    rig = Rig()
    rig.link.publish = lambda *_: 1 / 0  # type: ignore[method-assign,assignment]
    rig.actuator.safe()


def test_a_new_connection_hears_it_again() -> None:
    rig = Rig(renew_s=0.0)
    rig.tell(0.0, 250.0, 200.0)
    rig.link.lose()
    assert rig.tell(1.0, 260.0, 200.0).sent is False
    rig.link.connect()
    rig.tell(2.0, 250.0, 200.0)
    assert rig.payloads == ["50", "50"]


def test_a_broker_that_is_away_is_a_fault_after_a_while() -> None:
    rig = Rig()
    rig.tell(0.0, 250.0, 200.0)
    rig.link.lose("nobody listens at broker:1883")
    faults = [rig.tell(1.0 + second, 250.0, 200.0).fault for second in range(21)]
    assert faults[18] == ""
    assert faults[-1] == "one: cannot be told what to give: nobody listens at broker:1883"
    rig.link.connect()
    assert rig.tell(40.0, 250.0, 200.0).fault == ""


def test_a_storage_without_a_topic_is_none() -> None:
    with pytest.raises(ConfigError, match="one: meter: no topic"):
        MqttStorageActuator(MqttStorage(id="one", max_discharge_w=400.0), HandLink())


class Left:
    """A connection that leaves a last will."""

    def __init__(self) -> None:
        self.on_connect: list[Callable[[], object]] = []
        self.wills: list[tuple[str, str, bool]] = []

    def will(self, topic: str, payload: str, retain: bool = True) -> None:
        self.wills.append((topic, payload, retain))


def test_the_broker_says_what_is_harmless_when_we_vanish() -> None:
    link, left = HandLink(), Left()
    actuator = MqttStorageActuator(storage(renew_s=0.0), link, left)
    assert left.wills == [(TOPIC, "-400", True)]
    command = Command("one", -250.0, 99.0, Reason(Why.SHARING), from_w=-200.0)
    actuator.apply(command, Instant(0.0, 0.0))
    actuator.apply(command, Instant(1.0, 0.0))
    left.on_connect[0]()  # it had broken off, so the broker has spoken
    actuator.apply(command, Instant(2.0, 0.0))
    assert [said.payload for said in link.said] == ["50", "50"]


@given(
    st.lists(
        st.tuples(
            st.one_of(st.none(), st.floats(-900.0, 900.0)),  # what it gives
            st.one_of(st.floats(-900.0, 900.0), st.just(math.nan)),  # what it shall give
            st.sampled_from(["", "lose", "connect", "safe"]),
        ),
        max_size=15,
    ),
    st.sampled_from([0.0, 5.0, 100.0]),
)
@settings(max_examples=150)
def test_what_stands_on_the_topic_leads_to_what_was_decided(
    steps: list[tuple[float | None, float, str]], change_w: float
) -> None:
    """Within the smallest change that is sent, and never beyond what it may give."""
    rig = Rig(min_change_w=change_w)
    for second, (has_w, give_w, what) in enumerate(steps):
        if what == "lose":
            rig.link.lose()
        elif what == "connect":
            rig.link.connect()
        elif what == "safe":
            rig.actuator.safe()
        outcome = rig.tell(float(second), give_w, has_w)
        assert -500.0 <= outcome.asked_w <= 0.0
        if not rig.link.connected or has_w is None or not rig.link.said:
            continue
        stands_w = float(rig.payloads[-1])
        wanted_w = -outcome.asked_w - has_w
        assert abs(stands_w - wanted_w) <= max(change_w, 0.5) + 1.0
        assert abs(wanted_w) >= 0.5 or stands_w == 0.0
