"""The part of build.py that wires who is told by HTTP. Imported when somebody is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pvopt.clock import SystemClock
from pvopt.comfort_of import hygiene_of
from pvopt.config.schema import Config
from pvopt.decide.memory import Ledger
from pvopt.show.webhooks import Facts, Told, Webhooks


def webhooks_of(config: Config, ledger: Callable[[], Ledger], keeps: bool) -> Webhooks | None:
    """A recorder, not started yet; None in a demonstration, whose alarms are nobody's. ``keeps``:
    whether the state folder is ours."""
    if config.demo is not None:
        return None
    folder, clock = Path(config.state.folder), SystemClock()
    told = [
        Told(
            hook,
            f"webhooks[{hook.kind} {rank + 1}]",
            folder / f"webhook-{rank + 1}.json" if keeps else None,
            clock,
        )
        for rank, hook in enumerate(config.webhooks)
    ]
    max_c = {one.id: one.comfort.max_c for one in config.loads if one.temperature is not None}
    ages_s = {
        one.id: one.temperature.allowed_age_s for one in config.loads if one.temperature is not None
    }
    name = config.site.name or "pvopt"
    return Webhooks(told, Facts(name, ledger, max_c, hygiene_of(config), ages_s))
