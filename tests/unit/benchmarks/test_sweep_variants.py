"""Combinations as whole configurations, held to the configuration's own rules."""

from __future__ import annotations

from pathlib import Path

import pytest

from pvopt.benchmarks.sweep_paths import Axis
from pvopt.benchmarks.sweep_variants import MOST, told, variants_of
from pvopt.errors import ConfigError
from tests.unit.benchmarks.sweep_samples import CONFIG, ROOT
from tests.unit.config.samples import BASE

REAL = ROOT / "Files/examples/victron.yaml"


def axis(path: str, *values: str) -> Axis:
    return Axis(path, values)


def refusal(*axes: Axis, file: Path = CONFIG) -> str:
    with pytest.raises(ConfigError) as caught:
        variants_of(file, axes)
    return str(caught.value)


def test_every_combination_the_last_path_fastest() -> None:
    axes = (axis("demo.battery_wh", "0", "4800"), axis("loads.0.max_w", "1000", "3000"))
    made, skipped = variants_of(CONFIG, axes)
    assert [(v.demo.battery_wh, v.config.loads[0].max_w) for v in made] == [
        (0.0, 1000.0), (0.0, 3000.0), (4800.0, 1000.0), (4800.0, 3000.0),
    ]  # fmt: skip
    assert [v.values for v in made][1] == ("0", "3000")
    assert skipped == []
    assert all(v.config.demo == v.demo for v in made)


def test_lists_nested_sections_and_those_that_are_not_there() -> None:
    axes = (
        axis("site.planes.0.tilt_deg", "20"),
        axis("control.probe.energy_wh", "5"),  # no section `probe` in the file
        axis("loads.0.output.curve.kind", "linear"),  # a section whose lines are comments
        axis("demo.feed_in", "true"),
        axis("demo.feed_in_cap_w", ""),
        axis("demo.night_start", "21:00"),
    )
    (one,), _ = variants_of(CONFIG, axes)
    assert one.config.site.planes[0].tilt_deg == 20.0
    assert one.config.control.probe.energy_wh == 5.0
    assert one.config.loads[0].output.law.kind == "linear"
    assert one.demo.feed_in
    assert one.demo.feed_in_cap_w is None
    assert one.demo.night_start == "21:00"


def test_a_real_home_gets_a_demo_of_its_own() -> None:
    axes = (axis("demo.battery_wh", "9600"), axis("loads.0.max_w", "1500"))
    (one,), _ = variants_of(REAL, axes)
    assert one.config.demo is None
    assert one.demo.battery_wh == 9600.0
    assert one.demo.peak_w == sum(plane.peak_w for plane in one.config.site.planes)
    assert one.config.loads[0].max_w == 1500.0


@pytest.mark.parametrize("file", [CONFIG, REAL])
def test_a_bad_value_is_refused_by_the_rules_of_the_key(file: Path) -> None:
    words = refusal(axis("demo.battery_wh", "-4", "4800", "200001", "much"), file=file).splitlines()
    assert len(words) == 3
    assert words[0].startswith("--vary demo.battery_wh=-4: demo.battery_wh: ")
    assert "0 to 200000 Wh" in words[1]
    assert "`much` is not a number" in words[2]


def test_the_edges_are_fine() -> None:
    made, _ = variants_of(CONFIG, (axis("demo.battery_wh", "0", "200000"),))
    assert len(made) == 2


def test_only_the_wrong_values_are_named() -> None:
    words = refusal(axis("demo.battery_wh", "2400"), axis("demo.feed_in", "perhaps"))
    assert words.startswith("--vary demo.feed_in=perhaps: ")
    assert len(words.splitlines()) == 1


def test_a_combination_that_does_not_fit_is_left_out() -> None:
    axes = (
        axis("control.probe.energy_wh", "3", "20"),
        axis("control.probe.energy_per_hour_wh", "10", "30"),
    )
    made, skipped = variants_of(CONFIG, axes)
    assert [v.values for v in made] == [("3", "10"), ("3", "30"), ("20", "30")]
    (one,) = skipped
    assert one.values == ("20", "10")
    assert "must be at least energy_wh (20 Wh)" in one.why


def test_a_value_that_fits_nowhere_stops_it() -> None:
    words = refusal(
        axis("control.probe.energy_wh", "3", "20"), axis("control.probe.energy_per_hour_wh", "10")
    )
    assert words.startswith("--vary control.probe.energy_wh=20: ")
    assert "must be at least energy_wh" in words


def test_a_plane_that_is_not_there() -> None:
    assert "the file has 1 of them, counted from 0" in refusal(axis("site.planes.1.tilt_deg", "3"))


def test_a_measured_curve_is_not_modelled(tmp_path: Path) -> None:
    file = tmp_path / "c.yaml"
    curve = "    output:\n      curve: {kind: table, points: [[0, 0], [100, 2000]]}\n"
    file.write_text(BASE.replace("    output:\n", curve))
    assert "does not model a measured table" in refusal(axis("loads.0.max_w", "900"), file=file)


def test_too_many(tmp_path: Path) -> None:
    many = axis("demo.seed", *map(str, range(MOST // 2)))
    words = refusal(many, axis("demo.tank_l", "100", "200", "300"))
    assert f"at most {MOST}" in words


def test_a_file_that_is_not_there() -> None:
    assert "there is no such file" in refusal(axis("demo.tank_l", "9"), file=ROOT / "none.yaml")


def test_a_combination_in_words() -> None:
    axes = (axis("demo.tank_l", "100"), axis("demo.feed_in", "true"))
    assert told(axes, ("100", "true")) == "demo.tank_l=100 demo.feed_in=true"
