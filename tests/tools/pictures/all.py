"""Which pictures there are, by their file's name in Pics/."""

from __future__ import annotations

from collections.abc import Callable

from tests.tools.pictures.flow import flow
from tests.tools.pictures.flowchart import flowchart
from tests.tools.pictures.wiring import wiring

PICTURES: dict[str, Callable[[], str]] = {
    "flow.svg": flow,
    "flowchart.svg": flowchart,
    "wiring.svg": wiring,
}
