"""``migrate``: what becomes of the old flat file, what is said of it, what is never written."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path

import pytest

from pvopt.commands.migrate import add_arguments, machine_timezone, run
from pvopt.config.load import load_text
from pvopt.config.outputs import GpioOutput, Servo
from pvopt.config.schema import Config
from pvopt.config.sources import ForecastSolar, Vrm

OLD = Path(__file__).parents[2] / "data" / "flat_config.yaml"
ENVIRON = {"VRM_PASSWORD": "p", "VRM_USER": "u", "FORECAST_SOLAR_KEY": "k"}


def migrate(*words: str) -> int:
    parser = ArgumentParser()
    add_arguments(parser)
    return run(parser.parse_args(words))


def changed(tmp_path: Path, old: str, new: str) -> str:
    text = OLD.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path = tmp_path / "old.yaml"
    path.write_text(text.replace(old, new), encoding="utf-8")
    return str(path)


def migrated(capsys: pytest.CaptureFixture[str], old: str) -> tuple[Config, str]:
    assert migrate(old) == 0
    said = capsys.readouterr()
    return load_text(said.out, "migrated", ENVIRON), said.err


def test_every_old_number_lives_on(capsys: pytest.CaptureFixture[str]) -> None:
    config, _ = migrated(capsys, str(OLD))
    site, control = config.site, config.control
    plane = site.planes[0]
    assert (site.latitude, site.longitude) == (48.2, 16.37)
    assert (plane.peak_w, plane.tilt_deg, plane.azimuth_deg) == (4400.0, 37.0, -20.0)
    assert (control.tick_s, control.min_soc_pct, control.max_grid_draw_w) == (3.0, 95.0, 80.0)
    assert (control.max_battery_discharge_w, control.step_pct) == (100.0, 10.0)
    assert (control.tolerance_w, control.start_pct) == (100.0, 50.0)
    assert control.forecast_difference_w == 10.0
    daylight = control.daylight
    assert (daylight.mode, daylight.start, daylight.end) == ("hours", "09:00", "18:30")
    assert (config.log.file, config.log.max_mb) == ("/var/log/heater.log", 5.0)


def test_portal_and_forecast(capsys: pytest.CaptureFixture[str]) -> None:
    config, _ = migrated(capsys, str(OLD))
    portal, forecast = config.sources
    assert isinstance(portal, Vrm)
    assert isinstance(forecast, ForecastSolar)
    assert (portal.user, portal.password, portal.site_id) == ("owner@example.org", "p", 123456)
    assert forecast.fetch_at == "07:00"


def test_board_pins_become_gpio_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    config, _ = migrated(capsys, str(OLD))
    output = config.loads[0].output
    assert isinstance(output, GpioOutput)
    assert isinstance(output.knob, Servo)
    assert (output.relay.pin, output.knob.pin) == (17, 21)
    assert (output.knob.min_us, output.knob.max_us) == (500, 2400)
    assert config.gpio.factory == "lgpio"


def test_says_what_was_carried_left_and_what_to_look_at(
    capsys: pytest.CaptureFixture[str],
) -> None:
    _, said = migrated(capsys, str(OLD))
    rest, carried = said.split("\nCarried:")
    rest, left = rest.split("Not carried:")
    todo, look = rest.split("Look at:")
    assert "min_battery -> control.min_soc_pct" in carried
    assert "fcast_url -> site.latitude" in carried
    for key in ("logout_url", "fcast_headers", "day_hourly_fcast"):
        assert f"  {key}: " in left
    for words in (
        "400 µs",
        "GPIO21 (board pin 40) has no kernel PWM",
        "fcast_diff was 10 W",
        "about 700",
        "wiring: released_when_off",
        "start_pct 50",
    ):
        assert words in look
    assert todo.startswith("To do before it can run:")
    for words in ("VRM_PASSWORD", "what the heater draws", "time zone"):
        assert words in todo
    assert "[#1]" not in said


def test_a_user_that_is_not_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config, said = migrated(capsys, changed(tmp_path, "api_username: owner@example.org\n", ""))
    portal = config.sources[0]
    assert isinstance(portal, Vrm)
    assert portal.user == "u"  # out of the environment
    assert "VRM_USER" in said.split("Look at:")[0]
    assert "api_username ->" not in said


def test_the_password_is_never_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "new.yaml"
    assert migrate(str(OLD), "--out", str(out)) == 0
    said = capsys.readouterr()
    text = out.read_text(encoding="utf-8")
    assert said.out == ""
    assert "password: ${VRM_PASSWORD}" in text
    assert "hunter2" not in text + said.err


def test_a_key_in_the_forecast_address_is_not_copied(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old = changed(tmp_path, "forecast.solar/estimate", "forecast.solar/K3y-abc/estimate")
    assert migrate(old) == 0
    said = capsys.readouterr()
    assert "key: ${FORECAST_SOLAR_KEY}" in said.out
    assert "K3y-abc" not in said.out + said.err


def test_nothing_is_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "mine.yaml"
    out.write_text("mine")
    assert migrate(str(OLD), "--out", str(out)) == 2
    assert out.read_text() == "mine"
    assert "nothing is overwritten" in capsys.readouterr().err
    assert migrate(str(OLD), "--out", str(tmp_path / "none" / "x.yaml")) == 2


@pytest.mark.parametrize(
    ("old", "new", "left"),
    [
        ("min_battery: 95", "min_battery: 101", "min_battery: control.min_soc_pct `101` is out of"),
        ("sleep_timer: 3", "sleep_timer: 31", "sleep_timer: control.tick_s `31` is out of range"),
        (
            "tolerance: 100",
            "tolerance: soon",
            "tolerance: control.tolerance_w `soon` is not a number",
        ),
        ("tolerance: 100", 'tolerance: "1\\nx: 2"', "tolerance: control.tolerance_w"),
        ('"09:00:00"', "dawn", "min_day_time: control.daylight.start must be a time"),
        ('"09:00:00"', '"19:00:00"', "control.daylight.end must be later than start"),
        ("/4.4", "/0", "fcast_url: not an address"),
        ("/37/", "/91/", "fcast_url: not an address"),
        ("48.2/", "4.8.2/", "fcast_url: not an address"),
        ("5000000", "5", "log_file_size: log.max_mb"),
        ("power_percent: 50", "powr_percent: 50", "powr_percent: not a key of the old program"),
        (
            "api.forecast.solar/estimate/watthours/48.2",
            "x.example/48.2",
            "fcast_url: not an address",
        ),
        ("/v2/auth/login", "/v2/auth/login?u=a:b", ""),
    ],
)
def test_what_does_not_fit_is_left_out_and_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, left: str
) -> None:
    _, said = migrated(capsys, changed(tmp_path, old, new))
    assert left in said.split("Not carried:")[1].split("\nCarried:")[0]


def test_the_older_hours_are_understood(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config, _ = migrated(capsys, changed(tmp_path, 'min_day_time: "09:00:00"', "min_day_hour: 8"))
    assert config.control.daylight.start == "08:00"


def test_no_place_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, said = migrated(capsys, changed(tmp_path, "48.2/16.37", "here"))
    assert "no place was found in fcast_url" in said


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "there is no such file"),
        ("", "is empty"),
        ("a: b: c\n", "a second colon"),
        ("version: 1\nsite: {}\n", "a configuration of pvopt already"),
        ("mqtt: {host: x}\nmin_battery: 3\n", "is not the config.yaml of pv_heater_optimizer"),
    ],
)
def test_what_cannot_be_used_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str | None, words: str
) -> None:
    path = tmp_path / "old.yaml"
    if text is not None:
        path.write_text(text)
    assert migrate(str(path)) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert words in said.err


def test_the_machine_names_its_time_zone(tmp_path: Path) -> None:
    name, link = tmp_path / "timezone", tmp_path / "localtime"
    assert machine_timezone(name, link) == "UTC"
    name.write_text("Europe/Vienna\n")
    assert machine_timezone(name, link) == "Europe/Vienna"
    link.symlink_to("/usr/share/zoneinfo/America/Lima")
    assert machine_timezone(name, link) == "America/Lima"
    name.write_text("../../etc/passwd")
    link.unlink()
    assert machine_timezone(name, link) == "UTC"
