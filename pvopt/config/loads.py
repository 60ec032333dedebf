"""The ``loads`` list."""

from __future__ import annotations

from typing import Annotated, Literal

from attrs import frozen

from pvopt.config.bounds import Range, Watts
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
    ``drive``: any watts, certain ``steps_w`` (rising), all or nothing, or all of an ``unknown``
    draw of at most ``max_w``. ``before_battery``: it may take what would charge the battery.
    ``enable_delay_s`` None: as in ``control``; ``most_starts_per_hour``, ``ramp_w_per_s`` 0: any.
    """

    id: str
    max_w: Annotated[float, Range(50, 50_000, "W")]
    drive: Literal["continuous", "steps", "on_off", "unknown"] = "continuous"
    steps_w: tuple[float, ...] = ()
    before_battery: bool = False
    phase: Literal[1, 2, 3, "all"] = 1
    place: Literal["ac_in", "ac_out1", "ac_out2"] = "ac_out1"
    verify: bool = True
    blind: bool = False
    enable_delay_s: Annotated[float, Range(0, 3600, "s")] | None = None
    most_starts_per_hour: Annotated[int, Range(0, 60)] = 0
    ramp_w_per_s: Watts = 0.0
    output: Output
    meter: LoadMeter | None = None
    temperature: Temperature | None = None
    comfort: Comfort = Comfort()
