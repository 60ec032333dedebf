"""Sentences for people, from reason codes and numbers. The only place that has them."""

from __future__ import annotations

import math

from pvopt.model import Alarm, EssState, Reason, Why
from pvopt.show.words import english

ALARM_NUMBERS = frozenset(float(alarm) for alarm in Alarm)
STATE_NUMBERS = frozenset(float(state) for state in EssState)


class _Numbers(dict[str, object]):
    """Numbers by name; one that is missing shows as a question mark, never as an error."""

    def __missing__(self, key: str) -> _Unknown:
        return _Unknown()


class _Unknown:
    def __format__(self, spec: str) -> str:
        return "?"


def sentence(reason: Reason) -> str:
    """One plain sentence for a reason, with its numbers."""
    numbers = _Numbers(reason.numbers)
    told = dict(reason.numbers)
    numbers["until"] = _until(told)
    numbers["by"] = _clock(english.BY, told["by_min"]) if "by_min" in told else ""
    for name, number in reason.numbers:
        if name == "alarm" and number in ALARM_NUMBERS:
            numbers["alarm_name"] = english.ALARMS[Alarm(int(number))]
        if name == "state" and number in STATE_NUMBERS:
            numbers["state_name"] = english.STATES[EssState(int(number))]
    return _template(reason, numbers).format_map(numbers)


def _until(numbers: dict[str, float]) -> str:
    """When a person's wish ends, if it does: by the clock, or in minutes."""
    until_min, left_min = numbers.get("until_min"), numbers.get("left_min")
    if until_min is not None and math.isfinite(until_min):
        return _clock(english.UNTIL, until_min)
    return "" if left_min is None else english.LEFT.format(left_min=left_min)


def _clock(template: str, minutes: float) -> str:
    return template.format(hour=minutes // 60.0, minute=minutes % 60.0)


def _template(reason: Reason, numbers: _Numbers) -> str:
    """The owner's own wish about the forecast reads otherwise than the bound of the sky."""
    if reason.code == Why.FORECAST_LOW and "forecast_w" in numbers:
        return english.FORECAST_GATE
    return english.SENTENCES[reason.code]


def needs(reason: Reason) -> str:
    """What would change the decision, or what comes next and when (s); may be empty."""
    change = reason.change
    if change is None or (change.needs_w <= 0 and change.needs_s <= 0):
        return ""
    if change.needs_w > 0 and change.needs_s > 0:
        both = english.NEXT_BOTH.get(reason.code, english.NEEDS_BOTH)
        return both.format(w=change.needs_w, s=change.needs_s)
    if change.needs_w > 0:
        return english.NEEDS_W.format(w=change.needs_w)
    return english.NEXT.get(reason.code, english.NEEDS_S).format(s=change.needs_s)
