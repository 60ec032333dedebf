"""The part of build.py that wires who may ask by MQTT, and who is told.

One table each: parameter class -> what is made of it. Imported when one of them is configured.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from pvopt.clock import SystemClock
from pvopt.comfort_of import hygiene_of
from pvopt.config import mqtt_topics as kinds
from pvopt.config.mqtt import Mqtt
from pvopt.config.schema import Config
from pvopt.links.mqtt import MqttLink
from pvopt.loop import Loop
from pvopt.ports import Clock, Recorder
from pvopt.score.keeper import ScoreKeeper
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

if TYPE_CHECKING:
    from pvopt.show.ha_device import Told
    from pvopt.show.homeassistant import Announcer

ANNOUNCED = "homeassistant.json"  # what Home Assistant was told of


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
    section: Mqtt,
    config: Config,
    link: MqttLink,
    loop: Callable[[], Loop],
    clock: Clock,
    saved_s: Callable[[], float] | None = None,
    score: ScoreKeeper | None = None,
) -> MqttStatus:
    """A recorder. ``clock``: by which it tells every so many seconds."""
    forms = [STATUS[type(item)](item, config, section.base_topic) for item in told_by(section)]
    timezone, hygiene = config.site.timezone, hygiene_of(config)
    return MqttStatus(
        link,
        forms,
        lambda: loop().memory.ledger,
        timezone,
        lambda: clock.now().mono_s,
        hygiene,
        lambda: loop().counts.late,
        saved_s,
        score,
    )


def told_by(section: Mqtt) -> tuple[kinds.StatusTopic, ...]:
    """Who is told. Home Assistant reads our own status, whether it is asked for or not."""
    found = section.homeassistant
    if found is None or not found.enabled or _own(section) is not None:
        return section.status
    return (*section.status, kinds.OwnStatus())


def _own(section: Mqtt) -> kinds.OwnStatus | None:
    return next((one for one in section.status if isinstance(one, kinds.OwnStatus)), None)


def announced(section: Mqtt, config: Config) -> Told | None:
    """What Home Assistant is told of; None: nothing. It may ask where our own topics are heard."""
    found = section.homeassistant
    if found is None or not found.enabled:
        return None
    from pvopt.show.ha_device import Told  # noqa: PLC0415 (only when configured)

    return Told(
        section.base_topic,
        found.prefix,
        found.name or config.site.name,
        (_own(section) or kinds.OwnStatus()).every_s,
        any(isinstance(one, kinds.OwnRequests) for one in section.requests),
        config.loads,
        tuple(one.id for one in config.storages),
        tuple(one.name for one in config.sources),
    )


@dataclass
class ByMqtt:
    """Who may ask and who is told. ``recorders`` belong among the loop's."""

    requests: MqttRequests | None = None
    announcer: Announcer | None = None
    recorders: tuple[Recorder, ...] = ()

    def start(self) -> None:
        for part in (self.requests, self.announcer):
            if part is not None:
                part.start()

    def close(self) -> None:
        for part in (self.announcer, self.requests):
            if part is not None:
                part.close()


def wire(
    config: Config,
    connect: Callable[[], MqttLink],
    loop: Callable[[], Loop],
    clock: Clock,
    saved_s: Callable[[], float] | None = None,
    taken: bool = False,
    score: ScoreKeeper | None = None,
) -> ByMqtt:
    """Not started yet. ``connect`` gives the connection, ``loop`` the loop; ``taken``: requests
    are, and the state folder is ours: only then anybody may ask, and anything is announced;
    ``saved_s``: as ``KeptEnergies`` has it."""
    section, made = config.mqtt, ByMqtt()
    if section is None:
        return made
    folder, told, telling = Path(config.state.folder), announced(section, config), told_by(section)
    unsaid = taken and (told is not None or (folder / ANNOUNCED).exists())
    if not (section.requests or telling or unsaid):
        return made
    link = connect()
    if section.requests or telling:
        announce(link, section.base_topic)
    if section.requests and taken:
        made.requests = requests_by_mqtt(section, config, link)
    again: Callable[[], object] = _nothing
    if telling:
        status = status_by_mqtt(section, config, link, loop, clock, saved_s, score)
        made.recorders, again = (status,), status.again
    if unsaid:
        from pvopt.show.homeassistant import Announcer  # noqa: PLC0415 (only when configured)

        made.announcer = Announcer(told, link, folder / ANNOUNCED, SystemClock(), again)
    return made


def _nothing() -> None:
    """Nobody is told, so nobody is told again."""
