"""Cells: only the latest of each topic is kept, and what is kept is bounded."""

from __future__ import annotations

from pvopt.links.mqtt_cells import MOST_BYTES, MOST_TOPICS, Cell, Message


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
