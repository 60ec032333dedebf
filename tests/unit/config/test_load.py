"""What the loader takes, how it reads it, and what it never says."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pvopt.config.faults import InvalidConfigError
from pvopt.config.load import load, load_text
from pvopt.config.outputs import Servo, SpiPot
from pvopt.config.schema import Config
from pvopt.config.sources import GxModbus, Vrm
from pvopt.config.temperatures import GxTemperature, W1Temperature
from pvopt.errors import ConfigError
from tests.unit.config.samples import BASE, GX, SERVO, edited, faults_of, pot


def test_base_is_sound() -> None:
    config = load_text(BASE, "c.yaml", {})
    assert config.loads[0].max_w == 2000.0
    assert isinstance(config.sources[0], GxModbus)
    assert config.sources[0].timeout_s == 0.3


def test_all_faults_at_once_in_order_of_lines() -> None:
    text = (
        BASE.replace("50.08", "95")
        .replace("port: 502", "prot: 502")
        .replace("max_w: 2000", "max_w: 2kW")
        .replace("pin: 18", "pin: 17")
        .replace("info", "loud")
    )
    with pytest.raises(InvalidConfigError) as caught:
        load_text(text, "c.yaml", {})
    assert [(fault.line, fault.key) for fault in caught.value.faults] == [
        (3, "site.latitude"),
        (9, "sources[gx_modbus].prot"),
        (12, "loads[boiler].max_w"),
        (20, "loads[boiler].output.knob.pin"),
        (22, "log.level"),
    ]
    assert "c.yaml cannot be used, 5 faults" in str(caught.value)


@pytest.mark.parametrize(
    ("key", "text", "number"),
    [("max_w", "1e3", 1000.0), ("max_w", "50", 50.0), ("max_w", "+500.5", 500.5),
     ("latitude", ".5", 0.5), ("latitude", "-90", -90.0), ("longitude", "180.", 180.0)],
)  # fmt: skip
def test_numbers_that_are_taken(key: str, text: str, number: float) -> None:
    old = {"max_w": "2000", "latitude": "50.08", "longitude": "14.43"}[key]
    config = load_text(edited(old, text), "c.yaml", {})
    assert number in (config.loads[0].max_w, config.site.latitude, config.site.longitude)


@pytest.mark.parametrize("text", ["22:00", "no", "010", "1e3", "true", "null x", "2026-06-21"])
def test_texts_stay_as_written(text: str) -> None:
    config = load_text(edited("  latitude", f"  name: {text}\n  latitude"), "c.yaml", {})
    assert config.site.name == text


def test_off_is_a_word() -> None:
    config = load_text(
        edited("  latitude", "  policies: {off_grid: off, generator: allow}\n  latitude"), "c", {}
    )
    assert (config.site.policies.off_grid, config.site.policies.generator) == ("off", "allow")


def test_empty_section_is_there_with_its_defaults_and_null_is_not() -> None:
    text = edited("phase: 1", "temperature:  # all by default\n    phase: 1")
    temperature = load_text(text, "c.yaml", {}).loads[0].temperature
    assert temperature is not None
    assert temperature.allowed_age_s == 60.0
    assert load_text(text.replace("temperature:", "temperature: null"), "c", {}).loads[
        0
    ].temperature is None  # fmt: skip


def test_a_sensor_s_kind_may_be_left_out_for_the_gx() -> None:
    def sensor(words: str) -> object:
        return load_text(edited("phase: 1", f"temperature: {words}"), "c", {}).loads[0].temperature

    assert sensor("{}") == sensor("{kind: gx}") == GxTemperature()
    assert sensor("{unit: 24, required: true}") == GxTemperature(unit=24, required=True)
    named = W1Temperature(sensor="28-0316a2794bff", required=True)
    assert sensor("{kind: w1, sensor: 28-0316a2794bff, required: true}") == named


def test_empty_optional_number_is_none() -> None:
    config = load_text(edited("port: 502", "units: {battery: , vebus: 227}"), "c.yaml", {})
    source = config.sources[0]
    assert isinstance(source, GxModbus)
    assert (source.units.battery, source.units.vebus) == (None, 227)


def test_kind_chooses_the_class() -> None:
    assert isinstance(load_text(BASE, "c", {}).loads[0].output.knob, Servo)
    knob = load_text(edited(SERVO, pot("mcp42010", "channel: 1")), "c", {}).loads[0].output.knob
    assert isinstance(knob, SpiPot)
    assert knob.channel == 1


def test_kernel_pwm_on_its_own_pins_only() -> None:
    for pin in range(28):
        if pin == 17:
            continue
        text = edited("pin: 18", f"pin: {pin}\n        pulse: kernel_pwm")
        if pin in (12, 13, 18, 19):
            load_text(text, "c", {})
        else:
            assert "has no kernel PWM" in faults_of(text)


SECOND = """\
  - id: second
    max_w: 900
    output:
      relay: {pin: 4}
      knob: {%s}
