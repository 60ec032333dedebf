"""A home in settings and snapshots, for the tests of decide."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pvopt.decide.settings import (
    ComfortParams,
    DaylightSettings,
    DriveParams,
    HuntParams,
    LimitParams,
    LoadSettings,
    Settings,
    SiteParams,
    bits_of,
)
from pvopt.decide.site_now import SiteNow, site_now
from pvopt.model import (
    MISSING,
    EssState,
    Instant,
    LimitWhy,
    LoadView,
    PvDevice,
    Reading,
    Site,
    Snapshot,
)

NOON_UTC_S = 1_782_040_000.0  # a June day, 11:06 UTC
HEATER_W = 2000.0

HUNT = HuntParams(
    max_w=HEATER_W,
    min_w=40.0,
    margin_w=30.0,
    tolerance_w=30.0,
    first_step_w=100.0,
    max_step_w=400.0,
    edge_step_w=30.0,
    max_grid_draw_w=80.0,
    max_discharge_w=100.0,
    probe_wh=3.0,
    hour_wh=30.0,
    response_s=6.0,
    retry_s=20.0,
)
LOAD = LoadSettings(
    id="boiler",
    drive=DriveParams(
        max_w=HEATER_W,
        min_w=40.0,
        on_off=False,
        deadband_w=10.0,
        enable_delay_s=5.0,
        disable_delay_s=30.0,
    ),
    limits=LimitParams(min_on_s=60.0, min_off_s=20.0),
    comfort=ComfortParams(
        sensor=True, required=True, allowed_age_s=60.0, max_c=75.0, hysteresis_c=3.0
    ),
)
DAYLIGHT = DaylightSettings(
    mode="always",
    latitude=50.0,
    longitude=14.4,
    timezone="Europe/Prague",
    min_elevation_deg=1.0,
    start="09:00",
    end="18:00",
)
SETTINGS = Settings(
    tick_s=1.0,
    site=SiteParams(min_soc_pct=20.0, stop_states=bits_of({EssState.RECHARGE})),
    daylight=DAYLIGHT,
    hunt=HUNT,
    loads=(LOAD,),
)


def settings(load: LoadSettings = LOAD, **site: Any) -> Settings:
    """SETTINGS with another load or other site settings."""
    return replace(SETTINGS, loads=(load,), site=SETTINGS.site._replace(**site))


def reading(number: float | None, at_s: float = 0.0) -> Reading:
    return MISSING if number is None else Reading(number, at_s, "test")


def phases(*watts: float | None) -> tuple[Reading, Reading, Reading]:
    """Readings of L1, L2, L3; fewer are padded with missing ones."""
    l1, l2, l3 = (*watts, None, None, None)[:3]
    return reading(l1), reading(l2), reading(l3)


def charger(limited: bool | None, why: LimitWhy = LimitWhy.BATTERY_FULL) -> PvDevice:
    return PvDevice("charger", reading(800.0), limited, why if limited else LimitWhy.NONE)


def site(at_s: float = 0.0, **changes: Any) -> Site:
    """A home that exports 1500 W in the sun, its battery content."""
    plain = Site(
        origin="test",
        at_s=at_s,
        allowed_age_s=7.0,
        grid_w=reading(-1500.0, at_s),
        pv_w=reading(1900.0, at_s),
        load_w=reading(340.0, at_s),
        battery_w=reading(60.0, at_s),
        battery_v=reading(54.0, at_s),
        soc_pct=reading(90.0, at_s),
        inverter_out_w=reading(300.0, at_s),
        frequency_hz=reading(50.0, at_s),
        pv=(charger(False),),
        grid_up=True,
        ess_state=EssState.OPTIMIZED,
    )
    return replace(plain, **changes)


def view(
    expected_w: float = 0.0,
    temperature_c: float | None = 50.0,
    at_s: float = 0.0,
    **changes: Any,
) -> LoadView:
    plain = LoadView(
        "boiler",
        expected_w=expected_w,
        closed=expected_w > 0.0,
        temperature_c=reading(temperature_c, at_s),
    )
    return replace(plain, **changes)


def now_of(home: Site | None, now_s: float = 0.0) -> SiteNow:
    """The home in numbers, as of ``now_s``."""
    return site_now(home, Instant(now_s, NOON_UTC_S + now_s))


def snapshot(now_s: float = 0.0, home: Site | None = None, *views: LoadView) -> Snapshot:
    """A snapshot at ``now_s``; a home of the same second unless one is given."""
    return Snapshot(
        Instant(now_s, NOON_UTC_S + now_s),
        site(now_s) if home is None else home,
        views or (view(at_s=now_s),),
    )
