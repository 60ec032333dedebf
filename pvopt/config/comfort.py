"""How warm a load may become."""

from __future__ import annotations

from typing import Annotated

from attrs import frozen

from pvopt.config.bounds import Range


@frozen(kw_only=True)
class Comfort:
    """Never above ``max_c`` (needs a temperature sensor); on again ``hysteresis_c`` below."""

    max_c: Annotated[float, Range(20, 95, "°C")] = 75.0
    hysteresis_c: Annotated[float, Range(0.5, 20, "K")] = 3.0
