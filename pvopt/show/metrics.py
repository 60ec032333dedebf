"""What Prometheus is told of the last tick. Made when it asks; no tick pays for it.

Base units, as its conventions want them: watts, joules, seconds, degrees Celsius, shares of 1.
What is not known, or too old to be believed, is left out: a made-up number would be a lie, and
Prometheus sees what is missing. Counters begin at 0 with the program and never fall.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pvopt import __version__
from pvopt.config.loads import Load
from pvopt.model import Command, LoadView, Outcome, Reading, Site, Snapshot, StorageView
from pvopt.score.causes import Cause
from pvopt.score.day import DayScore, caught_pct, missed_wh, possible_wh
from pvopt.show.exposition import Family, Kind, Labels, Sample
from pvopt.show.status_forms import energy_of, fresh_site, in_hand
from pvopt.show.status_numbers import known

if TYPE_CHECKING:
    from pvopt.loop import Counts
    from pvopt.ports import Counting
    from pvopt.show.web.now import Home
    from pvopt.show.web.published import Published

J_PER_WH = 3600.0


class LoadRow(NamedTuple):
    """One load at the last tick; ``config`` None: not of the configuration."""

    config: Load | None
    command: Command
    outcome: Outcome
    view: LoadView
    published: Published


def families(
    latest: Published, home: Home, counts: Counts, recorders: Sequence[Counting]
) -> Iterator[Family]:
    """All that is told, in the order of the README. Worked: 2300 W of sun are
    ``pvopt_pv_watts 2300``, a battery at 55 % is ``pvopt_battery_soc_ratio 0.55``."""
    tick = latest.tick
    snapshot, decision = tick.snapshot, tick.decision
    yield _one("info", "gauge", "Always 1; the version is its label.", 1.0, _version(home))
    yield from _site(snapshot, fresh_site(tick))
    yield from _flows(latest)
    yield _one("budget_watts", "gauge", "What our loads may use now.", decision.budget_w)
    yield _one("remaining_watts", "gauge", "What is left of that budget.", decision.remaining_w)
    yield from _loads(latest, home)
    yield from _storages(latest)
    yield from _score(latest.score)
    yield from _sources(snapshot)
    yield _many(
        "alarm",
        "gauge",
        "1 while an alarm stands; its code is the label.",
        [((("code", reason.code.name.lower()),), 1.0) for reason in decision.alarms],
    )
    yield _one("alarms", "gauge", "Alarms that stand now.", float(len(decision.alarms)))
    yield from _program(counts, recorders)


def _version(home: Home) -> Labels:
    return (("version", __version__), ("demo", "1" if home.demo else "0"))


def _one(name: str, kind: Kind, words: str, number: float | None, labels: Labels = ()) -> Family:
    return Family(f"pvopt_{name}", kind, words, (Sample(labels, number),))


def _many(name: str, kind: Kind, words: str, rows: Iterable[tuple[Labels, float | None]]) -> Family:
    return Family(f"pvopt_{name}", kind, words, tuple(Sample(*row) for row in rows))


# -- the home ------------------------------------------------------------------------------------

# Name, help, field of the site, what it is multiplied with.
SITE = (
    ("grid_watts", "Power of the grid: above 0 bought, below 0 sold.", "grid_w", 1.0),
    ("pv_watts", "Power of the panels.", "pv_w", 1.0),
    ("home_load_watts", "What the home takes, our loads included.", "load_w", 1.0),
    ("battery_watts", "Power of the battery: above 0 charging.", "battery_w", 1.0),
    ("battery_volts", "Voltage of the battery.", "battery_v", 1.0),
    ("battery_soc_ratio", "How full the battery is, 0 to 1.", "soc_pct", 0.01),
    ("inverter_out_watts", "AC power that the inverter gives.", "inverter_out_w", 1.0),
    ("grid_frequency_hertz", "Frequency of the mains.", "frequency_hz", 1.0),
)


def _site(snapshot: Snapshot, site: Site | None) -> Iterator[Family]:
    """``site`` None: its numbers are missing or too old, and none of them is told."""
    yield _one(
        "home_fresh", "gauge", "1 while the home's numbers may be believed.", _bit(site is not None)
    )
    if snapshot.site is not None:
        age_s = max(0.0, snapshot.instant.mono_s - snapshot.site.at_s)
        yield _one("home_age_seconds", "gauge", "Age of the home's numbers.", age_s)
    if site is None:
        return
    for name, words, field, factor in SITE:
        yield _one(name, "gauge", words, _times(getattr(site, field), factor))
    phases = enumerate(site.grid_phase_w, start=1)
    yield _many(
        "grid_phase_watts",
        "gauge",
        "Power of the grid by phase.",
        [((("phase", str(number)),), known(watts)) for number, watts in phases],
    )
    devices = [((("device", one.id),), known(one.power_w)) for one in site.pv]
    yield _many("pv_device_watts", "gauge", "Power of one charger or PV inverter.", devices)
    yield _one(
        "pv_held_back",
        "gauge",
        "1 while the panels could give more than is taken.",
        _bit(any(device.limited for device in site.pv)),
    )
    yield _many(
        "home_alarm",
        "gauge",
        "1 while the home's own equipment tells of this alarm.",
        [((("code", alarm.name.lower()),), 1.0) for alarm in site.alarms],
    )
    yield _one("grid_up", "gauge", "1 while the grid is there.", _maybe(site.grid_up))
    yield _one("generator_running", "gauge", "1 while it runs.", _maybe(site.generator))


# Name, help, name of the sum.
FLOWS = (
    ("pv_energy", "Energy of the panels", "pv_wh"),
    ("home_load_energy", "Energy that the home took, our loads included", "load_wh"),
    ("grid_import_energy", "Energy bought", "import_wh"),
    ("grid_export_energy", "Energy sold", "export_wh"),
    ("battery_charged_energy", "Energy into the battery", "charged_wh"),
    ("battery_discharged_energy", "Energy out of the battery", "discharged_wh"),
)


def _flows(latest: Published) -> Iterator[Family]:
    total = latest.total_wh()
    for name, words, key in FLOWS:
        joules = total[key] * J_PER_WH if key in total else None
        since = f"{words}, since the program began."
        yield _one(f"{name}_joules_total", "counter", since, joules)


# -- loads ---------------------------------------------------------------------------------------


def _max_w(row: LoadRow) -> float | None:
    return None if row.config is None else row.config.max_w


def _temperature(row: LoadRow) -> float | None:
    """Of a sensor that still speaks."""
    sensor = None if row.config is None else row.config.temperature
    age_s = _temperature_age_s(row)
    if sensor is None or age_s is None or age_s > sensor.allowed_age_s:
        return None
    return known(row.view.temperature_c)


def _temperature_age_s(row: LoadRow) -> float | None:
    reading: Reading = row.view.temperature_c
    now_s = row.published.tick.snapshot.instant.mono_s
    return None if reading.value is None else reading.age_s(now_s)


def _heated_j(row: LoadRow) -> float | None:
    wh = dict(row.published.ledger.heated_wh).get(row.command.target)
    return None if wh is None else wh * J_PER_WH


def _today_j(row: LoadRow) -> float:
    return energy_of(row.published.ledger, row.command.target).today_wh * J_PER_WH


def _count(row: LoadRow, number: int) -> float | None:
    """An output that failed may not have told its counts: they have not fallen to 0."""
    return float(number) if number or not row.outcome.fault else None


def _by_hand(row: LoadRow) -> float:
    return _bit(in_hand(row.published.ledger, row.command.target))


def _full(row: LoadRow) -> float:
    return _bit(energy_of(row.published.ledger, row.command.target).full)


LOADS: tuple[tuple[str, Kind, str, Callable[[LoadRow], float | None]], ...] = (
    ("max_watts", "gauge", "What it can draw.", _max_w),
    ("setpoint_watts", "gauge", "What it is asked to draw.", lambda row: row.command.setpoint_w),
    (
        "expected_watts",
        "gauge",
        "What it should draw with its output as it stands.",
        lambda row: row.outcome.expected_w,
    ),
    ("actual_watts", "gauge", "What its own meter tells.", lambda row: known(row.view.actual_w)),
    ("temperature_celsius", "gauge", "Temperature of its water.", _temperature),
    ("temperature_age_seconds", "gauge", "Age of that temperature.", _temperature_age_s),
    (
        "relay_closed",
        "gauge",
        "1 while its relay is closed.",
        lambda row: _maybe(row.outcome.closed),
    ),
    (
        "knob_ratio",
        "gauge",
        "Where its knob stands, 0 to 1.",
        lambda row: row.outcome.position_pct / 100.0,
    ),
    ("energy_joules_total", "counter", "Energy that it should have drawn.", _heated_j),
    ("energy_today_joules", "gauge", "The same since the site's midnight.", _today_j),
    (
        "switches_total",
        "counter",
        "How often its relay switched.",
        lambda row: _count(row, row.outcome.switches),
    ),
    (
        "moves_total",
        "counter",
        "How often its knob moved.",
        lambda row: _count(row, row.outcome.moves),
    ),
    (
        "reason_code",
        "gauge",
        "Why it draws what it draws, as a number; see pvopt_load_reason.",
        lambda row: float(row.command.reason.code),
    ),
    ("by_hand", "gauge", "1 while a person's on, off or boost stands.", _by_hand),
    ("full", "gauge", "1 if it took no more at some time of today.", _full),
    (
        "fault",
        "gauge",
        "1 while its output has a fault.",
        lambda row: _bit(bool(row.outcome.fault)),
    ),
)


def _loads(latest: Published, home: Home) -> Iterator[Family]:
    tick = latest.tick
    configs = {one.id: one for one in home.loads}
    views = {one.id: one for one in tick.snapshot.loads}
    rows = [
        LoadRow(
            configs.get(command.target),
            command,
            outcome,
            views.get(command.target, LoadView(command.target)),
            latest,
        )
        for command, outcome in zip(tick.decision.commands, tick.outcomes, strict=False)
    ]
    for name, kind, words, number in LOADS:
        samples = [((("load", row.command.target),), number(row)) for row in rows]
        yield _many(f"load_{name}", kind, words, samples)
    yield _many(
        "load_reason",
        "gauge",
        "1 for the reason that holds now.",
        [(_reason("load", row.command), 1.0) for row in rows],
    )


def _reason(what: str, command: Command) -> Labels:
    return ((what, command.target), ("reason", command.reason.code.name.lower()))


# -- storages ------------------------------------------------------------------------------------


def _storages(latest: Published) -> Iterator[Family]:
    tick = latest.tick
    views, asked = tick.snapshot.storages, tick.decision.storages
    yield _one(
        "storages_need_watts",
        "gauge",
        "What the storages were to give in all; below 0: to take.",
        tick.decision.need_w,
    )

    def of(name: str, words: str, number: Callable[[StorageView], float | None]) -> Family:
        rows = [((("storage", one.id),), number(one)) for one in views]
        return _many(f"storage_{name}", "gauge", words, rows)

    yield of("watts", "Power of the storage: above 0 charging.", lambda one: known(one.power_w))
    yield of("soc_ratio", "How full it is, 0 to 1.", lambda one: _times(one.soc_pct, 0.01))
    yield of("connected", "1 while it says that it is there.", lambda one: _maybe(one.connected))
    yield of("fault", "1 while something is wrong with it.", lambda one: _bit(bool(one.fault)))
    yield _many(
        "storage_setpoint_watts",
        "gauge",
        "What it is asked for: above 0 to charge.",
        [((("storage", one.target),), one.setpoint_w) for one in asked],
    )
    yield _many(
        "storage_reason",
        "gauge",
        "1 for the reason that holds now.",
        [(_reason("storage", one), 1.0) for one in asked],
    )


# -- the day's score -----------------------------------------------------------------------------

# Name, help, field of the score.
SCORE = (
    ("caught", "Sun that our loads drew today.", "caught_wh"),
    ("charging", "Of it, what the battery would else have been charged with.", "charging_wh"),
    ("grid", "What our loads drew from the grid today.", "grid_wh"),
    ("battery", "What our loads drew out of the battery today.", "battery_wh"),
    ("estimated", "Of what was missed today, what no meter showed.", "guessed_wh"),
)


def _score(score: DayScore | None) -> Iterator[Family]:
    """Since the site's midnight: they fall to 0 there."""
    if score is None:
        return
    for name, words, key in SCORE:
        yield _one(f"score_{name}_joules", "gauge", words, getattr(score, key) * J_PER_WH)
    possible = "What an all-knowing diverter would have caught today."
    yield _one("score_possible_joules", "gauge", possible, possible_wh(score) * J_PER_WH)
    share = caught_pct(score)
    of_it = "What was caught of what was possible today, 0 to 1."
    yield _one("score_caught_ratio", "gauge", of_it, None if share is None else share / 100.0)
    yield _many(
        "score_missed_joules",
        "gauge",
        "Sun that was left today, by cause.",
        [((("cause", cause.name.lower()),), missed_wh(score, cause) * J_PER_WH) for cause in Cause],
    )


