"""Sentences for people, from reason codes and numbers. The only place that has them."""

from __future__ import annotations

import math
from collections.abc import Mapping

from pvopt.model import Alarm, EssState, Reason, Why
from pvopt.show.words import english
from pvopt.show.words.tongues import Tongue

ALARM_NUMBERS = frozenset(float(alarm) for alarm in Alarm)
STATE_NUMBERS = frozenset(float(state) for state in EssState)


class _Numbers(dict[str, object]):
    """Numbers by name; one that is missing shows as a question mark, never as an error."""

    def __missing__(self, key: str) -> _Unknown:
        return _Unknown()


class _Unknown:
    def __format__(self, spec: str) -> str:
        return "?"


class _Comma(float):
    """A number in a language that writes 48,2."""

    def __format__(self, spec: str) -> str:
        return super().__format__(spec).replace(".", ",")


def sentence(reason: Reason, tongue: Tongue = english) -> str:
    """One plain sentence for a reason, with its numbers."""
    comma = tongue.DECIMAL == ","
    numbers = _Numbers(
        {name: _Comma(number) if comma else number for name, number in reason.numbers}
    )
    told = dict(reason.numbers)
    numbers["until"] = until(told, tongue)
    numbers["by"] = _clock(tongue.BY, told["by_min"]) if "by_min" in told else ""
    for name, number in reason.numbers:
        if name == "alarm" and number in ALARM_NUMBERS:
            numbers["alarm_name"] = tongue.ALARMS[Alarm(int(number))]
        if name == "state" and number in STATE_NUMBERS:
            numbers["state_name"] = tongue.STATES[EssState(int(number))]
    return _template(reason, numbers, tongue).format_map(numbers)


def until(numbers: Mapping[str, float], tongue: Tongue = english) -> str:
    """When a person's wish ends, if it does: after a space: by the clock, or in minutes."""
    until_min, left_min = numbers.get("until_min"), numbers.get("left_min")
    if until_min is not None and math.isfinite(until_min):
        tomorrow = numbers.get("until_days", 0.0) == 1.0
        return _clock(tongue.UNTIL_TOMORROW if tomorrow else tongue.UNTIL, until_min)
    return "" if left_min is None else tongue.LEFT.format(left_min=left_min)


def _clock(template: str, minutes: float) -> str:
    return template.format(hour=minutes // 60.0, minute=minutes % 60.0)


def _template(reason: Reason, numbers: _Numbers, tongue: Tongue) -> str:
    """The owner's own wish about the forecast reads otherwise than the bound of the sky."""
    if reason.code == Why.FORECAST_LOW and "forecast_w" in numbers:
        return tongue.FORECAST_GATE
    return tongue.SENTENCES.get(reason.code) or english.SENTENCES[reason.code]


def needs(reason: Reason, tongue: Tongue = english) -> str:
    """What would change the decision, or what comes next and when (s); may be empty."""
    change = reason.change
    if change is None or (change.needs_w <= 0 and change.needs_s <= 0):
        return ""
    if change.needs_w > 0 and change.needs_s > 0:
        both = tongue.NEXT_BOTH.get(reason.code, tongue.NEEDS_BOTH)
        return both.format(w=change.needs_w, s=change.needs_s)
    if change.needs_w > 0:
        return tongue.NEEDS_W.format(w=change.needs_w)
    return tongue.NEXT.get(reason.code, tongue.NEEDS_S).format(s=change.needs_s)
