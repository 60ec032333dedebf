"""What the types cannot say of one section: whether its keys fit one another."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pvopt.config import (
    rules_comfort,
    rules_mqtt,
    rules_outputs,
    rules_page,
    rules_sensors,
    rules_storages,
    rules_topics,
    rules_webhooks,
)
from pvopt.config.control import Daylight, Probe
from pvopt.config.loads import Load
from pvopt.config.meters import MqttMeters
from pvopt.config.mqtt import Mqtt
from pvopt.config.outputs import Curve, Servo, SpiPot, StepPot
from pvopt.config.scalars import number_words, quote, suggestion
from pvopt.config.service import Demo, Gpio
from pvopt.config.site import Site
from pvopt.config.sources import ForecastSolar, GxModbus, GxMqtt, OpenMeteo, Vrm, VrmForecast
from pvopt.config.store import Influx
from pvopt.config.tree import Scalar, Table

KERNEL_PWM_CHANNELS = {12: 0, 13: 1, 18: 0, 19: 1}  # BCM2835 to 2711; Pi 5: set pwm_channel
CLOCK_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)
MEASUREMENT = re.compile(r"[A-Za-z0-9_]{1,40}", re.ASCII)
LOAD_ID = re.compile(r"[A-Za-z0-9_-]{1,32}", re.ASCII)
NOT_ISOLATED = (
    "a digital potentiometer may only drive a control input that is galvanically isolated: the "
    "knob of an ordinary power regulator is at mains potential, and the Pi with it would be too; "
    "state `isolated_control: true` only if the regulator's manual says so"
)


Local = Iterator[tuple[str, str]]


def local_faults(made: object, table: Table) -> Local:
    """``(key, text)`` of everything that does not fit within one section."""
    rule = LOCAL.get(type(made))
    if rule is not None:
        yield from rule(made, table)


def _clock_time(key: str, text: str) -> Local:
    if not CLOCK_TIME.fullmatch(text):
        yield key, "must be a time of day such as 09:30; allowed: 00:00 to 23:59"


def _host(key: str, text: str) -> Local:
    if not text:
        yield key, "is empty; write a name or an address, such as venus.local or 192.168.1.20"
    elif "://" in text or "/" in text:
        yield key, "only the name or address belongs here, without http:// and without a path"
    elif re.fullmatch(r"[^:]+:\d+", text):
        yield key, "only the name or address belongs here; the number behind the colon is `port`"
    elif re.search(r"\s", text):
        yield key, "holds a blank; write a name or an address, such as venus.local"
    elif not _can_be_looked_up(text):
        yield key, "is no name that could be looked up; write one such as venus.local"


def _can_be_looked_up(text: str) -> bool:
    """Whether the name fits the form of the net's names: no part empty or too long."""
    try:
        text.encode("idna")
    except UnicodeError:
        return False
    return True


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def loopback(host: str) -> bool:
    """Whether ``host`` is this very machine."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _url(text: str, secret: bool) -> Local:
    # The address is not quoted: a password could stand in it.
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if host is None or parts.scheme not in {"http", "https"}:
        yield "url", "must be an address that begins with https://"
    elif parts.username or parts.password or parts.query or parts.fragment:
        yield "url", "must hold no user, password or question mark; secrets have their own keys"
    elif secret and parts.scheme == "http" and not loopback(host):
        yield "url", "must begin with https://, for a secret is sent there"


def _daylight(made: Daylight, table: Table) -> Local:
    before = len(faults := [*_clock_time("start", made.start), *_clock_time("end", made.end)])
    yield from faults
    if not before and made.start >= made.end:
        yield "end", f"must be later than start ({made.start})"


def _probe(made: Probe, table: Table) -> Local:
    if made.energy_per_hour_wh < made.energy_wh:
        yield (
            "energy_per_hour_wh",
            f"must be at least energy_wh ({number_words(made.energy_wh)} Wh), what one probe takes",
        )


def _servo(made: Servo, table: Table) -> Local:
    if made.min_us >= made.max_us:
        yield (
            "max_us",
            f"must be above min_us ({made.min_us} µs); `reverse: true` turns the knob round",
        )
    if made.dead_low_pct + made.dead_high_pct >= 100:
        yield "dead_high_pct", "dead_low_pct and dead_high_pct together must stay below 100 %"
    if made.pulse == "kernel_pwm" and made.pin not in KERNEL_PWM_CHANNELS:
        yield (
            "pin",
            f"GPIO{made.pin} has no kernel PWM; allowed with `pulse: kernel_pwm`: 12, 13, 18, 19; "
            "or write `pulse: auto`",
        )
    if made.pwm_channel is not None and made.pulse not in {"auto", "kernel_pwm"}:
        yield "pwm_channel", f"means nothing with `pulse: {made.pulse}`; leave it out"


def _spi_pot(made: SpiPot, table: Table) -> Local:
    if not made.isolated_control:
        yield "isolated_control", NOT_ISOLATED
    if made.port != 0:
        yield (
            "port",
            f"`{made.port}` cannot be driven; allowed: 0, the bus on GPIO 7 to 11; a second chip "
            "hangs on the same bus with `device: 1`",
        )
    if made.channel and made.kind != "mcp42010":
        yield "channel", f"an {made.kind} has only channel 0; an mcp42010 has 0 and 1"


def _step_pot(made: StepPot, table: Table) -> Local:
    if not made.isolated_control:
        yield "isolated_control", NOT_ISOLATED


def _curve(made: Curve, table: Table) -> Local:
    if made.kind != "table":
        if made.points:
            yield "points", f"are used with `kind: table` only, not with `kind: {made.kind}`"
        if made.file:
            yield "file", f"is read with `kind: table` only, not with `kind: {made.kind}`"
        return
    if made.file:
        if made.points:
            yield "points", "either `points` or `file`, not both"
        return
    if len(made.points) < 2:
        yield "points", "`kind: table` needs at least two [percent, watts] pairs, or a `file`"
        return
    percents = [percent for percent, _ in made.points]
    if any(not 0 <= percent <= 100 for percent in percents):
        yield "points", "a percent is out of range; allowed: 0 to 100 %"
    if any(low >= high for low, high in pairwise(percents)):
        yield "points", "the percents must rise from pair to pair"
    if any(watts < 0 for _, watts in made.points):
        yield "points", "watts must not be negative"
    elif max(watts for _, watts in made.points) <= 0:
        yield "points", "no pair has watts above 0: this knob would heat nothing"


def _steps(made: Load) -> Local:
    """Watts of each step, rising, the last of them all that it can draw."""
    if made.drive != "steps":
        if made.steps_w:
            yield "steps_w", f"means nothing with `drive: {made.drive}`; leave it out"
        return
    if not made.steps_w:
        yield "steps_w", "is missing: the watts of each step, such as [500, 1000, 1500]"
    elif made.steps_w[0] <= 0 or any(a >= b for a, b in pairwise(made.steps_w)):
        yield "steps_w", "must rise from above 0, such as [500, 1000, 1500]"
    elif made.steps_w[-1] != made.max_w:
        yield "steps_w", f"must end with max_w ({number_words(made.max_w)} W)"


def _load(made: Load, table: Table) -> Local:
    if not LOAD_ID.fullmatch(made.id):
        yield "id", "must be 1 to 32 letters, digits, - or _"
    words = rules_outputs.drive_fault(made.drive, made.output)
    if words:
        yield "drive", words
    min_w = made.output.law.min_w
    if min_w >= made.max_w:
        key = "output.min_w" if made.output.kind == "ssr" else "output.curve.min_w"
        yield "max_w", f"must be above {key} ({number_words(min_w)} W)"
    yield from _steps(made)
    yield from rules_comfort.needs_sensor(made, table)
    if made.blind and made.temperature is None:
        yield (
            "blind",
            "needs `temperature`: without the home's meters only the water's own sensor can tell "
            "when to stop",
        )


def _site(made: Site, table: Table) -> Local:
    try:
        ZoneInfo(made.timezone)
    except (OSError, ValueError, LookupError):
        hint = suggestion(made.timezone, sorted(available_timezones()))
        written = table.entries.get("timezone")
        shown = f"{quote(written)} " if isinstance(written, Scalar) else ""
        what = hint or "; write one such as Europe/Prague"
        yield "timezone", f"{shown}is not a known time zone{what}"


def _gx_modbus(made: GxModbus, table: Table) -> Local:
    yield from _host("host", made.host)


def _gx_mqtt(made: GxMqtt, table: Table) -> Local:
    yield from _host("host", made.host)
    yield from rules_mqtt.gx_mqtt(made, table)


def _mqtt(made: Mqtt, table: Table) -> Local:
    yield from _host("host", made.host)
    yield from rules_mqtt.mqtt(made, table)
    yield from rules_topics.base_topic(made, table)


def _account(made: Vrm | VrmForecast, table: Table) -> Local:
    yield from _url(made.url, secret=True)
    if made.token and (made.user or made.password):
        yield "token", "either `token`, or `user` and `password`, not both"
    elif not made.token and not (made.user or made.password):
        yield "token", "is missing: the portal wants an access token, or `user` and `password`"
    elif not made.token and not (made.user and made.password):
        missing = "password" if made.user else "user"
        yield missing, "is missing: `user` and `password` belong together"


def _forecast(made: ForecastSolar | OpenMeteo | VrmForecast, table: Table) -> Local:
    if isinstance(made, VrmForecast):
        yield from _account(made, table)
    else:
        yield from _url(made.url, secret=isinstance(made, ForecastSolar) and bool(made.key))
    yield from _clock_time("fetch_at", made.fetch_at)
    if made.stale_h <= made.refresh_h:
        yield "stale_h", f"must be above refresh_h ({number_words(made.refresh_h)} h)"


def _gpio(made: Gpio, table: Table) -> Local:
    if not loopback(made.pigpio_host) and not _is_address(made.pigpio_host):
        yield (
            "pigpio_host",
            "must be an address such as 192.168.1.30: when everything has to go off at once there "
            "is no time to look up a name; only localhost may be written as a name",
        )


def _demo(made: Demo, table: Table) -> Local:
    if _moment(made.start) is None:
        yield "start", "must be a date and a time such as 2026-06-21 11:00"
    for start, end in made.outages:
        yield from (("outages", words) for words in _outage(start, end))
    yield from _clock_time("night_start", made.night_start)
    yield from _clock_time("night_end", made.night_end)
    if made.night_start == made.night_end:
        yield "night_end", f"must differ from night_start ({made.night_start})"


def _outage(start: str, end: str) -> Iterator[str]:
    """What is wrong with one pair; a daily one may pass midnight."""
    daily = CLOCK_TIME.fullmatch(start) and CLOCK_TIME.fullmatch(end)
    first, last = _moment(start), _moment(end)
    if daily and start == end:
        yield f"[{start}, {end}] has no length"
    elif not daily and (first is None or last is None):
        yield (
            "must be pairs of times, with dates such as [2026-06-21 13:00, 2026-06-21 13:20] or, "
            "for every day, [13:00, 13:20]"
        )
    elif first is not None and last is not None and first >= last:
        yield f"the end {end} must be later than the start {start}"


def _moment(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%Y-%m-%d %H:%M")
    except ValueError:
        return None


def _influx(made: Influx, table: Table) -> Local:
    yield from _url(made.url, secret=False)  # a database of the own house
    if not MEASUREMENT.fullmatch(made.measurement):
        yield "measurement", "must be 1 to 40 letters, digits or _"
    if not made.bucket and (made.token or made.org):
        yield (
            "bucket",
            "is missing: `org` and `token` belong to InfluxDB 2.x, which wants a `bucket`",
        )
    elif made.bucket and not made.token:
        yield "token", "is missing: a `bucket` is InfluxDB 2.x, which wants a token"
    elif made.bucket and (made.user or made.password):
        yield "user", "`user` and `password` belong to InfluxDB 1.x; with `bucket` there is `token`"
    elif bool(made.user) != bool(made.password):
        missing = "password" if made.user else "user"
        yield missing, "is missing: `user` and `password` belong together"


LOCAL: dict[type, Callable[[Any, Table], Local]] = {
    Curve: _curve,
    Daylight: _daylight,
    Demo: _demo,
    ForecastSolar: _forecast,
    Gpio: _gpio,
    GxModbus: _gx_modbus,
    Influx: _influx,
    GxMqtt: _gx_mqtt,
    Load: _load,
    Mqtt: _mqtt,
    MqttMeters: rules_mqtt.mqtt_meters,
    OpenMeteo: _forecast,
    Probe: _probe,
    Servo: _servo,
    Site: _site,
    SpiPot: _spi_pot,
    StepPot: _step_pot,
    Vrm: _account,
    VrmForecast: _forecast,
    **rules_comfort.LOCAL,
    **rules_outputs.LOCAL,
    **rules_page.LOCAL,
    **rules_sensors.LOCAL,
    **rules_storages.LOCAL,
    **rules_topics.LOCAL,
    **rules_webhooks.LOCAL,
}
