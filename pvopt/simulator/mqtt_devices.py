"""The devices of a simulated home: what listens where for each load of a configuration.

Topics are the makers' own, as in ``mqtt_payloads``; a topic that the owner wrote counts. A device
that no preset names understands what its owner says that it is sent.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from pvopt.config.json_path import parse_path
from pvopt.config.loads import Load
from pvopt.config.outputs import MqttOutput
from pvopt.config.temperatures import MqttTemperature
from pvopt.simulator.appliances import Appliance, ApplianceParams
from pvopt.simulator.mqtt_home import Device
from pvopt.simulator.mqtt_meters import Publication, payload_of
from pvopt.simulator.mqtt_payloads import (
    FULL_PCT,
    MAINS_V,
    Asked,
    percent_of_vload,
    scr_temperature,
    switch_of_domoticz,
    switch_of_shelly,
    switch_of_word,
    switch_of_zigbee2mqtt,
    vload_status,
)
from pvopt.simulator.regulator import CURVE_LINEAR, CURVE_PHASE_ANGLE

METER_S = 2.5
TEMPERATURE_S = 10.0
PLUG_SHARE = 0.7  # of what an owner guesses that a load of unknown watts draws

PLACE = re.compile(r"\{(percent|watts|on|off_after_s)\}")
Watts = Callable[[], float]
Says = tuple[tuple[str, bytes], ...]
Take = Callable[[bytes], Asked | None]


def appliance_of(load: Load, tank_l: float, draw_share: float) -> Appliance:
    """What stands behind an output: a boiler where it is regulated or has a sensor, else a plug
    with something that draws as long as it is on."""
    output = load.output
    assert isinstance(output, MqttOutput)
    boiler = output.has_knob or load.temperature is not None
    law = output.law
    straight = law.kind == "linear" or output.sends == "watts" or not output.has_knob
    return Appliance(
        ApplianceParams(
            name=load.id,
            watts=load.max_w * (PLUG_SHARE if str(load.drive) == "unknown" else 1.0),
            phase=0 if load.phase == "all" else load.phase,
            curve=CURVE_LINEAR if straight else CURVE_PHASE_ANGLE,
            points=law.points if output.has_knob and law.kind == "table" else (),
            tank_l=tank_l if boiler else 0.0,
            draw_share=draw_share if boiler else 0.0,
        )
    )


def device_of(
    load: Load, appliance: Appliance, alive: Callable[[], bool], now_s: Callable[[], float]
) -> Device:
    """The device of a load, with all that it says by itself. ``alive``: there is AC."""
    output = load.output
    assert isinstance(output, MqttOutput)

    def drawn_w() -> float:
        return appliance.wanted_w if alive() else 0.0

    make = KNOWN.get(output.preset or "", _own)
    made = make(output, appliance, drawn_w, load.max_w)
    status = dict(made.says())
    reports = tuple(
        Publication(one.topic, one.every_s, partial(_again, made.says, one.topic))
        if one.topic in status  # its meter is a part of what it says anyway
        else one
        for one in reports_of(load, drawn_w, lambda: appliance.tank_c, now_s)
    )
    return Device(appliance, output.topic or made.topic, made.take, reports, made.says)


def reports_of(
    load: Load,
    drawn_w: Callable[[], float],
    tank_c: Callable[[], float],
    now_s: Callable[[], float],
) -> tuple[Publication, ...]:
    """What a load's own meter and its temperature sensor publish."""
    found = []
    meter, sensor = load.meter, load.temperature
    if meter is not None:
        scale = meter.scale * (1000.0 if meter.unit == "kW" else 1.0)
        numbers = [(parse_path(meter.json), lambda: drawn_w() / scale)]
        found.append(Publication(meter.topic, METER_S, payload_of(meter.topic, numbers, now_s)))
    if isinstance(sensor, MqttTemperature):
        payload = payload_of(sensor.topic, [(parse_path(sensor.json), tank_c)], now_s)
        if not sensor.json:
            payload = partial(_celsius, tank_c)
        found.append(Publication(sensor.topic, TEMPERATURE_S, payload))
    return tuple(found)


def _celsius(tank_c: Callable[[], float]) -> bytes:
    return scr_temperature(tank_c())


def _again(says: Callable[[], Says], topic: str) -> bytes:
    return dict(says())[topic]


class Made(NamedTuple):
    """Where a device listens, what it understands, and what it says of itself."""

    topic: str
    take: Take
    says: Callable[[], Says] = tuple


def _vload(output: MqttOutput, one: Appliance, drawn_w: Watts, max_w: float) -> Made:
    topic = f"regul/vload/{output.device}"
    return Made(
        f"{topic}/cmd",
        percent_of_vload,
        lambda: ((topic, vload_status(one.percent, one.asked_w)),),
    )


def _scr(output: MqttOutput, one: Appliance, drawn_w: Watts, max_w: float) -> Made:
    return Made(f"scr/{output.device}/in", percent_of_vload)


