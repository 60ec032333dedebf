"""What Prometheus is told of a tick."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from pvopt import __version__
from pvopt.decide.memory import Ledger
from pvopt.loop import Counts
from pvopt.model import MISSING, Alarm, Reading, Tick
from pvopt.score.causes import Cause
from pvopt.score.day import DayScore
from pvopt.show.exposition import text
from pvopt.show.metrics import families
from pvopt.show.web.published import PageRecorder, Published
from tests.exposition import Key, read
from tests.unit.show.web.samples import HOME, LEDGER, LOADS, UTC_S, ZONE, tick_at

README = (Path(__file__).parents[3] / "README.md").read_text(encoding="utf-8")
TOLD = replace(LEDGER, heated_wh=(("ecs", 1000.0), ("pool", 0.0)))

MISSED = {Cause.WAITING: 500.0, Cause.HOT: 2000.0}
SCORE = DayScore(739788, caught_wh=7900.0, missed_wh=tuple(MISSED.get(one, 0.0) for one in Cause))


class Written:
    name = "influx"

    def counted(self) -> tuple[int, int]:
        return 120, 7


def told(tick: Tick | None = None, ledger: Ledger = TOLD, **given: Any) -> dict[Key, float]:
    latest = Published(7, tick or tick_at(), ledger, "2026-06-21", {"pv_wh": 2.0}, {"pv_wh": 1.0})
    counts = Counts(ticks=100, late=3, failed=1)
    return read(text(families(latest, given.get("home", HOME), counts, [Written()])))


def of(found: dict[Key, float], name: str, **labels: str) -> float | None:
    return found.get((f"pvopt_{name}", tuple(labels.items())))


def test_the_home() -> None:
    found = told()
    assert of(found, "grid_watts") == -120.0
    assert of(found, "pv_watts") == 2300.0
    assert of(found, "home_load_watts") == 1840.2
    assert of(found, "battery_watts") == 310.0
    assert of(found, "battery_soc_ratio") == pytest.approx(0.9)
    assert of(found, "home_age_seconds") == 1.0
    assert of(found, "budget_watts") == 200.0
    assert of(found, "info", version=__version__, demo="1") == 1.0
    assert of(found, "pv_energy_joules_total") == 3.0 * 3600.0


def test_the_loads() -> None:
    found = told()
    assert of(found, "load_setpoint_watts", load="ecs") == 1500.0
    assert of(found, "load_expected_watts", load="ecs") == 1487.4
    assert of(found, "load_actual_watts", load="ecs") is None
    assert of(found, "load_actual_watts", load="pool") == 0.0
    assert of(found, "load_temperature_celsius", load="ecs") == 48.25
    assert of(found, "load_relay_closed", load="ecs") == 1.0
    assert of(found, "load_relay_closed", load="pool") is None
    assert of(found, "load_knob_ratio", load="ecs") == pytest.approx(0.613)
    assert of(found, "load_energy_joules_total", load="ecs") == 3.6e6
    assert of(found, "load_energy_today_joules", load="ecs") == pytest.approx(1234.56 * 3600)
    assert of(found, "load_reason", load="ecs", reason="boost") == 1.0
    assert of(found, "load_reason_code", load="pool") == 2.0
    assert of(found, "load_by_hand", load="ecs") == 1.0
    assert of(found, "load_fault", load="pool") == 1.0
    assert of(found, "load_moves_total", load="ecs") == 4.0
    assert of(found, "load_moves_total", load="pool") is None  # its output failed and tells none


def test_storages_sources_alarms_and_the_program() -> None:
    found = told()
    assert of(found, "storage_watts", storage="b2500") == -80.0
    assert of(found, "storage_soc_ratio", storage="b2500") == pytest.approx(0.44)
    assert of(found, "storage_setpoint_watts", storage="b2500") == -150.0
    assert of(found, "storage_reason", storage="b2500", reason="sharing") == 1.0
    assert of(found, "source_age_seconds", source="gx") == 0.5
    assert of(found, "source_age_seconds", source="vrm") is None  # nothing came of it yet
    assert of(found, "source_ok", source="vrm") == 0.0
    assert of(found, "alarm", code="frozen") == 1.0
    assert of(found, "alarms") == 1.0
    assert of(found, "ticks_total") == 100.0
    assert of(found, "late_ticks_total") == 3.0
    assert of(found, "recorded_total", recorder="influx") == 120.0
    assert of(found, "record_losses_total", recorder="influx") == 7.0
    assert found["process_resident_memory_bytes", ()] > 1e6


def test_the_readme_has_every_name() -> None:
    """Of a home that has everything; what it tells of itself besides is as everywhere."""
    tick = tick_at()
    assert tick.snapshot.site is not None
    one = Reading(1.0, 99.0, "t")
    home = replace(
        tick.snapshot.site, grid_phase_w=(one, one, one), generator=False, alarms=(Alarm.BMS,)
    )
    every = ("pv", "load", "import", "export", "charged", "discharged")
    tick = replace(
        tick,
        snapshot=replace(tick.snapshot, site=home),
        decision=replace(tick.decision, need_w=100.0),
    )
    today = {f"{name}_wh": 1.0 for name in every}
    latest = Published(7, tick, TOLD, "2026-06-21", today, score=SCORE)
    found = {
        one.name
        for one in families(latest, HOME, Counts(), [Written()])
        if any(sample.number is not None for sample in one.samples)
    }
    block = README.partition("\n### Prometheus\n")[2].partition("The names begin")[2]
    words = re.findall(r"^    (.*)", block.partition("What is not known")[0], re.MULTILINE)
    names = {f"pvopt_{word.partition('{')[0]}" for line in words for word in line.split()}
    assert names == {name for name in found if not name.startswith("process_")}


def test_the_days_score() -> None:
    latest = Published(7, tick_at(), TOLD, "2026-06-21", {}, score=SCORE)
    found = read(text(families(latest, HOME, Counts(), ())))
    assert of(found, "score_caught_joules") == 7900.0 * 3600.0
    assert of(found, "score_possible_joules") == 8400.0 * 3600.0
    assert of(found, "score_caught_ratio") == pytest.approx(7900.0 / 8400.0)
    assert of(found, "score_missed_joules", cause="hot") == 2000.0 * 3600.0
    assert of(found, "score_missed_joules", cause="late") == 0.0
    assert not [name for name, _ in told() if "score" in name]


def test_numbers_that_are_too_old_are_not_told() -> None:
    tick = tick_at()
    site = tick.snapshot.site
    assert site is not None
    for allowed_s, fresh in ((1.0, True), (0.999, False)):
        home = replace(site, allowed_age_s=allowed_s)
        found = told(replace(tick, snapshot=replace(tick.snapshot, site=home)))
        assert (of(found, "pv_watts") is not None) == fresh
        assert of(found, "home_fresh") == float(fresh)
        assert of(found, "home_age_seconds") == 1.0


def test_a_home_that_is_not_known() -> None:
    tick = tick_at()
    snapshot = replace(tick.snapshot, site=None, health=(), storages=(), loads=())
    found = told(replace(tick, snapshot=snapshot), Ledger())
    assert of(found, "home_fresh") == 0.0
    assert of(found, "home_age_seconds") is None
    assert of(found, "load_energy_joules_total", load="ecs") is None
    assert of(found, "load_setpoint_watts", load="ecs") == 1500.0


@pytest.mark.parametrize(("age_s", "told_of"), [(60.0, True), (60.1, False)])
def test_a_sensor_that_is_silent_has_no_temperature(age_s: float, told_of: bool) -> None:
    tick = tick_at()
    [ecs, pool] = tick.snapshot.loads
    ecs = replace(ecs, temperature_c=Reading(48.0, 100.0 - age_s, "t"))
    found = told(replace(tick, snapshot=replace(tick.snapshot, loads=(ecs, pool))))
    assert (of(found, "load_temperature_celsius", load="ecs") is not None) == told_of
    assert of(found, "load_temperature_age_seconds", load="ecs") == pytest.approx(age_s)


def test_a_load_that_is_called_strangely() -> None:
    strange = 'a"b\\c\nd'
    tick = tick_at()
    [first, second] = tick.decision.commands
    decision = replace(tick.decision, commands=(replace(first, target=strange), second))
    home = HOME._replace(loads=(evolve(LOADS[0], id=strange), LOADS[1]))
    found = told(replace(tick, decision=decision), home=home)
    assert of(found, "load_setpoint_watts", load=strange) == 1500.0


NUMBERS = st.one_of(st.none(), st.floats())


@given(st.lists(NUMBERS, min_size=6, max_size=6))
def test_whatever_is_read_the_text_is_well_formed(numbers: list[float | None]) -> None:
    names = ("grid_w", "pv_w", "load_w", "battery_w", "soc_pct", "battery_v")
    readings = {
        name: MISSING if number is None else Reading(number, 99.0, "t")
        for name, number in zip(names, numbers, strict=True)
    }
    tick = tick_at()
    assert tick.snapshot.site is not None
    home = replace(tick.snapshot.site, **readings, alarms=tuple(Alarm))  # type: ignore[arg-type]
    found = told(replace(tick, snapshot=replace(tick.snapshot, site=home)))
    for name, number in zip(("grid_watts", "pv_watts"), numbers, strict=False):
        known = number is not None and math.isfinite(number)
        assert (of(found, name) is not None) == known
    assert all(math.isfinite(number) for number in found.values())


def test_counters_never_fall_over_midnight_and_a_clock_put_back() -> None:
    page = PageRecorder(lambda: TOLD, ZONE)
    before: dict[Key, float] = {}
    for k in range(300):
        utc_s = UTC_S + 600.0 * k - (90_000.0 if k > 200 else 0.0)
        page.record(tick_at(utc_s, pv_w=1000.0 + k, mono_s=100.0 + 60.0 * k))
        assert page.latest is not None
        now = read(text(families(page.latest, HOME, Counts(ticks=k), ())))
        for key, number in before.items():
            if key[0].endswith("_total"):
                assert now[key] >= number, key
        before = now
    joules = sum((1000.0 + k) * 60.0 for k in range(1, 300))
    assert before["pvopt_pv_energy_joules_total", ()] == pytest.approx(joules, abs=2000.0)
