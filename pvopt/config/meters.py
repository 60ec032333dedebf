"""Meters that publish to a broker: the source kind ``mqtt_meters``, and a load's own."""

from __future__ import annotations

from typing import Annotated, Literal

from attrs import frozen

from pvopt.config.bounds import Range

Age = Annotated[float, Range(2, 300, "s")]


@frozen(kw_only=True)
class Meter:
    """One number of the home: where it comes from and what it means.

    None or no ``topic``: as the preset says; without a preset the payload is the plain number
    (what ``json`` as ``""`` says, too), in W (``soc`` in %, ``reactive`` in varh), positive as in
    pvopt.
    """

    device: str = ""
    topic: str = ""
    json: str | None = None
    unit: Literal["W", "kW", "VA", "%", "varh"] | None = None
    positive: Literal["import", "export", "charging", "discharging"] | None = None
    scale: Annotated[float, Range(-1_000_000, 1_000_000)] = 1.0
    allowed_age_s: Age | None = None


@frozen(kw_only=True)
class MqttMeters:
    """Meters by MQTT. What a preset names need not be written; what is written counts.

    Grid power is ``grid``; else the sum of ``grid_l1`` to ``grid_l3``; else ``grid_import`` less
    ``grid_export``; else ``load`` less ``pv`` (and plus ``battery``).
    """

    kind: Literal["mqtt_meters"] = "mqtt_meters"
    name: str = "meters"
    preset: (
        Literal["pzem", "linky", "sma", "shelly", "shelly_gen1", "tasmota", "zigbee2mqtt"] | None
    ) = None
    allowed_age_s: Age | None = None
    retained: Literal["ignore", "use"] = "ignore"
    grid: Meter | None = None
    grid_l1: Meter | None = None
    grid_l2: Meter | None = None
    grid_l3: Meter | None = None
    grid_import: Meter | None = None
    grid_export: Meter | None = None
    reactive: Meter | None = None
    pv: Meter | None = None
    load: Meter | None = None
    battery: Meter | None = None
    soc: Meter | None = None


@frozen(kw_only=True)
class LoadMeter:
    """The power that one load draws, >= 0; ``json`` empty: the payload is the plain number."""

    topic: str
    json: str = ""
    unit: Literal["W", "kW"] = "W"
    scale: Annotated[float, Range(-1_000_000, 1_000_000)] = 1.0
    allowed_age_s: Age = 30.0
