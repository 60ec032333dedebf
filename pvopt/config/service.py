"""Small sections: ``gpio``, ``log``, ``state``, ``demo``."""

from __future__ import annotations

from typing import Annotated, Literal

from attrs import frozen

from pvopt.config.bounds import Percent, Port, Range, Watts


@frozen(kw_only=True)
class Gpio:
    """Which library drives the pins; ``mock`` moves none (demonstration).

    ``pigpio_host``: a numeric address or localhost, for "off" cannot wait for a name to be found.
    """

    factory: Literal["lgpio", "pigpio", "mock"] = "lgpio"
    pigpio_host: str = "127.0.0.1"
    pigpio_port: Port = 8888
    chip: Annotated[int, Range(0, 9)] | None = None


@frozen(kw_only=True)
class Log:
    """``file`` empty: standard error only."""

    file: str = "pvopt.log"
    level: Literal["debug", "info", "warning", "error"] = "info"
    max_mb: Annotated[float, Range(0.1, 100, "MB")] = 2.0
    keep: Annotated[int, Range(1, 50, "files")] = 3


@frozen(kw_only=True)
class State:
    """Folder for what is kept between starts (found units, cached forecast, lock)."""

    folder: str = "state"


@frozen(kw_only=True)
class Demo:
    """The simulated home behind the first start. Present: everything is simulated.

    ``outages``: pairs of local times, either dates with times or times of every day.
    """

    start: str = "2026-06-21 11:00"
    speed: Annotated[float, Range(0.1, 10_000, "× real time")] = 1.0
    sky: Literal["clear", "broken", "overcast", "mixed"] = "broken"
    seed: Annotated[int, Range(0, 1_000_000)] = 1
    peak_w: Watts = 4400.0
    battery_wh: Annotated[float, Range(0, 200_000, "Wh")] = 4800.0
    soc_pct: Percent = 97.0
    battery_c: Annotated[float, Range(-20, 60, "°C")] = 20.0
    charger_recover_s: Annotated[float, Range(1, 180, "s")] = 4.0
    load_w: Watts = 350.0
    tank_l: Annotated[float, Range(10, 2000, "l")] = 200.0
    tank_layers: Annotated[int, Range(1, 2, "layers")] = 1
    hot_c: Annotated[float, Range(20, 90, "°C")] = 45.0
    knob_backlash_pct: Annotated[float, Range(0, 10, "%")] = 0.0
    feed_in: bool = False
    feed_in_cap_w: Watts | None = None
    outages: tuple[tuple[str, str], ...] = ()
    currency: str = "EUR"
    buy_per_kwh: Annotated[float, Range(0, 1000, "a kWh")] = 0.3
    night_per_kwh: Annotated[float, Range(0, 1000, "a kWh")] | None = None
    night_start: str = "22:00"
    night_end: str = "06:00"
    sell_per_kwh: Annotated[float, Range(0, 1000, "a kWh")] = 0.08
    port: Annotated[int, Range(0, 65_535)] = 0
