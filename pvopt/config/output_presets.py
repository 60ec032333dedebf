"""What well-known switches and regulators behind a broker want to hear.

Topics and payloads are the makers' own; ``{device}`` is what the owner gives as ``device``,
``{channel}`` as ``channel``:

- vload: a WiFi power variator that takes percent as text, kept by the broker (the loads of the
  Python solar balancer).
- scr: a regulator that takes percent of its knob, of a phase-angle law (the loads of the linky
  optimiser).
- domoticz: a switch of Domoticz by its number, https://wiki.domoticz.com/MQTT.
- shelly, second generation on, "RPC over MQTT" switched on: ``Switch.Set`` of
  https://shelly-api-docs.shelly.cloud/gen2/ComponentsAndServices/Switch; it switches off by
  itself ``toggle_after`` seconds later, unless it is told again.
- shelly_gen1: https://shelly-api-docs.shelly.cloud/gen1/ ("Shelly1: MQTT"), on and off.
- tasmota: https://tasmota.github.io/docs/MQTT/, ``channel`` 0 is a plug's only relay.
- zigbee2mqtt: https://www.zigbee2mqtt.io/guide/usage/mqtt_topics_and_messages.html; some devices
  know ``on_time``.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

Send = Literal["percent", "watts", "on_off"]
PLACES = ("device", "channel", "off_after_s")  # filled in once
NUMBERS: dict[str, tuple[str, ...]] = {  # filled in each time, by what is sent
    "percent": ("percent",),
    "watts": ("watts",),
    "on_off": ("on",),
}


class OutputPreset(NamedTuple):
    """What a preset says where the owner does not.

    ``on_timed``: the payload for on with a time after which the device switches off by itself;
    empty: it knows none. ``off_after_s`` 0: no such time unless the owner gives one.
    ``curve``: the law of what turns percent into watts. ``confirm``: where the device tells what
    it does, empty: nowhere; ``confirm_json``: the way to it.
    """

    send: Send
    topic: str
    payload: str = ""
    on: str = ""
    off: str = ""
    on_timed: str = ""
    off_after_s: float = 0.0
    retain: bool = False
    curve: Literal["linear", "phase_angle"] = "linear"
    confirm: str = ""
    confirm_json: str = ""


_RPC = '{"id": 1, "src": "pvopt", "method": "Switch.Set", "params": {"id": {channel}, '
_DOMOTICZ = '{"command": "switchlight", "idx": {device}, "switchcmd": "'
PRESETS: dict[str, OutputPreset] = {
    "vload": OutputPreset(
        "percent", "regul/vload/{device}/cmd", "{percent}", retain=True, curve="phase_angle"
    ),
    "scr": OutputPreset("percent", "scr/{device}/in", "{percent}", curve="phase_angle"),
    # One topic for every switch: kept, a message would be the last of all of them.
    "domoticz": OutputPreset(
        "on_off", "domoticz/in", on=_DOMOTICZ + 'On" }', off=_DOMOTICZ + 'Off" }'
    ),
    "shelly": OutputPreset(
        "on_off",
        "{device}/rpc",
        on=_RPC + '"on": true}}',
        off=_RPC + '"on": false}}',
        on_timed=_RPC + '"on": true, "toggle_after": {off_after_s}}}',
        off_after_s=180.0,
        confirm="{device}/status/switch:{channel}",
        confirm_json="output",
    ),
    "shelly_gen1": OutputPreset(
        "on_off",
        "shellies/{device}/relay/{channel}/command",
        on="on",
        off="off",
        confirm="shellies/{device}/relay/{channel}",
    ),
    "tasmota": OutputPreset(
        "on_off",
        "cmnd/{device}/POWER{channel}",
        on="ON",
        off="OFF",
        confirm="stat/{device}/POWER{channel}",
    ),
    "zigbee2mqtt": OutputPreset(
        "on_off",
        "zigbee2mqtt/{device}/set",
        on='{"state": "ON"}',
        off='{"state": "OFF"}',
        on_timed='{"state": "ON", "on_time": {off_after_s}}',
        confirm="zigbee2mqtt/{device}",
        confirm_json="state",
    ),
}
