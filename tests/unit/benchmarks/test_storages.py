"""`benchmark storages`: the house, the score, the cases, the table."""

from __future__ import annotations

import math

import pytest

np = pytest.importorskip("numpy", reason="numpy is not installed:  . ./env.sh sim")

from pvopt.benchmarks import storage_table  # noqa: E402
from pvopt.benchmarks.storage_home import Course, Said, best_grid, run, storages_of  # noqa: E402
from pvopt.benchmarks.storage_score import Score, score, steps  # noqa: E402
from pvopt.benchmarks.storages import (  # noqa: E402
    DELAYS,
    LAWS,
    Case,
    Row,
    cases_of,
    cells_of,
    delays_of,
    worked,
)

LOAD = np.concatenate([np.full(120, 200.0), np.full(120, 700.0), np.full(120, 300.0)])
SCORE = Score(10, 5.0, 9.0, 2.0, 10.0, 20.0, 2.0, 15.0, 12.0, 3.0, 95.0)


class Constant:
    def __init__(self, watts: float) -> None:
        self.watts = watts
        self.said: list[tuple[Said, ...]] = []

    def tell(self, second: int, grid_w: float, said: tuple[Said, ...]) -> tuple[float, ...]:
        self.said.append(said)
        return (self.watts,) * len(said)


def test_the_grid_is_the_load_less_what_is_given() -> None:
    law = Constant(-20.0)
    course = run(law, storages_of((1.0, 1.0), 5000.0), np.full(60, 500.0))
    assert course.grid_w[0] == 500.0
    assert course.grid_w[-1] < 200.0
    assert [one.looks for one in law.said[0]] == [True, False]
    assert law.said[0][0].soc_pct - law.said[0][1].soc_pct == 12.0
    assert sum(course.given_wh) == pytest.approx((500.0 - course.grid_w).sum() / 3600.0)


@pytest.mark.parametrize(
    ("delay", "delays"),
    [("1", (1.0, 1.0, 1.0)), ("10", (10.0,) * 3), ("1-10", (1.0, 5.0, 10.0))],
)
def test_the_delays(delay: str, delays: tuple[float, ...]) -> None:
    assert delays_of(3, delay) == delays


def test_their_cells_last_the_day_and_a_wish_takes_the_delay() -> None:
    storages = storages_of((4.0, 10.0), 9000.0)
    assert sum(one.capacity_wh for one in storages) > 9000.0
    assert [(one.cycle_s, one.delay_s) for one in storages] == [(4.0, 2.0), (10.0, 5.0)]


def test_who_knows_all_buys_what_nobody_can_give() -> None:
    grid = best_grid(2, np.array([100.0, 1600.0, 1700.0]))
    assert list(grid) == [0.0, 0.0, 100.0]


def test_steps_are_those_that_a_calm_follows() -> None:
    assert [(begin, up) for begin, _, up in steps(LOAD)] == [(119, True), (239, False)]
    assert steps(np.full(400, 200.0)) == []
    restless = LOAD + np.where(np.arange(len(LOAD)) % 20 < 10, 40.0, 0.0)
    assert steps(restless) == []


def test_the_score_of_a_known_course() -> None:
    """Five seconds late at each step, then 30 W too much for a second."""
    error = np.zeros(len(LOAD))
    error[119:124] = 500.0
    error[124] = -30.0
    error[239:244] = -400.0
    one = score(Course(error, (70.0, 72.5), (0.0, 0.0)), np.zeros(len(LOAD)), LOAD)
    assert one.steps == 2
    assert one.settle_s == pytest.approx(5.5)
    assert one.overshoot_w == 15.0
    # From +500 at once to -30 W: a swing; it had settled when the load fell
    assert one.crossings_h == one.swings_h == pytest.approx(10.0)
    assert one.in_band_pct == pytest.approx(100.0 * 349 / 360)
    assert one.spread_pct == 2.5
    assert one.bought_wh == pytest.approx(2500.0 / 3600.0)
    assert one.exported_wh == pytest.approx(2030.0 / 3600.0)
    assert one.rms_w == pytest.approx(math.sqrt((5 * 500**2 + 30**2 + 5 * 400**2) / 360.0))


