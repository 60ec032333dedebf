"""What well-known meters publish, and what a ``mqtt_meters`` section means with its preset.

Topics and payloads are the makers' own; ``{device}`` is what the owner gives as ``device``:

- pzem: a serial of PZEM meters behind one publisher, JSON with ``power`` in W.
- linky: the French meter's own output, apparent power drawn and injected (VA) and the index of
  reactive energy (varh), a topic each.
- sma: a JSON object with OBIS codes, 1-0:1.7.0 drawn and 1-0:2.7.0 fed in (W).
- shelly, second generation on, "generic status update over MQTT" switched on:
  https://shelly-api-docs.shelly.cloud/gen2/ComponentsAndServices/Mqtt (topic),
  .../ComponentsAndServices/EM (``total_act_power``, ``a_act_power``) and EM1 (``act_power``).
- shelly_gen1: https://shelly-api-docs.shelly.cloud/gen1/ ("Shelly 3EM: MQTT"), a plain number.
- tasmota: https://tasmota.github.io/docs/Smart-Meter-Interface/ (a reading head at the grid's
  meter) and https://tasmota.github.io/docs/MQTT/ (plugs); TelePeriod must be 10 s.
- zigbee2mqtt: https://www.zigbee2mqtt.io/guide/usage/mqtt_topics_and_messages.html.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from pvopt.config.json_path import Path, parse_path
from pvopt.config.meters import Meter, MqttMeters

# Off 10 s after the last good sample: a second for the tick, one to spare.
PLAIN_AGE_S = 8.0
# A battery's charge moves slowly, and so do those who publish it.
SOC_AGE_S = 120.0

PHASES = ("grid_l1", "grid_l2", "grid_l3")
PAIR = ("grid_import", "grid_export")
QUANTITIES = ("grid", *PHASES, *PAIR, "reactive", "pv", "load", "battery", "soc")
SIGNED = {"grid": ("import", "export"), "battery": ("charging", "discharging")}
SIGNED |= dict.fromkeys(PHASES, SIGNED["grid"])
UNITS: dict[str, tuple[str, ...]] = dict.fromkeys(QUANTITIES, ("W", "kW", "VA"))
UNITS |= {"soc": ("%",), "reactive": ("varh",)}


class Template(NamedTuple):
    """Where a preset finds a quantity. Without ``{device}`` it is there by itself."""

    topic: str
    json: str = ""
    unit: str = ""


class Preset(NamedTuple):
    """``allowed_age_s``: what the meter's own interval asks for."""

    allowed_age_s: float
    found: dict[str, Template]


def _powers(template: Template) -> dict[str, Template]:
    return {name: template for name in QUANTITIES if name not in {"soc", "reactive"}}


_OBIS = '"1-0:{}.7.0".value'
_EM = "{device}/status/em:0"
_PHASE_OF = dict(zip(PHASES, "abc", strict=True))
PRESETS: dict[str, Preset] = {
    # A meter silent for half a minute, and everything is off.
    "pzem": Preset(30.0, _powers(Template("smeter/pzem/{device}", "power"))),
    "linky": Preset(
        30.0,
        {
            "grid_import": Template("tic/SINSTS", unit="VA"),
            "grid_export": Template("tic/SINSTI", unit="VA"),
            "reactive": Template("tic/ERQT"),
        },
    ),
    # Comes each second.
    "sma": Preset(
        PLAIN_AGE_S,
        {
            "grid_import": Template("sma", _OBIS.format(1)),
            "grid_export": Template("sma", _OBIS.format(2)),
        },
    ),
    # On every change, else each 15 s.
    "shelly": Preset(
        30.0,
        {
            **_powers(Template("{device}/status/em1:0", "act_power")),
            "grid": Template(_EM, "total_act_power"),
            **{name: Template(_EM, f"{_PHASE_OF[name]}_act_power") for name in PHASES},
        },
    ),
    # On every change, else each 30 s.
    "shelly_gen1": Preset(
        40.0,
        {
            **_powers(Template("shellies/{device}/emeter/0/power")),
            **{
                name: Template(f"shellies/{{device}}/emeter/{place}/power")
                for place, name in enumerate(PHASES)
            },
            "pv": Template("shellies/{device}/emeter/1/power"),
        },
    ),
    "tasmota": Preset(
        30.0,
        {
            **_powers(Template("tele/{device}/SENSOR", "ENERGY.Power")),
            "grid": Template("tele/{device}/SENSOR", "SML.Power_curr"),
        },
    ),
    "zigbee2mqtt": Preset(30.0, _powers(Template("zigbee2mqtt/{device}", "power"))),
}


