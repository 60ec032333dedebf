"""No sequence of snapshots, however mad, yields a command outside limits or heat against safety."""

from __future__ import annotations

import math
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from pvopt.decide import gates
from pvopt.decide.memory import Memory
from pvopt.decide.policy import decide
from pvopt.decide.settings import Metering, Settings
from pvopt.decide.site import stops
from pvopt.model import (
    MISSING,
    Alarm,
    Decision,
    EssState,
    FeedIn,
    Forecast,
    ForecastPoint,
    Instant,
    Limits,
    LimitWhy,
    LoadView,
    PvDevice,
    Reading,
    Site,
    Snapshot,
)
from tests.unit.decide import samples

MAD = st.sampled_from([math.nan, math.inf, -math.inf, 1e300, -1e300, 0.0, -0.0, 1e-300])
WATTS = st.one_of(st.floats(-6000.0, 6000.0), MAD)
AGES = st.one_of(st.floats(0.0, 9.0), st.floats(-1e4, 1e4), MAD)
DT_S = st.one_of(st.just(1.0), st.just(30.0), st.floats(-100.0, 1e5))
STATES = st.sampled_from(list(EssState))


@st.composite
def readings(draw: st.DrawFn, now_s: float) -> Reading:
    kind = draw(st.integers(0, 5))
    if kind == 0:
        return MISSING
    return Reading(draw(WATTS), now_s - (draw(AGES) if kind == 1 else 0.0), "mad")


@st.composite
def sites(draw: st.DrawFn, now_s: float) -> Site:
    some = readings(now_s)
    return Site(
        origin="mad",
        at_s=now_s - draw(AGES),
        allowed_age_s=draw(st.sampled_from([7.0, 90.0])),
        grid_w=draw(some),
        grid_phase_w=(draw(some), draw(some), draw(some)),
        pv_w=draw(some),
        load_w=draw(some),
        battery_w=draw(some),
        battery_v=draw(some),
        soc_pct=draw(some),
        inverter_out_w=draw(some),
        frequency_hz=draw(some),
        pv=tuple(
            PvDevice("p", draw(some), draw(st.sampled_from([None, True, False])), draw(WHY))
            for _ in range(draw(st.integers(0, 2)))
        ),
        feed_in=FeedIn(dc_allowed=draw(st.sampled_from([None, True, False]))),
        grid_setpoint_w=draw(some),
        grid_up=draw(st.sampled_from([None, True, True, True, False])),
        generator=draw(st.sampled_from([None, False, False, True])),
        ess_state=draw(st.one_of(st.just(EssState.OPTIMIZED), STATES)),
        limits=Limits(inverter_w=draw(st.one_of(st.none(), st.floats(0.0, 8000.0), MAD))),
        alarms=draw(st.sampled_from([(), (), (), (Alarm.OVERLOAD,)])),
        summed_metering=draw(st.sampled_from([None, True, False])),
    )


WHY = st.sampled_from(list(LimitWhy))
FORECAST = Forecast("f", 0.0, "t", (ForecastPoint(0.0, math.nan), ForecastPoint(1e12, 5.0)))


def plausible(now_s: float, own_w: float, surplus_w: float, hidden: bool) -> Site:
    """A home that gives surplus, visible or hidden, so that heat is on before madness strikes."""
    export_w = min(0.0, surplus_w - own_w) if hidden else surplus_w - own_w
    return samples.site(
        now_s,
        grid_w=Reading(-export_w, now_s, "t"),
        pv_w=Reading(400.0 + own_w + max(0.0, export_w), now_s, "t"),
        load_w=Reading(340.0 + own_w, now_s, "t"),
        pv=(samples.charger(hidden and own_w < surplus_w),),
    )


# A load with a knob; a relay alone; both, on two phases, the relay first.
ALONE = replace(
    samples.LOAD,
    id="relay",
    drive=samples.LOAD.drive._replace(on_off=True, min_w=1000.0, max_w=1000.0),
    phase=2,
    has_knob=False,
)
LOADS = st.sampled_from([(samples.LOAD,), (ALONE,), (ALONE, samples.LOAD)])


@st.composite
def any_rules(draw: st.DrawFn) -> Settings:
    loads = draw(LOADS)
    hunt = samples.HUNT._replace(
        max_w=sum(load.drive.max_w for load in loads),
        promise_w=draw(st.sampled_from([0.0, 300.0])),
        hold_s=0.0 if loads[0].has_knob else loads[0].limits.min_on_s,
    )
    rules = samples.settings(
        metering=draw(st.sampled_from(list(Metering))),
        inverter_max_w=draw(st.sampled_from([math.nan, 3000.0])),
    )
    return replace(rules, loads=loads, hunt=hunt, tick_s=draw(st.sampled_from([1.0, 5.0])))


