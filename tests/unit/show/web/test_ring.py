"""The last day in memory: means, bounds, gaps, and a clock that is set back."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pvopt.model import MISSING, Reading, Tick
from pvopt.show.web import ring
from pvopt.show.web.ring import EACH_S, Ring, Series, joined
from tests.unit.show.web.samples import UTC_S, tick_at

START = UTC_S - UTC_S % EACH_S


def filled(seconds: int, pv_w: float = 1000.0, each_s: float = 10.0) -> Ring:
    made = Ring()
    for k in range(int(seconds / each_s) + 1):
        made.add(tick_at(START + k * each_s, pv_w=pv_w + k))
    return made


def test_a_row_is_the_mean_of_its_half_minute() -> None:
    found = filled(90).series(["pv_w"], 0.0, 1e11, 100)
    assert found.t_utc_s == [START, START + 30.0, START + 60.0]
    assert found.columns["pv_w"] == [1001.0, 1004.0, 1007.0]


def test_nothing_is_told_of_a_half_minute_that_is_not_over() -> None:
    assert filled(20).span() is None
    assert filled(30).span() == (START, START)


def test_names_are_those_of_home_and_loads() -> None:
    names = filled(60).names()
    assert {"grid_w", "pv_w", "load_w", "battery_w", "soc_pct", "budget_w"} <= set(names)
    assert {"load.ecs.setpoint_w", "load.ecs.expected_w", "load.ecs.temperature_c"} <= set(names)


def test_unknown_names_are_left_out() -> None:
    assert filled(60).series(["pv_w", "nonsense"], 0.0, 1e11, 9).columns.keys() == {"pv_w"}


def test_missing_is_none_and_never_0() -> None:
    made = Ring()
    for k in range(7):
        one = tick_at(START + 10.0 * k)
        site = one.snapshot.site
        assert site is not None
        gap = replace(site, pv_w=MISSING) if k < 3 else site
        made.add(replace(one, snapshot=replace(one.snapshot, site=gap)))
    assert made.series(["pv_w"], 0.0, 1e11, 9).columns["pv_w"][0] is None
    assert made.series(["pv_w"], 0.0, 1e11, 9).columns["pv_w"][1] is not None


def test_what_is_too_old_to_be_believed_is_missing() -> None:
    made = Ring()
    for k in range(7):
        one = tick_at(START + 10.0 * k)
        site = one.snapshot.site
        assert site is not None
        old_s = one.snapshot.instant.mono_s - site.allowed_age_s - 0.1
        lost = replace(site, at_s=old_s) if k < 3 else site
        made.add(replace(one, snapshot=replace(one.snapshot, site=lost)))
    found = made.series(["pv_w", "budget_w"], 0.0, 1e11, 9).columns
    assert found["pv_w"][0] is None
    assert found["pv_w"][1] is not None
    assert None not in found["budget_w"]


def test_a_column_that_comes_later_has_nothing_before() -> None:
    made = Ring()
    for k in range(13):
        one = tick_at(START + 10.0 * k)
        loads = one.snapshot.loads
        warm = (replace(loads[0], actual_w=Reading(5.0, 1.0, "m")), *loads[1:])
        views = warm if k >= 6 else ()
        made.add(replace(one, snapshot=replace(one.snapshot, loads=views)))
    found = made.series(["load.ecs.actual_w", "pv_w"], 0.0, 1e11, 9).columns
    assert len(found["load.ecs.actual_w"]) == len(found["pv_w"])
    assert found["load.ecs.actual_w"][0] is None
    assert found["load.ecs.actual_w"][-1] == 5.0


@pytest.mark.parametrize(("most", "rows"), [(100, 20), (20, 20), (19, 10), (7, 7), (1, 1)])
def test_thinned_to_so_many_rows(most: int, rows: int) -> None:
    found = filled(600).series(["pv_w"], 0.0, 1e11, most)
    assert len(found.t_utc_s) == len(found.columns["pv_w"]) == rows


def test_only_the_asked_span() -> None:
    found = filled(600).series(["pv_w"], START + 60.0, START + 120.0, 100)
    assert found.t_utc_s == [START + 60.0, START + 90.0, START + 120.0]


def test_a_day_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ring, "MOST_ROWS", 100)
    monkeypatch.setattr(ring, "SPARE_ROWS", 10)
    made = filled(30 * 500, each_s=30.0)
    span = made.span()
    assert span is not None
    assert span[1] == START + 30.0 * 499
    assert 99 * 30.0 <= span[1] - span[0] <= 110 * 30.0
    assert len(made.series(["pv_w"], 0.0, 1e11, 1000).columns["pv_w"]) <= 110


def test_a_clock_that_is_set_back_begins_again_there() -> None:
    made = filled(600)
    for k in range(10):
        made.add(tick_at(START + 300.0 + 10.0 * k, pv_w=7.0))
    found = made.series(["pv_w"], 0.0, 1e11, 1000)
    assert found.t_utc_s == sorted(set(found.t_utc_s))
    assert found.columns["pv_w"][-1] == 7.0


class Store:
    """Has what is older than ten minutes."""

    def __init__(self) -> None:
        self.kept = filled(600, pv_w=5000.0)

    def span(self) -> tuple[float, float] | None:
        return self.kept.span()

    def names(self) -> list[str]:
        return self.kept.names()

    def series(self, names: object, from_s: float, to_s: float, most: int) -> Series:
        return self.kept.series(["pv_w", "grid_w"], from_s, to_s, most)


def test_what_the_store_has_not_written_yet_comes_from_the_ring() -> None:
    found = joined(Store(), filled(900), ["pv_w", "grid_w"], (START, START + 900.0), 1000)
    assert found.t_utc_s == [START + 30.0 * k for k in range(30)]
    pv_w = found.columns["pv_w"]
    assert all(w is not None and w >= 5000.0 for w in pv_w[:20])
    assert all(w is not None and w < 5000.0 for w in pv_w[20:])


def test_a_tick_of_no_home_is_kept_as_gaps() -> None:
    made = Ring()
    for k in range(7):
        one = tick_at(START + 10.0 * k)
        made.add(Tick(replace(one.snapshot, site=None), one.decision, one.outcomes))
    assert made.series(["pv_w"], 0.0, 1e11, 9).columns["pv_w"] == [None, None]