class Channel(NamedTuple):
    """One quantity as it is read: ``number at path * factor`` in W, %, varh.

    ``apparent``: the number is VA.
    """

    quantity: str
    topic: str
    path: Path
    factor: float
    allowed_age_s: float
    apparent: bool = False


def channels(source: MqttMeters) -> tuple[Channel, ...]:
    """Everything that is read, in the order of ``QUANTITIES``. ValueError where a topic or a
    path is not to be had; the rules of the configuration have told it before."""
    return tuple(_channels(source))


def template_of(source: MqttMeters, quantity: str) -> Template | None:
    """What the preset knows of a quantity."""
    return PRESETS[source.preset].found.get(quantity) if source.preset is not None else None


def usual_age_s(source: MqttMeters) -> float:
    """How old numbers may become where the owner does not say."""
    return PLAIN_AGE_S if source.preset is None else PRESETS[source.preset].allowed_age_s


def named(source: MqttMeters, quantity: str) -> Meter | None:
    """The owner's section of a quantity, or an empty one where the preset needs none.

    Whoever writes down the grid by itself does not want the preset's way to it.
    """
    meter: Meter | None = getattr(source, quantity)
    if meter is not None:
        return meter
    template = template_of(source, quantity)
    if template is None or "{device}" in template.topic:
        return None
    own_grid = any(getattr(source, name) is not None for name in ("grid", *PHASES))
    return None if own_grid else Meter()


def topic_of(source: MqttMeters, quantity: str, meter: Meter) -> str:
    """The topic of a quantity; empty where neither owner nor preset say it."""
    if meter.topic:
        return meter.topic
    template = template_of(source, quantity)
    if template is None or ("{device}" in template.topic and not meter.device):
        return ""
    return template.topic.replace("{device}", meter.device)


def unit_of(source: MqttMeters, quantity: str, meter: Meter) -> str:
    """The unit of a quantity: the owner's, the preset's, or the usual one."""
    template = template_of(source, quantity)
    return meter.unit or (template.unit if template else "") or UNITS[quantity][0]


def age_of(source: MqttMeters, quantity: str, meter: Meter) -> float:
    """How old a quantity may become (s)."""
    if meter.allowed_age_s is not None:
        return meter.allowed_age_s
    if quantity == "soc":
        return max(SOC_AGE_S, source.allowed_age_s or 0.0)
    return source.allowed_age_s or usual_age_s(source)


def _channels(source: MqttMeters) -> Iterator[Channel]:
    for quantity in QUANTITIES:
        meter = named(source, quantity)
        if meter is None:
            continue
        topic = topic_of(source, quantity, meter)
        if not topic:
            raise ValueError(f"{quantity}: no topic")
        template = template_of(source, quantity)
        unit = unit_of(source, quantity, meter)
        known = template.json if template is not None else ""
        yield Channel(
            quantity,
            topic,
            parse_path(known if meter.json is None else meter.json),
            _sign(quantity, meter) * meter.scale * (1000.0 if unit == "kW" else 1.0),
            age_of(source, quantity, meter),
            unit == "VA",
        )


def _sign(quantity: str, meter: Meter) -> float:
    """-1 where the meter counts the other way round than pvopt."""
    words = SIGNED.get(quantity)
    return -1.0 if words is not None and meter.positive == words[1] else 1.0
