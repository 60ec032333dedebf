"""The demo's outages and prices: what is taken, and what is refused with words."""

from __future__ import annotations

import pytest

from pvopt.config.faults import InvalidConfigError
from pvopt.config.load import load_text
from pvopt.config.service import Demo
from tests.unit.config.samples import edited


def demo(text: str) -> Demo:
    home = edited("venus.local", "localhost") + "gpio: {factory: mock}\n"
    found = load_text(f"{home}demo: {{{text}}}\n", "c.yaml", {}).demo
    assert found is not None
    return found


def test_outages_once_and_daily() -> None:
    once = ("2026-06-21 13:00", "2026-06-21 13:20")
    assert demo(f"outages: [[{once[0]}, {once[1]}]]").outages == (once,)
    assert demo("outages: [[13:00, 13:20], [23:00, 01:00]]").outages[1] == ("23:00", "01:00")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("outages: [[13:00]]", "must be a list of 2 times, such as [13:00, 13:20]"),
        ("outages: [[13:00, 13:00]]", "demo.outages: [13:00, 13:00] has no length"),
        ("outages: [[13:00, 24:00]]", "must be pairs of times"),
        ("outages: [[13:00, 2026-06-21 13:20]]", "must be pairs of times"),
        ("outages: [[2026-06-31 13:00, 2026-07-01 13:20]]", "must be pairs of times"),
        ("outages: [[2026-06-21 13:20, 2026-06-21 13:20]]", "must be later than the start"),
        ("outages: 13:00", "a list is expected"),
        ("night_start: 25:00", "night_start: must be a time of day"),
        ("night_end: '22:00'", "night_end: must differ from night_start (22:00)"),
        ("buy_per_kwh: -0.01", "buy_per_kwh: `-0.01` is out of range; allowed: 0 to 1000 a kWh"),
        ("hot_c: 19", "hot_c: `19` is out of range; allowed: 20 to 90 °C"),
        ("charger_recover_s: 181", "charger_recover_s: `181` is out of range"),
        ("tank_layers: 3", "tank_layers: `3` is out of range"),
        ("knob_backlash_pct: 10.1", "knob_backlash_pct: `10.1` is out of range"),
        ("battery_c: -21", "battery_c: `-21` is out of range"),
    ],
)
def test_refused(text: str, words: str) -> None:
    with pytest.raises(InvalidConfigError) as wrong:
        demo(text)
    assert words in str(wrong.value)
    assert "c.yaml:24" in str(wrong.value)
