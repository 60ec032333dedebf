"""Ready by HH:MM: as late as possible, so that the sun may still do it and little cools off again.

What is still lacking is placed before the deadline: into the latest off-peak hours first, and what
does not fit there into the latest other ones. Heat from the sun makes it less, and so the start
later. Half of the sun that the forecast has until then is left to bring it, too: so much is not
bought ahead of it in cheap hours. What the sun then does not bring is bought when there is just
time enough for it. Pure; without a true date nothing is forced.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import NamedTuple

from pvopt.daylight import DAY_S, local_day, local_utc_s
from pvopt.decide.placing import spare_sun_wh
from pvopt.decide.windows import EVERY_DAY, Window, openings
from pvopt.model import Forecast, Instant

WH_PER_LITRE_K = 1.163  # 4186 J/(kg K) / 3600
# A hot element gives less than its plate says, and the tank loses meanwhile (S0 measured 7 %).
STRETCH = 1.07
HOUSE_W = 300.0  # what the house takes of the forecast's sun
# Of the sun that a forecast promises so much is relied on: half of a day's is there on nearly all.
SUN_SHARE = 0.5
# Once on it goes on, unless the sun has brought the start so much later.
RELAX_S = 900.0


@dataclass(frozen=True, slots=True)
class ReadyBy:
    """``by_min``: local minutes after midnight; ``days``: 0 Monday to 6 Sunday, of the deadline.

    ``power_w`` > 0: of the heater; ``spare_s``: how much earlier it is to be ready.
    """

    by_min: int
    power_w: float
    days: tuple[int, ...] = EVERY_DAY
    spare_s: float = 600.0


class ReadyStep(NamedTuple):
    """``force``: heat now, and the state for the next call. ``start_s``, ``deadline_s``: Unix
    time, NaN: there is none. ``short_wh``: what will be lacking at the deadline all the same."""

    force: bool = False
    start_s: float = math.nan
    deadline_s: float = math.nan
    short_wh: float = 0.0


NOTHING = ReadyStep()


def heat_wh(litres: float, from_c: float, to_c: float) -> float:
    """What it takes to heat water (Wh, >= 0). Worked: 200 l from 45 to 55 °C: 2326 Wh."""
    return WH_PER_LITRE_K * litres * max(0.0, to_c - from_c)


def needed_s(lacking_wh: float, power_w: float) -> float:
    """How long the heater takes (s). Worked: 2000 Wh at 2000 W: 3852 s."""
    return 3600.0 * STRETCH * max(0.0, lacking_wh) / power_w


def deadline_s(ready: ReadyBy, tz: str, utc_s: float) -> float | None:
    """The next deadline after now; None: no day has one. Worked: at 07:00 that of 07:00 is over."""
    return _deadline_s(ready, tz, 60.0 * (utc_s // 60.0))


@lru_cache(16)
def _deadline_s(ready: ReadyBy, tz: str, utc_s: float) -> float | None:
    """Deadlines are whole minutes: each minute is looked up once."""
    today = local_day(utc_s, tz)
    for ahead in range(9):
        day = today + timedelta(days=ahead)
        due_s = local_utc_s(day, ready.by_min, tz)
        if day.weekday() in ready.days and due_s > utc_s:
            return due_s
    return None


def place(
    need_s: float, from_s: float, to_s: float, cheap: tuple[tuple[float, float], ...] = ()
) -> tuple[tuple[float, float], ...]:
    """Spans of together ``need_s``, or all: the latest cheap ones, then the latest others.

    ``cheap``: in order, within ``from_s`` and ``to_s``. In order of time, cut where cheap hours
    begin or end. Worked: 2 h before 07:30 with cheap hours from 02:05 to 06:50: 04:50 to 06:50.
    """
    taken: list[tuple[float, float]] = []
    for spans in (cheap, _others(from_s, to_s, cheap)):
        for start_s, end_s in reversed(spans):
            length_s = min(need_s, end_s - start_s)
            if length_s > 0.0:
                taken.append((end_s - length_s, end_s))
                need_s -= length_s
    return tuple(sorted(taken))


def _others(
    from_s: float, to_s: float, cheap: tuple[tuple[float, float], ...]
) -> tuple[tuple[float, float], ...]:
    edges = [from_s, *(edge for span in cheap for edge in span), to_s]
    return tuple(zip(edges[::2], edges[1::2], strict=True))


def ready_step(
    ready: ReadyBy,
    before: ReadyStep,
    lacking_wh: float,
    instant: Instant,
    tz: str,
    off_peak: tuple[Window, ...] = (),
    forecast: Forecast | None = None,
) -> ReadyStep:
    """Whether to heat now for the next deadline. ``lacking_wh`` NaN: not known, nothing is forced.

    Worked: 2000 Wh lacking, 2000 W, by 07:00, 10 min to spare: 3852 + 600 s before it, at
    05:45:48. With 1000 W instead: 04:41:36. By 12:00, with cheap hours until 06:50 and 3000 Wh of
    spare sun forecast for the morning: 500 Wh in them, the last 16 min and the spare 10.
    """
    if not instant.utc_ok or math.isnan(lacking_wh):
        return NOTHING
    now_s = instant.utc_s
    due_s = deadline_s(ready, tz, now_s)
    if due_s is None or lacking_wh <= 0.0:
        return NOTHING if due_s is None else ReadyStep(deadline_s=due_s)
    need_s = needed_s(lacking_wh, ready.power_w)
    left_s = due_s - now_s
    wanted_s = need_s + ready.spare_s
    if before.force and before.deadline_s == due_s:
        wanted_s += RELAX_S
    last_s = max(now_s, due_s - wanted_s)  # later there is no time left for all that is lacking
    sun_s = min(need_s, needed_s(_sun_wh(ready, forecast, now_s, due_s), ready.power_w))
    ahead_s = wanted_s - sun_s if sun_s < need_s else 0.0
    spans = place(ahead_s, now_s, due_s, openings(off_peak, tz, now_s, due_s))
    force = now_s >= last_s or any(start_s <= now_s < end_s for start_s, end_s in spans)
    short_wh = max(0.0, need_s - left_s) * ready.power_w / 3600.0 / STRETCH
    return ReadyStep(force, min(last_s, spans[0][0]) if spans else last_s, due_s, short_wh)


def _sun_wh(ready: ReadyBy, forecast: Forecast | None, now_s: float, due_s: float) -> float:
    """What of the forecast's sun is relied on until the deadline; what a day earlier came into a
    tank has been used or lost by then."""
    from_s = max(now_s, due_s - DAY_S)
    return SUN_SHARE * spare_sun_wh(ready.power_w, HOUSE_W, forecast, from_s, due_s)
