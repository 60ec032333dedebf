"""The part of build.py that wires who may ask by MQTT, and who is told.

One table each: parameter class -> what is made of it. Imported when one of them is configured.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from pvopt.clock import SystemClock
from pvopt.comfort_of import hygiene_of
from pvopt.config import mqtt_topics as kinds
from pvopt.config.mqtt import Mqtt
from pvopt.config.schema import Config
from pvopt.decide.memory import Ledger
from pvopt.links.mqtt import MqttLink
from pvopt.ports import Clock
from pvopt.settings_of import settings_of
from pvopt.show import status_forms
from pvopt.show.mqtt_status import (
    DomoticzForm,
    Form,
    JsonForm,
    MqttStatus,
    NumberForm,
    OwnForm,
    announce,
)
from pvopt.show.status_clouds import Clouds
from pvopt.sources import request_forms
from pvopt.sources.mqtt_requests import Ear, MqttRequests


def _own_ears(item: kinds.OwnRequests, config: Config, base: str) -> list[Ear]:
    ids = [load.id for load in config.loads]
    return [Ear(f"{base}/{one}/set", partial(request_forms.own, load=one)) for one in ids]


def _balancer_ears(item: kinds.BalancerRequests, config: Config, base: str) -> list[Ear]:
    return [Ear(item.topic, request_forms.balancer)]


def _linky_ears(item: kinds.LinkyRequests, config: Config, base: str) -> list[Ear]:
    read = partial(request_forms.linky, load=item.load)
    return [Ear(item.topic, read, until_full=True)]


def _own_form(item: kinds.OwnStatus, config: Config, base: str) -> Form:
    return OwnForm(base, item.every_s)


def _balancer_form(item: kinds.BalancerStatus, config: Config, base: str) -> Form:
    clouds = Clouds(settings_of(config).daylight)
    return JsonForm(item.topic, item.every_s, partial(status_forms.balancer, clouds=clouds))


def _linky_form(item: kinds.LinkyStatus, config: Config, base: str) -> Form:
    return JsonForm(item.topic, item.every_s, status_forms.linky)


def _domoticz_form(item: kinds.Domoticz, config: Config, base: str) -> Form:
    return DomoticzForm(item.topic, item.every_s, item.grid_idx, item.injection_idx)


def _net_power_form(item: kinds.NetPower, config: Config, base: str) -> Form:
    return NumberForm(item.topic, item.every_s, status_forms.net_power)


REQUESTS: dict[type, Callable[..., list[Ear]]] = {
    kinds.OwnRequests: _own_ears,
    kinds.BalancerRequests: _balancer_ears,
    kinds.LinkyRequests: _linky_ears,
}
STATUS: dict[type, Callable[..., Form]] = {
    kinds.OwnStatus: _own_form,
    kinds.BalancerStatus: _balancer_form,
    kinds.LinkyStatus: _linky_form,
    kinds.Domoticz: _domoticz_form,
    kinds.NetPower: _net_power_form,
}


def ears_of(section: Mqtt, config: Config) -> list[Ear]:
    """Every topic where somebody may ask."""
    ears: list[Ear] = []
    for item in section.requests:
        ears += REQUESTS[type(item)](item, config, section.base_topic)
    return ears


def requests_by_mqtt(section: Mqtt, config: Config, link: MqttLink) -> MqttRequests:
    """Not started yet. A request is a person's: its end is by the machine's clock."""
    return MqttRequests(
        ears_of(section, config),
        link,
        config.loads,
        Path(config.state.folder),
        config.site.timezone,
        SystemClock(),
        demo=config.demo is not None,
    )


def status_by_mqtt(
    section: Mqtt, config: Config, link: MqttLink, ledger: Callable[[], Ledger], clock: Clock
) -> MqttStatus:
    """A recorder. ``clock``: by which it tells every so many seconds."""
    forms = [STATUS[type(item)](item, config, section.base_topic) for item in section.status]
    timezone, hygiene = config.site.timezone, hygiene_of(config)
    return MqttStatus(link, forms, ledger, timezone, lambda: clock.now().mono_s, hygiene)


def available(section: Mqtt, link: MqttLink) -> None:
    """Say that we are there, and leave a will."""
    announce(link, section.base_topic)
