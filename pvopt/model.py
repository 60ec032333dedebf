"""The vocabulary of pvopt: every shape that travels through the loop, frozen.

Signs (convert only inside a source):

=============  =========================================================
``grid_w``     + import, - export
``pv_w``       >= 0
``load_w``     >= 0, our own equipment included
``battery_w``  + charging, - discharging
balance        ``grid_w + pv_w = load_w + battery_w``, but for losses
``soc_pct``    0 to 100, never 0 to 1
=============  =========================================================

A suffix is a unit: ``_w _wh _v _a _pct _s _c _hz _deg``. ``_s`` of an instant is on the
monotonic clock, ``_utc_s`` is Unix time. A missing number is ``None``, never 0.
"""

from __future__ import annotations

from enum import IntEnum

from pvopt.shape import frozen


@frozen
class Instant:
    """A moment: ``mono_s`` for delays and ages, ``utc_s`` for sun, calendar and people.

    ``utc_ok`` is False until the machine knows the date (a Pi has none before NTP).
    """

    mono_s: float
    utc_s: float
    utc_ok: bool = True


@frozen
class Reading:
    """A number with its time of validity (``at_s``, monotonic) and where it came from."""

    value: float | None
    at_s: float
    origin: str

    def age_s(self, now_s: float) -> float:
        """Seconds since the reading was valid, never below 0."""
        return max(0.0, now_s - self.at_s)


MISSING = Reading(None, float("-inf"), "")


class LimitWhy(IntEnum):
    """Why a PV device gives less than it could; only some reasons hide usable sun."""

    NONE = 0
    BATTERY_FULL = 1  # voltage limit or taper: sun is hidden
    CHARGE_LIMIT = 2  # a charge current limit: sun is hidden
    OWN_RATING = 3  # the charger's own maximum: nothing to gain
    FEED_IN_LIMIT = 4  # export forbidden or capped: sun is hidden
    FREQUENCY = 5  # an island's frequency shift: sun is hidden
    UNKNOWN = 6  # limited, reason not known: treated as hidden, judged by probing
    # A PV inverter that gives a little less than its limit: perhaps held back, perhaps not.
    NEAR_LIMIT = 7


@frozen
class PvDevice:
    """One charger, tracker or PV inverter. ``limited`` None: the device does not say."""

    id: str
    power_w: Reading
    limited: bool | None = None
    limit_why: LimitWhy = LimitWhy.NONE


@frozen
class FeedIn:
    """What may be exported. None: not known. ``cap_w`` None: no cap (or not known)."""

    dc_allowed: bool | None = None
    ac_allowed: bool | None = None
    cap_w: float | None = None
    limiter_active: bool | None = None


class EssState(IntEnum):
    """What the inverter and its energy management are doing."""

    UNKNOWN = 0
    OPTIMIZED = 1  # ESS self-consumption, the ordinary case
    KEEP_CHARGED = 2
    EXTERNAL = 3  # external control (Hub4 mode 3)
    RECHARGE = 4  # BatteryLife or low-SoC recharge from the grid, sustain
    PASS_THROUGH = 5  # no inverting, loads straight from the input
    ISLAND = 6  # inverting without grid
    CHARGER_ONLY = 7
    OFF = 8
    FAULT = 9
    SCHEDULED = 10  # scheduled charging or Dynamic ESS decides
    PEAK_SHAVING = 11


class Alarm(IntEnum):
    """Alarms of the home's own equipment that stop our equipment."""

    OVERLOAD = 1
    LOW_BATTERY = 2
    TEMPERATURE = 3
    BMS = 4
    INVERTER = 5
    METER_LOST = 6


@frozen
class Limits:
    """Limits of the home as its equipment reports them; None: not known or no limit."""

    charge_w: float | None = None  # what the battery may be charged with (CCL x V), >= 0
    discharge_w: float | None = None  # >= 0
    charge_v: float | None = None  # charge voltage limit
    inverter_w: float | None = None  # continuous AC power of the inverter
    ess_min_soc_pct: float | None = None


@frozen
class Site:
    """The home at one instant, as one source sees it. Missing numbers are ``MISSING``.

    ``at_s``: when the oldest number that control depends on was valid (monotonic);
    ``allowed_age_s``: how old that may become before everything goes off.
    """

    origin: str
    at_s: float
    allowed_age_s: float
    grid_w: Reading = MISSING
    grid_phase_w: tuple[Reading, Reading, Reading] = (MISSING, MISSING, MISSING)
    pv_w: Reading = MISSING
    load_w: Reading = MISSING
    battery_w: Reading = MISSING
    battery_v: Reading = MISSING
    soc_pct: Reading = MISSING
    inverter_out_w: Reading = MISSING  # AC power the inverter gives from DC, + out, >= 0
    frequency_hz: Reading = MISSING
    pv: tuple[PvDevice, ...] = ()
    feed_in: FeedIn = FeedIn()
    grid_setpoint_w: Reading = MISSING
    grid_up: bool | None = None
    generator: bool | None = None
    ess_state: EssState = EssState.UNKNOWN
    limits: Limits = Limits()
    alarms: tuple[Alarm, ...] = ()
    summed_metering: bool | None = None  # how the inverters balance phases; None: not known


