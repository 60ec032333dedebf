"""Ours beside laws that catch more because they buy more."""

from __future__ import annotations

from pvopt.benchmarks.limit_rivals import MARGINS_W, RIVALS, Beside, rival_lines
from pvopt.simulator.baselines.table import LAWS


def test_who_is_no_worse_is_said() -> None:
    mine, greedy = Beside("ours", 99.0, 0.4), Beside("ours, 10 W too much", 99.3, 0.9)
    rows = [mine, greedy, Beside("mk2", 99.1, 0.9), Beside("yasolr", 99.3, 0.8)]
    lines = rival_lines("no-battery", rows)
    assert lines[0].split() == ["no-battery", "ours", "99.00", "0.40"]
    assert lines[1].endswith("0.90  no worse than mk2")
    assert lines[2].split() == ["mk2", "99.10", "0.90"]
    assert rival_lines("x", [greedy, Beside("yasolr", 99.3, 0.9)])[0].endswith("yasolr")


def test_the_rivals_are_there_and_ours_begins_as_it_is() -> None:
    assert set(RIVALS) <= {law.name for law in LAWS}
    assert MARGINS_W[0] == 0.0
    assert list(MARGINS_W) == sorted(MARGINS_W, reverse=True)
