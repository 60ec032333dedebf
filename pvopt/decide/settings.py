"""What decide may know of the configuration: numbers and policies, no hosts, no secrets."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple

from pvopt.decide.windows import Hours
from pvopt.model import EssState

if TYPE_CHECKING:  # its rules know the kernels of comfort, which know these shapes
    from pvopt.decide.wants_rules import ComfortRules


class Metering(IntEnum):
    AUTO = -1  # as the home's equipment balances its phases
    SUMMED = 0
    PER_PHASE = 1


class HuntParams(NamedTuple):
    """Parameters of the search for surplus; watts, watt-hours, seconds, all >= 0."""

    max_w: float  # what all our loads together can take
    min_w: float  # the least that the first load can take
    margin_w: float  # export kept as a cushion
    tolerance_w: float  # errors below this may wait; see lasting_s
    first_step_w: float
    max_step_w: float
    edge_step_w: float  # step of the search while riding the edge
    max_grid_draw_w: float
    max_discharge_w: float
    probe_wh: float  # one probe may borrow
    hour_wh: float  # all probes of an hour may borrow
    response_s: float  # first guess of how long the chargers take to answer
    retry_s: float  # wait after a failed probe; failures double it
    promise_w: float = 0.0  # what forecast or sky must promise before a search begins; 0: nothing
    lasting_s: float = 1.0  # an error of tolerance_w moves the knob once it lasts so long; 0: any
    hold_s: float = 0.0  # how long a load without a knob stays on once it is
    # Without a battery: a movement up has to be worth so many of such errors, and one down leaves
    # so much more.
    patience: float = 1.0
    cushion_w: float = 0.0


class DriveParams(NamedTuple):
    """How an offer of watts becomes the set-point of one load."""

    max_w: float
    min_w: float
    on_off: bool
    deadband_w: float
    enable_delay_s: float
    disable_delay_s: float


class LimitParams(NamedTuple):
    """Minimum times of one load's contact, seconds."""

    min_on_s: float
    min_off_s: float


class ComfortParams(NamedTuple):
    """Temperature limits of one load; ``sensor``: one is configured; degC and K."""

    sensor: bool
    required: bool
    allowed_age_s: float
    max_c: float
    hysteresis_c: float


class LoadParams(NamedTuple):
    """One load in numbers. ``phase`` 1 to 3, 0 for all three alike; ``needs_grid``: dead on an
    island; ``verify``: its watts are looked for in the meters."""

    drive: DriveParams
    limits: LimitParams
    comfort: ComfortParams
    phase: int = 1
    verify: bool = True
    has_knob: bool = True
    needs_grid: bool = False


class SiteParams(NamedTuple):
    """The owner's rules for the home; NaN where nothing is said.

    ``feed_in``: 0 as reported, 1 allowed, -1 forbidden. ``stop_states``: bit n is set where the
    ``EssState`` n turns everything off (see ``bits_of``).
    """

    metering: Metering = Metering.AUTO
    feed_in: int = 0
    inverter_max_w: float = math.nan
    inverter_headroom_w: float = 200.0
    min_soc_pct: float = 0.0
    forecast_difference_w: float = 0.0  # where no device says whether it is limited
    stop_states: int = 0
    generator_ok: bool = False
    island_ok: bool = True


def bits_of(states: Iterable[EssState]) -> int:
    """A set of states as bits. Worked: {KEEP_CHARGED (2), RECHARGE (4)} is 4 + 16 = 20."""
    bits = 0
    for state in states:
        bits |= 1 << state
    return bits


@dataclass(frozen=True, slots=True)
class LoadSettings:
    """One load and its name; the rest as in ``LoadParams``.

    ``steps_w``: it knows these watts only (rising; empty: as ``drive`` says); ``unknown``: nobody
    has said what it draws; ``before_battery``: it may take what would charge the battery;
    ``ramp_w_s``: it rises by no more a second; ``most_starts_h``: contacts closed an hour at the
    most (0: any); ``lost_delay_s``, ``free_delay_s``: a relay on a ladder starts after so long
    where the sun would else be lost, the second where knobs can make room for it.
    """

    id: str
    drive: DriveParams
    limits: LimitParams
    comfort: ComfortParams
    phase: int = 1
    verify: bool = True
    has_knob: bool = True
    needs_grid: bool = False
    blind: bool = False  # a person's wish counts without the home's meters, too
    rules: ComfortRules | None = None  # what is wanted besides its maximum; see wants.py
    steps_w: tuple[float, ...] = ()
    unknown: bool = False
    before_battery: bool = False
    ramp_w_s: float = math.inf
    most_starts_h: float = 0.0
    lost_delay_s: float = math.inf
    free_delay_s: float = math.inf

    def params(self) -> LoadParams:
        """What kernels take of it."""
        return LoadParams(
            self.drive,
            self.limits,
            self.comfort,
            self.phase,
            self.verify,
            self.has_knob,
            self.needs_grid,
        )


@dataclass(frozen=True, slots=True)
class PlaneSettings:
    peak_w: float
    tilt_deg: float
    azimuth_deg: float


@dataclass(frozen=True, slots=True)
class DaylightSettings:
    """``mode``: "sun", "hours" (local ``start``-``end``, "HH:MM") or "always"."""

    mode: str
    latitude: float
    longitude: float
    timezone: str
    min_elevation_deg: float
    start: str
    end: str
    planes: tuple[PlaneSettings, ...] = ()


@dataclass(frozen=True, slots=True)
class StorageSettings:
    """One storage; watts >= 0.

    ``max_discharge_w`` (and ``boost_w`` above it while all the others are at theirs),
    ``max_charge_w`` (0: it cannot take any): its limits. ``min_discharge_w``: it is kept at no
    less, wanted or not (0: it may stop). ``floor_w``: the least that it can give but nothing;
    ``min_charge_w``: the same of charging. ``efficiency``: of what it stores, the part that comes
    back. ``adjusts``: it takes the watts to add to what it gives, not those to give.
    """

    id: str
    max_discharge_w: float
    min_discharge_w: float = 0.0
    boost_w: float = 0.0
    floor_w: float = 0.0
    max_charge_w: float = 0.0
    min_charge_w: float = 0.0
    efficiency: float = 1.0
    adjusts: bool = False


@dataclass(frozen=True, slots=True)
class SplitSettings:
    """How storages share what the house needs.

    ``threshold_pct``: within it they are as full as one another and share evenly; ``rate``: how
    much more the fuller gives beyond it; ``setpoint_w``: import to aim at (W); ``rotation_s``: a
    turn of those that cannot all give their floor; ``meter_silent_s``: a grid meter so long
    silent stops them. ``assume``: before anything is heard of one it counts as
    ``assumed_soc_pct`` full and giving ``assumed_w``; otherwise it is left alone.
    ``charge_first``: they take surplus before our loads do.
    """

    storages: tuple[StorageSettings, ...] = ()
    threshold_pct: float = 2.0
    rate: float = 1.0
    setpoint_w: float = 0.0
    rotation_s: float = 900.0
    meter_silent_s: float = 30.0
    assume: bool = False
    assumed_soc_pct: float = 80.0
    assumed_w: float = 200.0
    charge_first: bool = True


@dataclass(frozen=True, slots=True)
class Settings:
    tick_s: float
    site: SiteParams
    daylight: DaylightSettings
    hunt: HuntParams
    loads: tuple[LoadSettings, ...]
    hours: Hours = Hours()
    first: HuntParams | None = None  # for the loads before the battery, where there are any
    split: SplitSettings = SplitSettings()
