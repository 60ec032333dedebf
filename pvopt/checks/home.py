"""The home as its equipment reports it: feed-in, ESS, set-point, phases, inverter; in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pvopt.checks.row import Row, fail, ok, warn
from pvopt.config.loads import Load
from pvopt.config.schema import Config
from pvopt.config.temperatures import GxTemperature
from pvopt.decide.site import stops
from pvopt.model import Alarm, EssState, FeedIn, Reading, Samples, Site
from pvopt.settings_of import settings_of
from pvopt.show.words import english
from pvopt.sources.sensors import temperature_key

FEED_IN, ESS, BATTERY, PHASES, HEATER, WATER = (
    "feed-in", "ESS", "battery", "phases", "heater", "water temperature",
)  # fmt: skip
LOWEST_SETPOINT_W, HIGHEST_SETPOINT_W = -100.0, 300.0
BEST_SEARCH = "hidden: pvopt searches for it, a few watts at a time"


def rows(config: Config, samples: Samples) -> Iterator[Row]:
    """What the configured law will make of this home. Nothing without a site."""
    site = samples.site
    if site is None:
        return
    yield _numbers(site)
    yield from _feed_in(config, site)
    yield from _ess(config, site)
    yield _setpoint(site)
    yield from _battery(config, site)
    yield from _phases(config, site)
    yield from _inverter(config, site)


def _watts(reading: Reading) -> str:
    return "unknown" if reading.value is None else f"{reading.value:.0f} W"


def _numbers(site: Site) -> Row:
    return ok(
        "home",
        f"grid {_watts(site.grid_w)} (+ bought), sun {_watts(site.pv_w)}, house "
        f"{_watts(site.load_w)}, battery {_watts(site.battery_w)} (+ charging)",
    )


def _feed_in(config: Config, site: Site) -> Iterator[Row]:
    """Whether surplus is visible as export, or hidden because the panels are throttled."""
    wish, told = config.site.feed_in, site.feed_in
    if wish != "auto":
        yield _overridden(wish == "allowed", told)
        return
    dc, ac = _kinds(site)
    open_dc, open_ac = told.dc_allowed, told.ac_allowed
    relevant = [allowed for there, allowed in ((dc, open_dc), (ac, open_ac)) if there]
    if not relevant:
        relevant = [open_dc, open_ac]
    if any(allowed is None for allowed in relevant):
        yield warn(
            FEED_IN,
            "it is not known whether surplus may go to the grid",
            "state it: site.feed_in: allowed or forbidden",
        )
    elif told.cap_w == 0 or not any(relevant):
        yield ok(
            FEED_IN,
            "closed: nothing may be exported, so the panels are throttled when house and battery "
            f"have enough. That surplus is {BEST_SEARCH}",
        )
    elif not all(relevant):
        yield _half_open(bool(open_dc))
    elif told.cap_w is not None:
        yield ok(
            FEED_IN,
            f"open up to {told.cap_w:.0f} W: surplus below that shows as export and is taken up, "
            f"what is above it is {BEST_SEARCH}",
        )
    else:
        yield ok(FEED_IN, "open: surplus shows as export, and pvopt takes up what is exported")
    if told.limiter_active:
        yield ok(FEED_IN, "the GX limits feed-in at this moment: there is hidden surplus now")


def _overridden(allowed: bool, told: FeedIn) -> Row:
    said = "allowed" if allowed else "forbidden"
    reported = [x for x in (told.dc_allowed, told.ac_allowed) if x is not None]
    contrary = bool(reported) and (not any(reported) if allowed else any(reported))
    text = f"the configuration says it is {said}"
    if not contrary:
        return ok(FEED_IN, text)
    return warn(FEED_IN, f"{text}, the GX says the contrary", "set site.feed_in: auto")


def _half_open(dc_open: bool) -> Row:
    open_kind, closed_kind = "solar chargers", "PV inverters"
    if not dc_open:
        open_kind, closed_kind = closed_kind, open_kind
    return ok(
        FEED_IN,
        f"open for the {open_kind}, closed for the {closed_kind}: surplus of the first shows as "
        f"export, that of the others is {BEST_SEARCH}",
    )


def _kinds(site: Site) -> tuple[bool, bool]:
    """Whether there are panels on the battery's side, and on the AC side."""
    ac = any(device.id.startswith("pvinverter") for device in site.pv)
    dc = any(not device.id.startswith("pvinverter") for device in site.pv)
    return dc, ac


def _ess(config: Config, site: Site) -> Iterator[Row]:
    settings = settings_of(config).site
    state = english.STATES[site.ess_state]
    if site.generator and not settings.generator_ok:
        yield warn(
            ESS, "the generator runs: the heater stays off", "or site.policies.generator: allow"
        )
    elif site.ess_state == EssState.ISLAND and not settings.island_ok:
        yield warn(ESS, "off grid: the heater stays off", "or site.policies.off_grid: allow")
    elif stops(settings, site.ess_state):
        yield warn(
            ESS,
            f"state now: {state}. In this state the heater stays off",
            "if that lasts, look at the ESS settings on the GX, or at site.policies",
        )
    elif site.ess_state == EssState.UNKNOWN:
        yield ok(ESS, "the inverter's state is not known: no policy of site.policies will apply")
    else:
        yield ok(ESS, f"state now: {state}")
    for alarm in site.alarms:
        if alarm != Alarm.METER_LOST:  # said with the units
            yield warn(
                ESS,
                f"alarm: {english.ALARMS[alarm]}. The heater stays off meanwhile",
                "look at the GX's notifications",
            )