@pytest.mark.parametrize(("calm_s", "swings"), [(9, 10.0), (10, 0.0)])
def test_a_change_of_side_after_a_rest_is_no_swing(calm_s: int, swings: float) -> None:
    error = np.zeros(360)
    error[100:105] = 60.0
    error[105 + calm_s :] = -60.0
    one = score(Course(error, (70.0,), (0.0,)), np.zeros(360), LOAD)
    assert one.crossings_h == pytest.approx(10.0)
    assert one.swings_h == pytest.approx(swings)


def test_who_never_settles_never_crosses_and_who_settles_does() -> None:
    """A load that goes up and down every minute, and a law that stays far off on one side."""
    lazy, quick = np.full(600, 70.0), np.zeros(600)
    for minute in range(10):
        quick[60 * minute : 60 * minute + 4] = 300.0 if minute % 2 else -300.0
    scores = [
        score(Course(error, (70.0,), (0.0,)), np.zeros(600), np.full(600, 500.0))
        for error in (lazy, quick)
    ]
    assert [one.crossings_h for one in scores] == [0.0, pytest.approx(54.0)]
    assert [one.swings_h for one in scores] == [0.0, 0.0]
    assert scores[0].in_band_pct == 0.0
    assert scores[1].in_band_pct > 90.0


def test_one_that_never_settles_counts_with_all_of_its_time() -> None:
    course = Course(np.full(len(LOAD), 100.0), (70.0,), (0.0,))
    assert score(course, np.zeros(len(LOAD)), LOAD).settle_s == 46.0


def test_the_slowest_come_first() -> None:
    cases = cases_of([2, 8], list(DELAYS), list(LAWS))
    assert len(cases) == 18
    assert (cases[0].storages, cases[0].law) == (8, "pvopt")


def test_our_law_in_a_short_day() -> None:
    """Two steps: it settles before the distributor does, or as soon."""
    ours, theirs = (worked(Case(2, "10", law), LOAD).score for law in ("pvopt", "distributor"))
    assert ours.settle_s <= theirs.settle_s + 0.5
    assert ours.rms_w <= 1.03 * theirs.rms_w
    cells = cells_of(Row(2, "10", "pvopt", ours))
    assert (cells["law"], cells["steps"]) == ("pvopt", 2)


@pytest.mark.parametrize(("settle_s", "behind"), [(5.6, False), (5.7, True)])
def test_where_we_are_behind_is_said(settle_s: float, behind: bool) -> None:
    rows = [Row(2, "1", "pvopt", SCORE._replace(settle_s=settle_s)), Row(2, "1", "other", SCORE)]
    found = storage_table.misses(rows)
    assert bool(found) is behind
    text = "\n".join(storage_table.report(rows))
    assert ("best or equal in every figure" in text) is not behind
    assert ("behind: 2 storages, delay 1 s: settled 5.7, other 5.0" in text) is behind
    part = "\n".join(storage_table.report(rows, whole=False))
    assert "no verdict" in part
    assert "behind:" not in part
    assert "best or equal" not in part


@pytest.mark.parametrize(("crossings_h", "told"), [(11.3, False), (11.4, True)])
def test_more_crossings_are_told_and_not_judged(crossings_h: float, told: bool) -> None:
    mine = Row(2, "1", "pvopt", SCORE._replace(crossings_h=crossings_h))
    rows = [mine, Row(2, "1", "other", SCORE._replace(in_band_pct=40.0))]
    assert storage_table.misses(rows) == []
    text = "\n".join(storage_table.report(rows))
    words = f"crossings {crossings_h} (within 25 W for 95 % of the time), other 10.0 (40 %)"
    assert (words in text) is told


def test_another_case_is_no_rival() -> None:
    worse = Row(2, "1", "pvopt", SCORE._replace(settle_s=50.0))
    assert storage_table.misses([worse, Row(3, "1", "other", SCORE)]) == []
