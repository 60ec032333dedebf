"""The ladder's benchmark at its real speed: machine code, and processes side by side."""

from __future__ import annotations

import pytest

from pvopt.benchmarks import ladder as engine
from pvopt.benchmarks import ladder_plant
from pvopt.benchmarks.ladder import ALL_KNOWING, LAWS, Key, Run, ladder, run_law
from pvopt.decide.policy import TEXT
from tests.unit.benchmarks.seconds import steady

pytest.importorskip("numpy", reason="numpy is not installed:  . ./env.sh sim")
pytest.importorskip("numba", reason="numba is not installed:  . ./env.sh sim")
pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]  # with a compiler that starts anew

# Noon of a June day; the night after it, too, is lived by another kernel.
DAY = steady(420, 3300.0, start_utc_s=1_782_039_600.0)
DAY.pv_w[300:] = 0.0


@pytest.mark.parametrize("home", ["dc-zero", "no-battery"])
@pytest.mark.parametrize("law", LAWS)
def test_machine_code_gives_what_the_text_gives(
    law: str, home: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = Key(home, law, "tanks")
    compiled = run_law(key, [DAY])
    monkeypatch.setattr(ladder_plant, "compile_kernel", lambda kernel: kernel)
    monkeypatch.setattr(engine, "compiled_kernels", lambda: TEXT)
    text: Run = run_law(key, [DAY])
    assert compiled == text
    assert compiled.totals.seconds == 420.0


def test_runs_side_by_side_give_the_rows_of_the_keys() -> None:
    said: list[float] = []
    keys = [Key("no-battery", law, "boiler-last") for law in (ALL_KNOWING, "s0", "s1")]
    rows = ladder(keys, [DAY], 2, lambda share, words: said.append(share))
    assert [(row.home, row.law, row.table) for row in rows] == [tuple(key) for key in keys]
    assert rows[0].caught_pct == pytest.approx(100.0, abs=1.0)
    assert 20.0 < rows[1].caught_pct < 110.0
    assert said[0] == 0.0 and max(said) <= 1.0
