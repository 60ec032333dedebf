"""A variant's run against `simulate`: the same home, sky, law and money, second by second."""

from __future__ import annotations

import math
from dataclasses import replace
from zoneinfo import ZoneInfo

import attrs
import numpy as np
import pytest

from pvopt.benchmarks import sweep_work
from pvopt.benchmarks.sweep_course import is_quiet, sweep_course
from pvopt.benchmarks.sweep_work import (
    Figures,
    Task,
    clear_of,
    inputs_of,
    params_of,
    start_of,
    told,
)
from pvopt.model import Why
from tests.unit.benchmarks.sweep_samples import by_the_loop, task_of, with_demo


def interpreted(task: Task) -> Figures:
    arrays = (*inputs_of(task), clear_of(task))
    return told(sweep_course(params_of(task), start_of(task), *arrays))


def test_a_second_a_step_is_simulate() -> None:
    """Six minutes of June; tests/scenario has hours, and other homes."""
    task = task_of(hours=0.1, step_s=1, from_h=11.1)
    loop, ours = by_the_loop(task), interpreted(task)
    assert loop.sun_kwh > 0.0
    assert ours == pytest.approx(loop, rel=1e-3, abs=2e-3)


def test_a_night_passes_in_whole_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is lived in one piece is what would have been lived second by second."""
    task = with_demo(task_of(hours=0.2), soc_pct=60.0)  # from midnight on
    whole = interpreted(task)
    monkeypatch.setattr("pvopt.benchmarks.sweep_course.is_quiet", lambda params, course: False)
    ticked = interpreted(task)
    for key, expected, figure in zip(Figures._fields, ticked, whole, strict=True):
        assert figure == pytest.approx(expected, rel=2e-3, abs=2e-3), key


def test_quiet_is_neither_heater_nor_surplus() -> None:
    task = task_of(hours=1.0, from_h=12.0)
    params, course = params_of(task), start_of(task)
    assert course.flows.pv_possible_w > 1000.0
    assert not is_quiet(params, course)
    night = task_of(hours=1.0)
    asleep = start_of(night)
    assert is_quiet(params_of(night), asleep)
    closed = asleep._replace(outlet=asleep.outlet._replace(closed=True))
    assert not is_quiet(params_of(night), closed)


def test_the_bill() -> None:
    """A night without battery: all is bought; 0.2 by night, 0.4 from six o'clock on."""
    given = {
        "battery_wh": 0.0, "night_per_kwh": 0.2, "buy_per_kwh": 0.4,
        "night_start": "22:00", "night_end": "01:00",
    }  # fmt: skip
    task = with_demo(task_of(hours=2.0), **given)
    load_w = inputs_of(task)[1]
    figures = interpreted(task)
    first, second = load_w[:60].sum() / 60_000.0, load_w[60:].sum() / 60_000.0
    assert figures.bought_kwh == pytest.approx(first + second)
    assert figures.bill == pytest.approx(0.2 * first + 0.4 * second)
    assert figures.saved == 0.0
    assert figures.hot_h == pytest.approx(0.0, abs=0.2)  # the tank begins at 45 degC


def test_an_alarm_is_counted() -> None:
    task = task_of(hours=0.1, from_h=12.0)
    start = start_of(task)
    effects = start.law.load.effects._replace(latched=True, verdict=Why.WELDED)
    alarmed = start._replace(law=start.law._replace(load=start.law.load._replace(effects=effects)))
    arrays = (*inputs_of(task), clear_of(task))
    figures = told(sweep_course(params_of(task), alarmed, *arrays))
    assert figures.alarm_h == pytest.approx(0.1)
    assert figures.sun_kwh == 0.0
    assert interpreted(task).alarm_h == 0.0


def test_what_is_sold_is_paid_for() -> None:
    task = with_demo(
        task_of(hours=0.2, from_h=12.0), battery_wh=0.0, feed_in=True, sell_per_kwh=0.1, sky="clear"
    )
    figures = interpreted(task)
    assert figures.sold_kwh > 0.02
    assert figures.bill == pytest.approx(0.3 * figures.bought_kwh - 0.1 * figures.sold_kwh)


def test_it_stops_when_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep_work, "compile_kernel", lambda kernel: kernel)
    assert sweep_work.figures_of(task_of(hours=0.1), lambda: True) is None
    assert sweep_work.figures_of(task_of(hours=0.1)) is not None


def test_the_law_is_told_of_the_panels_that_are_there() -> None:
    task = task_of(hours=1.0, from_h=12.0)
    twice = with_demo(task, peak_w=2.0 * task.demo.peak_w)
    assert clear_of(twice) == pytest.approx(2.0 * clear_of(task))
    bare = replace(
        task, config=attrs.evolve(task.config, site=attrs.evolve(task.config.site, planes=()))
    )
    assert all(map(math.isnan, clear_of(bare)))


def test_panels_share_their_sky() -> None:
    """One watt's worth, scaled: the sun is not asked again for another size."""
    task = task_of(hours=1.0, from_h=12.0)
    small, large = inputs_of(task)[0], inputs_of(with_demo(task, peak_w=8800.0))[0]
    assert np.allclose(large, 2.0 * small)


def test_zone_of_the_sample() -> None:
    """The samples' start is a local midnight."""
    from datetime import datetime

    here = datetime.fromtimestamp(task_of().span.start_utc_s, ZoneInfo("Europe/Prague"))
    assert (here.hour, here.minute, here.day) == (0, 0, 21)
