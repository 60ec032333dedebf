"""decide(): one snapshot and what was remembered in, one decision and what to remember out."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import NamedTuple

from pvopt.decide import gates, guard
from pvopt.decide.comfort import ComfortResult, comfort_step
from pvopt.decide.drive import KEEP_CLOSED_W, drive_step
from pvopt.decide.effect_state import EffectMeters, EffectResult
from pvopt.decide.effects import effect_step
from pvopt.decide.frozen import FrozenMeters, frozen_step
from pvopt.decide.hunt import HuntResult, HuntState, hunt_step
from pvopt.decide.ladder import share
from pvopt.decide.limits import limits_step
from pvopt.decide.memory import Ledger, LoadTimers, Memory, Timers
from pvopt.decide.settings import LoadSettings, Settings
from pvopt.decide.site import clear_sky, grid_error_w, island, meters_of, number
from pvopt.model import Change, Command, Decision, Instant, LoadView, Reading, Reason, Snapshot, Why

# A sample may lack our own changes of so many ticks.
UNSEEN_TICKS = 5
# A pause in the ticks longer than this is no measure of anything.
MAX_DT_S = 60.0
SKY_S = 30.0
ALARMING = frozenset({Why.WELDED, Why.TRIAC_SHORT, Why.ELEMENT, Why.SENSOR_BAD})


class _LoadNow(NamedTuple):
    """One load in the course of a tick."""

    settings: LoadSettings
    view: LoadView
    own_w: float
    timers: LoadTimers
    comfort: ComfortResult
    effects: EffectResult
    powered: bool

    @property
    def able(self) -> bool:
        well = self.comfort.allowed and self.effects.allowed and self.powered
        return well and not self.view.fault

    @property
    def most_w(self) -> float:
        """The most that may be offered: of a knob held at zero, as much as closes the relay."""
        drive = self.settings.drive
        if not self.able:
            return 0.0
        return max(drive.min_w, KEEP_CLOSED_W) if self.effects.zero_only else drive.max_w


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
    fresh = _fresh(snapshot, timers)
    timers = _world(snapshot, timers, settings, fresh, dt_s)
    gate = gates.danger(snapshot, settings, timers.grid_lost_s, timers.frozen.frozen)
    gate = gate or gates.older(snapshot, timers.seen_s)
    gate = gate or gates.policy_gate(snapshot, settings, timers.soc_ok)
    loads = tuple(_look(snapshot, memory, load, fresh, dt_s) for load in settings.loads)
    hunt = _hunt(snapshot, timers, settings, gate, loads, fresh, dt_s)
    decision, kept = _command(snapshot, settings, gate, loads, hunt, dt_s)
    seen_s = snapshot.site.at_s if fresh and snapshot.site is not None else timers.seen_s
    timers = replace(timers, last_s=instant.mono_s, seen_s=seen_s, hunt=hunt.state, loads=kept)
    return decision, Memory(timers, _ledger(memory.ledger, loads, kept, dt_s))


def _fresh(snapshot: Snapshot, timers: Timers) -> bool:
    """Whether the site's sample is a new one, with a time that can be true."""
    if snapshot.site is None:
        return False
    latest_s = snapshot.instant.mono_s + gates.AHEAD_S
    # What was seen cannot be later than now: a clock that jumped back begins anew.
    seen_s = timers.seen_s if timers.seen_s <= latest_s else -math.inf
    return seen_s < snapshot.site.at_s <= latest_s


