"""What `simulate` is to live through: days, measured files, and what cannot be, with words."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pvopt.commands import simulate
from pvopt.commands.simulate_plan import Plan, plan
from pvopt.config.load import load, load_text
from pvopt.errors import ConfigError
from tests.unit.config.samples import edited

ROOT = Path(__file__).resolve().parents[3]
SHIPPED = load(ROOT / "Files/config.yaml", {})
DAY_S = 86_400.0


def utc(*parts: int) -> float:
    return datetime(*parts, tzinfo=UTC).timestamp()  # type: ignore[misc, arg-type]


def arguments(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    simulate.add_arguments(parser)
    return parser.parse_args(words)


def planned(*words: str) -> Plan:
    return plan(arguments(words), SHIPPED)


def measured(folder: Path, hours: float = 48.0, first_hour: int = 0, name: str = "m.csv") -> str:
    """A file from 2016-07-01 on, an hour a row, with a load of 100 W and its number."""
    rows = ["time,ghi,dni,dhi,air_temperature,load"]
    for k in range(int(hours)):
        hour = k + first_hour
        rows.append(f"2016-07-{1 + hour // 24:02d}T{hour % 24:02d}:00Z,0,0,0,15,{100 + hour}")
    path = folder / name
    path.write_text("\n".join(rows) + "\n")
    return str(path)


class TestDays:
    def test_by_default_the_day_of_the_demo_from_midnight_to_midnight(self) -> None:
        made = planned()
        assert made.start_utc_s == utc(2026, 6, 20, 22)
        assert made.end_utc_s == utc(2026, 6, 21, 22)
        assert made.world.utc_s == made.start_utc_s
        assert made.place is None

    def test_whole_days_end_at_local_midnight_even_when_the_clock_changes(self) -> None:
        made = planned("--start", "2026-03-28", "--days", "2")
        assert made.end_utc_s - made.start_utc_s == 2 * DAY_S - 3600.0

    def test_a_time_of_day_is_counted_from_there(self) -> None:
        made = planned("--start", "2026-06-21 11:00", "--days", "1")
        assert made.start_utc_s == utc(2026, 6, 21, 9)
        assert made.end_utc_s - made.start_utc_s == DAY_S

    def test_a_part_of_a_day(self) -> None:
        made = planned("--days", "0.5")
        assert made.end_utc_s - made.start_utc_s == DAY_S / 2


class TestMeasured:
    def test_the_first_measured_day_and_its_place(self, tmp_path: Path) -> None:
        made = planned("--weather", measured(tmp_path), "--place", "55.79,12.52")
        assert made.start_utc_s == utc(2016, 7, 1)
        assert made.end_utc_s == utc(2016, 7, 1, 22), "local midnight"
        assert made.place == (55.79, 12.52)

    def test_its_load_goes_into_the_home(self, tmp_path: Path) -> None:
        made = planned("--weather", measured(tmp_path), "--place", "55.79,12.52")
        made.world.advance(3600.0)
        assert made.world.flows.load_w > 0.0

    def test_a_load_alone_goes_under_the_demos_sky(self, tmp_path: Path) -> None:
        path = measured(tmp_path)
        made = planned("--load", path, "--start", "2016-07-01 12:00")  # 10:00 UTC
        made.world.advance(1.0)
        assert made.world.flows.pv_possible_w > 100.0
        assert ("house", path) in made.notes

    def test_a_date_within_and_one_just_outside(self, tmp_path: Path) -> None:
        words = ("--load", measured(tmp_path), "--start")
        assert planned(*words, "2016-07-02").start_utc_s == utc(2016, 7, 1, 22)
        assert planned(*words, "2016-07-01").start_utc_s == utc(2016, 7, 1), "what there is of it"
        for outside in ("2016-06-30", "2016-07-04", "2016-07-03 02:00"):
            with pytest.raises(ConfigError) as wrong:
                planned(*words, outside)
            assert f"--start {outside}" in str(wrong.value)
            assert "has 2016-07-01 02:00 to 2016-07-03 02:00 (Europe/Prague)" in str(wrong.value)
            assert "choose a day in it" in str(wrong.value)
        assert planned(*words, "2016-07-03 01:59").end_utc_s == utc(2016, 7, 3)

    def test_more_days_than_there_are(self, tmp_path: Path) -> None:
        words = ("--load", measured(tmp_path), "--days")
        assert planned(*words, "2").end_utc_s == utc(2016, 7, 2, 22)
        with pytest.raises(ConfigError, match=r"enough for 2 days: write --days 2 or less"):
            planned(*words, "3")

    def test_files_of_other_days(self, tmp_path: Path) -> None:
        early = measured(tmp_path, 24.0, name="early.csv")
        late = measured(tmp_path, 24.0, first_hour=24, name="late.csv")
        with pytest.raises(ConfigError, match=r"late.csv: begins after .*early.csv ends"):
            planned("--weather", early, "--load", late, "--place", "55.79,12.52")

    def test_what_both_files_cover(self, tmp_path: Path) -> None:
        early = measured(tmp_path, 36.0, name="early.csv")
        late = measured(tmp_path, 48.0, first_hour=24, name="late.csv")
        made = planned("--weather", early, "--load", late, "--place", "55.79,12.52")
        assert made.start_utc_s == utc(2016, 7, 2)
        assert made.end_utc_s == utc(2016, 7, 2, 12), "no more is asked for than there is"

    def test_a_broken_line_is_named(self, tmp_path: Path) -> None:
        path = Path(measured(tmp_path))
        path.write_text(path.read_text().replace("15,102", "15,many"))
        with pytest.raises(ConfigError, match=r"m\.csv:4: load 'many' is no number"):
            planned("--load", str(path))

    def test_weather_without_sun_cannot_tell_its_place(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigError, match="--place"):
            planned("--weather", measured(tmp_path))

    def test_a_place_needs_weather(self) -> None:
        with pytest.raises(ConfigError, match="--place says where --weather was measured"):
            planned("--place", "1,2")


class TestHome:
    def test_without_a_demo_the_sites_panels_and_guesses(self) -> None:
        zone = "  timezone: Europe/Prague\n"
        panels = "  planes: [{peak_w: 2000}, {peak_w: 1500, azimuth_deg: -90}]\n"
        home = load_text(edited(zone, zone + panels), "c.yaml", {})
        made = plan(arguments(()), home)
        assert home.demo is None
        assert made.demo.peak_w == 3500.0
        assert "guesses" in " ".join(words for _, words in made.notes)

    def test_a_home_that_may_feed_in_says_so(self) -> None:
        text = edited("venus.local", "127.0.0.1") + (
            "gpio: {factory: mock}\ndemo: {feed_in: true, feed_in_cap_w: 1500, battery_wh: 0}\n"
        )
        notes = dict(plan(arguments(()), load_text(text, "c.yaml", {})).notes)
        assert "no battery, may feed in 1500 W" in notes["home"]


class TestStorages:
    EXAMPLES = ROOT / "Files/examples"

    def test_without_a_load_there_is_no_home_to_make(self) -> None:
        with pytest.raises(ConfigError, match=r"no load .* `simulate --mqtt`"):
            plan(arguments([]), load(self.EXAMPLES / "b2500.yaml", {}))

    def test_beside_a_load_they_are_left_out_and_that_is_said(self) -> None:
        made = plan(arguments([]), load(self.EXAMPLES / "storages.yaml", {}))
        said = [words for _, words in made.notes]
        assert "left out: the storages balcony, cellar; `simulate --mqtt` has them" in said
