"""The ``storages`` list, and the ``split`` section: what the house needs, and who gives it."""

from __future__ import annotations

from typing import Annotated, Literal

from attrs import frozen

from pvopt.config.bounds import Percent, Range, Watts

Age = Annotated[float, Range(2, 3600, "s")]
Scale = Annotated[float, Range(-1_000_000, 1_000_000)]
Way = Literal["discharging", "charging"]


@frozen(kw_only=True)
class StorageMeter:
    """The watts that it gives or takes; None or no ``topic``: as the preset says, else the plain
    number in W, positive while it discharges."""

    topic: str = ""
    json: str | None = None
    unit: Literal["W", "kW"] = "W"
    positive: Way = "discharging"
    scale: Scale = 1.0
    allowed_age_s: Age = 30.0


@frozen(kw_only=True)
class StorageSoc:
    """How full it is, 0 to 100 %."""

    topic: str = ""
    json: str | None = None
    scale: Scale = 1.0
    allowed_age_s: Age = 300.0


@frozen(kw_only=True)
class StorageConnected:
    """Whether it listens. Without a topic it is taken as connected while its watts come.

    ``allowed_age_s`` 0: what was said last counts, however old and kept by the broker: most say
    it at changes only.
    """

    topic: str = ""
    json: str | None = None
    on: str = "ON"
    allowed_age_s: Annotated[float, Range(0, 3600, "s")] = 0.0


@frozen(kw_only=True)
class StorageOutput:
    """What it is told. ``send``: the watts to add to what it gives, or those to give.

    ``topic``, ``send``, ``positive`` and ``retain`` None or empty: as the preset says.
    ``last_will``: the broker says what is harmless when we vanish.
    """

    topic: str = ""
    send: Literal["adjustment", "setpoint"] | None = None
    payload: str = "{watts}"
    positive: Way | None = None
    decimals: Annotated[int, Range(0, 3)] = 0
    retain: bool | None = None
    qos: Literal[0, 1] = 0
    min_change_w: Annotated[float, Range(0, 1000, "W")] = 0.0
    renew_s: Annotated[float, Range(0, 3600, "s")] = 30.0
    last_will: bool = True


@frozen(kw_only=True)
class MqttStorage:
    """A storage behind the broker of the section ``mqtt``. Watts are >= 0.

    ``min_discharge_w``: it is kept at no less; ``floor_w``: the least that it can give but
    nothing; ``boost_w``: above the maximum, while all are at theirs; ``efficiency``: of what it
    stores, the part that comes back.
    """

    kind: Literal["mqtt"] = "mqtt"
    id: str
    preset: Literal["b2500"] | None = None
    device: str = ""
    max_discharge_w: Annotated[float, Range(1, 50_000, "W")]
    min_discharge_w: Watts = 0.0
    boost_w: Watts = 0.0
    floor_w: Watts = 0.0
    max_charge_w: Watts = 0.0
    min_charge_w: Watts = 0.0
    efficiency: Annotated[float, Range(0.1, 1)] = 1.0
    retained: Literal["ignore", "use"] = "ignore"
    meter: StorageMeter = StorageMeter()
    soc: StorageSoc = StorageSoc()
    connected: StorageConnected = StorageConnected()
    output: StorageOutput = StorageOutput()


Storage = MqttStorage


@frozen(kw_only=True)
class Split:
    """How storages share. ``before_data``: what counts of a storage of which nothing has come yet:
    ``assumed_soc_pct`` and ``assumed_w``, or nothing, and then it is left alone."""

    threshold_pct: Percent = 2.0
    rate: Annotated[float, Range(0, 10)] = 1.0
    target_w: Annotated[float, Range(-1000, 1000, "W")] = 0.0
    rotation_s: Annotated[float, Range(60, 86_400, "s")] = 900.0
    meter_silent_s: Annotated[float, Range(5, 300, "s")] = 30.0
    before_data: Literal["assume", "nothing"] = "nothing"
    assumed_soc_pct: Percent = 80.0
    assumed_w: Watts = 200.0
    charge_first: bool = True
