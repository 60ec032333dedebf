"""Energies that only rise, and what a person asked for."""

from __future__ import annotations

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pvopt.decide.asked import Standing
from pvopt.decide.memory import Energy, Ledger
from pvopt.model import Command, Outcome, Reason, Request, RequestKind, Temp, Why
from pvopt.show.alarms import calls
from pvopt.show.status_more import Counted, KeptEnergies, by_hand, energy
from tests.unit.decide.samples import reading, site


def ledger(wh: float) -> Ledger:
    return Ledger(energy=(Energy("boiler", wh),))


def test_what_flows_is_counted_by_its_direction() -> None:
    one = site(1.0, grid_w=reading(1200.0, 1.0), battery_w=reading(-600.0, 1.0))
    other = site(1.0, grid_w=reading(-1200.0, 1.0), battery_w=reading(None, 1.0))
    counted = Counted().more(one, 3.0).more(other, 6.0)
    assert counted.grid_in == pytest.approx(1.0)
    assert counted.grid_out == pytest.approx(2.0)
    assert counted.battery_in == 0.0
    assert counted.battery_out == pytest.approx(0.5)
    assert counted.pv > 0.0


def test_only_what_is_on_disk_is_told() -> None:
    saved_s = 0.0
    kept = KeptEnergies(lambda: saved_s)
    assert kept.of(ledger(100.0), 10.0) == {"boiler": 100.0}  # as the last run left it
    assert kept.of(ledger(105.0), 20.0) == {"boiler": 100.0}
    saved_s = 19.9
    assert kept.of(ledger(107.0), 21.0) == {"boiler": 100.0}
    saved_s = 20.0
    assert kept.of(ledger(108.0), 22.0) == {"boiler": 105.0}
    saved_s = 22.0
    assert kept.of(ledger(108.0), 23.0) == {"boiler": 108.0}


def test_where_nothing_is_kept_the_ledger_is_told() -> None:
    assert KeptEnergies(None).of(ledger(100.0), 10.0) is None


@given(st.lists(st.floats(0.0, 500.0), min_size=2, max_size=40), st.data())
def test_a_crash_makes_no_energy_fall(steps: list[float], data: st.DataObject) -> None:
    """Each tick draws something; at some the ledger is saved, and at some all is lost but that."""
    saved, disk = [-1.0], 0.0
    kept, wh, told = KeptEnergies(partial(saved.__getitem__, 0)), 0.0, 0.0
    for now, step in enumerate(steps):
        wh += step if now else 0.0
        for_now = kept.of(ledger(wh), float(now))
        assert for_now is not None
        assert energy(for_now["boiler"]) >= told
        told = energy(for_now["boiler"])
        if data.draw(st.booleans()):
            saved[0], disk = float(now), round(wh, 3)
        if data.draw(st.booleans()):
            kept, wh = KeptEnergies(partial(saved.__getitem__, 0)), disk
            again = kept.of(ledger(wh), float(now))
            assert again is not None
            assert energy(again["boiler"]) >= told


@given(st.floats(0.0, 1e6))
def test_what_was_kept_with_fewer_digits_is_told_alike(wh: float) -> None:
    assert energy(round(wh, 3)) >= energy(wh)


def test_what_a_person_asked() -> None:
    wishes = (
        Standing(Request("1", "boiler", RequestKind.SET_TEMP, until_c=52.0, temp=Temp.MIN)),
        Standing(Request("2", "boiler", RequestKind.BOOST), 1801.0),
        Standing(Request("3", "pool", RequestKind.OFF)),
    )
    one = Ledger(standing=wishes)
    assert by_hand(one, "boiler") == {
        "mode": "boost",
        "boost_min": 31,
        "set_c": {"max": None, "min": 52.0, "eco": None},
    }
    assert by_hand(one, "pool")["mode"] == "off"
    assert by_hand(Ledger(), "pool")["mode"] == "auto"


@pytest.mark.parametrize(
    ("why", "fault", "wanted"),
    [
        (Why.VISIBLE, "", False),
        (Why.TOO_HOT, "", False),  # the ordinary end of a sunny day
        (Why.WELDED, "", True),
        (Why.SENSOR_LOST, "", True),
        (Why.VISIBLE, "does not answer", True),
    ],
)
def test_who_needs_a_person(why: Why, fault: str, wanted: bool) -> None:
    command = Command("boiler", 0.0, 1.0, Reason(why))
    assert calls(command, Outcome("boiler", 0.0, fault=fault)) is wanted
