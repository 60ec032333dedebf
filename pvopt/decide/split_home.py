"""Storages and loads in one home: who sees what of the grid. Ordinary Python.

Surplus goes to loads and to charging by rank, need to the storages. Loads see the grid as it would
be without the storages, so what a storage gives never looks like surplus, nor like a meter that
does not move; what is charged before the loads is no surplus of theirs.
"""

from __future__ import annotations

import math
from dataclasses import replace

from pvopt.decide.memory import Memory
from pvopt.decide.settings import SplitSettings
from pvopt.decide.site_now import SiteNow
from pvopt.decide.split import Split, split_step
from pvopt.model import Decision, Instant, Snapshot


def split_of(snapshot: Snapshot, memory: Memory, split: SplitSettings, dt_s: float) -> Split:
    """The storages in this tick. What a person or comfort has a load draw is the house's need."""
    mine_w = [
        max(0.0, view.expected_w)
        for view in snapshot.loads
        if math.isfinite(view.expected_w) and not memory.load(view.id).apart
    ]
    return split_step(
        split,
        memory.timers.split,
        snapshot.site,
        snapshot.storages,
        math.fsum(mine_w),
        snapshot.instant,
        dt_s,
    )


def as_loads_see(now: SiteNow, settings: SplitSettings, split: Split) -> SiteNow:
    """The home without its storages. Watts that they take before the loads are asked for by the
    grid's set-point. Worked: 0 W at the grid, 300 W given: 300 W of import; 300 W taken first:
    300 W of export, which are to stay."""
    if math.isnan(split.without_w) or math.isnan(now.grid_w):
        return now
    shift_w = split.without_w - split.grid_w
    phases = sum([not math.isnan(phase_w) for phase_w in (now.l1_w, now.l2_w, now.l3_w)])
    each_w = shift_w / phases if phases else 0.0
    setpoint_w = now.setpoint_w
    if shift_w < 0.0 and settings.charge_first:
        setpoint_w = (0.0 if math.isnan(setpoint_w) else setpoint_w) + shift_w
    return now._replace(
        grid_w=now.grid_w + shift_w,
        l1_w=now.l1_w + each_w,
        l2_w=now.l2_w + each_w,
        l3_w=now.l3_w + each_w,
        setpoint_w=setpoint_w,
    )


def storages_only(instant: Instant, memory: Memory, split: Split) -> tuple[Decision, Memory]:
    """A home that has no load of ours."""
    decision = Decision(instant, (), 0.0, 0.0, storages=split.commands, need_w=split.need_w)
    timers = replace(memory.timers, last_s=instant.mono_s, split=split.memory)
    return decision, replace(memory, timers=timers)
