"""From the configuration to the Settings that decide may see."""

from __future__ import annotations

import math

from pvopt.act.curve import Curve
from pvopt.comfort_of import hours_of, rules_of
from pvopt.config.comfort import Comfort
from pvopt.config.control import Control
from pvopt.config.loads import Load
from pvopt.config.outputs import RELAY_OFF_S, RELAY_ON_S
from pvopt.config.schema import Config
from pvopt.config.site import Policies, Site
from pvopt.decide.by_hand import NEVER
from pvopt.decide.hunt_shapes import LASTING_CHIP_S
from pvopt.decide.settings import (
    ComfortParams,
    DaylightSettings,
    DriveParams,
    HuntParams,
    LimitParams,
    LoadSettings,
    Metering,
    PlaneSettings,
    Settings,
    SiteParams,
    bits_of,
)
from pvopt.model import EssState
from pvopt.split_of import split_of

# While riding the edge the search moves by this share of the heater: small enough that
# two steps in a row stay below 2 % under a steady sun, large enough for a knob to resolve.
EDGE_SHARE = 0.009
# Below this share of its power a regulator's output is not worth the losses of the search.
LEAST_SHARE = 0.02

# An error as large as the tolerance has to last so many seconds before it moves what wears
# (150 Ws at 30 W: a hundred movements for 4 Wh), and a chip, which does not.
LASTING_S = 5.0
# The first step of a search (% of the power): a servo's has to be clearly more than the play of its
# coupling; what has none begins smaller, for what is searched in vain comes out of the battery.
FIRST_STEP_PCT = 5.0
FIRST_STEP_CHIP_PCT = 3.0
# Visible surplus that a servo leaves by itself, as it moves seldom. A chip stops at the step below
# what it is asked for anyway: on average half a step, 4 W of a 2000 W heater, is left over.
MARGIN_W = 5.0

# Without a battery all that is drawn too much is bought. There a servo goes up only for an eighth
# of a watt-hour (three such errors) and, when it steps back, leaves 1 % of the power more. With
# more of either, a heater of twice the power told swings.
PATIENCE = 3.0
CUSHION_SHARE = 0.01

# A relay beside other loads starts when the sun has carried it for so long, and for so many of the
# times that it then has to stay on: what a cloud takes meanwhile would be bought. A knob takes the
# sun until then. Where none could, the first alone counts; and where knobs that run already can
# give way to it, next to nothing is at stake.
RELAY_DELAY_S = 120.0
CARRIED_TIMES = 2.0
FREE_DELAY_S = 30.0

_STATES = {
    "keep_charged": EssState.KEEP_CHARGED,
    "external_control": EssState.EXTERNAL,
    "recharge": EssState.RECHARGE,
    "scheduled": EssState.SCHEDULED,
    "peak_shaving": EssState.PEAK_SHAVING,
    "pass_through": EssState.PASS_THROUGH,
}
_METERING = {
    "auto": Metering.AUTO,
    "summed": Metering.SUMMED,
    "per_phase": Metering.PER_PHASE,
}
_FEED_IN = {"auto": 0, "allowed": 1, "forbidden": -1}


def settings_of(config: Config) -> Settings:
    """The part of ``config`` that decisions rest on."""
    first = tuple(load for load in config.loads if load.before_battery)
    later = tuple(load for load in config.loads if not load.before_battery)
    return Settings(
        tick_s=config.control.tick_s,
        site=_site(config.site, config.control),
        daylight=_daylight(config.site, config.control),
        hunt=_hunt(config.control, later),
        loads=tuple(_load(load, config.control, len(config.loads)) for load in config.loads),
        first=_hunt(config.control, first) if first else None,
        hours=hours_of(config.site),
        split=split_of(config),
    )


def _site(site: Site, control: Control) -> SiteParams:
    return SiteParams(
        metering=_METERING[site.metering],
        feed_in=_FEED_IN[site.feed_in],
        inverter_max_w=site.inverter.max_w or math.nan,
        inverter_headroom_w=site.inverter.headroom_w,
        min_soc_pct=control.min_soc_pct,
        forecast_difference_w=control.forecast_difference_w,
        stop_states=_stop_states(site.policies),
        generator_ok=site.policies.generator == "allow",
        island_ok=site.policies.off_grid == "allow",
    )


def _stop_states(policies: Policies) -> int:
    stopped = {state for key, state in _STATES.items() if getattr(policies, key) == "off"}
    return bits_of(stopped | NEVER)


def _daylight(site: Site, control: Control) -> DaylightSettings:
    return DaylightSettings(
        mode=control.daylight.mode,
        latitude=site.latitude,
        longitude=site.longitude,
        timezone=site.timezone,
        min_elevation_deg=control.daylight.min_elevation_deg,
        start=control.daylight.start,
        end=control.daylight.end,
        planes=tuple(PlaneSettings(p.peak_w, p.tilt_deg, p.azimuth_deg) for p in site.planes),
    )


def has_knob(load: Load) -> bool:
    """Whether it can be asked for any watts, nothing among them, while it stays switched on."""
    return load.drive == "continuous" and load.output.has_knob


def least_w(load: Load) -> float:
    """The least that a load can usefully draw (W): all of it for one without a knob.

    A regulator that snaps on gives nothing for less than its first watts, and a search that
    begins below them would wait for an answer to nothing.
    """
    if load.drive == "steps":
        return load.steps_w[0]
    if not has_knob(load):
        return load.max_w
    curve = Curve.from_config(load.output.law, load.max_w)
    first_pct = next((pct for pct in range(101) if curve.watts(float(pct)) > 0.0), 100)
    # One percent more, for a knob that stops a little short of where it was sent.
    first_w = curve.watts(min(100.0, first_pct + 1.0))
    return max(load.output.law.min_w, LEAST_SHARE * load.max_w, first_w)


