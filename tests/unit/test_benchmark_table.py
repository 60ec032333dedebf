"""The README's table out of the benchmark's rows."""

from __future__ import annotations

from tests.tools.benchmark_table import LAWS, lines


def test_a_line_for_each_home_and_month() -> None:
    rows = [
        {"home": home, "data_age_s": 60, "law": law, "caught_pct": 71.04, "not_solar_pct": 2.96}
        for home in ("dc-zero", "ac-zero")
        for law in ("pvopt-servo", "evcc", "frontier")
    ]
    made = lines([("summer", rows), ("spring", rows)], 60)
    assert len(made) == 2 + 4
    assert made[0].count("|") == made[1].count("|") == made[2].count("|") == len(LAWS) + 3
    assert made[2].startswith("| dc-zero, summer |")
    assert "| **71.0** / 3.0 | 71.0 / 3.0 |" in made[2]
    assert made[2].endswith("| 71.0 / 3.0 |")
    assert "frontier" not in lines([("summer", rows)], 1)[0]
