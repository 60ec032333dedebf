"""Which reasons call for a person: somebody has to look at the heater, its output or a sensor."""

from __future__ import annotations

from collections.abc import Iterable

from pvopt.model import Command, Outcome, Reason, Why

# Watts where there should be none, or none where there should be: a person has to look.
HEATER = frozenset({Why.WELDED, Why.TRIAC_SHORT, Why.ELEMENT, Why.OUTPUT_FAULT})
SENSOR = frozenset({Why.SENSOR_LOST, Why.SENSOR_BAD})
METER = frozenset({Why.STALE, Why.NO_DATA, Why.METER_LOST, Why.FROZEN})


Latched = Iterable[tuple[str, Why]]  # of the ledger


def of_heater(command: Command, latched: Latched = ()) -> Reason | None:
    """Why somebody has to look at a load's heater; None: nothing is wrong. What is latched counts
    whatever the load says itself: at night it says that it is night."""
    if command.reason.code in HEATER:
        return command.reason
    why = dict(latched).get(command.target)
    return None if why is None else Reason(why)


def calls(command: Command, outcome: Outcome, latched: Latched = ()) -> bool:
    """Whether a load needs somebody: an alarm of its own, or an output that does not obey."""
    heater = of_heater(command, latched)
    return bool(outcome.fault) or heater is not None or command.reason.code in SENSOR
