"""Advice on comfort: hours that nobody named, clouds that nobody tells."""

from __future__ import annotations

import pytest

from pvopt.config.advice import advice
from pvopt.config.load import load_text
from tests.unit.config.samples import GX, edited

SENSOR = "    temperature: {kind: gx}\n"
MIN = f"{SENSOR}    comfort: {{min_c: 45}}\n"
PERIOD = "    comfort: {energy: {kind: period, min_wh: 500}}\n"
SEASONS = "    comfort: {energy: {kind: seasons}}\n"
OFF_PEAK = "  off_peak: [{start: '02:00', end: '06:00'}]\n"
DEAR = "  tariff: {base_per_kwh: 0.3, hours: [{start: '17:00', end: '20:00', per_kwh: 0.4}]}\n"
CHEAP = DEAR.replace("0.4", "0.2")
PLANES = "  planes: [{peak_w: 4000}]\n"
FORECAST = "  - {kind: open_meteo}\n"


def told(load: str, site: str = "", source: str = "") -> str:
    text = edited("    phase: 1\n", load)
    text = text.replace("sources:\n", f"{site}sources:\n").replace(GX, GX + source)
    return "\n".join(advice(load_text(text, "c.yaml", {})))


@pytest.mark.parametrize(
    ("load", "site", "source", "words"),
    [
        (MIN, "", "", "loads[boiler].comfort.min_c: is bought at any hour"),
        (MIN, DEAR, "", "loads[boiler].comfort.min_c: is bought at any hour"),
        (MIN, CHEAP, "", ""),
        (MIN, OFF_PEAK, "", ""),
        (PERIOD, "", "", "loads[boiler].comfort.energy: is bought at any hour"),
        (PERIOD, OFF_PEAK, "", ""),
        (SEASONS, "", "", "loads[boiler].comfort.energy: without a forecast"),
        (SEASONS, PLANES, "", "loads[boiler].comfort.energy: without a forecast"),
        (SEASONS, PLANES, FORECAST, ""),
    ],
)
def test_advice(load: str, site: str, source: str, words: str) -> None:
    said = told(load, site, source)
    assert said.startswith(words)
    assert bool(said) == bool(words)
