"""The connection where no broker is: words, bounds, and that nobody waits."""

from __future__ import annotations

import logging
import re
import socket
import ssl
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pvopt.config.mqtt import Mqtt
from pvopt.errors import ConfigError
from pvopt.links.mqtt import MOST_WAITING, MqttLink
from pvopt.links.mqtt_words import words_of
from tests.processes import until

AT_ONCE_S = 0.5


@pytest.fixture
def closed_port() -> Iterator[int]:
    """Taken, but nobody listens there."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


@pytest.fixture
def link(closed_port: int) -> Iterator[MqttLink]:
    made = MqttLink(Mqtt(host="127.0.0.1", port=closed_port, password="sesame"), time.monotonic)
    yield made
    made.close()


def refused(words: str, reason: str) -> ssl.SSLCertVerificationError:
    fault = ssl.SSLCertVerificationError(1, words)
    fault.verify_message = reason
    return fault


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (ConnectionRefusedError(111, "x"), "nobody listens at b:1: is the broker running"),
        (socket.gaierror(-2, "x"), "the name of the broker b:1 is not known"),
        (UnicodeError("label too long"), "the name of the broker b:1 is not known"),
        (TimeoutError(), "no answer from b:1"),
        (refused("x", "self-signed"), "the certificate of b:1 is not trusted: self-signed"),
        (ssl.SSLError(1, "x"), "b:1 does not speak TLS as we do (no reason given)"),
        (OSError(113, "No route to host"), "no connection to b:1: no route to host"),
        (OSError("secret"), "no connection to b:1 (OSError)"),
    ],
)
def test_words(fault: Exception, words: str) -> None:
    assert words_of(fault, "b:1").startswith(words)


def test_before_the_start_nothing_is_said_and_nothing_waits(link: MqttLink) -> None:
    assert not link.connected
    assert "yet" in link.fault
    assert not link.publish("a", "x")
    link.close()
    link.close()
    link.start()
    assert "yet" in link.fault


def test_a_port_where_nobody_listens(link: MqttLink, caplog: pytest.LogCaptureFixture) -> None:
    started_s = time.monotonic()
    with caplog.at_level(logging.INFO):
        link.start()
        link.start()
        assert time.monotonic() - started_s < AT_ONCE_S
        assert until(lambda: "nobody listens" in link.fault)
        assert until(lambda: len(caplog.records) == 1)
        link._lost(link.fault)
        link._lost("another fault")
        link._lost("the broker x closed the connection")
        link._lost("another fault")  # told a moment ago
    assert [record.levelname for record in caplog.records] == ["WARNING"] * 3
    assert "sesame" not in caplog.text


def test_what_waits_for_a_connection_is_bounded(link: MqttLink) -> None:
    link.start()
    started_s = time.monotonic()
    taken = [link.publish("a", str(n), qos=1) for n in range(MOST_WAITING + 20)]
    assert taken == [True] * MOST_WAITING + [False] * 20
    assert not any(link.publish("a", "x") for _ in range(20))
    assert time.monotonic() - started_s < AT_ONCE_S


@pytest.mark.parametrize("topic", ["", "a/+", "a/#"])
def test_a_topic_that_cannot_be_is_dropped(link: MqttLink, topic: str) -> None:
    assert not link.publish(topic, "x", qos=1)


def test_cells_are_shared(link: MqttLink) -> None:
    assert link.cell("a") is link.cell("a")
    assert link.cell("a/+") is not link.cell("a")


def test_where_little_may_be_said_nothing_else_leaves(closed_port: int) -> None:
    broker = Mqtt(host="127.0.0.1", port=closed_port)
    link = MqttLink(broker, time.monotonic, may_say=re.compile("R/[^/]+/keepalive").fullmatch)
    for topic in ("W/c0619ab7e520/hub4/0/AcPowerSetpoint", "R/c0619ab7e520/keepalive/W", "a"):
        with pytest.raises(ValueError, match="is only read"):
            link.publish(topic, "x", qos=1)
        with pytest.raises(ValueError, match="is only read"):
            link.will(topic, "x")
    assert link.publish("R/c0619ab7e520/keepalive", "", qos=1)
    link.close()


def test_whose_file_of_certificates_is_missing_is_said(tmp_path: Path) -> None:
    broker = Mqtt(host="127.0.0.1", tls=True, ca_file=str(tmp_path / "none.pem"))
    with pytest.raises(ConfigError, match=r"^sources\[gx\]\.ca_file: .* is no file of trusted"):
        MqttLink(broker, time.monotonic, section="sources[gx]")
