"""The ``site`` section: where the home is, how it is metered, what it may do."""

from __future__ import annotations

from typing import Annotated, Literal

from attrs import frozen

from pvopt.config.bounds import Range, Watts
from pvopt.config.hours import OffPeak, Tariff

Policy = Literal["off", "allow"]


@frozen(kw_only=True)
class Plane:
    """One plane of panels."""

    peak_w: Annotated[float, Range(1, 1_000_000, "W")]
    tilt_deg: Annotated[float, Range(0, 90, "° from flat")] = 35.0
    azimuth_deg: Annotated[float, Range(-180, 180, "°, 0 south, -90 east, 90 west")] = 0.0


@frozen(kw_only=True)
class Inverter:
    """``max_w`` None: what the inverter itself reports, no limit if it reports none."""

    max_w: Watts | None = None
    headroom_w: Watts = 200.0


@frozen(kw_only=True)
class Policies:
    """What the heater does in unusual states: ``off`` or ``allow``."""

    generator: Policy = "off"
    off_grid: Policy = "allow"
    keep_charged: Policy = "allow"
    external_control: Policy = "off"
    recharge: Policy = "off"
    scheduled: Policy = "off"
    peak_shaving: Policy = "off"
    pass_through: Policy = "off"


@frozen(kw_only=True)
class Site:
    """``metering`` and ``feed_in`` auto: as the equipment reports it. ``off_peak`` none: the hours
    of the ``tariff`` that are cheaper than its base; none either: no hour is better than another.
    """

    latitude: Annotated[float, Range(-90, 90, "° north")]
    longitude: Annotated[float, Range(-180, 180, "° east")]
    name: str = "home"
    timezone: str = "UTC"
    metering: Literal["auto", "summed", "per_phase"] = "auto"
    feed_in: Literal["auto", "allowed", "forbidden"] = "auto"
    planes: tuple[Plane, ...] = ()
    inverter: Inverter = Inverter()
    policies: Policies = Policies()
    off_peak: tuple[OffPeak, ...] = ()
    tariff: Tariff | None = None
