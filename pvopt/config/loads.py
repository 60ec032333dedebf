"""The ``loads`` list."""

from __future__ import annotations

from typing import Annotated, Literal

from attrs import frozen

from pvopt.config.bounds import Range
from pvopt.config.comfort import Comfort
from pvopt.config.meters import LoadMeter
from pvopt.config.outputs import Output
from pvopt.config.temperatures import Temperature


@frozen(kw_only=True)
class Load:
    """One load: what it can draw, where it hangs, what drives it and what it may not exceed.

    ``phase``: 1 to 3 or all; ``verify``: compare every command with the home's meters; ``blind``:
    what a person asks for goes on while those meters are silent (needs a temperature sensor);
    ``meter``: one that measures this load alone.
    """

    id: str
    max_w: Annotated[float, Range(50, 50_000, "W")]
    drive: Literal["continuous", "on_off"] = "continuous"
    phase: Literal[1, 2, 3, "all"] = 1
    place: Literal["ac_in", "ac_out1", "ac_out2"] = "ac_out1"
    verify: bool = True
    blind: bool = False
    output: Output
    meter: LoadMeter | None = None
    temperature: Temperature | None = None
    comfort: Comfort = Comfort()
