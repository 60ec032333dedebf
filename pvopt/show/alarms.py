"""Which reasons call for a person: somebody has to look at the heater, its output or a sensor."""

from __future__ import annotations

from pvopt.model import Command, Outcome, Why

# Watts where there should be none, or none where there should be: a person has to look.
HEATER = frozenset({Why.WELDED, Why.TRIAC_SHORT, Why.ELEMENT, Why.OUTPUT_FAULT})
SENSOR = frozenset({Why.SENSOR_LOST, Why.SENSOR_BAD})
METER = frozenset({Why.STALE, Why.NO_DATA, Why.METER_LOST, Why.FROZEN})


def calls(command: Command, outcome: Outcome) -> bool:
    """Whether a load needs somebody: an alarm of its own, or an output that does not obey."""
    return bool(outcome.fault) or command.reason.code in HEATER | SENSOR
