"""The watcher of the ladder, by hand-made traces just below and above each threshold."""

from __future__ import annotations

import pytest

from pvopt.benchmarks.ladder_loads import Kind, Member
from pvopt.benchmarks.ladder_watch import SEQUENCE_S, SLACK_S, Seen, Watch

ENABLE_S = 5.0
ALLOWED_S = int(ENABLE_S + SLACK_S)
HEATER = Member("heater", Kind.CONTINUOUS, 2000.0)
PUMP = Member("pump", Kind.ON_OFF, 800.0, (800.0,), 600.0, 600.0)
TOWELS = Member("towels", Kind.ON_OFF, 500.0, (500.0,))
FLOOR = Member("floor", Kind.STEPS, 1500.0, (500.0, 1000.0, 1500.0))
BUFFER = Member("buffer", Kind.CONTINUOUS, 1000.0)
DRIER = Member("drier", Kind.UNKNOWN, 1000.0, (1000.0,))
EVER = 700  # seconds after which no minimum time holds


def at(member: Member, watts: float) -> Seen:
    """The load as it draws so much with its thermostat closed."""
    return Seen(watts > 0.0, watts, member.max_w)


def watched(members: list[Member], *stretches: tuple[int, list[Seen]]) -> Watch:
    """After so many seconds of each, beginning with all off for long enough."""
    watch = Watch(members, [ENABLE_S] * len(members))
    for seconds, seen in ((EVER, [at(member, 0.0) for member in members]), *stretches):
        for _ in range(seconds):
            watch.second(seen)
    return watch


def inversions(members: list[Member], *stretches: tuple[int, list[Seen]]) -> int:
    return sum(one.inversions for one in watched(members, *stretches).counts)


def test_an_inversion_begins_after_the_enable_delay_and_counts_once() -> None:
    pair = [PUMP, BUFFER]
    wrong = [at(PUMP, 0.0), at(BUFFER, 900.0)]
    assert inversions(pair, (ALLOWED_S, wrong)) == 0
    assert inversions(pair, (ALLOWED_S + 1, wrong)) == 1
    watch = watched(pair, (ALLOWED_S + 50, wrong))
    assert (watch.counts[0].inversions, watch.counts[0].inverted_s) == (1, 50)
    assert watch.counts[1].inversions == 0
    again = ((1, [at(PUMP, 0.0), at(BUFFER, 0.0)]), (ALLOWED_S + 1, wrong))
    assert inversions(pair, (ALLOWED_S + 1, wrong), *again) == 2


def test_each_load_has_its_own_enable_delay() -> None:
    watch = Watch([PUMP, BUFFER], [30.0, 5.0])
    for _ in range(600):
        watch.second([at(PUMP, 0.0), at(BUFFER, 0.0)])
    for second in range(40):
        watch.second([at(PUMP, 0.0), at(BUFFER, 900.0)])
        assert watch.counts[0].inversions == (second >= 30 + SLACK_S), second


# Pump 800 W, towels 500 W, buffer.
@pytest.mark.parametrize(
    ("buffer_w", "who"), [(499.0, (0, 0)), (500.0, (0, 1)), (800.0, (1, 0)), (999.0, (1, 0))]
)
def test_still_higher_ranks_come_first_as_far_as_they_could_use_it(
    buffer_w: float, who: tuple[int, int]
) -> None:
    wrong = [at(PUMP, 0.0), at(TOWELS, 0.0), at(BUFFER, buffer_w)]
    watch = watched([PUMP, TOWELS, BUFFER], (100, wrong))
    assert tuple(one.inversions for one in watch.counts[:2]) == who


@pytest.mark.parametrize(("wait_s", "count"), [(120, 0), (150, 1)])
def test_who_waits_longer_than_another_would_run_is_not_waited_for(wait_s: int, count: int) -> None:
    """Towels that start now may stop in 120 s; until then the pump may not start anyway."""
    ran = (EVER, [at(PUMP, 800.0), at(TOWELS, 0.0), at(BUFFER, 0.0)])
    rest = (600 - wait_s, [at(PUMP, 0.0), at(TOWELS, 0.0), at(BUFFER, 0.0)])
    wrong = (ALLOWED_S + 1, [at(PUMP, 0.0), at(TOWELS, 0.0), at(BUFFER, 900.0)])
    watch = watched([PUMP, TOWELS, BUFFER], ran, rest, wrong)
    assert watch.counts[1].inversions == count


@pytest.mark.parametrize(("drawn_w", "count"), [(799.0, 0), (800.0, 1)])
def test_a_switched_load_lacks_only_what_lower_ranks_could_give_whole(
    drawn_w: float, count: int
) -> None:
    assert inversions([PUMP, BUFFER], (100, [at(PUMP, 0.0), at(BUFFER, drawn_w)])) == count