@frozen
class LoadView:
    """One of our loads as it is now: what it was asked, what it should draw, what is measured.

    ``expected_w``: watts that the output's present position should give by its curve
    (0 while the relay is open); ``most_w``: what it may have given meanwhile, on the way (0: no
    more than that); ``actual_w``: its own meter, if it has one.
    """

    id: str
    asked_w: float = 0.0
    expected_w: float = 0.0
    most_w: float = 0.0
    closed: bool | None = None  # relay contact commanded closed; None: no relay
    pending: bool = False  # a sequence of the output is still under way
    actual_w: Reading = MISSING
    temperature_c: Reading = MISSING
    fault: str = ""


@frozen
class StorageView:
    """One battery storage that takes set-points, as it is now.

    ``power_w``: + charging, - discharging, as it says itself; ``connected`` None: it does not
    say. What is older than its allowed age is ``MISSING`` here; ``fault``: why something is missing
    (silence, nonsense), in words, empty: nothing is.
    """

    id: str
    power_w: Reading = MISSING
    soc_pct: Reading = MISSING
    connected: bool | None = None
    fault: str = ""


@frozen
class ForecastPoint:
    """Mean PV power expected from ``start_utc_s`` until the next point's start."""

    start_utc_s: float
    pv_w: float


@frozen
class Forecast:
    """One forecast, one object until it is replaced. Points are in order of time."""

    id: str
    issued_utc_s: float
    origin: str
    points: tuple[ForecastPoint, ...]


class RequestKind(IntEnum):
    ON = 1
    OFF = 2
    AUTO = 3
    BOOST = 4
    SET_TEMP = 5
    RELEASE = 6  # ends on, off and boost, as AUTO does; temperatures stay


class Temp(IntEnum):
    """Which temperature SET_TEMP sets: no warmer than so, no colder, or enough for the grid."""

    MAX = 0
    MIN = 1
    ECO = 2


@frozen
class Request:
    """What a person asked of a load; expires at ``until_utc_s``, ``lasts_s`` seconds after it was
    taken up, or at ``until_c`` degrees, whatever comes first; None: not bound by that.

    ``watts`` None: all it can draw. Of SET_TEMP ``until_c`` is the temperature that is wanted,
    ``temp`` says which one.
    """

    id: str
    target: str
    kind: RequestKind
    watts: float | None = None
    until_utc_s: float | None = None
    until_c: float | None = None
    by: str = ""
    lasts_s: float | None = None
    temp: Temp = Temp.MAX


@frozen
class Health:
    """How a source fares: ``age_s`` of its last good sample (inf: none yet), last fault."""

    origin: str
    ok: bool
    age_s: float
    fault: str = ""
    used: bool = False


@frozen
class Snapshot:
    """Decide's only view of the world."""

    instant: Instant
    site: Site | None
    loads: tuple[LoadView, ...] = ()
    storages: tuple[StorageView, ...] = ()
    forecast: Forecast | None = None
    requests: tuple[Request, ...] = ()
    health: tuple[Health, ...] = ()