def _setpoint(site: Site) -> Row:
    watts = site.grid_setpoint_w.value
    if watts is None:
        return ok(ESS, "the grid set-point is not known; 0 W is taken")
    text = f"grid set-point {watts:+.0f} W: surplus is counted from there"
    if LOWEST_SETPOINT_W <= watts <= HIGHEST_SETPOINT_W:
        return ok(ESS, text)
    way = "exported" if watts < 0 else "bought"
    return warn(
        ESS, f"{text}, so this much is always {way}", "is that meant? Usual is +30 to +50 W"
    )


def _battery(config: Config, site: Site) -> Iterator[Row]:
    if site.battery_v.value is None:
        yield ok(BATTERY, "none is reported")
        return
    least_pct, ess_pct = config.control.min_soc_pct, site.limits.ess_min_soc_pct
    soc_pct = site.soc_pct.value
    if soc_pct is None:
        yield warn(
            BATTERY,
            f"its state of charge is not known: control.min_soc_pct ({least_pct:g} %) cannot hold",
            "look at the battery monitor on the GX (System setup → Battery monitor)",
        )
    else:
        waits = "" if soc_pct >= least_pct else "; the heater waits until it is reached"
        yield ok(BATTERY, f"{soc_pct:g} % full, control.min_soc_pct is {least_pct:g} %{waits}")
    if ess_pct is not None and least_pct < ess_pct:
        yield warn(
            BATTERY,
            f"control.min_soc_pct ({least_pct:g} %) lies below the ESS minimum ({ess_pct:g} %): "
            "the heater could take sun that the battery still needs",
            f"set control.min_soc_pct to {ess_pct:g} or more",
        )


def _phases(config: Config, site: Site) -> Iterator[Row]:
    measured = [n for n, w in enumerate(site.grid_phase_w, start=1) if w.value is not None]
    wish, told = config.site.metering, site.summed_metering
    if len(measured) > 1:
        yield _metering(wish, told, len(measured))
    elif measured:
        yield ok(PHASES, "one phase")
    for load in config.loads:
        if isinstance(load.phase, int) and measured and load.phase not in measured:
            yield warn(
                PHASES,
                f"{load.id} hangs on phase {load.phase}, but the grid is measured on "
                f"{', '.join(map(str, measured))} only",
                f"correct loads[{load.id}].phase",
            )


def _metering(wish: str, told: bool | None, count: int) -> Row:
    if wish == "auto":
        by = {True: "summed", False: "each for itself", None: "summed (the GX does not say)"}[told]
        return ok(PHASES, f"{count} phases, counted {by}")
    contrary = told is not None and told != (wish == "summed")
    text = f"{count} phases, counted {wish.replace('_', ' ')} by the configuration"
    if not contrary:
        return ok(PHASES, text)
    return warn(
        PHASES,
        f"{text}, but the GX regulates them {'summed' if told else 'each for itself'}",
        "look at your electricity meter's contract, then at site.metering and at ESS → Mode",
    )


def _inverter(config: Config, site: Site) -> Iterator[Row]:
    behind = [load.id for load in config.loads if load.place != "ac_in"]
    if not behind:
        return
    hang = "hangs" if len(behind) == 1 else "hang"
    own_w, told_w = config.site.inverter.max_w, site.limits.inverter_w
    if own_w is not None:
        yield ok(HEATER, f"the inverter's limit is {own_w:.0f} W by the configuration")
    elif told_w is not None:
        yield ok(HEATER, f"the inverter's limit is {told_w:.0f} W as it reports itself")
    else:
        yield warn(
            HEATER,
            f"{', '.join(behind)} {hang} behind the inverter, whose limit is not known: it could "
            "be overloaded without grid",
            "set site.inverter.max_w (its lasting watts, from the data sheet), or place: ac_in "
            "where no inverter stands before the load",
        )


def water(config: Config, temperatures: Mapping[str, Reading]) -> Iterator[Row]:
    """The water's temperature for each load without a sensor of its own, or with one on the GX.

    ``temperatures``: by sensor key of the sources.
    """
    for load in config.loads:
        if load.temperature is None:
            text = "no sensor is configured, the heater's own thermostat is the only limit"
            yield ok(WATER, f"{load.id}: {text}")
        elif isinstance(load.temperature, GxTemperature):
            reading = temperatures.get(temperature_key(config, load) or "")
            yield _water(load, load.temperature, reading)


def _water(load: Load, sensor: GxTemperature, reading: Reading | None) -> Row:
    celsius = None if reading is None else reading.value
    if celsius is not None:
        return ok(WATER, f"{load.id}: {celsius:.1f} °C, heated up to {load.comfort.max_c:g} °C")
    text = (
        f"{load.id}: no temperature sensor of the type `water heater` was found"
        if sensor.unit is None
        else f"{load.id}: the temperature sensor with unit {sensor.unit} gives nothing"
    )
    todo = "set the sensor's type on the GX to water heater, or look at its cable"
    if sensor.required:
        return fail(WATER, f"{text}; it is required, so the heater stays off", todo)
    return warn(WATER, f"{text}; the thermostat is the only limit", todo)
