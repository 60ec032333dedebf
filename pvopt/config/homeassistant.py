"""The section ``mqtt.homeassistant``: Home Assistant finds us by itself."""

from __future__ import annotations

from attrs import frozen


@frozen(kw_only=True)
class HomeAssistant:
    """``prefix``: what its discovery topics begin with; ``name``: of the device, empty: the
    site's. ``enabled`` false: what was announced is taken back."""

    enabled: bool = True
    prefix: str = "homeassistant"
    name: str = ""
