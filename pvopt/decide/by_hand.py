"""How a load follows a person instead of the surplus. Ordinary Python around the same kernels.

Danger stops it, a person's off is done at once, minimum times and caps hold a person's on. What
only says that surplus is not ours (night, a low battery with the grid there, a mode of the
inverter) does not stop it: whoever asks for hot water knows that it may cost. What comfort wants
is done in the same way, but for homes off grid and without meters.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from pvopt.decide.asked import Asked
from pvopt.decide.budget import room_w
from pvopt.decide.drive import KEEP_CLOSED_W, DriveState
from pvopt.decide.follow import Follow, Spoken, Voice, followed, is_urgent
from pvopt.decide.gates import Gate
from pvopt.decide.guard import burden_w, limit_w
from pvopt.decide.limits import limits_step
from pvopt.decide.look import LoadState, Look
from pvopt.decide.settings import LoadParams, LoadSettings, SiteParams, bits_of
from pvopt.decide.site import island
from pvopt.decide.site_now import SiteNow
from pvopt.decide.world import WorldState
from pvopt.model import EssState, Why

# In these no owner and no person makes a heater sensible.
NEVER = frozenset({EssState.CHARGER_ONLY, EssState.OFF, EssState.FAULT})
_NEVER_BITS = bits_of(NEVER)
# The meters say nothing: a load that may go blind goes on.
_UNSEEN = frozenset({Why.STALE, Why.NO_DATA, Why.FROZEN})
# What comfort wants to be heated, see wants.py.
BOUGHT = frozenset({Why.LEGIONELLA, Why.TOO_COLD, Why.ENERGY_FLOOR, Why.READY_BY})
# Watts that a cap gives back are taken up in steps of this share: a knob wears.
STEP_SHARE = 0.03


def hand_gate(gate: Gate, now: SiteNow, blind: bool) -> Gate:
    """What of a gate counts for a wish to heat. ``blind``: as ``may_go_blind`` says."""
    if gate.why in _UNSEEN and gate.urgent and blind:
        return Gate(Why.HOLD, False)
    if gate.urgent:
        return gate
    if gate.why == Why.ESS_STATE:
        never = (_NEVER_BITS >> now.ess_state) & 1 == 1
        return gate if never or island(now) else Gate(Why.HOLD, False)
    if gate.why == Why.SOC_LOW and not island(now):
        return Gate(Why.HOLD, False)
    return Gate(Why.HOLD, False) if gate.why == Why.NIGHT else gate


def may_go_blind(site: SiteParams, load: LoadSettings, look: Look, now: SiteNow) -> bool:
    """The owner says so, the water's temperature is known now, and the last that was heard of the
    home was no alarm, no island and no generator."""
    warm = load.comfort.sensor and look.comfort.allowed and look.comfort.why == Why.HOLD
    over = burden_w(now) > limit_w(site, now)
    well = now.alarm == 0 and not island(now) and not now.generator and not over
    return load.blind and warm and now.known and well


def blind_room_w(site: SiteParams, now: SiteNow) -> float:
    """Without meters: no more than the inverter bears if the house draws nothing (W)."""
    most_w = limit_w(site, now)
    return math.inf if math.isnan(most_w) else max(0.0, most_w - site.inverter_headroom_w)


def hand_step(
    params: LoadParams,
    state: LoadState,
    look: Look,
    gate: Gate,
    asked: Asked,
    cap_w: float,
    dt_s: float,
) -> Follow:
    """What is asked of a load that a person has in hand. ``gate``: of ``hand_gate`` for a wish to
    heat; ``cap_w``: the most that the inverter leaves it (W)."""
    urgent = is_urgent(gate, look)
    blocked = gate.why != Why.HOLD or not look.able
    wanted_w = 0.0 if blocked else _capped_w(params, state, asked, cap_w)
    spoken = _spoken(gate, look, asked, wanted_w)
    if look.effects.zero_only and wanted_w > 0.0:
        wanted_w = KEEP_CLOSED_W
    idle_w = KEEP_CLOSED_W if params.has_knob else params.drive.max_w
    # A person's off does not wait for a minimum time; nor does danger.
    at_once = urgent or asked.why == Why.PERSON_OFF
    limits = limits_step(params.limits, state.limits, wanted_w, idle_w, at_once, dt_s)
    # Afterwards a knob waits at zero for the surplus, a relay alone opens.
    on = limits.state.on and params.has_knob
    drive = DriveState(on=on, setpoint_w=wanted_w if limits.state.on else 0.0)
    return followed(look, drive, limits, spoken, urgent)


def _capped_w(params: LoadParams, state: LoadState, asked: Asked, cap_w: float) -> float:
    """The watts asked for, within the cap; nothing if the load cannot use so few."""
    drive = params.drive
    if not asked.forced or cap_w < (drive.max_w if drive.on_off else drive.min_w):
        return 0.0
    wanted_w, running_w = min(asked.watts, cap_w), state.drive.setpoint_w
    rises = running_w > KEEP_CLOSED_W and 0.0 < wanted_w - running_w < STEP_SHARE * drive.max_w
    return running_w if rises and wanted_w < asked.watts else wanted_w


def _spoken(gate: Gate, look: Look, asked: Asked, wanted_w: float) -> Spoken:
    """The highest authority that spoke: danger, a person's off, the rest, a person's on."""
    if gate.urgent:
        return Spoken(Voice.HOUSE, gate.why, 0.0, 0.0)
    if look.fault:
        return Spoken(Voice.OUTPUT, Why.OUTPUT_FAULT, 0.0, 0.0)
    if look.effects.urgent:
        return Spoken(Voice.EFFECTS, look.effects.why, 0.0, look.effects.state.wait_s)
    if not asked.forced:
        return Spoken(Voice.PERSON, asked.why, 0.0, 0.0)
    if gate.why != Why.HOLD:
        return Spoken(Voice.HOUSE, gate.why, 0.0, 0.0)
    if not look.powered:
        return Spoken(Voice.POWER, Why.ISLAND, 0.0, 0.0)
    if not look.effects.allowed or look.effects.why != Why.HOLD:
        return Spoken(Voice.EFFECTS, look.effects.why, 0.0, look.effects.state.wait_s)
    if not look.comfort.allowed:
        return Spoken(Voice.COMFORT, look.comfort.why, 0.0, 0.0)
    if wanted_w <= 0.0:
        return Spoken(Voice.PERSON, Why.INVERTER_CAP, 0.0, 0.0)
    return Spoken(Voice.PERSON, asked.why, 0.0, 0.0)


class Hand(NamedTuple):
    """What counts for one load that a person has in hand: ``gate``, the most it may draw now
    (``cap_w``) and once the surplus has made room (``claim_w``), and whether it goes on without
    the home's meters."""

    gate: Gate
    cap_w: float
    claim_w: float
    blind: bool = False

    def wanted_w(self, look: Look, asked: Asked) -> float:
        """Watts that no surplus may be given to others for."""
        able = self.gate.why == Why.HOLD and look.able and not look.effects.zero_only
        return min(asked.watts, self.claim_w) if able else 0.0


