"""English sentences for reason codes; numbers are filled in by name."""

from __future__ import annotations

from pvopt.decide.legionella import Progress
from pvopt.model import Alarm, EssState, Why

DECIMAL = "."

SENTENCES: dict[Why, str] = {
    Why.STARTING: "just started",
    Why.NO_SURPLUS: "no surplus: the house and the battery take all the sun there is",
    Why.VISIBLE: "taking up what would be exported",
    Why.PROBING: "searching: trying whether the sun carries these watts",
    Why.RIDING: "using all the sun that can be had now",
    Why.STEP_BACK: "less: the sun may not carry the last watts",
    Why.HOLD: "holding",
    Why.WAIT_ENABLE: "about to start: waiting whether the surplus lasts",
    Why.WAIT_DISABLE: "too little surplus: waiting whether it comes back",
    Why.MIN_ON: "stays on for its minimum time",
    Why.MIN_OFF: "stays off for its minimum time",
    Why.BUDGET_SPENT: "waiting: the search has borrowed all it may in this hour",
    Why.HEATER_MAX: "the heater gets all that it can take",
    Why.INVERTER_CAP: "limited by the inverter",
    Why.RANKED: "loads of a higher rank take all there is",
    Why.TOO_LITTLE: "waits: what is left for it is too little",
    Why.MOST_STARTS: "switched on as often as it may be in an hour",
    Why.NIGHT: "night",
    Why.SOC_LOW: "the battery comes first: {soc_pct:.0f} % of at least {min_pct:.0f} %",
    Why.GRID_DRAW: "the house draws from the grid",
    Why.BATTERY_DISCHARGE: "the battery is discharging",
    Why.FORECAST_LOW: "the sky has no more to give",
    Why.GENERATOR: "the generator runs",
    Why.ISLAND: "off grid, and heating there is not allowed",
    Why.ESS_STATE: "the inverter is in a state in which surplus is not ours: {state_name}",
    Why.NOT_AUTO: "not in automatic",
    Why.PERSON_OFF: "switched off by hand{until}",
    Why.PERSON_ON: "switched on by hand{until}",
    Why.BOOST: "boost by hand{until}",
    Why.LEGIONELLA: "hygiene: heating from {temperature_c:.1f} °C to {target_c:.0f} °C",
    Why.LEGIONELLA_LATE: (
        "ALARM: hygiene is overdue: the water was not hot enough for long enough in its time"
    ),
    Why.TOO_COLD: "too cold: heating from {temperature_c:.1f} °C to {eco_c:.0f} °C",
    Why.ENERGY_FLOOR: "the sun brought too little: heating {lacking_wh:.0f} Wh more",
    Why.READY_BY: "to be ready{by}: heating {lacking_wh:.0f} Wh more",
    Why.TANK_FULL: "full: takes no sun until the water is below {solar_min_c:.0f} °C",
    Why.ENERGY_ENOUGH: "has had its energy: takes no more sun in this period",
    Why.STALE: "OFF: the last good reading is {age_s:.0f} s old (allowed {allowed_s:.0f} s)",
    Why.NO_DATA: "OFF: no reading of the home yet",
    Why.METER_LOST: "OFF: the grid meter is lost",
    Why.ALARM: "OFF: alarm of the home's equipment: {alarm_name}",
    Why.GRID_LOST: "OFF: the grid went away {since_s:.0f} s ago",
    Why.TOO_HOT: "off: the water has {temperature_c:.1f} °C (at most {max_c:.0f} °C)",
    Why.SENSOR_LOST: "OFF: the water's temperature sensor is silent",
    Why.SENSOR_BAD: "OFF: the water's temperature sensor cannot be right",
    Why.WELDED: "ALARM: watts flow although it is off: contact welded? Cut the heater's fuse",
    Why.TRIAC_SHORT: "ALARM: watts flow with the regulator at zero: it or its coupling is broken",
    Why.FROZEN: "OFF: no meter moves although the heater draws: the readings are frozen",
    Why.ELEMENT: "ALARM: no watts on a cold tank: element, fuse or safety cut-out",
    Why.THERMOSTAT_OPEN: "no watts flow: thermostat open, or its breaker or fuse off",
    Why.OUTPUT_FAULT: "OFF: the output does not obey",
    Why.INVERTER_OVER: "OFF: the inverter gives {inverter_w:.0f} W of at most {limit_w:.0f} W",
    Why.FAULT: "OFF: an error inside pvopt",
    Why.STOPPING: "stopping",
    Why.CHECKING: "off for a moment: checking whether watts flow that should not",
    Why.SHARING: "gives its part of what the house needs",
    Why.REBALANCING: "gives its part, by how full it is: {soc_pct:.0f} %",
    Why.RESTING: "rests: the others carry what the house needs, its turn comes",
    Why.NO_NEED: "the house needs nothing of it",
    Why.AT_LIMIT: "at its limit",
    Why.AT_LEAST: "gives the least that it may",
    Why.CHARGING: "takes its part of the surplus",
    Why.NOT_FOLLOWING: "does not follow: empty, full or held back; the others carry its part",
    Why.STORAGE_SILENT: "silent: the others carry its part",
    Why.STORAGE_OFFLINE: "not connected: the others carry its part",
    Why.METER_SILENT: "the grid meter is silent: down to its least",
    Why.ASSUMED: "nothing heard of it yet: taken as configured",
    Why.RETURNING: "back: its part grows",
    Why.SURPLUS_FIRST: "gives nothing to loads that run on surplus",
}