def _world(
    snapshot: Snapshot, timers: Timers, settings: Settings, fresh: bool, dt_s: float
) -> Timers:
    """Remember the grid's going, our own draw, whether the meters live and the battery is full."""
    site = snapshot.site
    own_w = sum(_own_w(_view(snapshot, load.id)) for load in settings.loads)
    timers = replace(timers, own_w=(own_w, *timers.own_w)[:UNSEEN_TICKS])
    if site is not None and any(load.verify for load in settings.loads):
        frozen = FrozenMeters(
            load_w=number(site.load_w),
            grid_w=number(site.grid_w),
            battery_w=number(site.battery_w),
            pv_w=number(site.pv_w),
            own_w=own_w,
            age_s=max(0.0, snapshot.instant.mono_s - site.at_s),
            fresh=fresh,
        )
        timers = replace(timers, frozen=frozen_step(timers.frozen, frozen, dt_s))
    lost_s = timers.grid_lost_s + dt_s
    was_up = timers.grid_was_up
    if site is not None and site.grid_up is not None:
        if was_up and not site.grid_up:
            lost_s = 0.0
        was_up = site.grid_up
    timers = _sky(timers, snapshot.instant, settings)
    ok = gates.soc_ok(site, settings, timers.soc_ok)
    return replace(timers, grid_lost_s=lost_s, grid_was_up=was_up, soc_ok=ok)


def _sky(timers: Timers, instant: Instant, settings: Settings) -> Timers:
    """The clear sky's power, worked out anew now and then: the sun is slow."""
    if abs(instant.utc_s - timers.clear_utc_s) < SKY_S:
        return timers
    clear_w = clear_sky(instant, settings)
    return replace(
        timers, clear_w=clear_w, clear_utc_s=instant.utc_s if instant.utc_ok else math.nan
    )


def _view(snapshot: Snapshot, load_id: str) -> LoadView:
    for view in snapshot.loads:
        if view.id == load_id:
            return view
    return LoadView(load_id)


def _own_w(view: LoadView) -> float:
    return max(0.0, view.expected_w) if math.isfinite(view.expected_w) else 0.0


def _age_s(reading: Reading, now_s: float) -> float:
    """Seconds since a reading was valid; for ever if its time cannot be true."""
    possible = math.isfinite(reading.at_s) and reading.at_s <= now_s + gates.AHEAD_S
    return reading.age_s(now_s) if possible else math.inf


def _look(
    snapshot: Snapshot, memory: Memory, load: LoadSettings, fresh: bool, dt_s: float
) -> _LoadNow:
    """What one load may do: its temperature, and whether it does what it was told."""
    view = _view(snapshot, load.id)
    own_w = _own_w(view)
    mine = memory.load(load.id)
    now_s = snapshot.instant.mono_s
    comfort = comfort_step(
        load.comfort,
        mine.comfort,
        number(view.temperature_c),
        _age_s(view.temperature_c, now_s),
        own_w,
        dt_s,
    )
    latched = mine.effects.latched
    effects = EffectResult(mine.effects, not latched, latched, mine.effects.verdict)
    site = snapshot.site
    if load.verify and site is not None and now_s - site.at_s <= site.allowed_age_s:
        others_w = sum(_own_w(other) for other in snapshot.loads if other.id != load.id)
        metered = _age_s(view.actual_w, now_s) <= site.allowed_age_s
        meters = EffectMeters(
            expected_w=own_w,
            closed=bool(view.closed),
            actual_w=number(view.actual_w) if metered else math.nan,
            load_w=number(site.load_w) - others_w,
            temperature_c=number(view.temperature_c),
            rating_w=load.drive.max_w,
            age_s=max(0.0, now_s - site.at_s),
            fresh=fresh,
        )
        effects = effect_step(mine.effects, meters, dt_s)
    powered = not (load.needs_grid and site is not None and island(site))
    return _LoadNow(load, view, own_w, mine, comfort, effects, powered)


