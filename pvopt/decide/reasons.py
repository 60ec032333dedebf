"""From the codes of the kernels to reasons with numbers, for the log and for people."""

from __future__ import annotations

import math

from pvopt.decide.asked import Asked, Numbers
from pvopt.decide.day import end_of
from pvopt.decide.follow import Follow, Voice
from pvopt.decide.guard import burden_w, limit_w
from pvopt.decide.settings import ComfortParams, SiteParams
from pvopt.decide.site_now import LoadNow, SiteNow
from pvopt.model import Change, Instant, Reason, Why


def reason_of(
    follow: Follow,
    site: SiteParams,
    comfort: ComfortParams,
    now: SiteNow,
    load: LoadNow,
    grid_lost_s: float,
    budget_w: float,
) -> Reason:
    """Why one load is asked what it is asked, the numbers behind it, and the nearest change."""
    numbers: Numbers = ()
    voice = follow.spoken.voice
    if voice == Voice.HOUSE:
        numbers = house_numbers(follow.spoken.why, site, now, grid_lost_s)
    elif voice == Voice.COMFORT:
        known = () if math.isnan(load.temperature_c) else (("temperature_c", load.temperature_c),)
        numbers = (*known, ("max_c", comfort.max_c))
    elif voice in (Voice.DRIVE, Voice.HUNT):
        numbers = (("budget_w", round(budget_w)),)
    return Reason(follow.why, numbers, _change(follow))


def hand_numbers(asked: Asked, instant: Instant, timezone: str) -> Numbers:
    """The numbers of a wish: watts, and of a person's when it ends, by the clock or in minutes."""
    watts: Numbers = (("asked_w", asked.watts),) if asked.forced else ()
    if asked.numbers:
        return (*watts, *asked.numbers)
    return (*watts, *end_numbers(asked.until_utc_s, asked.left_s, instant, timezone))


def end_numbers(until_utc_s: float, left_s: float, instant: Instant, timezone: str) -> Numbers:
    """The end of a wish, whichever comes first, in the numbers that people are told; none where
    it has no end. ``until_utc_s`` NaN, ``left_s`` infinite: not said."""
    if not instant.utc_ok:
        return (("left_min", math.ceil(left_s / 60.0)),) if math.isfinite(left_s) else ()
    end_utc_s = instant.utc_s + left_s
    if not math.isnan(until_utc_s):
        end_utc_s = min(until_utc_s, end_utc_s)
    if not math.isfinite(end_utc_s):
        return ()
    try:
        until_min, days = end_of(end_utc_s, instant.utc_s, timezone)
    except (ValueError, OverflowError, OSError):  # in no calendar: as good as no end
        return ()
    later: Numbers = (("until_days", float(days)),) if days > 0 else ()
    return (("until_min", until_min), *later)


def _change(follow: Follow) -> Change | None:
    """What would change it; None where nobody knows."""
    if follow.held:
        return Change(0.0, _rounded(follow.needs_s))
    spoken = follow.spoken
    change = Change(_rounded(spoken.needs_w), _rounded(spoken.needs_s))
    if spoken.voice == Voice.DRIVE:
        return change
    if spoken.voice == Voice.EFFECTS:
        return change if spoken.needs_s > 0.0 else None
    return change if change.needs_w or change.needs_s else None


def _rounded(needs: float) -> float:
    return round(needs) if math.isfinite(needs) else 0.0


def house_numbers(why: Why, site: SiteParams, now: SiteNow, grid_lost_s: float) -> Numbers:
    """The numbers of a gate."""
    if why == Why.STALE:
        return (("age_s", round(now.now_s - now.at_s, 1)), ("allowed_s", now.allowed_age_s))
    if why == Why.ALARM:
        return (("alarm", float(now.alarm)),)
    if why == Why.GRID_LOST:
        return (("since_s", round(grid_lost_s)),)
    if why == Why.INVERTER_OVER:
        return (("inverter_w", burden_w(now)), ("limit_w", limit_w(site, now)))
    if why == Why.ESS_STATE:
        return (("state", float(now.ess_state)),)
    if why == Why.SOC_LOW:
        soc_pct = 0.0 if math.isnan(now.soc_pct) else now.soc_pct
        return (("soc_pct", soc_pct), ("min_pct", site.min_soc_pct))
    return ()