ALARMS: dict[Alarm, str] = {
    Alarm.OVERLOAD: "inverter overload",
    Alarm.LOW_BATTERY: "low battery",
    Alarm.TEMPERATURE: "temperature",
    Alarm.BMS: "battery management",
    Alarm.INVERTER: "inverter fault",
    Alarm.METER_LOST: "grid meter lost",
}

STATES: dict[EssState, str] = {
    EssState.UNKNOWN: "unknown",
    EssState.OPTIMIZED: "self-consumption",
    EssState.KEEP_CHARGED: "keep batteries charged",
    EssState.EXTERNAL: "external control",
    EssState.RECHARGE: "recharging the battery from the grid",
    EssState.PASS_THROUGH: "pass-through",
    EssState.ISLAND: "off grid",
    EssState.CHARGER_ONLY: "charger only",
    EssState.OFF: "switched off",
    EssState.FAULT: "fault",
    EssState.SCHEDULED: "scheduled charging",
    EssState.PEAK_SHAVING: "peak shaving",
}

UNTIL = " until {hour:02.0f}:{minute:02.0f}"
UNTIL_TOMORROW = " until tomorrow {hour:02.0f}:{minute:02.0f}"
BY = " by {hour:02.0f}:{minute:02.0f}"
LEFT = " for another {left_min:.0f} min"

FORECAST_GATE = (
    "the forecast ({forecast_w:.0f} W) does not exceed the panels ({pv_w:.0f} W) by what is asked"
)

NEEDS_BOTH = "needs {w:.0f} W more for {s:.0f} s"
NEEDS_W = "needs {w:.0f} W more"
NEEDS_S = "for another {s:.0f} s"

# What the seconds of these reasons lead to; most of them need no watts besides.
NEXT: dict[Why, str] = {
    Why.WAIT_ENABLE: "decided in {s:.0f} s",
    Why.MIN_ON: "may go off in {s:.0f} s",
    Why.MIN_OFF: "may go on in {s:.0f} s",
    Why.PROBING: "judged in {s:.0f} s",
    Why.STEP_BACK: "tries again in {s:.0f} s",
    Why.RIDING: "tries a little less in {s:.0f} s",
    Why.BUDGET_SPENT: "tries again in {s:.0f} s",
    Why.THERMOSTAT_OPEN: "tries again in {s:.0f} s",
    Why.ELEMENT: "tries again in {s:.0f} s",
    Why.WAIT_DISABLE: "goes off in {s:.0f} s",
}
NEXT_BOTH: dict[Why, str] = {
    Why.RIDING: "tries more in {s:.0f} s",
    Why.WAIT_DISABLE: "goes off in {s:.0f} s unless {w:.0f} W more come",
}
# Where a load stands with its hygiene.
HYGIENE: dict[Progress, str] = {
    Progress.DONE: "hygiene was done {done}, the next is due by {due}",
    Progress.FIRST: "hygiene is due by {due}, for nothing is known of this tank yet",
    Progress.WAITING: "hygiene is due by {due}: waiting for the sun, heating begins {start}",
    Progress.HEATING: "hygiene is due by {due}: heating, whatever the sun does",
    Progress.OVERDUE: "hygiene is overdue since {due}: not hot enough for long enough",
}
