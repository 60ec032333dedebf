"""The clocks: this machine's date, its agreement with the GX's, and the home's time zone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from pvopt.checks.machine import Machine
from pvopt.checks.row import Row, ok, warn
from pvopt.config.schema import Config
from pvopt.daylight import zone
from pvopt.model import Instant

AREA = "clock"
FAR_S = 60.0
MINUTES_FROM_S = 120.0
FAR_H = 3.5  # legal time may differ so much from the sun's
DEG_PER_H = 15.0


def rows(
    config: Config, machine: Machine, instant: Instant, gx: tuple[str, float, float] | None
) -> Iterator[Row]:
    """``gx``: (name, its clock, ours at the same moment), Unix time; None: not known."""
    local = datetime.fromtimestamp(instant.utc_s, zone(config.site.timezone))
    says = f"{local:%Y-%m-%d %H:%M} in {config.site.timezone}"
    if config.demo is not None:
        yield ok(AREA, f"simulated: {says}")
    elif not instant.utc_ok:
        yield warn(
            AREA,
            f"this machine believes it is {says}: it does not know the date yet",
            "connect it to the internet (NTP) or give it a clock module; until then there is no "
            "forecast, and daylight is not known",
        )
    elif machine.synchronised() is False:
        yield warn(
            AREA,
            f"{says}; this clock is not synchronised",
            "`sudo timedatectl set-ntp true`, and see that the internet can be reached",
        )
    else:
        yield ok(AREA, says)
    if gx is not None:
        yield _agreement(*gx)
    yield from _timezone(config, local)


def _agreement(name: str, gx_utc_s: float, own_utc_s: float) -> Row:
    apart_s = gx_utc_s - own_utc_s
    if abs(apart_s) <= FAR_S:
        return ok(AREA, f"the clock of {name} agrees")
    way = "ahead of" if apart_s > 0 else "behind"
    return warn(
        AREA,
        f"the clock of {name} is {_span(abs(apart_s))} {way} this machine's",
        "see which is right, and let both be set by NTP",
    )


def _span(seconds: float) -> str:
    """In the two largest units that say something: "153 days 1 h", "2 h 5 min", "90 s"."""
    if seconds < MINUTES_FROM_S:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60.0)
    days, hours = divmod(minutes // 60, 24)
    if days:
        return f"{days} day{'' if days == 1 else 's'} {hours} h"
    return f"{hours} h {minutes % 60} min" if hours else f"{minutes} min"


def _timezone(config: Config, local: datetime) -> Iterator[Row]:
    """A zone that cannot be the home's."""
    offset = local.utcoffset()
    if offset is None:
        return
    apart_h = abs(offset.total_seconds() / 3600.0 - config.site.longitude / DEG_PER_H)
    apart_h = min(apart_h, 24.0 - apart_h)
    if apart_h > FAR_H:
        yield warn(
            AREA,
            f"the time zone {config.site.timezone} is {apart_h:.0f} h off the sun at longitude "
            f"{config.site.longitude:g}",
            "look at site.timezone and site.longitude (west is negative)",
        )
