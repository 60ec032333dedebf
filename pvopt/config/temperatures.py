"""Where the temperature of a load comes from: one class per kind of sensor."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from attrs import frozen

from pvopt.config.bounds import Range, UnitId


@frozen(kw_only=True)
class GxTemperature:
    """The water's temperature, from a sensor on the GX (``unit`` None: its water-heater sensor)."""

    may_be_unnamed: ClassVar[bool] = True  # `temperature:` without `kind` is this one

    kind: Literal["gx"] = "gx"
    unit: UnitId | None = None
    required: bool = False
    allowed_age_s: Annotated[float, Range(5, 900, "s")] = 60.0


@frozen(kw_only=True)
class W1Temperature:
    """A 1-wire sensor (DS18B20) on this machine; ``sensor`` empty: the only one on the bus."""

    kind: Literal["w1"] = "w1"
    sensor: str = ""
    required: bool = False
    allowed_age_s: Annotated[float, Range(5, 900, "s")] = 60.0


@frozen(kw_only=True)
class MqttTemperature:
    """A sensor that publishes °C to a broker; ``json`` empty: the payload is the number."""

    kind: Literal["mqtt"] = "mqtt"
    topic: str
    json: str = ""
    retained: Literal["ignore", "use"] = "ignore"
    required: bool = False
    allowed_age_s: Annotated[float, Range(5, 900, "s")] = 330.0


Temperature = GxTemperature | W1Temperature | MqttTemperature
