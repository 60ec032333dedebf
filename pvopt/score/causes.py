"""Where sun was missed, by the reason that a load had at that moment."""

from __future__ import annotations

from enum import IntEnum

from pvopt.model import Why


class Cause(IntEnum):
    """Numbers are kept in the records: new ones come behind, none changes."""

    WAITING = 0  # delays, minimum times, the search's own steps
    BATTERY = 1  # the battery is to be fuller first
    LATE = 2  # the home's numbers were old
    HIDDEN = 3  # held back and not found yet: an estimate
    HAND = 4  # a person had it off, or on with other watts
    RULES = 5  # the owner's rules: night, generator, state of the inverter, ...
    GUARD = 6  # danger, a fault, an output that does not obey
    HOT = 7  # the water is hot enough, or the load has had its energy
    SMALL = 8  # more than all loads, or the inverter, can take


# No diverter could have put these to use.
BEYOND = frozenset({Cause.HOT, Cause.SMALL})

_OF: dict[Cause, tuple[Why, ...]] = {
    Cause.BATTERY: (Why.SOC_LOW,),
    Cause.LATE: (Why.STALE, Why.NO_DATA, Why.METER_LOST),
    Cause.HAND: (Why.PERSON_OFF, Why.PERSON_ON, Why.BOOST),
    Cause.RULES: (
        Why.NIGHT,
        Why.FORECAST_LOW,
        Why.GENERATOR,
        Why.ISLAND,
        Why.ESS_STATE,
        Why.NOT_AUTO,
    ),
    Cause.GUARD: (
        Why.ALARM,
        Why.GRID_LOST,
        Why.SENSOR_LOST,
        Why.SENSOR_BAD,
        Why.WELDED,
        Why.TRIAC_SHORT,
        Why.FROZEN,
        Why.ELEMENT,
        Why.OUTPUT_FAULT,
        Why.INVERTER_OVER,
        Why.FAULT,
        Why.STOPPING,
        Why.CHECKING,
    ),
    Cause.HOT: (Why.TOO_HOT, Why.TANK_FULL, Why.ENERGY_ENOUGH, Why.THERMOSTAT_OPEN),
    Cause.SMALL: (Why.INVERTER_CAP,),
}
_BY_WHY = {why: cause for cause, whys in _OF.items() for why in whys}


def cause_of(why: Why) -> Cause:
    """Of a load with that reason; whatever is not listed is the ordinary life of the search."""
    return _BY_WHY.get(why, Cause.WAITING)
