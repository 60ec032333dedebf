"""What becomes of the flat config.yaml of pv_heater_optimizer: our text, and what to know of it.

That program kept its pins, its servo and its relay in the code: relay on board pin 11, servo on
board pin 40, 50 Hz, duty 2 % at the knob's zero to 12 % at its full. Those are carried, too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from pvopt.config.migration import Draft, Line, Migration, quoted
from pvopt.config.tree import Scalar, Table

# fmt: off
OLD_KEYS = frozenset(
    {
        "api_username", "api_password", "diags_url", "login_url", "logout_url",
        "log_file", "log_file_size", "day_hourly_fcast", "fcast_url", "fcast_headers",
        "fcast_time_pull", "fcast_diff", "sleep_timer", "min_battery", "min_day_time",
        "max_day_time", "min_day_hour", "max_day_hour", "max_grid_draw", "max_battery_discharge",
        "adjust_value", "tolerance", "power_percent", "installation_id",
    }
)
# fmt: on
TELLING = frozenset({"min_battery", "max_grid_draw", "fcast_diff", "adjust_value", "diags_url"})
NUMBERS = (  # old key, section, our key
    ("sleep_timer", "control", "tick_s"),
    ("min_battery", "control", "min_soc_pct"),
    ("max_grid_draw", "control", "max_grid_draw_w"),
    ("max_battery_discharge", "control", "max_battery_discharge_w"),
    ("adjust_value", "control", "step_pct"),
    ("tolerance", "control", "tolerance_w"),
    ("power_percent", "control", "start_pct"),
    ("fcast_diff", "control", "forecast_difference_w"),
)
NOT_NEEDED = {
    "logout_url": "pvopt needs none",
    "fcast_headers": "pvopt sends its own",
    "day_hourly_fcast": "the forecast is kept in `state.folder`",
}
SECRETS = ("VRM_USER", "VRM_PASSWORD", "FORECAST_SOLAR_KEY")
PORTAL = "https://vrmapi.victronenergy.com/v2"
FORECAST = re.compile(
    r"(?P<base>https?://[^/]+)/(?:(?P<key>[^/]+)/)?estimate(?:/[a-z/]+?)?"
    r"/(?P<lat>[-+\d.]+)/(?P<lon>[-+\d.]+)/(?P<tilt>[-+\d.]+)/(?P<azimuth>[-+\d.]+)/(?P<kwp>[\d.]+)/?"
)
SETTLED_TODO = (
    "loads: the old file does not say what the heater draws; 2000 W is written: put yours",
)
SETTLED_WARNINGS = (
    "servo: its zero was a pulse of 400 µs; pvopt sends none below 500 µs (hard on the servo, and "
    "beyond what pigpio can). 500 to 2400 µs is written: look whether the regulator is at zero",
    "servo: GPIO21 (board pin 40) has no kernel PWM, so its pulse is made by software and may "
    "jitter; better move its wire to GPIO18 (board pin 12) and write `pin: 18`",
    "relay: if you had a 5 V relay and used the old program's workaround for it, write "
    "`wiring: released_when_off`; better is a transistor or an opto-isolated board",
    "sources: the portal is minutes late; if the Pi can reach the GX, add the source gx_modbus as "
    "in Files/examples/victron.yaml: much more sun ends in the boiler",
)


def is_flat(root: Table) -> bool:
    """Whether this looks like the old program's file."""
    return len(TELLING & root.entries.keys()) >= 3