def _hunt(
    snapshot: Snapshot,
    timers: Timers,
    settings: Settings,
    gate: gates.Gate | None,
    loads: tuple[_LoadNow, ...],
    fresh: bool,
    dt_s: float,
) -> HuntResult:
    """How many watts there are for the loads that may run.

    The inverter's room is reckoned twice: what already runs is cut by what the sample says;
    what is added must find room even if the sample lacks our last changes.
    """
    site = snapshot.site
    able_w = sum(now.most_w for now in loads)
    if gate is not None or site is None or able_w <= 0.0:
        why = Why.NO_SURPLUS if gate is None else gate.reason.code
        return HuntResult(_rested(timers.hunt), 0.0, why, 0.0, 0.0)
    own_w = timers.own_w[0]
    able = tuple(now for now in loads if now.able)
    expected_w = gates.forecast_w(snapshot.forecast, snapshot.instant)
    # What any of the loads would have to buy on its phase, none may draw.
    phases = (now.settings.phase for now in able)
    phase = max(phases, key=lambda number: grid_error_w(site, settings, number))
    meters = meters_of(
        site, settings, snapshot.instant, own_w, phase, fresh, expected_w, timers.clear_w
    )._replace(waiting=any(not now.timers.limits.on for now in able))
    params = settings.hunt._replace(min_w=min(now.settings.drive.min_w for now in able))
    room_w = guard.headroom_w(site, settings, own_w)
    state = timers.hunt
    if state.budget_w > min(able_w, room_w):
        state = state._replace(budget_w=min(able_w, room_w), step_w=0.0)
    safe_w = guard.headroom_w(site, settings, min(timers.own_w))
    cap_w = min(able_w, max(state.budget_w, min(room_w, safe_w)))
    if cap_w < min(able_w, params.min_w):
        return HuntResult(_rested(state), 0.0, Why.INVERTER_CAP, params.min_w - cap_w, 0.0)
    result = hunt_step(params._replace(max_w=cap_w), state, meters, dt_s)
    if result.why == Why.HEATER_MAX and cap_w < able_w:
        return result._replace(why=Why.INVERTER_CAP)
    return result


def _rested(state: HuntState) -> HuntState:
    """A search that begins anew; what it learned, owes and has to wait for is kept."""
    return HuntState(
        response_s=state.response_s,
        hour_wh=state.hour_wh,
        wait_s=state.wait_s,
        backoff=state.backoff,
    )


def _command(
    snapshot: Snapshot,
    settings: Settings,
    gate: gates.Gate | None,
    loads: tuple[_LoadNow, ...],
    hunt: HuntResult,
    dt_s: float,
) -> tuple[Decision, tuple[LoadTimers, ...]]:
    able_w = tuple(now.most_w for now in loads)
    least_w = tuple(now.settings.drive.min_w for now in loads)
    offers, left_w = share(hunt.budget_w, able_w, least_w)
    commands: list[Command] = []
    kept: list[LoadTimers] = []
    frozen = gate is not None and gate.reason.code == Why.FROZEN
    alarms = [Reason(Why.FROZEN)] if frozen else []
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
    at_once = hunt.why == Why.STEP_BACK
    drive = drive_step(load.drive, now.timers.drive, offer_w, not blocked, dt_s, at_once)
    if now.effects.zero_only and drive.setpoint_w > 0.0:
        drive = drive._replace(setpoint_w=KEEP_CLOSED_W, why=Why.CHECKING)
    idle_w = KEEP_CLOSED_W if load.has_knob else load.drive.max_w
    limits = limits_step(load.limits, now.timers.limits, drive.setpoint_w, idle_w, urgent, dt_s)
    reason = _reason(gate, now, hunt, drive.why, drive.needs_w, drive.needs_s)
    if limits.why != Why.HOLD:
        reason = Reason(limits.why, reason.numbers, Change(0.0, round(limits.needs_s)))
    command = guard.command(
        load, limits.setpoint_w, reason, urgent, snapshot.instant, snapshot.site
    )
    # A contact that has to wait is not on: what the offer does meanwhile must not close it.
    driven = drive.state if limits.state.on else drive.state._replace(on=False, setpoint_w=0.0)
    timers = LoadTimers(load.id, driven, limits.state, now.comfort.state, now.effects.state)
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


def _ledger(
    ledger: Ledger, loads: tuple[_LoadNow, ...], kept: tuple[LoadTimers, ...], dt_s: float
) -> Ledger:
    """Add what each load should have drawn; keep what was found dangerous."""
    before = dict(ledger.heated_wh)
    heated = tuple(
        (
            now.settings.id,
            before.get(now.settings.id, 0.0) + now.own_w * dt_s / 3600.0,
        )
        for now in loads
    )
    found = tuple((t.id, t.effects.verdict) for t in kept if t.effects.latched)
    return Ledger(heated, found)
