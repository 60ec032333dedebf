"""Broken configurations, each with what its owner must be told."""

from __future__ import annotations

import pytest

from tests.unit.config.samples import BASE, GX, SERVO, curve, edited, faults_of, pot

# name: (text, the parts that the message must hold)
BROKEN: dict[str, tuple[str, tuple[str, ...]]] = {
    "unknown key": (
        edited("    port: 502", "    prot: 502"),
        ("c.yaml:9: sources[gx_modbus].prot: unknown key", "did you mean `port`?"),
    ),
    "section of a later release": (BASE + "grafana: {}\n", ("c.yaml:23: grafana: unknown key",)),
    "number in quotes": (
        edited("502", '"502"'),
        ("c.yaml:9: sources[gx_modbus].port: `502` is a text", "without quotes", "1 to 65535"),
    ),
    "truth for a pin": (
        edited("pin: 17", "pin: true"),
        ("c.yaml:16: loads[boiler].output.relay.pin: `true` is not a whole number", "0 to 27 GPIO"),
    ),
    "number for a truth": (
        edited("    phase: 1", "    verify: 1"),
        ("c.yaml:13: loads[boiler].verify: `1` is neither true nor false",),
    ),
    "yes for a truth": (
        edited("    phase: 1", "    verify: yes"),
        ("loads[boiler].verify: `yes` is neither", "allowed: true, false"),
    ),
    "not a number": (edited("2000", ".nan"), ("c.yaml:12: loads[boiler].max_w", "must be finite")),
    "infinite": (edited("2000", "-.inf"), ("loads[boiler].max_w", "must be finite")),
    "number that overflows": (edited("2000", "1e999"), ("max_w: `1e999` is too large",)),
    "a hair above": (
        edited("50.08", "90.001"),
        ("c.yaml:3: site.latitude: `90.001` is out of range; allowed: -90 to 90 ° north",),
    ),
    "a hair below": (
        edited("2000", "49.9"),
        ("max_w: `49.9` is out of range; allowed: 50 to 50000 W",),
    ),
    "with a unit": (
        edited("2000", "2000 W"),
        ("max_w: `2000 W` is not a number (only the number, without a unit)", "50 to 50000 W"),
    ),
    "decimal comma": (edited("50.08", "50,08"), ("site.latitude", "write 50.08 with a point")),
    "underscores": (edited("2000", "2_000"), ("loads[boiler].max_w", "write 2000")),
    "leading zero": (edited("502", "010"), ("port: `010`", "could mean octal; write 10")),
    "exponent where whole": (edited("502", "5e2"), ("port: `5e2` is not a whole number",)),
    "clock for a number": (edited("502", "22:00"), ("port: `22:00` is not a whole number",)),
    "empty number": (
        edited("port: 502", "port:"),
        ("port: is empty", "leave the line out", "1 to 65535"),
    ),
    "missing key": (
        edited("    max_w: 2000\n", ""),
        ("c.yaml:11: loads[boiler].max_w: is missing and has no default",),
    ),
    "missing section": (
        BASE[: BASE.index("loads:")],
        ("c.yaml:1: loads: is missing; at least one load is needed, or `storages`",),
    ),
    "duplicate key": (
        edited("port: 502", "host: gx"),
        ("c.yaml:9: sources[gx_modbus].host: stands here twice; first in line 8",),
    ),
    "tab": (
        edited("  timezone", "\ttimezone"),
        ("c.yaml:5: a tab in the indentation; use spaces",),
    ),
    "tab behind": (edited("info\n", "\tinfo\n\t# x\n"), ("c.yaml:23: a tab in the indentation",)),
    "empty file": ("", ("c.yaml:1: is empty",)),
    "only comments": ("# nothing\n\n", ("c.yaml:1: is empty",)),
    "a list at the top": ("- version: 1\n", ("c.yaml:1: must be keys with a colon",)),
    "colon forgotten": (edited("log:\n", "log\n"), ("c.yaml:2", "colon")),
    "two colons": (edited("level: info", "level: a: b"), ("c.yaml:22: a second colon",)),
    "indentation": (
        edited("  level", "   level: x\n  keep"),
        ("c.yaml:23: the indentation does not fit", "2 blanks", "must be 0 or 3"),
    ),
    "indented too far": (
        edited("    phase", "     phase"),
        ("c.yaml:13: the indentation does not fit: 5 blanks", "must be 0 or 4"),
    ),
    "indented too little": (
        edited("        wiring", "       wiring"),
        ("c.yaml:17: the indentation does not fit: 7 blanks", "must be 4, 6 or 8"),
    ),
    "item out of step": (
        edited("log:", " - id: b\nlog:"),
        ("c.yaml:21: the indentation does not fit: 1 blanks", "must be 2"),
    ),
    "quote never closed": (
        edited("venus.local", '"venus.local'),
        ("c.yaml:8: a quote is opened here and never closed",),
    ),
    "quote closed by the next one": (
        edited("venus.local", "'venus.local").replace("active_high", "'active_high'"),
        ("c.yaml:8: a quote is opened here and never closed",),
    ),
    "bracket never closed": (
        edited("output:", "output: [1, 2"),
        ("c.yaml:14: a bracket is opened here",),
    ),
    "no blank after the colon": (
        edited("phase: 1", "phase:1"),
        ("c.yaml:13: the colon needs a blank after it",),
    ),
    "no blank after the only colon": (
        edited("level: info", "level:info"),
        ("c.yaml:21: log: is a single word, for a colon needs a blank after it",),
    ),
    "no blank at all": ("version:1\n", ("c.yaml:1: the colon needs a blank after it",)),
    "two documents": (BASE + "---\nversion: 1\n", ("c.yaml:23: a second document",)),
    "alias": (
        edited("venus.local", "*gx"),
        ("c.yaml:8: anchors (&) and aliases (*)", "needs quotes"),
    ),
    "anchor": (edited("venus.local", "&gx venus"), ("c.yaml:8: anchors (&) and aliases (*)",)),
    "tag": (edited("venus.local", "!!int 7"), ("c.yaml:8: sources[gx_modbus].host: tags (!)",)),
    "unknown escape": (edited("venus.local", '"\\q"'), ("c.yaml:8: cannot be read as YAML",)),
    "bare at sign": (edited("venus.local", "@home"), ("c.yaml:8: character '@'", "needs quotes")),
    "too deep": ("a: " + "[" * 40 + "]" * 40, ("c.yaml:1: nested too deep",)),
    "unprintable": (edited("venus", "ve\x07nus"), ("c.yaml:8: an unprintable character",)),
    "list for a section": (
        edited("  level: info", "  - level"),
        ("log: is a list; a section of keys is expected",),
    ),
    "word for a section": (
        edited("log:\n  level: info", "log: info"),
        ("c.yaml:21: log: is a single word",),
    ),
    "section for a list": (
        edited("  - kind: gx_modbus\n    host", "    kind: gx_modbus\n    host"),
        ("sources: is a section of keys; a list is expected",),
    ),
    "list for a word": (edited("venus.local", "[a, b]"), ("host: is a list; a text is expected",)),
    "unknown kind": (
        edited("kind: gx_modbus", "kind: gx_modbsu"),
        (
            "c.yaml:7: sources[gx_modbsu].kind: `gx_modbsu` is not known",
            "vrm, mqtt_meters, forecast_solar",
            "did you mean `gx_modbus`?",
        ),
    ),
    "no kind": (
        edited("kind: gx_modbus", "name: a"),
        ("sources[a].kind: is missing", "allowed: gx_modbus"),
    ),
    "unknown word": (
        edited("active_high", "active_hihg"),
        (
            "c.yaml:17: loads[boiler].output.relay.wiring: `active_hihg` is not known",
            "allowed: active_high, active_low, released_when_off",
            "did you mean `active_high`?",
        ),
    ),
    "off is no log level": (
        edited("info", "off"),
        ("log.level: `off` is not known; allowed: debug",),
    ),
    "phase of four": (
        edited("phase: 1", "phase: 4"),
        ("phase: `4` is not known; allowed: 1, 2, 3, all",),
    ),
    "phase in quotes": (
        edited("phase: 1", 'phase: "1"'),
        ("phase: `1` is not known", "without quotes"),
    ),
    "version of tomorrow": (
        edited("version: 1", "version: 2"),
        ("c.yaml:1: version: `2`", "allowed: 1"),
    ),
    "same load twice": (
        edited(
            "log:\n",
            "  - id: boiler\n    max_w: 900\n    drive: on_off\n"
            "    output: {relay: {pin: 4}}\nlog:\n",
        ),
        ("c.yaml:21: loads[boiler].id: `boiler` is taken (line 11)",),
    ),
    "same source name twice": (
        edited(GX, GX + GX),
        ("sources[gx_modbus].name: `gx` is taken (line 7); give each its own name",),
    ),
    "two things on one pin": (
        edited("pin: 18", "pin: 17"),
        ("c.yaml:20: loads[boiler].output.knob.pin: GPIO17 is taken by a relay (line 16)",),
    ),
    "step pot on the relay's pin": (
        edited(SERVO, pot("x9c103", "inc_pin: 5; ud_pin: 6; cs_pin: 17")),
        ("output.knob.cs_pin: GPIO17 is taken by a relay (line 16)",),
    ),
    "step pot on one pin twice": (
        edited(SERVO, pot("x9c104", "inc_pin: 5; ud_pin: 5; cs_pin: 6")),
        ("output.knob.ud_pin: GPIO5 is taken by a potentiometer's inc_pin",),
    ),
    "relay on the SPI bus": (
        edited(SERVO, pot("mcp41010")).replace("pin: 17", "pin: 7"),
        ("output.knob.port: GPIO7 is taken by a relay (line 16)",),
    ),
    "second SPI bus": (
        edited(SERVO, pot("mcp4151", "port: 1")),
        (
            "c.yaml:21: loads[boiler].output.knob.port: `1` cannot be driven; allowed: 0",
            "`device: 1`",
        ),
    ),
    "SPI bus below the first": (
        edited(SERVO, pot("mcp4151", "port: -1")),
        ("output.knob.port: `-1` cannot be driven; allowed: 0",),
    ),
    "half an SPI bus": (
        edited(SERVO, pot("mcp4151", "port: 0.5")),
        ("output.knob.port: `0.5` is not a whole number",),
    ),
    "kernel PWM on GPIO21": (
        edited(SERVO, "        kind: servo\n        pin: 21\n        pulse: kernel_pwm\n"),
        ("c.yaml:20: loads[boiler].output.knob.pin: GPIO21 has no kernel PWM", "12, 13, 18, 19"),
    ),
    "potentiometer that is not isolated": (
        edited(SERVO, pot("mcp41010", isolated="")),
        ("loads[boiler].output.knob.isolated_control", "mains potential", "galvanically isolated"),
    ),
    "step potentiometer that is not isolated": (
        edited(SERVO, pot("x9c103", "inc_pin: 5; ud_pin: 6; cs_pin: 4", "isolated_control: false")),
        ("loads[boiler].output.knob.isolated_control", "mains potential"),
    ),
    "second channel of a single chip": (
        edited(SERVO, pot("mcp4131", "channel: 1")),
        ("output.knob.channel: an mcp4131 has only channel 0",),
    ),
    "pulses the wrong way round": (
        edited("pin: 18", "pin: 18\n        min_us: 1500\n        max_us: 1500"),
        ("c.yaml:22: loads[boiler].output.knob.max_us: must be above min_us (1500 µs)",),
    ),
    "dead zones that meet": (
        edited("pin: 18", "pin: 18\n        dead_low_pct: 60\n        dead_high_pct: 40"),
        ("knob.dead_high_pct", "together must stay below 100 %"),
    ),
    "table without points": (
        edited("output:", curve("kind: table")),
        ("curve.points: `kind: table` needs at least two",),
    ),
    "table that falls": (
        edited("output:", curve("kind: table", "points: [[0, 0], [50, 100], [50, 200]]")),
        ("curve.points: the percents must rise",),
    ),
    "table beyond the end": (
        edited("output:", curve("kind: table", "points: [[0, 0], [100.5, 200]]")),
        ("curve.points: a percent is out of range; allowed: 0 to 100 %",),
    ),
    "table with negative watts": (
        edited("output:", curve("kind: table", "points: [[0, -1], [100, 200]]")),
        ("curve.points: watts must not be negative",),
    ),
    "table with a triple": (
        edited("output:", curve("kind: table", "points: [[0, 0, 0], [100, 200]]")),
        ("curve.points[#1]: must be a list of 2 numbers",),
    ),
    "table with a word": (
        edited("output:", curve("kind: table", "points: [[0, zero], [100, 200]]")),
        ("curve.points[#1][#2]: `zero` is not a number",),
    ),
    "points that nobody reads": (
        edited("output:", curve("kind: linear", "points: [[0, 0], [100, 200]]")),
        ("curve.points: are used with `kind: table` only",),
    ),
    "continuous without a knob": (
        edited("      knob:\n" + SERVO, ""),
        ("drive: `continuous` needs `output.knob`",),
    ),
    "on_off with a knob": (
        edited("phase: 1", "drive: on_off"),
        ("c.yaml:13: loads[boiler].drive: `on_off` leaves the knob",),
    ),
    "least watts above the most": (
        edited("output:", curve("min_w: 2000")),
        ("max_w: must be above output.curve.min_w (2000 W)",),
    ),
    "maximum without a sensor": (
        edited("phase: 1", "comfort: {max_c: 60}"),
        ("loads[boiler].comfort: needs `temperature`",),
    ),
    "sensor that is none": (
        edited("phase: 1", "temperature: {kind: w1, sensor: 28-0316A2794BFF}"),
        ("loads[boiler].temperature.sensor: must be a name such as 28-0316a2794bff",),
    ),
    "sensor of an unknown kind": (
        edited("phase: 1", "temperature: {kind: w2}"),
        ("loads[boiler].temperature.kind: `w2` is not known; allowed: gx, w1, mqtt",),
    ),
    "sensor behind no broker": (
        edited("phase: 1", "temperature: {kind: mqtt, topic: tank}"),
        ("c.yaml:13: loads[boiler].temperature: needs a broker; add the section `mqtt`",),
    ),
    "sensor without a topic": (
        edited("phase: 1", "temperature: {kind: mqtt}") + "mqtt: {host: broker}\n",
        ("loads[boiler].temperature.topic: is missing and has no default",),
    ),
    "sensor with an empty topic": (
        edited("phase: 1", 'temperature: {kind: mqtt, topic: ""}') + "mqtt: {host: broker}\n",
        ("loads[boiler].temperature.topic: is empty",),
    ),
    "sensor with many topics": (
        edited("phase: 1", 'temperature: {kind: mqtt, topic: "tank/#"}') + "mqtt: {host: broker}\n",
        ("loads[boiler].temperature.topic: must be one topic",),
    ),
    "sensor with a way that ends": (
        edited("phase: 1", "temperature: {kind: mqtt, topic: t, json: a.}")
        + "mqtt: {host: broker}\n",
        ("loads[boiler].temperature.json: ends with a dot",),
    ),
    "sensor of another kind": (
        edited("phase: 1", "temperature: {sensor: 28-0316a2794bff}"),
        ("loads[boiler].temperature.sensor: unknown key", "known here: kind, unit"),
    ),
    "blind without a sensor": (
        edited("phase: 1", "blind: true"),
        ("loads[boiler].blind: needs `temperature`",),
    ),
    "load without a name": (
        edited("id: boiler", "id: 'hot water'"),
        (".id: must be 1 to 32 letters",),
    ),
    "forecast without planes": (
        edited(GX, GX + "  - kind: open_meteo\n"),
        ("c.yaml:3: site.planes: is needed by the forecast `open_meteo` (line 10)",),
    ),
    "portal without an account": (
        edited(GX, "  - kind: vrm\n"),
        ("sources[vrm].token: is missing: the portal wants an access token",),
    ),
    "portal with half an account": (
        edited(GX, "  - {kind: vrm, user: a@b.example}\n"),
        ("sources[vrm].password: is missing",),
    ),
    "portal with both": (
        edited(GX, "  - {kind: vrm, token: t, user: u, password: p}\n"),
        ("sources[vrm].token: either `token`, or `user` and `password`",),
    ),
    "secret over plain http": (
        edited(GX, "  - {kind: vrm, token: t, url: http://portal.example}\n"),
        ("sources[vrm].url: must begin with https://",),
    ),
    "no source that measures": (
        edited(GX, "  - {kind: vrm_forecast, token: t}\n"),
        ("c.yaml:6: sources: none of them measures the home",),
    ),
    "unknown time zone": (
        edited("Europe/Prague", "Europe/Prage"),
        (
            "c.yaml:5: site.timezone: `Europe/Prage` is not a known time zone",
            "did you mean `Europe/Prague`?",
        ),
    ),
    "time of day": (
        BASE + "control: {daylight: {mode: hours, start: 9:00}}\n",
        (
            "c.yaml:23: control.daylight.start: must be a time of day such as 09:30",
            "00:00 to 23:59",
        ),
    ),
    "a day of 25 hours": (
        BASE + "control: {daylight: {end: '24:00'}}\n",
        ("control.daylight.end: must be a time",),
    ),
    "evening before morning": (
        BASE + "control: {daylight: {start: '18:00', end: '18:00'}}\n",
        ("control.daylight.end: must be later than start (18:00)",),
    ),
    "grid draw below zero": (
        BASE + "control: {max_grid_draw_w: -1}\n",
        ("control.max_grid_draw_w: `-1` is out of range; allowed: 0 to 100000 W",),
    ),
    "stale data for long": (
        edited("port: 502", "allowed_age_s: 8.1"),
        ("allowed_age_s: `8.1` is out of range; allowed: 2 to 8 s",),
    ),
    "too slow for a GX": (
        BASE + "control:\n  margin_w: 30\n  tick_s: 2.1\n",
        (
            "c.yaml:25: control.tick_s: 2.1 s and `sources[gx_modbus].allowed_age_s` (7 s, line 7)",
            "must not exceed 9 s",
            "with allowed_age_s 7: tick_s up to 2; with tick_s 2.1: allowed_age_s up to 6.9",
        ),
    ),
    "far too slow for a GX": (
        edited("port: 502", "allowed_age_s: 2") + "control: {tick_s: 7.1}\n",
        ("control.tick_s: 7.1 s", "(2 s, line 9)", "with allowed_age_s 2: tick_s up to 7"),
    ),
    "too slow for pigpio": (
        edited("port: 502", "allowed_age_s: 2")
        + "gpio: {factory: pigpio}\ncontrol: {tick_s: 4.01}\n",
        (
            "c.yaml:24: control.tick_s: 4.01 s is too long with `gpio.factory: pigpio` (line 23)",
            "up to 4 s",
            "off within 5 s",
            "`factory: lgpio`",
        ),
    ),
    "pigpio by name": (
        BASE + "gpio: {factory: pigpio, pigpio_host: cellar.local}\n",
        ("c.yaml:23: gpio.pigpio_host: must be an address such as 192.168.1.30", "localhost"),
    ),
    "pigpio with a port": (
        BASE + "gpio: {factory: pigpio, pigpio_host: '10.0.0.9:8888'}\n",
        ("gpio.pigpio_host: must be an address",),
    ),
    "pigpio nowhere": (
        BASE + "gpio: {factory: pigpio, pigpio_host: ''}\n",
        ("gpio.pigpio_host: must be an address",),
    ),
    "probe above its hour": (
        BASE + "control: {probe: {energy_wh: 10, energy_per_hour_wh: 9.9}}\n",
        ("control.probe.energy_per_hour_wh: must be at least energy_wh (10 Wh)",),
    ),
    "address with http": (edited("venus.local", "http://venus.local"), ("host: only the name",)),
    "address with port": (edited("venus.local", "venus.local:502"), ("host", "is `port`")),
    "no address": (edited("venus.local", '""'), ("c.yaml:8: sources[gx_modbus].host: is empty",)),
    "demo with a real GX": (
        BASE + "gpio: {factory: mock}\ndemo: {}\n",
        ("c.yaml:8: sources[gx_modbus].host: must be 127.0.0.1 while `demo` (line 24)",),
    ),
    "demo with real pins": (
        edited("venus.local", "127.0.0.1") + "gpio: {factory: lgpio}\ndemo: {}\n",
        ("c.yaml:23: gpio.factory: must be mock", "may not move real pins"),
    ),
    "demo with pins by default": (
        edited("venus.local", "127.0.0.1") + "demo:\n",
        ("gpio: is missing; `demo` needs",),
    ),
    "demo on a day that is none": (
        edited("venus.local", "localhost")
        + "gpio: {factory: mock}\ndemo: {start: 2026-06-31 11:00}\n",
        ("c.yaml:24: demo.start: must be a date and a time",),
    ),
    "pin by its name": (
        edited("pin: 17", "pin: GPIO17"),
        ("relay.pin: `GPIO17` is not a whole number (write 17)", "allowed: 0 to 27"),
    ),
    "pin counted on the header": (
        edited("pin: 17", "pin: 40"),
        ("relay.pin: `40` is out of range", "board pin 40 of the header is GPIO21: write 21"),
    ),
    "environment, and how to set it": (
        edited("venus.local", "${GX_HOST}"),
        ("`export GX_HOST=...`", "/etc/pvopt/secrets"),
    ),
    "environment that is not set": (
        edited("venus.local", "${GX_HOST}"),
        ("c.yaml:8: sources[gx_modbus].host: the environment variable GX_HOST is not set",),
    ),
    "half a placeholder": (edited("venus.local", '"${GX"'), ("host: `${` begins a name",)),
}


@pytest.mark.parametrize("name", BROKEN)
def test_says_what_is_wrong(name: str) -> None:
    text, parts = BROKEN[name]
    message = faults_of(text)
    for part in parts:
        assert part in message


def test_a_board_pin_without_a_gpio_gets_no_hint() -> None:
    """Board pin 39 is ground, 41 is none; 17 is a GPIO number like any other."""
    for pin in (39, 41):
        assert "header" not in faults_of(edited("pin: 17", f"pin: {pin}"))
    assert "header" not in faults_of(edited("502", "70000"))