def hand_of(
    site: SiteParams,
    now: SiteNow,
    world: WorldState,
    gate: Gate,
    one_phase: bool,
    load: LoadSettings,
    look: Look,
    asked: Asked,
    running_w: float,
    others_w: float,
    hands_w: float,
) -> Hand:
    """``running_w``: asked of this load until now; ``others_w``: what our others draw now;
    ``hands_w``: what those in hand before this one will (W)."""
    if not asked.forced:
        return Hand(gate, 0.0, 0.0)
    bought = asked.why in BOUGHT
    blind = not bought and may_go_blind(site, load, look, now)
    # Off grid nothing can be bought: there the battery's night is the house's.
    mine_only = gate if bought and island(now) else hand_gate(gate, now, blind)
    if gate.urgent and mine_only.why == Why.HOLD:
        alone_w = blind_room_w(site, now)
        if now.known and now.now_s - now.at_s <= now.allowed_age_s:  # what is still seen counts
            alone_w = min(alone_w, room_w(site, now, world, one_phase, running_w + others_w))
        return Hand(mine_only, max(0.0, alone_w - others_w), max(0.0, alone_w - hands_w), True)
    most_w = room_w(site, now, world, one_phase, running_w + others_w)
    return Hand(mine_only, max(0.0, most_w - others_w), max(0.0, most_w - hands_w))
