"""Where a load stands with its hygiene, in one sentence with its dates."""

from __future__ import annotations

from datetime import datetime, tzinfo

from pvopt.decide.legionella import Standing
from pvopt.show.words import english
from pvopt.show.words.tongues import Tongue


def hygiene(now: Standing, zone: tzinfo, tongue: Tongue = english) -> str:
    """Dates are the site's. Worked: done on 7 January at noon: "hygiene was done 2026-01-07 12:00,
    the next is due by 2026-01-14 12:00"."""
    dates = {"done": now.done_utc_s, "due": now.due_utc_s, "start": now.start_utc_s}
    return tongue.HYGIENE[now.progress].format_map(
        {name: f"{datetime.fromtimestamp(at, zone):%Y-%m-%d %H:%M}" for name, at in dates.items()}
    )
