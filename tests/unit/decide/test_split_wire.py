"""What storages that take changes read on the wire: within limits, never into one another."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pvopt.act.mqtt_storage import MqttStorageActuator
from pvopt.config.storages import MqttStorage
from pvopt.decide.settings import SplitSettings, StorageSettings
from pvopt.decide.split import SplitMemory, split_step
from pvopt.model import Instant
from pvopt.simulator.storage_unit import B2500, StorageParams
from tests.mqtt_hand import HandLink
from tests.unit.decide.split_rig import QUICK, Rig, site, split_of, view

BALCONY = StorageSettings("balcony", 800.0, floor_w=90.0, adjusts=True)
CELLAR = StorageSettings("cellar", 2500.0, floor_w=50.0, max_charge_w=2000.0, min_charge_w=100.0)
CELLAR_UNIT = StorageParams(max_discharge_w=2500.0, max_charge_w=2000.0, floor_w=50.0)


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("report_s", [1, 2, 3, 5])
def test_nobody_is_told_to_give_while_another_charges(report_s: int, late: bool) -> None:
    """A number that is read as minus so many watts, at one that is on its way to rest, is more
    that it gives, whatever was decided."""
    rig = Rig(
        SplitSettings(storages=(BALCONY, CELLAR)),
        lambda s: 400.0 if s < 100 else -2000.0,
        (B2500, CELLAR_UNIT),
        report_s=report_s,
        late=late,
    ).run(100)
    before_w, both_ws = -rig.powers[-1][0], 0.0
    for _ in range(60):
        rig.run(1)
        if rig.powers[-1][1] > 0.0 or rig.told[1] > 0.0:
            assert rig.told[0] >= -0.5, (rig.powers[-1], rig.told)
            assert -rig.powers[-1][0] <= before_w + 0.5
            both_ws += -rig.powers[-1][0]
    assert rig.powers[-1][0] == 0.0
    assert rig.powers[-1][1] > 1900.0
    assert both_ws < 0.5 * 3600.0  # it looks every five seconds, and comes down by its ramp


@pytest.mark.parametrize("gain", [0.9, 1.0])
@pytest.mark.parametrize("most_w", [400.0, 600.0, 700.0])
def test_what_one_gives_and_what_it_is_told_is_within_its_limit(gain: float, most_w: float) -> None:
    params = QUICK._replace(adjusts=True, gain=gain)
    split = split_of(adjusts=True, max_discharge_w=most_w)
    rig = Rig(split, lambda s: 200.0 if s < 60 else 3000.0, (params, params))
    for _ in range(200):
        rig.run(1)
        for power_w, told_w in zip(rig.powers[-1], rig.told, strict=True):
            assert not power_w + told_w < -most_w - 0.5
    assert max(rig.powers[-1]) < 15.0 - most_w  # less would not move it


TICK = st.tuples(
    st.floats(-3000.0, 5000.0),  # the grid
    st.lists(st.one_of(st.none(), st.floats(-700.0, 400.0)), min_size=3, max_size=3),
    st.sampled_from([1.0, 2.0, 7.0, 40.0]),  # seconds since the last
)


@settings(max_examples=60, deadline=None)
@given(st.lists(TICK, min_size=1, max_size=12), st.sampled_from([0.0, 40.0]))
def test_on_the_wire_limits_hold_whatever_comes(
    ticks: list[tuple[float, list[float | None], float]], min_discharge_w: float
) -> None:
    """What a storage last said and the number that is sent: no more than its limits."""
    takes: dict[str, Any] = {
        "max_charge_w": 300.0,
        "boost_w": 100.0,
        "min_discharge_w": min_discharge_w,
    }
    gives: dict[str, Any] = {"floor_w": 90.0, "boost_w": 100.0, "min_discharge_w": min_discharge_w}
    owners = [
        MqttStorage(id=name, preset="b2500", device=name, max_discharge_w=400.0, **limits)
        for name, limits in (("a", gives), ("b", gives), ("c", takes))
    ]
    split = SplitSettings(
        storages=tuple(
            [
                StorageSettings(
                    one.id,
                    400.0,
                    min_discharge_w,
                    100.0,
                    one.floor_w,
                    one.max_charge_w,
                    adjusts=True,
                )
                for one in owners
            ]
        )
    )
    links = [HandLink() for _ in owners]
    told = [MqttStorageActuator(one, link) for one, link in zip(owners, links, strict=True)]
    memory, now_s = SplitMemory(), 0.0
    for grid_w, said, passed_s in ticks:
        now_s += passed_s
        seen = zip(owners, said, strict=True)
        views = tuple([view(one.id, power_w, now_s) for one, power_w in seen])
        instant = Instant(now_s, now_s)
        step = split_step(split, memory, site(grid_w, now_s), views, 0.0, instant, passed_s)
        memory = step.memory
        for one, power_w, link, actuator, command in zip(
            owners, said, links, told, step.commands, strict=True
        ):
            actuator.apply(command, instant)
            if power_w is None or not link.said:
                continue
            comes_to_w = power_w - float(link.said[-1].payload)
            assert -500.5 <= comes_to_w <= one.max_charge_w + 0.5, (one.id, power_w, link.said)