def migrate(root: Table, timezone: str) -> Migration:
    """Our text for the old file ``root``; ``timezone``: where its daylight hours are meant.

    Every old number that ours does not allow is left out and named, so that the text loads.
    Raises ``InvalidConfigError`` if it does not load even so.
    """
    old = {key: one.shown for key, one in root.entries.items() if isinstance(one, Scalar)}
    draft = Draft(old)
    _site(draft, timezone)
    _sources(draft)
    _control(draft)
    _loads(draft)
    _log(draft)
    for key in root.entries:
        if key in NOT_NEEDED:
            draft.left.append(f"{key}: {NOT_NEEDED[key]}")
        elif key not in OLD_KEYS:
            draft.left.append(f"{key}: not a key of the old program that is known here")
    text = draft.until_it_loads(SECRETS)
    carried = tuple(_plain(words) for words in draft.carried())
    return Migration(
        text,
        carried,
        tuple(_plain(words) for words in draft.left),
        (*SETTLED_TODO, *draft.todo),
        (*draft.warnings, *SETTLED_WARNINGS),
    )


def _plain(words: str) -> str:
    """There is one plane of panels only, so its number tells nothing."""
    return words.replace("[#1]", "")


def _site(draft: Draft, timezone: str) -> None:
    found = _place(draft.old)
    draft.put(0, "version", "1")
    draft.put(0, "site", "")
    if found is None:
        draft.put(2, "latitude", "50.08")
        draft.put(2, "longitude", "14.43")
        draft.todo.append("site: no place was found in fcast_url; Prague is written: put yours")
    else:
        draft.put(2, "latitude", found["lat"], "site.latitude", "fcast_url")
        draft.put(2, "longitude", found["lon"], "site.longitude", "fcast_url")
    draft.put(2, "timezone", timezone)
    draft.todo.append(f"site: the time zone {timezone} is this machine's; put the home's")
    if found is not None:
        watts = f"{float(found['kwp']) * 1000:.10g}"
        where = "site.planes[#1]"
        draft.put(2, "planes", "")
        draft.put(4, "- peak_w", watts, f"{where}.peak_w", "fcast_url")
        draft.put(6, "tilt_deg", found["tilt"], f"{where}.tilt_deg", "fcast_url")
        draft.put(6, "azimuth_deg", found["azimuth"], f"{where}.azimuth_deg", "fcast_url")


def _place(old: Mapping[str, str]) -> re.Match[str] | None:
    """The parts of the forecast's address, if they can be a place and a plane of panels."""
    found = FORECAST.fullmatch(old.get("fcast_url", ""))
    limits: dict[str, tuple[float, float]] = {
        "lat": (-90, 90),
        "lon": (-180, 180),
        "tilt": (0, 90),
        "azimuth": (-180, 180),
    }
    limits["kwp"] = (0.001, 1000)
    try:
        fits = found and all(
            low <= float(found[key]) <= high for key, (low, high) in limits.items()
        )
    except ValueError:
        return None
    return found if fits else None


def _sources(draft: Draft) -> None:
    old = draft.old
    where = "sources[vrm]"
    draft.put(0, "sources", "")
    draft.put(2, "- kind", "vrm")
    user = old.get("api_username", "")
    if user:
        draft.put(4, "user", quoted(user), f"{where}.user", "api_username")
    else:
        draft.put(4, "user", "${VRM_USER}", f"{where}.user")
        draft.todo.append(
            "sources: the old file names no api_username; put it into the environment variable "
            "VRM_USER"
        )
    draft.put(4, "password", "${VRM_PASSWORD}", f"{where}.password")
    draft.todo.append(
        "sources: the portal's password is not copied; put it into the environment variable "
        "VRM_PASSWORD, or better make an access token and use `token: ${VRM_TOKEN}`"
    )
    base = old.get("login_url", "").removesuffix("/auth/login")
    if base and base != old.get("login_url") and base != PORTAL:
        draft.put(4, "url", quoted(base), f"{where}.url", "login_url")
    number = re.search(r"/installations/(\d+)/", old.get("diags_url", ""))
    site_id = number[1] if number else old.get("installation_id", "")
    if site_id:
        origin = "diags_url" if number else "installation_id"
        draft.put(4, "site_id", site_id, f"{where}.site_id", origin)
    _forecast(draft)