log:
"""


@pytest.mark.parametrize(
    ("first", "second", "clash"),
    [
        ("kind: servo; pin: 18; pulse: kernel_pwm", "kind: servo, pin: 12, pulse: kernel_pwm",
         "kernel PWM channel 0 is taken by GPIO18"),
        ("kind: servo; pin: 18; pulse: kernel_pwm", "kind: servo, pin: 13, pulse: kernel_pwm", ""),
        ("kind: mcp41010; isolated_control: true", "kind: mcp4131, isolated_control: true",
         "SPI port 0, device 0, channel 0 is taken"),
        ("kind: mcp41010; isolated_control: true",
         "kind: mcp4131, isolated_control: true, device: 1", ""),
        ("kind: mcp42010; isolated_control: true",
         "kind: mcp42010, isolated_control: true, channel: 1", ""),
    ],
)  # fmt: skip
def test_what_two_loads_share(first: str, second: str, clash: str) -> None:
    lines = "".join(f"        {line}\n" for line in first.split("; "))
    text = edited(SERVO, lines).replace("log:\n", SECOND % second)
    if clash:
        assert clash in faults_of(text)
    else:
        assert len(load_text(text, "c", {}).loads) == 2


PORTAL = "  - {kind: vrm, token: t}\n"


@pytest.mark.parametrize(
    ("sources", "tick_s", "fits"),
    [
        (GX, "2", True),
        (GX, "2.01", False),
        (GX.replace("port: 502", "allowed_age_s: 8"), "1", True),
        (GX.replace("port: 502", "allowed_age_s: 8"), "1.01", False),
        (GX.replace("port: 502", "allowed_age_s: 2"), "7", True),
        (GX.replace("port: 502", "allowed_age_s: 2"), "7.01", False),
        (PORTAL, "30", True),
        (PORTAL + GX, "2.01", False),
        (GX + GX.replace("port: 502", "name: b\n    allowed_age_s: 8"), "1", True),
        (GX + GX.replace("port: 502", "name: b\n    allowed_age_s: 8"), "1.5", False),
    ],
)
def test_tick_and_allowed_age_of_a_gx_together(sources: str, tick_s: str, fits: bool) -> None:
    text = edited(GX, sources) + f"control: {{tick_s: {tick_s}}}\n"
    if fits:
        assert load_text(text, "c", {}).control.tick_s == float(tick_s)
    else:
        assert "together must not exceed 9 s" in faults_of(text)


@pytest.mark.parametrize(
    ("factory", "tick_s", "fits"),
    [("pigpio", "4", True), ("pigpio", "4.01", False), ("lgpio", "4.01", True)],
)
def test_tick_of_pins_behind_a_daemon(factory: str, tick_s: str, fits: bool) -> None:
    text = edited("port: 502", "allowed_age_s: 2") + f"control: {{tick_s: {tick_s}}}\n"
    text += f"gpio: {{factory: {factory}}}\n"
    if fits:
        assert load_text(text, "c", {}).control.tick_s == float(tick_s)
    else:
        assert "too long with `gpio.factory: pigpio`" in faults_of(text)


def test_an_age_that_is_not_allowed_is_not_proposed() -> None:
    text = edited("port: 502", "allowed_age_s: 2") + "control: {tick_s: %s}\n"
    assert "allowed_age_s up to" not in faults_of(text % "7.1")
    text = text.replace("allowed_age_s: 2", "allowed_age_s: 2.1")
    assert "with tick_s 7: allowed_age_s up to 2" in faults_of(text % "7")
    assert faults_of(text % "6.97").endswith("tick_s 6.97: allowed_age_s up to 2.03")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "192.168.1.30", "::1", "fe80::1"])
def test_addresses_of_a_pigpio_daemon(host: str) -> None:
    text = BASE + f"gpio: {{factory: pigpio, pigpio_host: '{host}'}}\n"
    assert load_text(text, "c", {}).gpio.pigpio_host == host


def test_environment_fills_texts_and_numbers() -> None:
    text = edited("venus.local", "${GX}.lan").replace("502", "${PORT}")
    source = load_text(text, "c", {"GX": "cerbo", "PORT": "1502"}).sources[0]
    assert isinstance(source, GxModbus)
    assert (source.host, source.port) == ("cerbo.lan", 1502)
    assert "GX is empty" in faults_of(text, {"GX": "", "PORT": "1"})


def test_doubled_dollar_is_a_plain_one() -> None:
    text = edited(GX, "  - kind: vrm\n    token: '$${NOT_A_NAME} costs 5 $'\n")
    source = load_text(text, "c", {}).sources[0]
    assert isinstance(source, Vrm)
    assert source.token == "${NOT_A_NAME} costs 5 $"


SECRET = "hunter2-Zq9"


@pytest.mark.parametrize(
    "source",
    [
        f"  - kind: vrm\n    token: {SECRET}\n    user: {SECRET}\n    poll_s: 1\n",
        f"  - kind: vrm\n    tokn: {SECRET}\n",
        f"  - kind: vrm\n    token: [{SECRET}]\n",
        f"  - kind: vrm\n    token: {{{SECRET}: 1}}\n",
        f"  - kind: vrm\n    token: {SECRET}\n    password: {SECRET}\n    token: {SECRET}\n",
        f"  - kind: vrm\n    token: *{SECRET}\n",
        f"  - kind: vrm\n    token: &{SECRET}\n",
        f"  - kind: vrm\n    token: !{SECRET}\n",
        f"  - kind: vrm\n    token: !{SECRET}!x\n",
        f"  - kind: vrm\n    token: '{SECRET}\n",
        f"  - kind: vrm\n    token: {SECRET}: x\n",
        f"  - kind: vrm\n    token: @{SECRET}\n",
        f"  - kind: vrm\n    token {SECRET}\n    user: x\n",
        f"  - kind: vrm\n    token: x\n    url: http://me:{SECRET}@portal.example\n",
        "  - kind: vrm\n    token: ${TOKEN}\n    user: ${TOKEN}\n    poll_s: ${TOKEN}\n",
        "  - kind: vrm\n    kind: ${TOKEN}\n    password: ${TOKEN}\n",
        f"  - kind: forecast_solar\n    key: {SECRET}\n    url: http://f.example\n",
    ],
)
def test_secrets_are_never_said(source: str) -> None:
    text = edited(GX, source)
    message = faults_of(text, {"TOKEN": SECRET})
    assert SECRET not in message


def test_secrets_are_not_in_the_printed_configuration() -> None:
    config = load_text(edited(GX, "  - {kind: vrm, user: me-X1, password: pw-X2}\n"), "c", {})
    assert "X1" not in repr(config)
    assert "X2" not in repr(config)


def test_long_texts_are_not_quoted() -> None:
    token = "0123456789" * 7
    message = faults_of(edited(GX, f"  - {{kind: vrm, token: t, site_id: {token}}}\n"))
    assert token not in message


def test_missing_file_folder_and_encoding(tmp_path: Path) -> None:
    missing, latin, wide = tmp_path / "no.yaml", tmp_path / "latin.yaml", tmp_path / "wide.yaml"
    latin.write_bytes("version: 1\n# Zürich\n".encode("latin-1"))
    wide.write_bytes("version: 1\n".encode("utf-16"))
    huge = tmp_path / "huge.yaml"
    huge.write_bytes(b"#" * 1_000_001)
    for path, words in (
        (missing, f"{missing}: there is no such file"),
        (tmp_path, f"{tmp_path}: is a folder"),
        (latin, f"{latin}:2: is not UTF-8 text"),
        (wide, f"{wide}:1: is not UTF-8 text"),
        (huge, "larger than 1 MB"),
        (Path("nul\0name"), "cannot be read"),
    ):
        with pytest.raises(ConfigError) as caught:
            load(path, {})
        assert words in str(caught.value)


def test_byte_order_mark_and_windows_lines_are_taken(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + BASE.replace("\n", "\r\n").encode())
    assert load(path, {}).loads[0].id == "boiler"


def test_the_process_environment_is_the_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "c.yaml"
    path.write_text(edited("venus.local", "${PVOPT_TEST_HOST}"))
    monkeypatch.setenv("PVOPT_TEST_HOST", "gx.lan")
    source = load(path).sources[0]
    assert isinstance(source, GxModbus)
    assert source.host == "gx.lan"


PIECES = st.sampled_from(
    [*BASE.splitlines(), "kind: servo", "- [1, 2]", "? x", ": y", "{", "]", "'", '"', "&a", "*a",
     "!!set", "---", "...", "%YAML 1.9", "<<: *a", "\t", "|", ">-", "a: ${B}", "\x00", "\ud800", ""]
)  # fmt: skip


@given(st.one_of(st.text(), st.lists(PIECES).map("\n".join)))
def test_nothing_but_a_config_error_is_raised(text: str) -> None:
    try:
        made = load_text(text, "c.yaml", {})
    except ConfigError as error:
        assert str(error)
    else:
        assert isinstance(made, Config)


@given(
    st.integers(0, BASE.count("\n") - 1), st.sampled_from(["", "[]", "{}", "0", "x", "- 1", "~"])
)
def test_any_line_may_be_broken(row: int, text: str) -> None:
    lines = BASE.splitlines()
    lines[row] = lines[row].partition(":")[0] + ": " + text
    try:
        load_text("\n".join(lines), "c.yaml", {})
    except ConfigError as error:
        assert "c.yaml:" in str(error)
