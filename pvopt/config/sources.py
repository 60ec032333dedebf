"""The ``sources`` list: one parameter class per kind. The first living source is used."""

from __future__ import annotations

from typing import Annotated, Literal

from attrs import field, frozen

from pvopt.config.bounds import Port, Range, UnitId
from pvopt.config.meters import MqttMeters


@frozen(kw_only=True)
class GxUnits:
    """Modbus unit ids; None or empty: found by pvopt itself."""

    system: UnitId = 100
    vebus: UnitId | None = None
    grid_meter: UnitId | None = None
    battery: UnitId | None = None
    chargers: tuple[UnitId, ...] = ()
    pv_inverters: tuple[UnitId, ...] = ()
    multis: tuple[UnitId, ...] = ()
    temperatures: tuple[UnitId, ...] = ()


@frozen(kw_only=True)
class GxModbus:
    """A Victron GX over Modbus TCP (read only)."""

    kind: Literal["gx_modbus"] = "gx_modbus"
    name: str = "gx"
    host: str
    port: Port = 502
    timeout_s: Annotated[float, Range(0.05, 0.7, "s")] = 0.3
    allowed_age_s: Annotated[float, Range(2, 8, "s")] = 7.0
    scan: bool = True
    units: GxUnits = GxUnits()


@frozen(kw_only=True)
class GxMqtt:
    """A Victron GX over its own MQTT broker (read only). Not the broker of the section ``mqtt``.

    ``port`` None: 1883, with ``tls`` 8883. ``user`` empty: a GX takes any beside its password.
    ``portal_id`` empty: as the broker tells it.
    """

    kind: Literal["gx_mqtt"] = "gx_mqtt"
    name: str = "gx"
    host: str
    port: Port | None = None
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    tls: bool = False
    ca_file: str = ""
    portal_id: str = ""
    allowed_age_s: Annotated[float, Range(4, 8, "s")] = 7.0


@frozen(kw_only=True)
class Vrm:
    """The VRM portal. An access token, or user and password."""

    kind: Literal["vrm"] = "vrm"
    name: str = "vrm"
    url: str = "https://vrmapi.victronenergy.com/v2"
    token: str = field(default="", repr=False)
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    site_id: Annotated[int, Range(1, 10_000_000)] | None = None
    poll_s: Annotated[float, Range(5, 900, "s")] = 15.0


@frozen(kw_only=True)
class ForecastSolar:
    """api.forecast.solar; without a key 12 calls an hour for one address."""

    kind: Literal["forecast_solar"] = "forecast_solar"
    name: str = "forecast.solar"
    url: str = "https://api.forecast.solar"
    key: str = field(default="", repr=False)
    fetch_at: str = "05:30"
    refresh_h: Annotated[float, Range(0.5, 24, "h")] = 6.0
    stale_h: Annotated[float, Range(1, 72, "h")] = 30.0


@frozen(kw_only=True)
class OpenMeteo:
    """api.open-meteo.com: irradiance on each plane, no key for private use."""

    kind: Literal["open_meteo"] = "open_meteo"
    name: str = "open-meteo"
    url: str = "https://api.open-meteo.com"
    fetch_at: str = "05:30"
    refresh_h: Annotated[float, Range(0.5, 24, "h")] = 3.0
    stale_h: Annotated[float, Range(1, 72, "h")] = 30.0


@frozen(kw_only=True)
class VrmForecast:
    """The portal's own forecast, through the victron-vrm package or plain requests."""

    kind: Literal["vrm_forecast"] = "vrm_forecast"
    name: str = "vrm-forecast"
    url: str = "https://vrmapi.victronenergy.com/v2"
    token: str = field(default="", repr=False)
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    site_id: Annotated[int, Range(1, 10_000_000)] | None = None
    fetch_at: str = "05:30"
    refresh_h: Annotated[float, Range(0.5, 24, "h")] = 3.0
    stale_h: Annotated[float, Range(1, 72, "h")] = 30.0


Gx = GxModbus | GxMqtt  # the two ways of reading a GX itself
SourceConfig = GxModbus | GxMqtt | Vrm | MqttMeters | ForecastSolar | OpenMeteo | VrmForecast
