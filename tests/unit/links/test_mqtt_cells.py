"""Cells: only the latest of each topic is kept, and what is kept is bounded."""

from __future__ import annotations

import pytest

from pvopt.links.mqtt_cells import (
    MOST_A_SECOND,
    MOST_BYTES,
    MOST_COMMAND,
    MOST_QUEUED,
    MOST_TOPICS,
    Cell,
    Flood,
    Message,
    Queue,
)


def test_an_empty_cell() -> None:
    cell = Cell("a")
    assert cell.latest() is None
    assert cell.latest("a") is None
    assert cell.live() is None
    assert cell.topics() == ()


def test_the_latest_counts_and_a_living_one_outlives_a_kept_one() -> None:
    cell = Cell("a")
    live, kept = Message("a", b"1", 1.0, False), Message("a", b"2", 2.0, True)
    cell.take(live)
    cell.take(kept)
    assert cell.latest() is cell.latest("a") is kept
    assert cell.live() is cell.live("a") is live


def test_a_kept_message_counts_once_where_it_may_and_never_after_a_living_one() -> None:
    cell = Cell("a")
    assert cell.counting(None, kept_too=True) is None
    old, again = Message("a", b"1", 1.0, True), Message("a", b"1", 9.0, True)
    cell.take(old)
    assert cell.kept_only
    assert cell.counting(None, kept_too=False) is None
    assert cell.counting(None, kept_too=True) is old
    cell.take(again)
    assert cell.counting(old, kept_too=True) is old
    other = Message("a", b"2", 10.0, True)
    cell.take(other)
    assert cell.counting(old, kept_too=True) is other
    live = Message("a", b"3", 11.0, False)
    cell.take(live)
    cell.take(again)
    assert cell.counting(other, kept_too=True) is cell.counting(None, kept_too=False) is live
    assert not cell.kept_only


@pytest.mark.parametrize(
    ("at_s", "now_s", "measured_s"), [(10.19, 20.0, 10.1), (10.2, 20.0, 10.2), (10.5, 10.3, 10.3)]
)
def test_a_number_is_never_from_the_future(at_s: float, now_s: float, measured_s: float) -> None:
    assert Message("a", b"", at_s, False).measured_s(now_s) == measured_s


def test_the_number_of_topics_is_bounded_and_known_ones_go_on() -> None:
    cell = Cell("#")
    for n in range(MOST_TOPICS + 5):
        cell.take(Message(f"t{n}", b"", float(n), False))
    assert len(cell.topics()) == MOST_TOPICS
    assert cell.dropped == 5
    again = Message("t0", b"again", 999.0, False)
    cell.take(again)
    assert cell.latest("t0") is cell.latest() is again
    assert cell.dropped == 5


def test_payloads_are_bounded() -> None:
    cell = Cell("a")
    cell.take(Message("a", b"x" * MOST_BYTES, 1.0, False))
    cell.take(Message("a", b"y" * (MOST_BYTES + 1), 2.0, False))
    message = cell.latest()
    assert message is not None
    assert message.at_s == 1.0
    assert cell.dropped == 1


def passed(flood: Flood, from_s: float, count: int) -> int:
    """How many of so many within a second were believed."""
    return sum(flood.counts(from_s + n / count * 0.999) for n in range(count))


def test_what_a_home_says_is_believed() -> None:
    flood = Flood()
    for second in range(10):
        assert passed(flood, 100.0 + second, MOST_A_SECOND) == MOST_A_SECOND
    assert not flood.on
    assert flood.heard == 10 * MOST_A_SECOND


def test_a_flood_is_not_believed_until_a_whole_second_was_calm() -> None:
    flood = Flood()
    assert passed(flood, 100.0, 10 * MOST_A_SECOND) == MOST_A_SECOND
    assert flood.on
    for second in range(101, 110):
        assert passed(flood, float(second), 10 * MOST_A_SECOND) == 0
    assert passed(flood, 110.0, 5) == 0  # what may have waited in the wires
    assert passed(flood, 111.0, 5) == 5
    assert not flood.on


def test_a_busy_machine_that_reads_less_than_comes_notices() -> None:
    flood = Flood()
    for second in range(100, 110):
        passed(flood, float(second), 400)  # all that it can read
        assert flood.on
    assert passed(flood, 110.0, 400) == 0


def test_after_a_silence_nothing_waits_in_the_wires() -> None:
    flood = Flood()
    passed(flood, 100.0, MOST_A_SECOND + 1)
    assert flood.on
    assert flood.counts(102.0)


def test_a_cell_may_ask_for_less_than_it_lets_through_and_hold_more() -> None:
    assert Cell("a/#").asked == ("a/#",)
    assert Cell("a/#", ("a/b", "a/+/c")).asked == ("a/b", "a/+/c")
    cell = Cell("a/#", most_topics=MOST_TOPICS + 1)
    for n in range(MOST_TOPICS + 2):
        cell.take(Message(f"a/{n}", b"", 1.0, False))
    assert (len(cell.topics()), cell.dropped) == (MOST_TOPICS + 1, 1)


def test_what_is_a_flood_may_be_told() -> None:
    flood = Flood(3)
    assert [flood.counts(10.0) for _ in range(5)] == [True, True, True, False, False]


def test_a_queue_keeps_all_in_order_until_they_are_taken() -> None:
    queue = Queue("a")
    for number in range(3):
        queue.take(Message("a", b"%d" % number, 1.0, False))
    assert [one.payload for one in queue.drained()] == [b"0", b"1", b"2"]
    assert queue.drained() == ()


def test_a_queue_leaves_out_what_the_broker_had_kept_and_what_is_too_large() -> None:
    queue = Queue("a")
    queue.take(Message("a", b"boost", 1.0, True))
    queue.take(Message("a", b"x" * (MOST_COMMAND + 1), 1.0, False))
    queue.take(Message("a", b"x" * MOST_COMMAND, 1.0, False))
    assert len(queue.drained()) == 1
    assert (queue.kept, queue.dropped) == (1, 1)


def test_a_full_queue_loses_the_oldest() -> None:
    queue = Queue("a")
    for number in range(MOST_QUEUED + 2):
        queue.take(Message("a", b"%d" % number, 1.0, False))
    found = queue.drained()
    assert (len(found), found[0].payload, queue.dropped) == (MOST_QUEUED, b"2", 2)
