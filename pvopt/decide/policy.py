"""decide(): one snapshot and what was remembered in, one decision and what to remember out."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import NamedTuple

from pvopt.decide import gates, guard
from pvopt.decide.comfort import ComfortResult, comfort_step
from pvopt.decide.drive import KEEP_CLOSED_W, drive_step
from pvopt.decide.effects import EffectMeters, EffectResult, effect_step
from pvopt.decide.hunt import HuntResult, HuntState, hunt_step
from pvopt.decide.ladder import share
from pvopt.decide.limits import limits_step
from pvopt.decide.memory import Ledger, LoadTimers, Memory, Timers
from pvopt.decide.settings import LoadSettings, Settings
from pvopt.decide.site import island, meters_of, number
from pvopt.model import Change, Command, Decision, LoadView, Reason, Snapshot, Why

# A pause in the ticks longer than this is no measure of anything.
MAX_DT_S = 60.0
ALARMING = frozenset({Why.WELDED, Why.TRIAC_SHORT, Why.FROZEN, Why.ELEMENT, Why.SENSOR_BAD})


class _LoadNow(NamedTuple):
    """One load in the course of a tick."""

    settings: LoadSettings
    view: LoadView
    timers: LoadTimers
    comfort: ComfortResult
    effects: EffectResult
    powered: bool

    @property
    def able(self) -> bool:
        well = self.comfort.allowed and self.effects.allowed and self.powered
        return well and not self.view.fault


def decide(snapshot: Snapshot, memory: Memory, settings: Settings) -> tuple[Decision, Memory]:
    """Pure and deterministic: the same three arguments give the same result.

    In order: how the world is (grid, battery, daylight), what each load may do (temperature,
    effects), how much there is (hunt), who gets it (ladder), how it follows (drive, limits),
    and at last the guard.
    """
    timers = memory.timers
    instant = snapshot.instant
    dt_s = 0.0 if timers.last_s is None else instant.mono_s - timers.last_s
    dt_s = min(MAX_DT_S, max(0.0, dt_s))
    timers = _world(snapshot, timers, settings, dt_s)
    gate = gates.danger(snapshot, settings, timers.grid_lost_s)
    gate = gate or gates.policy_gate(snapshot, settings, timers.soc_ok)
    loads = tuple(_look(snapshot, memory, load, timers, dt_s) for load in settings.loads)
    hunt = _hunt(snapshot, timers, settings, gate, loads, dt_s)
    decision, kept = _command(snapshot, settings, gate, loads, hunt, dt_s)
    seen_s = timers.seen_s if snapshot.site is None else snapshot.site.at_s
    timers = replace(timers, last_s=instant.mono_s, seen_s=seen_s, hunt=hunt.state, loads=kept)
    return decision, Memory(timers, _ledger(memory.ledger, loads, dt_s))


def _world(snapshot: Snapshot, timers: Timers, settings: Settings, dt_s: float) -> Timers:
    """Remember the grid's going and whether the battery is full enough."""
    site = snapshot.site
    lost_s = timers.grid_lost_s + dt_s
    was_up = timers.grid_was_up
    if site is not None and site.grid_up is not None:
        if was_up and not site.grid_up:
            lost_s = 0.0
        was_up = site.grid_up
    ok = gates.soc_ok(site, settings, timers.soc_ok)
    return replace(timers, grid_lost_s=lost_s, grid_was_up=was_up, soc_ok=ok)


def _view(snapshot: Snapshot, load_id: str) -> LoadView:
    for view in snapshot.loads:
        if view.id == load_id:
            return view
    return LoadView(load_id)


def _look(
    snapshot: Snapshot, memory: Memory, load: LoadSettings, timers: Timers, dt_s: float
) -> _LoadNow:
    """What one load may do: its temperature, and whether it does what it was told."""
    view = _view(snapshot, load.id)
    mine = memory.load(load.id)
    now_s = snapshot.instant.mono_s
    comfort = comfort_step(
        load.comfort,
        mine.comfort,
        number(view.temperature_c),
        view.temperature_c.age_s(now_s),
        view.expected_w,
        dt_s,
    )
    effects = EffectResult(mine.effects, True, False, Why.HOLD)
    site = snapshot.site
    if load.verify and site is not None and now_s - site.at_s <= site.allowed_age_s:
        others_w = sum(v.expected_w for v in snapshot.loads if v.id != load.id)
        meters = EffectMeters(
            expected_w=view.expected_w,
            closed=bool(view.closed),
            actual_w=number(view.actual_w),
            load_w=number(site.load_w) - others_w,
            grid_w=number(site.grid_w),
            battery_w=number(site.battery_w),
            pv_w=number(site.pv_w),
            temperature_c=number(view.temperature_c),
            rating_w=load.drive.max_w,
            age_s=now_s - site.at_s,
            fresh=site.at_s > timers.seen_s,
        )
        effects = effect_step(mine.effects, meters, dt_s)
    powered = not (load.needs_grid and site is not None and island(site))
    return _LoadNow(load, view, mine, comfort, effects, powered)