class Why(IntEnum):
    """Reason codes of decisions; the sentences are in show/words. Numbers are kept stable."""

    # surplus
    STARTING = 1
    NO_SURPLUS = 2
    VISIBLE = 3  # export is taken up
    PROBING = 4  # hidden surplus is being searched
    RIDING = 5  # at the edge of what the panels can give
    STEP_BACK = 6  # the last watts came out of battery or grid
    HOLD = 7
    WAIT_ENABLE = 8  # surplus is there, the enable delay runs
    WAIT_DISABLE = 9
    MIN_ON = 10
    MIN_OFF = 11
    BUDGET_SPENT = 12  # the energy that probes may borrow is used up; waits
    HEATER_MAX = 13
    INVERTER_CAP = 14
    RANKED = 15  # loads of a higher rank have all there is
    MOST_STARTS = 16  # switched on as often as it may be in an hour
    TOO_LITTLE = 17  # off: what is left for it is less than it needs
    NIGHT = 20
    SOC_LOW = 21
    GRID_DRAW = 22
    BATTERY_DISCHARGE = 23
    FORECAST_LOW = 24
    # policies
    GENERATOR = 30
    ISLAND = 31
    ESS_STATE = 32
    NOT_AUTO = 33
    # a person
    PERSON_OFF = 40
    PERSON_ON = 41
    BOOST = 42
    # comfort
    LEGIONELLA = 50  # bought heat, four kinds
    TOO_COLD = 51
    ENERGY_FLOOR = 52
    READY_BY = 53
    TANK_FULL = 54  # and no sun either
    ENERGY_ENOUGH = 55
    LEGIONELLA_LATE = 56  # an alarm, of no command
    # danger and safety
    STALE = 60
    NO_DATA = 61
    METER_LOST = 62
    ALARM = 63
    GRID_LOST = 64
    TOO_HOT = 65
    SENSOR_LOST = 66
    SENSOR_BAD = 67
    WELDED = 68
    TRIAC_SHORT = 69
    FROZEN = 70
    ELEMENT = 71
    THERMOSTAT_OPEN = 72
    OUTPUT_FAULT = 73
    INVERTER_OVER = 74
    FAULT = 75  # an exception in the loop
    STOPPING = 76
    CHECKING = 77  # the relay opens to see whether watts are ours
    # storages
    SHARING = 80  # its even part of what the house needs
    REBALANCING = 81  # more or less than that, for it is fuller or emptier than the others
    RESTING = 82  # parked: the others carry it until its turn comes
    NO_NEED = 83  # the house needs nothing of it
    AT_LIMIT = 84  # all that it may give or take
    AT_LEAST = 85  # the least that it may give
    CHARGING = 86  # it takes surplus
    NOT_FOLLOWING = 87  # asked and does not give: the others carry it
    STORAGE_SILENT = 88
    STORAGE_OFFLINE = 89
    METER_SILENT = 90  # to zero, or to its floor
    ASSUMED = 91  # nothing heard yet: taken as the owner said
    RETURNING = 92  # back, its share grows
    SURPLUS_FIRST = 93  # loads run on surplus: nothing is drawn from it for them


@frozen
class Change:
    """The nearest thing that would change a decision: so many watts more, for so long."""

    needs_w: float
    needs_s: float


@frozen
class Reason:
    """Why a command is as it is: a code, its numbers (name, number) and what would change it."""

    code: Why
    numbers: tuple[tuple[str, float], ...] = ()
    change: Change | None = None


@frozen
class Command:
    """Watts for one target, valid until ``expires_s`` (mono). ``urgent``: relay first, now.

    Of a storage the watts have the sign of ``battery_w``, and ``from_w`` is the power that it has
    now, as far as is known (W, same sign; None: not known): one that takes adjustments is sent
    what is between them.
    """

    target: str
    setpoint_w: float
    expires_s: float
    reason: Reason
    urgent: bool = False
    from_w: float | None = None


@frozen
class Decision:
    """One command a target, every tick.

    ``storages``: one each, in the order of the settings; ``need_w``: what the storages were to
    give in all (W, >= 0: the house needs it; < 0: surplus to be stored; None: not known).
    """

    instant: Instant
    commands: tuple[Command, ...]
    budget_w: float
    remaining_w: float
    alarms: tuple[Reason, ...] = ()
    storages: tuple[Command, ...] = ()
    need_w: float | None = None


@frozen
class Outcome:
    """What an output did with a command.

    ``sent``: something went to the wire; ``pending``: a sequence is under way;
    ``expected_w``: watts that the present position should give; ``most_w``: what it may give
    until it rests (0: no more than that); ``closed``: relay;
    ``moves`` and ``switches`` count since the start.
    """

    target: str
    asked_w: float
    sent: bool = False
    pending: bool = False
    fault: str = ""
    expected_w: float = 0.0
    most_w: float = 0.0
    position_pct: float = 0.0
    closed: bool | None = None
    moves: int = 0
    switches: int = 0


@frozen
class Tick:
    """One whole pass of the loop."""

    snapshot: Snapshot
    decision: Decision
    outcomes: tuple[Outcome, ...]
    storage_outcomes: tuple[Outcome, ...] = ()


@frozen
class Samples:
    """What one read of a source brought; parts that a source does not offer stay empty.

    ``temperatures``: (sensor key, Reading in degC); ``powers``: of single loads, (meter key,
    Reading in W); ``storages``: as they are now; ``lack``: what of it should be there and is not,
    in words.
    """

    origin: str
    site: Site | None = None
    temperatures: tuple[tuple[str, Reading], ...] = ()
    forecast: Forecast | None = None
    powers: tuple[tuple[str, Reading], ...] = ()
    storages: tuple[StorageView, ...] = ()
    lack: str = ""