def _hunt(control: Control, loads: tuple[Load, ...]) -> HuntParams:
    """``loads``: those that one search serves. Its steps are those of the largest knob: the other
    loads cannot follow small ones."""
    knobs = tuple(load for load in loads if has_knob(load))
    lead = max(knobs or loads[:1], key=lambda load: load.max_w, default=None)
    first_w = lead.max_w if lead is not None else 0.0
    lasting_s = max((_lasting_s(load) for load in knobs or loads), default=1.0)
    turns = bool(knobs) and lasting_s > LASTING_CHIP_S
    return HuntParams(
        max_w=sum(load.max_w for load in loads),
        min_w=least_w(lead) if lead is not None else 0.0,
        margin_w=_margin_w(control, knobs or loads),
        tolerance_w=control.tolerance_w,
        first_step_w=first_w * _first_step_pct(control, lead) / 100.0,
        max_step_w=first_w * control.step_pct / 100.0,
        edge_step_w=EDGE_SHARE * first_w,
        max_grid_draw_w=control.max_grid_draw_w,
        max_discharge_w=control.max_battery_discharge_w,
        probe_wh=control.probe.energy_wh,
        hour_wh=control.probe.energy_per_hour_wh,
        response_s=control.probe.response_s,
        retry_s=control.probe.retry_s,
        promise_w=control.forecast_difference_w,
        lasting_s=lasting_s,
        hold_s=0.0 if knobs else max((_hold_s(load) for load in loads), default=0.0),
        patience=PATIENCE if turns else 1.0,
        cushion_w=CUSHION_SHARE * first_w if turns else 0.0,
    )


def _first_step_pct(control: Control, lead: Load | None) -> float:
    """With how much of its power a search begins (%)."""
    pct = control.probe.first_step_pct
    if pct is None:
        pct = FIRST_STEP_CHIP_PCT if lead is not None and _is_chip(lead) else FIRST_STEP_PCT
    return min(pct, control.start_pct or 100.0)


def _margin_w(control: Control, loads: tuple[Load, ...]) -> float:
    """Visible surplus that stays unused (W)."""
    if control.margin_w is not None:
        return control.margin_w
    return max((0.0 if _is_chip(load) else MARGIN_W for load in loads), default=MARGIN_W)


def _lasting_s(load: Load) -> float:
    """How long an error has to last before the load's output moves (s)."""
    return LASTING_CHIP_S if _is_chip(load) else LASTING_S


def _is_chip(load: Load) -> bool:
    """Whether what regulates the load moves at once and never wears."""
    return not load.output.wears


def _hold_s(load: Load) -> float:
    """How long a load without a knob stays on once it is (s)."""
    return least_times(load).min_on_s


def _load(load: Load, control: Control, count: int) -> LoadSettings:
    knob = has_knob(load)
    return LoadSettings(
        id=load.id,
        drive=DriveParams(
            max_w=load.max_w,
            min_w=least_w(load),
            on_off=not knob,
            deadband_w=0.001 * load.max_w,
            enable_delay_s=_enable_delay_s(load, control, count),
            disable_delay_s=control.disable_delay_s,
        ),
        limits=least_times(load),
        comfort=_comfort(load, load.comfort),
        phase=0 if load.phase == "all" else load.phase,
        verify=load.verify,
        has_knob=knob,
        # AC-out-2 drops with the grid, as what is connected before the inverter does.
        needs_grid=load.place != "ac_out1",
        blind=load.blind,
        rules=rules_of(load),
        steps_w=load.steps_w if load.drive == "steps" else (),
        unknown=load.drive == "unknown",
        before_battery=load.before_battery,
        ramp_w_s=load.ramp_w_per_s or math.inf,
        most_starts_h=float(load.most_starts_per_hour),
        lost_delay_s=_sooner_s(load, control, RELAY_DELAY_S),
        free_delay_s=_sooner_s(load, control, FREE_DELAY_S),
    )


def least_times(load: Load) -> LimitParams:
    """How long it stays on and off at least. Where the owner does not say it, a device behind a
    broker that switches has a relay's times; what regulates has no contact to spare."""
    on_s, off_s = load.output.min_on_s, load.output.min_off_s
    usual_on_s, usual_off_s = (0.0, 0.0) if has_knob(load) else (RELAY_ON_S, RELAY_OFF_S)
    return LimitParams(
        usual_on_s if on_s is None else on_s, usual_off_s if off_s is None else off_s
    )


def _enable_delay_s(load: Load, control: Control, count: int) -> float:
    """How long there must be enough before it starts (s). On a ladder of several a relay waits
    longer than a knob: that takes the watts of a sunny minute meanwhile, and gives them back."""
    if load.enable_delay_s is not None:
        return load.enable_delay_s
    if count == 1 or has_knob(load):
        return control.enable_delay_s
    return max(control.enable_delay_s, RELAY_DELAY_S, CARRIED_TIMES * least_times(load).min_on_s)


def _sooner_s(load: Load, control: Control, delay_s: float) -> float:
    """How long a relay waits with sun that would be lost (s); what the owner says of it counts."""
    own_s = load.enable_delay_s
    return max(control.enable_delay_s, delay_s) if own_s is None else own_s


def _comfort(load: Load, comfort: Comfort) -> ComfortParams:
    sensor = load.temperature
    return ComfortParams(
        sensor=sensor is not None,
        required=sensor is not None and sensor.required,
        allowed_age_s=0.0 if sensor is None else sensor.allowed_age_s,
        max_c=comfort.max_c,
        hysteresis_c=comfort.hysteresis_c,
    )
