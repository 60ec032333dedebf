"""When what is told: at changes, every so often, never more than once a second, never a crash."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from pvopt.decide.asked import Standing
from pvopt.decide.day import day_of
from pvopt.decide.memory import Ledger
from pvopt.model import Request, RequestKind, Why
from pvopt.show.mqtt_status import (
    KEPT_ALIVE_S,
    LEAST_S,
    QUIET_S,
    DomoticzForm,
    JsonForm,
    MqttStatus,
    OwnForm,
    announce,
)
from pvopt.show.status_forms import Seen
from tests.unit.decide.samples import NOON_UTC_S, reading, site
from tests.unit.show.test_journal import tick

ZERO, DAY, ZONE = "0", 86_400.0, ZoneInfo("UTC")


@dataclass
class Wire:
    """A connection that remembers what it was given."""

    connected: bool = True
    on_connect: list[Callable[[], object]] = field(default_factory=list)
    said: list[tuple[str, str]] = field(default_factory=list)
    kept: list[tuple[str, str, bool, int]] = field(default_factory=list)

    def publish(self, topic: str, payload: str, retain: bool = False, qos: int = 0) -> bool:
        self.said.append((topic, payload))
        if retain:
            self.kept.append((topic, payload, retain, qos))
        return True

    def will(self, topic: str, payload: str, retain: bool = True) -> None:
        self.kept.append((topic, payload, retain, 1))


class Count:
    """A form that counts."""

    kept = False

    def __init__(self, every_s: float, at_changes: bool = True) -> None:
        self.every_s, self.at_changes = every_s, at_changes
        self.at: list[float] = []
        self.seen: list[Seen] = []

    def messages(self, seen: Seen, now_s: float) -> Iterable[tuple[str, str]]:
        self.at.append(now_s)
        self.seen.append(seen)
        return []


@dataclass
class Rig:
    forms: tuple[Count, ...]
    wire: Wire = field(default_factory=Wire)
    ledger: Ledger = Ledger(day=day_of(NOON_UTC_S, "Europe/Prague"))
    now_s: float = 1000.0

    def __post_init__(self) -> None:
        self.status = MqttStatus(
            self.wire, self.forms, lambda: self.ledger, "Europe/Prague", lambda: self.now_s
        )

    def tick(self, why: Why = Why.NIGHT, after_s: float = 1.0) -> None:
        self.now_s += after_s
        self.status.record(tick(self.now_s, why))


def test_every_so_often() -> None:
    rig = Rig((Count(10.0), Count(1.0)))
    for _ in range(100):
        rig.tick()
    slow, quick = rig.forms
    assert len(slow.at) == 10
    assert {b - a for a, b in pairwise(slow.at)} == {10.0}
    assert len(quick.at) == 100


def test_at_changes_at_once_and_where_it_is_wanted() -> None:
    rig = Rig((Count(1000.0), Count(1000.0, at_changes=False)))
    rig.tick()
    for why in (Why.NIGHT, Why.NO_SURPLUS, Why.NO_SURPLUS, Why.VISIBLE):
        rig.tick(why)
    changes, never = rig.forms
    assert changes.at == [1001.0, 1003.0, 1005.0]
    assert never.at == [1001.0]
    wish = Request("1", "boiler", RequestKind.SET_TEMP, until_c=50.0)
    rig.ledger = replace(rig.ledger, standing=(Standing(wish),))
    rig.tick(Why.VISIBLE)
    assert changes.at[3:] == [1006.0]


def test_never_more_than_once_a_second() -> None:
    """A simulated home may tick a hundred times in a real second."""
    rig = Rig((Count(1.0),))
    for number in range(1000):
        rig.tick(Why.VISIBLE if number % 2 else Why.NIGHT, 0.01)
    [form] = rig.forms
    assert min(b - a for a, b in pairwise(form.at)) > LEAST_S - 0.11
    assert 10 <= len(form.at) <= 12


def test_a_change_while_nobody_hears_is_told_later() -> None:
    rig = Rig((Count(1000.0),))
    rig.tick()
    rig.wire.connected = False
    rig.tick(Why.VISIBLE)
    rig.tick(Why.VISIBLE)
    rig.wire.connected = True
    rig.tick(Why.VISIBLE)
    assert rig.forms[0].at == [1001.0, 1004.0]


def test_a_fault_of_ours_costs_nothing_and_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    def broken(_: Seen) -> str:
        raise ValueError("x")

    wire = Wire()
    form = JsonForm("a", 1.0, broken)
    status = MqttStatus(wire, [form], Ledger, "UTC", lambda: 1.0)
    for now_s in range(10):
        status.record(tick(float(now_s), Why.NIGHT))
    assert len(caplog.records) == 1


def test_what_the_panels_gave_today() -> None:
    """1900 W for a minute; a pause counts for nothing, the next day begins at nothing."""
    rig = Rig((Count(1.0),))
    for _ in range(61):
        one = tick(rig.now_s, Why.VISIBLE)
        fresh = site(rig.now_s)
        rig.status.record(replace(one, snapshot=replace(one.snapshot, site=fresh)))
        rig.now_s += 1.0
    [form] = rig.forms
    assert form.seen[-1].produced_wh == pytest.approx(1900.0 / 60.0)
    rig.tick(after_s=3600.0)
    assert form.seen[-1].produced_wh == pytest.approx(1900.0 / 60.0)
    rig.ledger = Ledger(day=day_of(NOON_UTC_S + DAY, "Europe/Prague"))
    rig.tick()
    assert form.seen[-1].produced_wh == pytest.approx(1900.0 / 3600.0)


def test_availability_is_kept_and_left_as_a_will() -> None:
    wire = Wire()
    announce(wire, "home/pvopt")
    assert wire.kept == [("home/pvopt/availability", "offline", True, 1)]
    for hook in wire.on_connect:
        hook()
    assert wire.kept[1:] == [("home/pvopt/availability", "online", True, 1)]


def test_topics_of_our_own() -> None:
    wire = Wire()
    status = MqttStatus(wire, [OwnForm("pvopt", 10.0)], Ledger, "UTC", lambda: 1.0)
    status.record(tick(0.0, Why.NIGHT))
    assert [topic for topic, _ in wire.said] == ["pvopt/status", "pvopt/boiler/status"]


# -- Domoticz ----------------------------------------------------------------------------------


@dataclass
class Meter:
    """The grid as Domoticz is told of it."""

    form: DomoticzForm
    now_s: float = 0.0

    def told(self, grid_w: float | None, after_s: float = 5.0) -> list[tuple[int, str]]:
        self.now_s += after_s
        one = tick(self.now_s, Why.NIGHT)
        home = site(self.now_s, grid_w=reading(grid_w, self.now_s))
        one = replace(one, snapshot=replace(one.snapshot, site=home))
        from_form = self.form.messages(Seen(one, Ledger(), 0.0, ZONE, "UTC"), self.now_s)
        found = []
        for topic, payload in from_form:
            assert topic == "domoticz/in"
            words = payload.split('"')
            found.append((int(words[2].strip(":, ")), words[7]))
        return found


@pytest.fixture
def both() -> Meter:
    return Meter(DomoticzForm("domoticz/in", 5.0, 651, 648))


def test_watts_from_and_to_the_grid(both: Meter) -> None:
    assert both.told(1200.4) == [(648, ZERO), (651, "1200")]
    assert both.told(1300.0) == [(651, "1300")]
    assert both.told(-500.0) == [(648, "-500"), (651, ZERO)]
    assert both.told(-500.0) == [(648, "-500")]
    assert both.told(0.4) == [(648, ZERO)]
    assert both.told(0.0) == []


@pytest.mark.parametrize(("quiet_s", "told"), [(QUIET_S, ["700"]), (QUIET_S + 1.0, [ZERO, "700"])])
def test_zero_once_before_a_rise(quiet_s: float, told: list[str]) -> None:
    meter = Meter(DomoticzForm("domoticz/in", 5.0, 651, None))
    assert meter.told(0.0) == [(651, ZERO)]
    assert meter.told(700.0, quiet_s) == [(651, one) for one in told]
    assert meter.told(800.0) == [(651, "800")]


def test_zero_from_the_grid_is_told_each_half_an_hour_and_that_to_it_is_not(both: Meter) -> None:
    assert both.told(0.0) == [(648, ZERO), (651, ZERO)]
    assert both.told(0.0, KEPT_ALIVE_S) == []
    assert both.told(0.0, 1.0) == [(651, ZERO)]
    assert both.told(0.0, KEPT_ALIVE_S) == []


def test_of_what_is_not_known_nothing_is_told(both: Meter) -> None:
    assert both.told(None) == []
    assert both.told(float("nan")) == []