@pytest.mark.parametrize(
    ("metered", "drawn_w", "known", "flow"),
    [(False, 1000.0, 0, 1), (True, 1000.0, 1, 1), (True, 799.0, 0, 0)],
)
def test_a_load_of_unknown_draw_gives_up_what_can_be_known(
    metered: bool, drawn_w: float, known: int, flow: int
) -> None:
    """It draws 750 W at the least, and the pump needs 800 W."""
    pair = [PUMP, DRIER._replace(metered=metered)]
    watch = watched(pair, (EVER, [at(PUMP, 0.0), at(DRIER, drawn_w)]))
    assert (watch.counts[0].inversions, watch.counts[0].flow_inversions) == (known, flow)
    more = watched([*pair, BUFFER], (EVER, [at(PUMP, 0.0), at(DRIER, drawn_w), at(BUFFER, 50.0)]))
    assert more.counts[0].inversions == 1  # 750 and 50 W are enough


def test_a_full_load_lacks_nothing() -> None:
    full = Seen(False, 0.0, 0.0)
    assert inversions([PUMP, BUFFER], (100, [full, at(BUFFER, 900.0)])) == 0


@pytest.mark.parametrize(("off_s", "count"), [(600 - ALLOWED_S, 0), (601 + ALLOWED_S, 1)])
def test_a_load_within_its_minimum_off_time_cannot_lack(off_s: int, count: int) -> None:
    ran = (EVER, [at(PUMP, 800.0), at(BUFFER, 0.0)])
    assert inversions([PUMP, BUFFER], ran, (off_s, [at(PUMP, 0.0), at(BUFFER, 900.0)])) == count


@pytest.mark.parametrize(("seconds", "count"), [(600, 0), (601 + ALLOWED_S, 1)])
def test_a_lower_load_within_its_minimum_on_time_cannot_give(seconds: int, count: int) -> None:
    wrong = [at(TOWELS, 0.0), at(PUMP, 800.0)]
    assert inversions([TOWELS, PUMP], (seconds, wrong)) == count


@pytest.mark.parametrize(("heater_w", "count"), [(1501.0, 0), (1500.0, 1)])
def test_a_regulated_load_lacks_what_it_could_take_whole(heater_w: float, count: int) -> None:
    """500 W that a heater could take only in part would be lost in part."""
    seen = [at(HEATER, heater_w), at(TOWELS, 500.0)]
    assert inversions([HEATER, TOWELS], (EVER, seen)) == count


@pytest.mark.parametrize(("buffer_w", "count"), [(100.0, 0), (101.0, 1)])
def test_a_regulated_load_forgives_a_twentieth_of_its_most(buffer_w: float, count: int) -> None:
    seen = [at(HEATER, 1000.0), at(BUFFER, buffer_w)]
    assert inversions([HEATER, BUFFER], (EVER, seen)) == count


@pytest.mark.parametrize(("floor_w", "count"), [(500.0, 1), (1000.0, 1), (1500.0, 0)])
def test_a_load_of_stages_lacks_its_next_one(floor_w: float, count: int) -> None:
    assert inversions([FLOOR, BUFFER], (EVER, [at(FLOOR, floor_w), at(BUFFER, 500.0)])) == count
    assert inversions([FLOOR, BUFFER], (EVER, [at(FLOOR, floor_w), at(BUFFER, 499.0)])) == 0


def test_a_higher_rank_may_run_while_a_lower_one_lacks() -> None:
    assert inversions([BUFFER, PUMP], (EVER, [at(BUFFER, 900.0), at(PUMP, 0.0)])) == 0


@pytest.mark.parametrize(("seconds", "broken"), [(598, 0), (597, 1)])
def test_minimum_times_are_counted_by_the_contact(seconds: int, broken: int) -> None:
    assert SEQUENCE_S == 2.0
    on, off = [at(PUMP, 800.0)], [at(PUMP, 0.0)]
    watch = watched([PUMP], (seconds, on), (1, off))
    assert (watch.counts[0].broken, watch.counts[0].switches) == (broken, 2)
    watch = watched([PUMP], (EVER, on), (seconds, off), (1, on))
    assert (watch.counts[0].broken, watch.counts[0].switches) == (broken, 3)


def test_a_start_counts_as_just_switched_off() -> None:
    for seconds, broken in ((598, 0), (597, 1)):
        watch = Watch([PUMP], [ENABLE_S])
        for _ in range(seconds):
            watch.second([at(PUMP, 0.0)])
        watch.second([at(PUMP, 800.0)])
        assert watch.counts[0].broken == broken


def test_a_change_of_stage_is_a_switch_and_breaks_nothing() -> None:
    watch = watched([FLOOR], *((1, [at(FLOOR, watts)]) for watts in (500.0, 1000.0, 1000.0, 500.0)))
    assert (watch.counts[0].switches, watch.counts[0].broken) == (3, 0)


def test_a_thermostat_that_opens_is_no_switch() -> None:
    open_one = Seen(True, 0.0, 0.0)
    watch = watched([FLOOR], (9, [at(FLOOR, 500.0)]), (9, [open_one]), (9, [at(FLOOR, 500.0)]))
    assert watch.counts[0].switches == 1


def test_energy_is_what_was_drawn() -> None:
    assert watched([HEATER], (1800, [at(HEATER, 2000.0)])).counts[0].drawn_wh == pytest.approx(1000)
