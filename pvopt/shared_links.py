"""The connections that several parts of a wired loop share."""

from __future__ import annotations

import platform
import re
import zlib
from typing import TYPE_CHECKING

import attrs

from pvopt.clock import Deadline
from pvopt.config.mqtt import Mqtt
from pvopt.config.schema import Config
from pvopt.config.sources import GxMqtt
from pvopt.errors import ConfigError
from pvopt.ports import Clock

if TYPE_CHECKING:
    from pvopt.links.mqtt import MqttLink
    from pvopt.links.mqtt_will import WillLink


# A GX that is asked for all tells us some two hundred numbers at once, a large one four hundred,
# and again when somebody else asks. How old they are its heartbeat shows.
MOST_OF_GX_A_SECOND = 1000
# The only thing that may be said to a GX: go on telling. Never one of its requests to write.
KEEPALIVE = re.compile(r"R/[A-Za-z0-9]{1,32}/keepalive", re.ASCII)
GX_END_S = 0.5  # nothing of ours waits to be said there
END_S = 1.5  # for all together; a stop may take 3 s, and pins and pages end in it, too
ANY_USER = "pvopt"  # a GX looks at the password alone


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
        self._gx: list[MqttLink] = []
        self._wills: list[WillLink] = []

    def mqtt(self) -> MqttLink:
        """The connection to the broker. ConfigError where the configuration names none."""
        if self._mqtt is None:
            from pvopt.links.mqtt import MqttLink  # noqa: PLC0415 (only when configured)

            section = self._config.mqtt
            if section is None:
                raise ConfigError("mqtt: is missing; add the section with the broker's `host`")
            name = client_id(
                section.client_id, self._config.site.name, self._role, section.base_topic
            )
            section = attrs.evolve(section, client_id=name)
            self._mqtt = MqttLink(section, lambda: self._clock.now().mono_s)
        return self._mqtt

    def gx(self, source: GxMqtt) -> MqttLink:
        """A connection of its own to the broker in a GX. It can ask to be told, and no more."""
        from pvopt.links.mqtt import MqttLink  # noqa: PLC0415

        made = MqttLink(
            Mqtt(
                host=source.host,
                port=source.port,
                user=source.user or (ANY_USER if source.password else ""),
                password=source.password,
                tls=source.tls,
                ca_file=source.ca_file,
                client_id=client_id(
                    "",
                    self._config.site.name,
                    "-".join(filter(None, (source.name, self._role))),
                    "" if self._config.mqtt is None else self._config.mqtt.base_topic,
                ),
            ),
            lambda: self._clock.now().mono_s,
            section=f"sources[{source.name}]",
            most_a_second=MOST_OF_GX_A_SECOND,
            may_say=KEEPALIVE.fullmatch,
        )
        made.end_s = GX_END_S
        self._gx.append(made)
        return made

    def will(self, load: str) -> WillLink:
        """A connection of its own that leaves a last will for one load."""
        from pvopt.links.mqtt_will import WillLink  # noqa: PLC0415

        beside, section = self.mqtt(), self._config.mqtt
        assert section is not None
        role = "-".join(filter(None, ("will", self._role, load)))
        name = client_id(section.client_id, self._config.site.name, role, section.base_topic)
        # Two of one name would drive each other out, and a long one is cut at its end.
        whole = f"{section.base_topic} {self._config.site.name} {platform.node()} {role}".encode()
        name = f"{name[:55]}-{zlib.crc32(whole):08x}"
        section = attrs.evolve(section, client_id=name)
        self._wills.append(WillLink(section, lambda: self._clock.now().mono_s, beside, load))
        return self._wills[-1]

    def start(self) -> None:
        for link in self._all():
            link.start()

    def close(self) -> None:
        """All of them together within ``END_S``, however many hang; no thread keeps us longer."""
        end = Deadline(END_S)
        for link in self._all():
            link.end_s = min(link.end_s, max(0.0, end.left_s()))
            link.close()

    def _all(self) -> tuple[MqttLink, ...]:
        """Wills first: they look at the connection beside them when they end."""
        shared = () if self._mqtt is None else (self._mqtt,)
        return (*self._wills, *self._gx, *shared)


def client_id(given: str, site: str, role: str = "", base: str = "") -> str:
    """Our name at the broker: it stays the same, and no two machines share it, nor two homes of
    one machine with topics of their own. ``base``: what all our topics begin with."""
    own = "" if base == "pvopt" else base
    parts = [given] if given else ["pvopt", own, site, platform.node()]
    plain = "-".join(part for part in (*parts, role) if part)
    return re.sub(r"[^A-Za-z0-9_.-]+", "_", plain)[:64]
