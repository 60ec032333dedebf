"""The connections that several parts of a wired loop share."""

from __future__ import annotations

import platform
import re
from typing import TYPE_CHECKING

import attrs

from pvopt.config.schema import Config
from pvopt.errors import ConfigError
from pvopt.ports import Clock

if TYPE_CHECKING:
    from pvopt.links.mqtt import MqttLink


class Links:
    """The connections that several parts share, made when the first part asks.

    ``role``: who else connects beside the main job (`check`), so that a broker takes neither for
    the other. Connect with ``start()`` when everything is wired.
    """

    def __init__(self, config: Config, clock: Clock, role: str = "") -> None:
        self._config = config
        self._clock = clock
        self._role = role
        self._mqtt: MqttLink | None = None

    def mqtt(self) -> MqttLink:
        """The connection to the broker. ConfigError where the configuration names none."""
        if self._mqtt is None:
            from pvopt.links.mqtt import MqttLink  # noqa: PLC0415 (only when configured)

            section = self._config.mqtt
            if section is None:
                raise ConfigError("mqtt: is missing; add the section with the broker's `host`")
            name = client_id(section.client_id, self._config.site.name, self._role)
            section = attrs.evolve(section, client_id=name)
            self._mqtt = MqttLink(section, lambda: self._clock.now().mono_s)
        return self._mqtt

    def start(self) -> None:
        if self._mqtt is not None:
            self._mqtt.start()

    def close(self) -> None:
        if self._mqtt is not None:
            self._mqtt.close()


def client_id(given: str, site: str, role: str = "") -> str:
    """Our name at the broker: it stays the same, and no two machines share it."""
    parts = [given] if given else ["pvopt", site, platform.node()]
    plain = "-".join(part for part in (*parts, role) if part)
    return re.sub(r"[^A-Za-z0-9_.-]+", "_", plain)[:64]