def check(
    rank: int, decision: Decision, snapshot: Snapshot, memory: Memory, rules: Settings
) -> None:
    load, command = rules.loads[rank], decision.commands[rank]
    assert command.target == load.id
    assert math.isfinite(command.setpoint_w)
    assert 0.0 <= command.setpoint_w <= load.drive.max_w
    assert not (command.urgent and command.setpoint_w > 0.0)
    if command.setpoint_w == 0.0:
        return
    site, now_s = snapshot.site, snapshot.instant.mono_s
    assert site is not None
    assert math.isfinite(command.expires_s)
    assert command.expires_s <= site.at_s + site.allowed_age_s
    assert now_s - site.at_s <= site.allowed_age_s
    assert not site.alarms
    grid_w = site.grid_w.value
    island = site.grid_up is False or site.ess_state == EssState.ISLAND
    assert island or (grid_w is not None and math.isfinite(grid_w))
    view = snapshot.loads[rank]
    temperature_c = view.temperature_c.value
    assert temperature_c is not None
    assert 1.0 <= temperature_c < load.comfort.max_c
    assert now_s - view.temperature_c.at_s <= load.comfort.allowed_age_s
    assert not view.fault
    timers = memory.timers.loads[rank]
    assert not timers.state.effects.latched
    # Closed with the knob at zero, or all of a relay alone, is what minimum times may ask.
    if command.setpoint_w > 1.0 and load.has_knob:
        assert not stops(rules.site, site.ess_state)
        assert not site.generator
        soc_pct = site.soc_pct.value
        assert soc_pct is None or soc_pct > rules.site.min_soc_pct - gates.SOC_HYSTERESIS_PCT


@settings(max_examples=40)
@given(st.data())
def test_no_sequence_of_snapshots_breaks_a_limit(data: st.DataObject) -> None:
    rules = data.draw(any_rules())
    memory = Memory()
    now_s, utc_s = 1000.0, samples.NOON_UTC_S
    own_w = dict.fromkeys((load.id for load in rules.loads), 0.0)
    for _ in range(data.draw(st.integers(1, 12))):
        mad = data.draw(st.booleans())
        # Sane stretches are long enough for the heater to come on.
        surplus_w, hidden = data.draw(st.tuples(st.floats(0.0, 4000.0), st.booleans()))
        for _ in range(1 if mad else data.draw(st.sampled_from([1, 30]))):
            now_s += data.draw(DT_S) if mad else 1.0
            home: Site | None = plausible(now_s, sum(own_w.values()), surplus_w, hidden)
            if mad:
                home = data.draw(st.one_of(st.none(), sites(now_s)))
            temperature = Reading(50.0, now_s, "t")
            if mad and data.draw(st.booleans()):
                temperature = data.draw(readings(now_s))
            views = tuple(
                LoadView(
                    load.id,
                    expected_w=data.draw(WATTS)
                    if mad and data.draw(st.booleans())
                    else own_w[load.id],
                    closed=own_w[load.id] > 0.0,
                    actual_w=data.draw(readings(now_s)) if mad else MISSING,
                    temperature_c=temperature,
                    fault="lost" if mad and data.draw(st.integers(0, 9)) == 0 else "",
                )
                for load in rules.loads
            )
            utc_ok = not mad or data.draw(st.booleans())
            instant = Instant(now_s, data.draw(MAD) if mad else utc_s, utc_ok)
            forecast = FORECAST if data.draw(st.booleans()) else None
            snapshot = Snapshot(instant, home, views, forecast=forecast)
            before_w = sum(own_w.values())
            decision, memory = decide(snapshot, memory, rules)
            assert len(decision.commands) == len(rules.loads)
            assert math.isfinite(decision.budget_w)
            assert decision.budget_w >= 0.0
            for rank in range(len(rules.loads)):
                check(rank, decision, snapshot, memory, rules)
            own_w = {command.target: command.setpoint_w for command in decision.commands}
            if not mad and sum(own_w.values()) > before_w:
                # What is added is never more than the sun gives beside the house, and one step.
                least_w = max(load.drive.min_w for load in rules.loads)
                assert decision.budget_w <= surplus_w + max(rules.hunt.max_step_w, least_w)


def test_the_sane_stretch_of_the_property_does_heat() -> None:
    """Else the property above would hold for a heater that is never on."""
    memory = Memory()
    own_w = 0.0
    for now_s in range(1000, 1035):
        home = samples.site(
            now_s,
            grid_w=Reading(own_w - 1500.0, now_s, "t"),
            load_w=Reading(340.0 + own_w, now_s, "t"),
        )
        view = samples.view(own_w, at_s=now_s)
        decision, memory = decide(samples.snapshot(now_s, home, view), memory, samples.SETTINGS)
        own_w = decision.commands[0].setpoint_w
    assert own_w > 1000.0
