"""Items of ``mqtt.requests`` and ``mqtt.status``: who may ask by MQTT, and who is told."""

from __future__ import annotations

from typing import Annotated, Literal

from attrs import frozen

from pvopt.config.bounds import Range

Every = Annotated[float, Range(1, 3600, "s")]
Idx = Annotated[int, Range(1, 1_000_000, "number of a Domoticz device")]


@frozen(kw_only=True)
class OwnRequests:
    """``<base_topic>/<load>/set`` of every load: a word, or JSON."""

    kind: Literal["pvopt"] = "pvopt"


@frozen(kw_only=True)
class BalancerRequests:
    """One topic for all loads: force and unforce, as the Python solar energy balancer has them."""

    kind: Literal["solar_balancer"] = "solar_balancer"
    topic: str = "regul/mode"


@frozen(kw_only=True)
class LinkyRequests:
    """The topic of one load: ON, OFF, AUTO, MIN;t, MAX;t, ECO;t."""

    kind: Literal["linky_optimizer"] = "linky_optimizer"
    load: str
    topic: str


@frozen(kw_only=True)
class OwnStatus:
    """``<base_topic>/status``, and ``<base_topic>/<load>/status`` of every load."""

    kind: Literal["pvopt"] = "pvopt"
    every_s: Every = 10.0


@frozen(kw_only=True)
class BalancerStatus:
    """The JSON of the Python solar energy balancer."""

    kind: Literal["solar_balancer"] = "solar_balancer"
    topic: str = "regul/status"
    every_s: Every = 5.0


@frozen(kw_only=True)
class LinkyStatus:
    """The JSON of the Linky optimizer."""

    kind: Literal["linky_optimizer"] = "linky_optimizer"
    topic: str = "regulation/status"
    every_s: Every = 5.0


@frozen(kw_only=True)
class Domoticz:
    """Watts from and to the grid for two devices of Domoticz; at least one of them."""

    kind: Literal["domoticz"] = "domoticz"
    topic: str = "domoticz/in"
    grid_idx: Idx | None = None
    injection_idx: Idx | None = None
    every_s: Every = 5.0


@frozen(kw_only=True)
class NetPower:
    """What comes from the grid (W, below 0: fed in), whole watts, kept by the broker."""

    kind: Literal["net_power"] = "net_power"
    topic: str = "sma/net_power"
    every_s: Every = 1.0


RequestTopic = OwnRequests | BalancerRequests | LinkyRequests
StatusTopic = OwnStatus | BalancerStatus | LinkyStatus | Domoticz | NetPower
