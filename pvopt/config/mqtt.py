"""The ``mqtt`` section: the one broker that everything of pvopt shares."""

from __future__ import annotations

from typing import Annotated

from attrs import field, frozen

from pvopt.config.bounds import Port, Range
from pvopt.config.homeassistant import HomeAssistant
from pvopt.config.mqtt_topics import RequestTopic, StatusTopic

PLAIN_PORT, TLS_PORT = 1883, 8883


@frozen(kw_only=True)
class Mqtt:
    """``port`` None: 1883, with ``tls`` 8883. ``ca_file`` empty: the machine's own authorities.

    ``client_id`` empty: made of the home's and the machine's name. ``base_topic``: what all topics
    of our own begin with. ``homeassistant`` absent: it is told nothing.
    """

    host: str
    port: Port | None = None
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    tls: bool = False
    ca_file: str = ""
    client_id: str = ""
    keepalive_s: Annotated[int, Range(5, 120, "s")] = 15
    base_topic: str = "pvopt"
    requests: tuple[RequestTopic, ...] = ()
    status: tuple[StatusTopic, ...] = ()
    homeassistant: HomeAssistant | None = None

    @property
    def port_used(self) -> int:
        """The port that is really connected to."""
        if self.port is not None:
            return self.port
        return TLS_PORT if self.tls else PLAIN_PORT
