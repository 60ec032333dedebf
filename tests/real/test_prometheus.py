"""A real Prometheus asks the real program: the demonstration, as an owner starts it."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from pvopt.show.web.passwords import hashed
from tests.exposition import read
from tests.page_rig import Demo, demo
from tests.processes import until
from tests.prometheus import WAIT_S, Prometheus, ask, checked

pytestmark = pytest.mark.timeout(180)

TOKEN = "a-token-for-prometheus"
KNOWN = (
    "pvopt_pv_watts", "pvopt_grid_watts", "pvopt_home_load_watts", "pvopt_battery_soc_ratio",
    'pvopt_load_setpoint_watts{load="boiler"}', 'pvopt_load_temperature_celsius{load="boiler"}',
    'pvopt_source_age_seconds{source="gx"}', "pvopt_late_ticks_total",
)  # fmt: skip


def target(home: Demo) -> str:
    return home.url.removeprefix("http://")


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Demo]:
    with demo(tmp_path, page="  metrics: true\n") as made:
        yield made


def test_prometheus_finds_the_home(home: Demo, tmp_path: Path) -> None:
    prometheus = Prometheus(tmp_path / "prometheus", target(home))
    prometheus.start()
    try:
        assert until(lambda: prometheus.number("up") == 1.0, WAIT_S), prometheus.said()
        assert until(lambda: None not in [prometheus.number(one) for one in KNOWN], WAIT_S), {
            one: prometheus.number(one) for one in KNOWN
        }
        told = home.read("/api/now")["site"]
        soc = prometheus.number("pvopt_battery_soc_ratio")
        assert soc == pytest.approx(told["soc_pct"] / 100.0, abs=0.02)
        assert until(
            lambda: (prometheus.number("increase(pvopt_ticks_total[10s])") or 0.0) > 1.0, WAIT_S
        )
        [one] = ask(prometheus.url, "/api/v1/targets")["activeTargets"]
        assert (one["health"], one["lastError"]) == ("up", "")
    finally:
        prometheus.stop()


def test_promtool_has_nothing_against_it(home: Demo) -> None:
    with urllib.request.urlopen(home.url + "/metrics", timeout=WAIT_S) as answer:
        text = answer.read().decode()
    assert checked(text) == ""
    assert len(read(text)) >= 40


def test_with_a_password_prometheus_shows_its_token(tmp_path: Path) -> None:
    page = f"  metrics: true\n  metrics_token: {TOKEN}\n"
    page += f"  password_hash: {hashed('several quite common words')}\n"
    with demo(tmp_path, page=page) as home:
        knows = Prometheus(tmp_path / "knows", target(home), TOKEN)
        guesses = Prometheus(tmp_path / "guesses", target(home), TOKEN[:-1])
        try:
            knows.start()
            guesses.start()
            assert until(lambda: knows.number("up") == 1.0, WAIT_S), knows.said()
            assert until(lambda: guesses.number("up") == 0.0, WAIT_S), guesses.said()
            assert until(lambda: knows.number("pvopt_pv_watts") is not None, WAIT_S)
            assert guesses.number("pvopt_pv_watts") is None
        finally:
            knows.stop()
            guesses.stop()
        assert TOKEN not in home.said()
