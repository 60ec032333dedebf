"""What the home's settings mean, in words: feed-in, ESS, set-point, battery, phases, water."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pvopt.checks.home import rows, water
from pvopt.checks.row import Level, Row
from pvopt.model import (
    MISSING,
    Alarm,
    EssState,
    FeedIn,
    Limits,
    PvDevice,
    Reading,
    Samples,
    Site,
)
from tests.check_config import config_of


def watts(number: float) -> Reading:
    return Reading(number, 0.0, "gx")


DC, AC = PvDevice("solarcharger:226", watts(900)), PvDevice("pvinverter:20", watts(900))
OPEN, CLOSED = FeedIn(True, True), FeedIn(False, False)
HOME = Site(
    "gx",
    0.0,
    7.0,
    grid_w=watts(20),
    grid_phase_w=(watts(20), MISSING, MISSING),
    pv_w=watts(900),
    battery_w=watts(100),
    battery_v=watts(53.1),
    soc_pct=watts(90),
    pv=(DC,),
    feed_in=CLOSED,
    grid_setpoint_w=watts(50),
    ess_state=EssState.OPTIMIZED,
    limits=Limits(inverter_w=3000, ess_min_soc_pct=20),
)


def of(area: str, folder: Path, site: Site, **given: Any) -> list[Row]:
    found = rows(config_of(folder, **given), Samples("gx", site))
    return [row for row in found if row.area == area]


def test_an_ordinary_home_is_all_right(tmp_path: Path) -> None:
    found = list(rows(config_of(tmp_path), Samples("gx", HOME)))
    assert {row.level for row in found} == {Level.OK}
    assert {row.area for row in found} == {"home", "feed-in", "ESS", "battery", "phases", "heater"}


def test_nothing_without_a_site(tmp_path: Path) -> None:
    assert list(rows(config_of(tmp_path), Samples("vrm"))) == []


@pytest.mark.parametrize(
    ("pv", "told", "words", "level"),
    [
        ((DC,), CLOSED, "closed: nothing may be exported", Level.OK),
        ((DC,), OPEN, "open: surplus shows as export", Level.OK),
        ((DC,), FeedIn(True, False), "open: surplus shows as export", Level.OK),
        ((DC,), FeedIn(False, True), "closed: nothing", Level.OK),
        ((AC,), FeedIn(False, True), "open: surplus shows", Level.OK),
        ((AC,), FeedIn(True, False), "closed: nothing", Level.OK),
        (
            (DC, AC),
            FeedIn(False, True),
            "open for the PV inverters, closed for the solar",
            Level.OK,
        ),
        ((DC, AC), FeedIn(True, False), "open for the solar chargers, closed for the PV", Level.OK),
        ((DC,), FeedIn(True, True, 0.0), "closed: nothing", Level.OK),
        ((DC,), FeedIn(True, True, 1.0), "open up to 1 W", Level.OK),
        ((DC,), FeedIn(True, True, 3500.0), "open up to 3500 W", Level.OK),
        ((DC,), FeedIn(), "not known whether", Level.WARN),
        ((DC, AC), FeedIn(True, None), "not known whether", Level.WARN),
        ((), FeedIn(True, None), "not known whether", Level.WARN),
    ],
)
def test_feed_in(
    tmp_path: Path, pv: tuple[PvDevice, ...], told: FeedIn, words: str, level: Level
) -> None:
    (row,) = of("feed-in", tmp_path, replace(HOME, pv=pv, feed_in=told))
    assert words in row.text
    assert row.level == level


def test_closed_feed_in_says_that_surplus_is_searched(tmp_path: Path) -> None:
    (row,) = of("feed-in", tmp_path, HOME)
    assert "hidden" in row.text
    assert "searches" in row.text


def test_limiter_at_work(tmp_path: Path) -> None:
    site = replace(HOME, feed_in=FeedIn(True, True, 3000.0, True))
    assert "limits feed-in at this moment" in of("feed-in", tmp_path, site)[1].text


@pytest.mark.parametrize(
    ("wish", "told", "level"),
    [
        ("allowed", OPEN, Level.OK),
        ("allowed", CLOSED, Level.WARN),
        ("allowed", FeedIn(), Level.OK),
        ("allowed", FeedIn(True, False), Level.OK),
        ("forbidden", CLOSED, Level.OK),
        ("forbidden", OPEN, Level.WARN),
    ],
)
def test_feed_in_by_the_configuration(
    tmp_path: Path, wish: str, told: FeedIn, level: Level
) -> None:
    (row,) = of("feed-in", tmp_path, replace(HOME, feed_in=told), SITE=f", feed_in: {wish}")
    assert row.level == level
    assert wish in row.text


@pytest.mark.parametrize(
    ("state", "level"),
    [
        (EssState.OPTIMIZED, Level.OK),
        (EssState.KEEP_CHARGED, Level.OK),  # allowed unless told otherwise
        (EssState.EXTERNAL, Level.WARN),
        (EssState.RECHARGE, Level.WARN),
        (EssState.SCHEDULED, Level.WARN),
        (EssState.FAULT, Level.WARN),
        (EssState.UNKNOWN, Level.OK),
        (EssState.ISLAND, Level.OK),
    ],
)
def test_ess_state(tmp_path: Path, state: EssState, level: Level) -> None:
    assert of("ESS", tmp_path, replace(HOME, ess_state=state))[0].level == level


def test_states_that_the_policies_allow_or_stop(tmp_path: Path) -> None:
    external = replace(HOME, ess_state=EssState.EXTERNAL)
    allowed = ", policies: {external_control: allow}"
    assert of("ESS", tmp_path, external, SITE=allowed)[0].level == Level.OK
    island = replace(HOME, ess_state=EssState.ISLAND)
    stopped = ", policies: {off_grid: 'off'}"
    assert of("ESS", tmp_path, island, SITE=stopped)[0].level == Level.WARN
    generator = replace(HOME, generator=True)
    assert of("ESS", tmp_path, generator)[0].level == Level.WARN
    assert of("ESS", tmp_path, generator, SITE=", policies: {generator: allow}")[0].level == (
        Level.OK
    )


def test_alarms_are_named(tmp_path: Path) -> None:
    found = of("ESS", tmp_path, replace(HOME, alarms=(Alarm.OVERLOAD, Alarm.METER_LOST)))
    alarms = [row.text for row in found if row.text.startswith("alarm")]
    assert alarms == ["alarm: inverter overload. The heater stays off meanwhile"]


@pytest.mark.parametrize(
    ("setpoint_w", "level"),
    [(-101, Level.WARN), (-100, Level.OK), (0, Level.OK), (300, Level.OK), (301, Level.WARN)],
)
def test_setpoint(tmp_path: Path, setpoint_w: float, level: Level) -> None:
    row = of("ESS", tmp_path, replace(HOME, grid_setpoint_w=watts(setpoint_w)))[-1]
    assert f"{setpoint_w:+d} W" in row.text
    assert row.level == level


def test_setpoint_that_is_not_known(tmp_path: Path) -> None:
    row = of("ESS", tmp_path, replace(HOME, grid_setpoint_w=MISSING))[-1]
    assert "not known" in row.text


@pytest.mark.parametrize(
    ("ours", "ess", "levels"),
    [
        (20, 20.0, [Level.OK]),
        (19, 20.0, [Level.OK, Level.WARN]),
        (21, 20.0, [Level.OK]),
        (20, None, [Level.OK]),
    ],
)
def test_minimum_state_of_charge(
    tmp_path: Path, ours: int, ess: float | None, levels: list[Level]
) -> None:
    site = replace(HOME, limits=Limits(ess_min_soc_pct=ess))
    found = of("battery", tmp_path, site, SOC=ours)
    assert [row.level for row in found] == levels


def test_battery_still_low(tmp_path: Path) -> None:
    assert "waits" not in of("battery", tmp_path, HOME, SOC=90)[0].text
    assert "waits" in of("battery", tmp_path, HOME, SOC=91)[0].text


def test_battery_unknown_or_absent(tmp_path: Path) -> None:
    unknown = replace(HOME, soc_pct=MISSING)
    assert of("battery", tmp_path, unknown)[0].level == Level.WARN
    none = replace(HOME, battery_v=MISSING, soc_pct=MISSING)
    assert [row.level for row in of("battery", tmp_path, none)] == [Level.OK]


THREE = replace(HOME, grid_phase_w=(watts(-1500), watts(1500), watts(0)))


@pytest.mark.parametrize(
    ("wish", "summed", "level"),
    [
        ("auto", True, Level.OK),
        ("auto", None, Level.OK),
        ("summed", True, Level.OK),
        ("summed", False, Level.WARN),
        ("summed", None, Level.OK),
        ("per_phase", False, Level.OK),
        ("per_phase", True, Level.WARN),
    ],
)
def test_metering(tmp_path: Path, wish: str, summed: bool | None, level: Level) -> None:
    site = replace(THREE, summed_metering=summed)
    (row,) = of("phases", tmp_path, site, SITE=f", metering: {wish}")
    assert row.level == level
    assert "3 phases" in row.text


def test_heater_on_a_phase_that_is_not_there(tmp_path: Path) -> None:
    assert [row.level for row in of("phases", tmp_path, HOME, PHASE=3)] == [Level.OK, Level.WARN]
    assert [row.level for row in of("phases", tmp_path, THREE, PHASE=3)] == [Level.OK]
    assert [row.level for row in of("phases", tmp_path, HOME, PHASE="all")] == [Level.OK]


def test_inverter_limit(tmp_path: Path) -> None:
    unknown = replace(HOME, limits=Limits())
    assert of("heater", tmp_path, unknown)[0].level == Level.WARN
    by_hand = of("heater", tmp_path, unknown, SITE=", inverter: {max_w: 2400}")
    assert by_hand[0].level == Level.OK
    assert "2400 W" in by_hand[0].text
    assert "3000 W" in of("heater", tmp_path, HOME)[0].text


@pytest.mark.parametrize(
    ("key", "required", "number", "level"),
    [
        ("gx:water_heater", "false", 45.0, Level.OK),
        ("gx:water_heater", "true", 45.0, Level.OK),
        ("gx:water_heater", "false", None, Level.WARN),
        ("gx:water_heater", "true", None, Level.FAIL),
        ("gx:24", "false", 45.0, Level.WARN),  # there, but not set to water heater
    ],
)
def test_water(tmp_path: Path, key: str, required: str, number: float | None, level: Level) -> None:
    config = config_of(tmp_path, TEMPERATURE=f"required: {required}")
    (row,) = water(config, {key: Reading(number, 0.0, "gx")})
    assert row.level == level


def test_water_by_unit(tmp_path: Path) -> None:
    config = config_of(tmp_path, TEMPERATURE="unit: 24")
    (row,) = water(config, {"gx:24": watts(51.25)})
    assert (row.level, "51.2 °C" in row.text) == (Level.OK, True)
    (row,) = water(config, {"gx:25": watts(51.25)})
    assert row.level == Level.WARN