# -- health --------------------------------------------------------------------------------------


def _sources(snapshot: Snapshot) -> Iterator[Family]:
    health = [((("source", one.origin),), one) for one in snapshot.health]
    yield _many(
        "source_age_seconds",
        "gauge",
        "Age of the last good sample of a source; missing: there was none.",
        [(labels, one.age_s) for labels, one in health],
    )
    yield _many(
        "source_ok",
        "gauge",
        "1 while it answers.",
        [(labels, _bit(one.ok)) for labels, one in health],
    )
    yield _many(
        "source_used",
        "gauge",
        "1 for the source that the home's numbers are of.",
        [(labels, _bit(one.used)) for labels, one in health],
    )


def _program(counts: Counts, recorders: Sequence[Counting]) -> Iterator[Family]:
    yield _one("ticks_total", "counter", "Ticks of the loop.", float(counts.ticks))
    yield _one(
        "late_ticks_total", "counter", "Ticks left out, for the loop was late.", float(counts.late)
    )
    yield _one("failed_ticks_total", "counter", "Ticks that came to nothing.", float(counts.failed))
    told = [((("recorder", one.name),), one.counted()) for one in recorders]
    yield _many(
        "recorded_total",
        "counter",
        "Ticks (store) or lines (influx) that were written.",
        [(labels, float(kept)) for labels, (kept, _) in told],
    )
    yield _many(
        "record_losses_total",
        "counter",
        "Ticks or lines that were lost, for they could not be written.",
        [(labels, float(lost)) for labels, (_, lost) in told],
    )
    used = os.times()
    yield Family(
        "process_cpu_seconds_total",
        "counter",
        "CPU time of this process.",
        (Sample((), used.user + used.system),),
    )
    yield Family(
        "process_resident_memory_bytes",
        "gauge",
        "Memory of this process.",
        (Sample((), _resident_bytes()),),
    )


def _resident_bytes() -> float | None:
    try:
        pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    except OSError:
        return None
    return float(int(pages) * os.sysconf("SC_PAGE_SIZE"))


def _bit(true: bool) -> float:
    return 1.0 if true else 0.0


def _maybe(true: bool | None) -> float | None:
    return None if true is None else _bit(true)


def _times(reading: Reading, factor: float) -> float | None:
    number = known(reading)
    return None if number is None else number * factor
