"""What is worth a message to a person: what stands now, and what has begun or ended. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from pvopt.decide.legionella import LegionellaRule, Progress, stands
from pvopt.decide.memory import Ledger
from pvopt.model import MISSING, Alarm, Command, Outcome, Tick
from pvopt.show import words
from pvopt.show.alarms import HEATER, METER, SENSOR, Latched, of_heater
from pvopt.show.status_forms import fresh_site
from pvopt.show.status_numbers import known

OVER_K = 5.0  # above the owner's maximum; a little is reached on any sunny day
# Seconds that it must last, and be over, before anything is said: a cloud of lost packets is none.
LASTS_S = {"sensor_lost": 60.0, "meter_lost": 60.0, "too_hot": 10.0, "heater_alarm": 3.0}
DUE = frozenset({Progress.WAITING, Progress.HEATING})
HYGIENE = frozenset({"legionella_due", "legionella_overdue"})


class Key(NamedTuple):
    """``load``: its id, empty: of the whole home."""

    event: str
    load: str = ""


Alerts = dict[Key, str]  # with what is to be said


def standing(
    tick: Tick,
    ledger: Ledger,
    max_c: Mapping[str, float],
    hygiene: Mapping[str, LegionellaRule],
) -> Alerts:
    """What is wrong in this tick. By load ``max_c``: the owner's maxima, ``hygiene``: the rules."""
    found: Alerts = {}
    for command, outcome in zip(tick.decision.commands, tick.outcomes, strict=True):
        found.update(_of_output(command, outcome, ledger.latched))
    for view in tick.snapshot.loads:
        water_c, most_c = known(view.temperature_c), max_c.get(view.id)
        if water_c is not None and most_c is not None and water_c > most_c + OVER_K:
            text = f"{view.id}: the water has {water_c:.1f} °C, at most {most_c:.0f} °C is wanted"
            found[Key("too_hot", view.id)] = text
    found.update(_of_hygiene(tick, ledger, hygiene))
    text = _of_meter(tick)
    if text:
        found[Key("meter_lost")] = text
    return found


def hidden(key: Key, tick: Tick, allowed_age_s: Mapping[str, float]) -> bool:
    """Whether this tick cannot show that an alert is over. Hygiene goes by the date, which a Pi
    has not at once; a load tells one reason alone, and the night's hides the others.
    ``allowed_age_s``: of each load's sensor."""
    if key.event in HYGIENE:
        return not tick.snapshot.instant.utc_ok
    alarms = {reason.code for reason in tick.decision.alarms}
    if key.event == "heater_alarm":
        return fresh_site(tick) is None or not alarms.isdisjoint(HEATER)
    if key.event not in {"sensor_lost", "too_hot"}:
        return False
    now_s, allowed_s = tick.snapshot.instant.mono_s, allowed_age_s.get(key.load)
    water = next((one.temperature_c for one in tick.snapshot.loads if one.id == key.load), MISSING)
    silent = allowed_s is not None and (water.value is None or water.age_s(now_s) > allowed_s)
    return silent or (key.event == "sensor_lost" and not alarms.isdisjoint(SENSOR))


def _of_output(command: Command, outcome: Outcome, latched: Latched) -> Iterator[tuple[Key, str]]:
    load, heater = command.target, of_heater(command, latched)
    if outcome.fault:
        yield Key("heater_alarm", load), f"{load}: {outcome.fault.removeprefix(f'{load}: ')}"
    elif heater is not None:
        yield Key("heater_alarm", load), f"{load}: {words.sentence(heater)}"
    if command.reason.code in SENSOR:
        yield Key("sensor_lost", load), f"{load}: {words.sentence(command.reason)}"


def _of_hygiene(
    tick: Tick, ledger: Ledger, hygiene: Mapping[str, LegionellaRule]
) -> Iterator[tuple[Key, str]]:
    instant = tick.snapshot.instant
    if not instant.utc_ok:
        return
    for one in ledger.comfort:
        rule = hygiene.get(one.id)
        now = None if rule is None else stands(rule, one.legionella, instant.utc_s)
        if now is None:
            continue
        days = abs(now.due_utc_s - instant.utc_s) / 86_400.0
        if now.progress in DUE:
            text = f"{one.id}: hygiene is due within {days:.1f} days"
            yield Key("legionella_due", one.id), text
        elif now.progress == Progress.OVERDUE:
            text = f"{one.id}: hygiene is overdue: the water was not hot enough for long enough"
            yield Key("legionella_overdue", one.id), text


def _of_meter(tick: Tick) -> str:
    site = tick.snapshot.site
    if fresh_site(tick) is None:
        return "the home's meters are silent: everything is off"
    if site is not None and Alarm.METER_LOST in site.alarms:
        return "the grid meter is lost"
    if any(reason.code in METER for reason in tick.decision.alarms):
        return "the home's meters cannot be believed: everything is off"
    return ""


class Change(NamedTuple):
    """``begun`` False: it is over."""

    key: Key
    begun: bool
    text: str


class Watch:
    """Which alerts have lasted. ``begun``: those that stood already when an earlier run ended."""

    def __init__(self, begun: Iterable[Key] = ()) -> None:
        self._on: Alerts = {key: f"{key.load or 'the home'}: {key.event}" for key in begun}
        self._since_s: dict[Key, float] = {}

    def step(
        self, now: Alerts, now_s: float, hides: Callable[[Key], bool] = lambda key: False
    ) -> list[Change]:
        """What has begun or ended by ``now_s``: it lasted for its seconds. What this tick ``hides``
        goes on."""
        changes: list[Change] = []
        for key in {**self._on, **now}:
            if (key in now) == (key in self._on) or (key not in now and hides(key)):
                self._since_s.pop(key, None)
                continue
            since_s = self._since_s.setdefault(key, now_s)
            if now_s - since_s < LASTS_S.get(key.event, 0.0):
                continue
            del self._since_s[key]
            if key in now:
                self._on[key] = now[key]
                changes.append(Change(key, True, now[key]))
            else:
                changes.append(Change(key, False, self._on.pop(key)))
        for key in [key for key in self._since_s if key not in self._on and key not in now]:
            del self._since_s[key]
        return changes
