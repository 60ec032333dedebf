"""What comfort remembers, written down and read again: whole, or the broken part empty."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pvopt.decide.energy_floor import FloorLedger
from pvopt.decide.energy_period import PeriodLedger
from pvopt.decide.legionella import LegionellaLedger
from pvopt.decide.wants_plain import comfort_from_plain, comfort_to_plain
from pvopt.decide.wants_rules import ComfortLedger, ReadyLedger

FULL = ComfortLedger(
    "boiler",
    2,
    FloorLedger(739_000, 1500.5, 7000.0, True, 738_999, 300.0, 4),
    PeriodLedger(1.7e9, 12.5, (2000.0, 0.0)),
    LegionellaLedger(1.7e9, 1.75e9, 60.0, 61.0, 1.78e9, True, True, False, done=(1.75e9,)),
    (ReadyLedger(1.79e9, 350.0, True),),
)


def test_it_comes_back_as_it_was() -> None:
    assert comfort_from_plain("boiler", json.loads(json.dumps(comfort_to_plain(FULL)))) == FULL


@pytest.mark.parametrize(
    ("part", "told", "empty"),
    [
        ("level", 3, 0),
        ("level", True, 0),
        ("level", "2", 0),
        ("floor", {"day": 10**9}, FloorLedger()),
        ("floor", {"asked": -1}, FloorLedger()),
        ("floor", {"today_wh": -5.0}, FloorLedger()),
        ("floor", 7, FloorLedger()),
        ("period", {"start_utc_s": 1e12}, PeriodLedger()),
        ("period", {"past_wh": [1.0, -1.0]}, PeriodLedger()),
        ("legionella", {"done_utc_s": 1e12}, LegionellaLedger()),
        ("legionella", {"hot_s": -1.0}, LegionellaLedger()),
        ("ready", "soon", ()),
        ("ready", [[1.0, 2.0]], (ReadyLedger(),)),
        ("ready", [[1e12, 2.0, False]], (ReadyLedger(),)),
        ("ready", [[True, 2.0, False]], (ReadyLedger(),)),
        ("ready", [[1.0, 2.0, 1]], (ReadyLedger(),)),
    ],
)
def test_a_part_that_cannot_be_is_empty_and_the_others_stay(
    part: str, told: Any, empty: Any
) -> None:
    made = comfort_from_plain("boiler", {**comfort_to_plain(FULL), part: told})
    for name in ("level", "floor", "period", "legionella", "ready"):
        assert getattr(made, name) == (empty if name == part else getattr(FULL, name))


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3),
)


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "level": ANY,
            "ready": ANY,
            "floor": st.dictionaries(st.sampled_from(["day", "asked", "today_wh", "full"]), ANY),
            "legionella": st.dictionaries(st.sampled_from(["hot_s", "done", "forced"]), ANY),
        },
    )
)
def test_nothing_raises(told: dict[str, Any]) -> None:
    made = comfort_from_plain("boiler", told)
    assert comfort_from_plain("boiler", json.loads(json.dumps(comfort_to_plain(made)))) == made