def _domoticz(output: MqttOutput, one: Appliance, drawn_w: Watts, max_w: float) -> Made:
    idx = int(output.device)
    return Made(
        "domoticz/in",
        lambda said: switch_of_domoticz(said, idx),
        lambda: (("domoticz/out", _json({"idx": idx, "nvalue": int(one.percent > 0.0)})),),
    )


def _shelly(output: MqttOutput, one: Appliance, drawn_w: Watts, max_w: float) -> Made:
    channel = output.channel

    def status() -> bytes:
        on = one.percent > 0.0
        words: dict[str, object] = {"id": channel, "source": "MQTT", "output": on}
        return _json(words | {"apower": round(drawn_w(), 1), "voltage": MAINS_V})

    return Made(
        f"{output.device}/rpc",
        lambda said: switch_of_shelly(said, channel),
        lambda: ((f"{output.device}/status/switch:{channel}", status()),),
    )


def _shelly_gen1(output: MqttOutput, one: Appliance, drawn_w: Watts, max_w: float) -> Made:
    relay = f"shellies/{output.device}/relay/{output.channel}"
    return Made(
        f"{relay}/command",
        switch_of_word,
        lambda: (
            (relay, _word(one).lower().encode()),
            (f"{relay}/power", f"{drawn_w():.2f}".encode()),
        ),
    )


def _tasmota(output: MqttOutput, one: Appliance, drawn_w: Watts, max_w: float) -> Made:
    name, power = output.device, f"POWER{output.channel or ''}"
    return Made(
        f"cmnd/{name}/{power}",
        switch_of_word,
        lambda: (
            (f"stat/{name}/RESULT", _json({power: _word(one)})),
            (f"stat/{name}/{power}", _word(one).encode()),
        ),
    )


def _zigbee2mqtt(output: MqttOutput, one: Appliance, drawn_w: Watts, max_w: float) -> Made:
    topic = f"zigbee2mqtt/{output.device}"
    return Made(
        f"{topic}/set",
        switch_of_zigbee2mqtt,
        lambda: ((topic, _json({"power": round(drawn_w(), 1), "state": _word(one)})),),
    )


def _word(one: Appliance) -> str:
    return "ON" if one.percent > 0.0 else "OFF"


def _own(output: MqttOutput, one: Appliance, drawn_w: Watts, max_w: float) -> Made:
    """A device of the owner's own: it understands the payloads of the configuration. Where it is
    to confirm, it says there what it was told."""
    confirm = output.confirm
    says: Callable[[], Says] = tuple
    if confirm is not None and confirm.topic:
        numbers = [(parse_path(confirm.json or ""), lambda: one.percent)]
        payload = payload_of(confirm.topic, numbers, lambda: 0.0)
        says = lambda: ((confirm.topic, payload()),)  # noqa: E731
    if output.sends == "on_off" and not output.payload:
        on = _placed(output, output.on_payload or "ON").encode()
        off = _placed(output, output.off_payload or "OFF").encode()
        return Made(output.topic, {on: Asked(FULL_PCT), off: Asked(0.0)}.get, says)
    template = _placed(output, output.payload or f"{{{output.sends}}}")
    off = _placed(output, output.off_payload).encode()
    full = max_w if output.sends == "watts" else FULL_PCT
    return Made(output.topic, partial(templated, template=template, off=off, full=full), says)


def _placed(output: MqttOutput, text: str) -> str:
    return text.replace("{device}", output.device).replace("{channel}", str(output.channel))


def templated(said: bytes, template: str, off: bytes, full: float) -> Asked | None:
    """``{"w": {watts}, "s": {off_after_s}}`` with ``{"w": 500, "s": 60}`` is 25 % of 2000 W for a
    minute. ``full``: the number that stands for all."""
    if off and said == off:
        return Asked(0.0)
    names = PLACE.findall(template)
    way = "(.*?)".join(re.escape(part) for part in PLACE.split(template)[::2])
    found = re.fullmatch(way, said.decode("utf-8", "replace"))
    if found is None:
        return None
    lasts_s, asked = math.inf, None
    for name, word in zip(names, found.groups(), strict=True):
        number = {"true": full, "false": 0.0}.get(word) if name == "on" else _number(word)
        if number is None:
            return None
        if name == "off_after_s":
            lasts_s = number
        elif 0.0 <= number <= full:
            asked = FULL_PCT * number / full
    return None if asked is None else Asked(asked, lasts_s)


def _number(word: str) -> float | None:
    try:
        number = float(word)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _json(said: dict[str, object]) -> bytes:
    return json.dumps(said).encode()


KNOWN: dict[str, Callable[[MqttOutput, Appliance, Watts, float], Made]] = {
    "vload": _vload,
    "scr": _scr,
    "domoticz": _domoticz,
    "shelly": _shelly,
    "shelly_gen1": _shelly_gen1,
    "tasmota": _tasmota,
    "zigbee2mqtt": _zigbee2mqtt,
}