def _forecast(draft: Draft) -> None:
    where = "sources[forecast_solar]"
    found = _place(draft.old)
    if found is None:
        draft.left.append(
            "fcast_url: not an address of forecast.solar with place and panels; no forecast is "
            "written"
        )
        return
    draft.put(2, "- kind", "forecast_solar")
    if found["base"] != "https://api.forecast.solar":
        draft.put(4, "url", quoted(found["base"]), f"{where}.url", "fcast_url")
    if found["key"]:
        draft.put(4, "key", "${FORECAST_SOLAR_KEY}", f"{where}.key")
        draft.todo.append(
            "sources: the key within fcast_url is not copied; put it into the environment "
            "variable FORECAST_SOLAR_KEY"
        )
    _clock_time(draft, 4, "fcast_time_pull", f"{where}.fetch_at")


def _clock_time(draft: Draft, indent: int, old_key: str, path: str) -> None:
    text = draft.old.get(old_key, "")
    found = re.fullmatch(r"(\d{1,2}):(\d\d)(:\d\d)?", text)
    hours = re.fullmatch(r"\d{1,2}", text) if old_key.endswith("_hour") else None
    if hours:
        text = f"{int(text):02}:00"
    elif found:
        text = f"{int(found[1]):02}:{found[2]}"
    if text:
        draft.put(indent, path.rpartition(".")[2], quoted(text), path, old_key)


def _control(draft: Draft) -> None:
    draft.put(0, "control", "")
    for old_key, section, key in NUMBERS:
        if draft.old.get(old_key):
            text = draft.old[old_key]
            plain = re.fullmatch(r"[\w.+-]+", text)
            draft.put(2, key, text if plain else quoted(text), f"{section}.{key}", old_key)
    ends = [key for key in draft.old if re.fullmatch(r"(min|max)_day_(time|hour)", key)]
    if ends:
        draft.put(2, "daylight", "")
        draft.put(4, "mode", "hours")
        for end, ours in (("min", "start"), ("max", "end")):
            old_key = next(
                (
                    f"{end}_day_{kind}"
                    for kind in ("time", "hour")
                    if f"{end}_day_{kind}" in draft.old
                ),
                "",
            )
            _clock_time(draft, 4, old_key, f"control.daylight.{ours}")
        draft.warnings.append(
            "control: fixed daylight hours are kept; `mode: sun` follows the seasons by itself"
        )
    _number_warnings(draft)


def _number_warnings(draft: Draft) -> None:
    difference = draft.old.get("fcast_diff", "")
    if _is_number(difference) and float(difference) < 700:
        draft.warnings.append(
            f"control: fcast_diff was {difference} W where the old file itself advises about 700; "
            "with so little nearly every hour qualifies. pvopt measures what the panels give, so "
            "0 (not required) serves as well"
        )
    start = draft.old.get("power_percent", "")
    if _is_number(start) and float(start) > 10:
        draft.warnings.append(
            f"control: start_pct {start} is kept, but a search begins with the smaller of it and "
            "probe.first_step_pct (5 or less): the panels have to show first that they can give it"
        )


def _loads(draft: Draft) -> None:
    draft.lines += [
        Line(text)
        for text in (
            "loads:",
            "  - id: boiler",
            "    max_w: 2000  # put yours",
            "    output:",
            "      relay:",
            "        pin: 17  # board pin 11",
            "        wiring: active_high",
            "      knob:",
            "        kind: servo",
            "        pin: 21  # board pin 40",
            "        min_us: 500",
            "        max_us: 2400",
            "gpio:",
            "  factory: lgpio",
        )
    ]


def _log(draft: Draft) -> None:
    draft.put(0, "log", "")
    if draft.old.get("log_file"):
        draft.put(2, "file", quoted(draft.old["log_file"]), "log.file", "log_file")
    size = draft.old.get("log_file_size", "")
    if _is_number(size):
        draft.put(2, "max_mb", f"{float(size) / 1e6:.10g}", "log.max_mb", "log_file_size")


def _is_number(text: str) -> bool:
    return re.fullmatch(r"\d+(\.\d+)?", text) is not None
