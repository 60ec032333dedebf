"""How one load follows its offer, and which authority gave the reason. Kernels."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

from pvopt.decide.drive import KEEP_CLOSED_W, DriveResult, DriveState, drive_step
from pvopt.decide.gates import Gate
from pvopt.decide.limits import LimitResult, limits_step
from pvopt.decide.look import LoadState, Look
from pvopt.decide.settings import LoadParams
from pvopt.model import Why


class Voice(IntEnum):
    """Who spoke, highest authority first."""

    HOUSE = 1  # a gate
    OUTPUT = 2  # the output does not obey
    POWER = 3  # no grid where the load needs one
    EFFECTS = 4
    COMFORT = 5
    DRIVE = 6
    HUNT = 7
    PERSON = 8  # of a load in hand, see by_hand.py


class Found(NamedTuple):
    """What the search says of its budget: why, and what would change it."""

    why: Why
    needs_w: float
    needs_s: float


class Spoken(NamedTuple):
    """``needs_w`` and ``needs_s``: what would change it, 0 where nothing is known."""

    voice: Voice
    why: Why
    needs_w: float
    needs_s: float


class Follow(NamedTuple):
    """Watts asked of one load (before the guard's last word), and why.

    ``held``: a minimum time overrode what was ``spoken``; ``why`` and ``needs_s`` are its.
    """

    state: LoadState
    setpoint_w: float
    urgent: bool
    why: Why
    needs_s: float
    held: bool
    spoken: Spoken


def follow_step(
    params: LoadParams,
    state: LoadState,
    look: Look,
    gate: Gate,
    hunt: Found,
    offer_w: float,
    dt_s: float,
) -> Follow:
    """Turn an offer (W) into what is asked of the load, minimum times kept."""
    blocked = gate.why != Why.HOLD or not look.able
    urgent = is_urgent(gate, look)
    at_once = hunt.why == Why.STEP_BACK
    drive = drive_step(params.drive, state.drive, offer_w, not blocked, dt_s, at_once)
    if look.effects.zero_only and drive.setpoint_w > 0.0:
        drive = drive._replace(setpoint_w=KEEP_CLOSED_W, why=Why.CHECKING)
    idle_w = KEEP_CLOSED_W if params.has_knob else params.drive.max_w
    limits = limits_step(params.limits, state.limits, drive.setpoint_w, idle_w, urgent, dt_s)
    spoken = _spoken(gate, look, hunt, drive)
    # A contact that has to wait is not on: what the offer does meanwhile must not close it.
    driven = drive.state if limits.state.on else drive.state._replace(on=False, setpoint_w=0.0)
    return followed(look, driven, limits, spoken, urgent)


def is_urgent(gate: Gate, look: Look) -> bool:
    """Off at once. Too hot is no danger to the contact, but it is to people: minimum times do not
    hold it."""
    return gate.urgent or look.effects.urgent or not look.comfort.allowed or look.fault


def followed(
    look: Look, drive: DriveState, limits: LimitResult, spoken: Spoken, urgent: bool
) -> Follow:
    """What comes of a tick; a minimum time that had to be kept speaks over all."""
    held = limits.why != Why.HOLD
    return Follow(
        state=LoadState(drive, limits.state, look.comfort.state, look.effects.state),
        setpoint_w=limits.setpoint_w,
        urgent=urgent,
        why=limits.why if held else spoken.why,
        needs_s=limits.needs_s if held else spoken.needs_s,
        held=held,
        spoken=spoken,
    )


def _spoken(gate: Gate, look: Look, hunt: Found, drive: DriveResult) -> Spoken:
    """The highest authority that spoke."""
    if gate.why != Why.HOLD:
        return Spoken(Voice.HOUSE, gate.why, 0.0, 0.0)
    if look.fault:
        return Spoken(Voice.OUTPUT, Why.OUTPUT_FAULT, 0.0, 0.0)
    if not look.powered:
        return Spoken(Voice.POWER, Why.ISLAND, 0.0, 0.0)
    if not look.effects.allowed or look.effects.why != Why.HOLD:
        return Spoken(Voice.EFFECTS, look.effects.why, 0.0, look.effects.state.wait_s)
    if not look.comfort.allowed:
        return Spoken(Voice.COMFORT, look.comfort.why, 0.0, 0.0)
    if drive.why != Why.HOLD:
        return Spoken(Voice.DRIVE, drive.why, drive.needs_w, drive.needs_s)
    return Spoken(Voice.HUNT, hunt.why, hunt.needs_w, hunt.needs_s)