def _hunt(
    snapshot: Snapshot,
    timers: Timers,
    settings: Settings,
    gate: gates.Gate | None,
    loads: tuple[_LoadNow, ...],
    dt_s: float,
) -> HuntResult:
    """How many watts there are for the loads that may run."""
    site = snapshot.site
    able_w = sum(now.settings.drive.max_w for now in loads if now.able)
    if gate is not None or site is None or able_w <= 0.0:
        why = Why.NO_SURPLUS if gate is None else gate.reason.code
        fresh = HuntState(response_s=timers.hunt.response_s, hour_wh=timers.hunt.hour_wh)
        return HuntResult(fresh, 0.0, why, 0.0, 0.0)
    own_w = sum(now.view.expected_w for now in loads)
    phase = loads[0].settings.phase
    meters = meters_of(site, settings, snapshot.instant, own_w, phase, site.at_s > timers.seen_s)
    cap_w = min(able_w, guard.headroom_w(site, settings, own_w))
    state = timers.hunt
    if state.budget_w > cap_w:
        state = state._replace(budget_w=cap_w, step_w=0.0)
    return hunt_step(settings.hunt._replace(max_w=cap_w), state, meters, dt_s)


def _command(
    snapshot: Snapshot,
    settings: Settings,
    gate: gates.Gate | None,
    loads: tuple[_LoadNow, ...],
    hunt: HuntResult,
    dt_s: float,
) -> tuple[Decision, tuple[LoadTimers, ...]]:
    able_w = tuple(now.settings.drive.max_w if now.able else 0.0 for now in loads)
    offers, left_w = share(hunt.budget_w, able_w)
    commands: list[Command] = []
    kept: list[LoadTimers] = []
    alarms: list[Reason] = []
    for now, offer_w in zip(loads, offers, strict=True):
        command, timers = _one(snapshot, gate, now, offer_w, hunt, dt_s)
        commands.append(command)
        kept.append(timers)
        verdict = now.effects.why if not now.effects.allowed else now.comfort.why
        if verdict in ALARMING:
            alarms.append(Reason(verdict))
    decision = Decision(snapshot.instant, tuple(commands), hunt.budget_w, left_w, tuple(alarms))
    return decision, tuple(kept)


def _one(
    snapshot: Snapshot,
    gate: gates.Gate | None,
    now: _LoadNow,
    offer_w: float,
    hunt: HuntResult,
    dt_s: float,
) -> tuple[Command, LoadTimers]:
    """The command of one load, and why."""
    load = now.settings
    blocked = gate is not None or not now.able
    # Too hot is no danger to the contact, but it is to people: minimum times do not hold it.
    urgent = (gate is not None and gate.urgent) or now.effects.urgent or not now.comfort.allowed
    urgent = urgent or bool(now.view.fault)
    drive = drive_step(load.drive, now.timers.drive, offer_w, not blocked, dt_s)
    idle_w = KEEP_CLOSED_W if load.has_knob else load.drive.max_w
    limits = limits_step(load.limits, now.timers.limits, drive.setpoint_w, idle_w, urgent, dt_s)
    reason = _reason(gate, now, hunt, drive.why, drive.needs_w, drive.needs_s)
    if limits.why != Why.HOLD:
        reason = Reason(limits.why, reason.numbers, Change(0.0, round(limits.needs_s)))
    command = guard.command(
        load, limits.setpoint_w, reason, urgent, snapshot.instant, snapshot.site
    )
    timers = LoadTimers(load.id, drive.state, limits.state, now.comfort.state, now.effects.state)
    return command, timers


def _reason(
    gate: gates.Gate | None,
    now: _LoadNow,
    hunt: HuntResult,
    drive_why: Why,
    needs_w: float,
    needs_s: float,
) -> Reason:
    """The highest authority that spoke."""
    if gate is not None:
        return gate.reason
    if now.view.fault:
        return Reason(Why.OUTPUT_FAULT)
    if not now.powered:
        return Reason(Why.ISLAND)
    if not now.effects.allowed:
        wait_s = now.effects.state.wait_s
        return Reason(now.effects.why, (), Change(0.0, round(wait_s)) if wait_s > 0.0 else None)
    if not now.comfort.allowed:
        temperature_c = number(now.view.temperature_c)
        numbers = () if math.isnan(temperature_c) else (("temperature_c", temperature_c),)
        return Reason(now.comfort.why, (*numbers, ("max_c", now.settings.comfort.max_c)))
    numbers = (("budget_w", round(hunt.budget_w)),)
    if drive_why != Why.HOLD:
        return Reason(drive_why, numbers, Change(round(needs_w), round(needs_s)))
    change = Change(round(hunt.needs_w), round(hunt.needs_s))
    return Reason(hunt.why, numbers, change if change.needs_w or change.needs_s else None)


def _ledger(ledger: Ledger, loads: tuple[_LoadNow, ...], dt_s: float) -> Ledger:
    """Add what each load should have drawn."""
    before = dict(ledger.heated_wh)
    return Ledger(
        tuple(
            (
                now.settings.id,
                before.get(now.settings.id, 0.0) + now.view.expected_w * dt_s / 3600.0,
            )
            for now in loads
        )
    )
