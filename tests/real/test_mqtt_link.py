"""The connection against a real Mosquitto: passwords, TLS, and every way to lose it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pvopt.clock import SystemClock
from pvopt.config.load import load_text
from pvopt.config.mqtt import Mqtt
from pvopt.errors import ConfigError
from pvopt.links.mqtt import MOST_PACKET, MqttLink
from pvopt.links.mqtt_cells import MOST_BYTES
from pvopt.shared_links import END_S, Links
from tests.mosquitto import (
    Mosquitto,
    certificates,
    client,
    free_port,
    passwords,
    program,
    say,
    tls,
)
from tests.processes import until
from tests.unit.config.samples import BASE

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(program() is None, reason="mosquitto is not installed"),
]
AT_ONCE_S = 0.05  # five times what takes 10 ms on a busy machine


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    with Mosquitto(tmp_path) as running:
        yield running


@pytest.fixture
def links() -> Iterator[list[MqttLink]]:
    made: list[MqttLink] = []
    yield made
    for one in made:
        one.close()


def linked(links: list[MqttLink], port: int, **more: object) -> MqttLink:
    config = Mqtt(host="127.0.0.1", port=port, client_id="pvopt-test", **more)  # type: ignore[arg-type]
    links.append(MqttLink(config, time.monotonic))
    return links[-1]


def test_the_latest_message_of_a_topic_with_its_time(
    broker: Mosquitto, links: list[MqttLink]
) -> None:
    link = linked(links, broker.port)
    cell, many = link.cell("a/b"), link.cell("a/+")
    assert cell is link.cell("a/b")
    link.start()
    assert until(lambda: link.connected)
    assert link.fault == ""
    before_s = time.monotonic()
    with client(broker.port) as other:
        for payload in ("1", "2"):
            say(other, "a/b", payload)
        say(other, "a/c", "3")
        say(other, "b/b", "not for us")
        assert until(lambda: len(many.topics()) == 2)
    message = cell.latest()
    assert message is not None
    assert (message.topic, message.payload, message.retained) == ("a/b", b"2", False)
    assert before_s <= message.at_s <= time.monotonic()
    assert cell.live() == message == many.latest("a/b")
    newest = many.latest()
    assert newest is not None
    assert newest.topic == "a/c"


def test_a_cell_that_is_asked_for_later_hears_too(broker: Mosquitto, links: list[MqttLink]) -> None:
    link = linked(links, broker.port)
    link.start()
    assert until(lambda: link.connected)
    cell = link.cell("late")
    with client(broker.port) as other:
        assert until(lambda: other.publish("late", "x").rc == 0 and cell.latest() is not None)


def test_what_the_broker_kept_is_told_from_what_is_new(
    broker: Mosquitto, links: list[MqttLink]
) -> None:
    with client(broker.port) as other:
        say(other, "kept", "old", retain=True)
        link = linked(links, broker.port)
        cell = link.cell("kept")
        link.start()
        assert until(lambda: cell.latest() is not None)
        assert cell.live() is None
        kept = cell.latest()
        assert kept is not None
        assert kept.retained
        say(other, "kept", "new", retain=True)
        assert until(lambda: cell.live() is not None)
        live = cell.live()
        assert live is not None
        assert (live.payload, live.retained) == (b"new", False)


def test_too_large_payloads_are_dropped_and_counted(
    broker: Mosquitto, links: list[MqttLink]
) -> None:
    link = linked(links, broker.port)
    cell = link.cell("big")
    link.start()
    assert until(lambda: link.connected)
    with client(broker.port) as other:
        say(other, "big", b"x" * MOST_BYTES)
        say(other, "big", b"y" * (MOST_BYTES + 1))
        assert until(lambda: cell.dropped == 1)
    message = cell.latest()
    assert message is not None
    assert message.payload[:1] == b"x"


def test_a_huge_message_is_not_read(
    broker: Mosquitto,
    links: list[MqttLink],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    link = linked(links, broker.port)
    cell, seen = link.cell("big"), []
    link.on_connect.append(lambda: seen.append(link.connected))
    link.start()
    assert until(lambda: seen == [True])
    read = [0]
    received = link._client._sock_recv

    def counted(bufsize: int) -> bytes:
        found = received(bufsize)
        read[0] += len(found)
        return found

    monkeypatch.setattr(link._client, "_sock_recv", counted)
    with client(broker.port) as other:
        say(other, "big", b"x" * (20 * MOST_PACKET))
        assert until(lambda: len(seen) == 2), "the connection is made anew"
        assert read[0] < MOST_PACKET
        assert "sends a message of more than 128 kB" in caplog.text
        assert cell.latest() is None
        assert until(lambda: other.publish("big", "5").rc == 0 and cell.latest() is not None)
    assert link.fault == ""


def test_a_broker_that_comes_later_goes_and_comes_back(
    tmp_path: Path, links: list[MqttLink]
) -> None:
    broker = Mosquitto(tmp_path)
    link = linked(links, broker.port)
    said: list[bool] = []
    link.on_connect.append(lambda: said.append(link.publish("pvopt/status", "online", True)))
    cell = link.cell("a")
    started = time.monotonic()
    link.start()
    assert time.monotonic() - started < AT_ONCE_S
    assert until(lambda: "nobody listens" in link.fault)
    assert not link.publish("a", "lost")
    assert link.publish("kept", "until then", qos=1)
    for _ in range(2):
        with broker:
            assert until(lambda: link.connected)
            with client(broker.port) as other:
                heard = len(cell.topics()) and cell.latest()
                say(other, "a", "word")
                assert until(lambda h=heard: cell.latest() is not h)  # type: ignore[misc]
        assert until(lambda: not link.connected)
        assert "closed the connection" in link.fault or "nobody listens" in link.fault
    assert said == [True, True]


def test_a_will_is_said_when_we_vanish_and_when_we_leave(
    broker: Mosquitto, links: list[MqttLink]
) -> None:
    ends: list[bytes] = []
    with client(broker.port) as other:
        other.on_message = lambda c, d, message: ends.append(bytes(message.payload))
        other.subscribe("pvopt/status")
        link = linked(links, broker.port)
        link.will("pvopt/status", "offline")
        link.on_connect.append(lambda: link.publish("pvopt/status", "online", True))
        link.start()
        assert until(lambda: ends == [b"online"])
        link.close()
        link.close()
        assert until(lambda: ends == [b"online", b"offline"])
    link.start()
    assert not link.connected


def test_a_broker_that_hangs_is_noticed_and_costs_no_time(
    broker: Mosquitto, links: list[MqttLink]
) -> None:
    link = linked(links, broker.port, keepalive_s=1)
    link.start()
    assert until(lambda: link.connected)
    broker.freeze()
    started = time.monotonic()
    sent = [link.publish("a", b"x" * 60_000) for _ in range(400)]
    assert time.monotonic() - started < 400 * AT_ONCE_S
    assert not all(sent), "what waits for the wire is bounded"
    assert until(lambda: not link.connected)
    started = time.monotonic()
    assert not link.publish("a", "x")
    assert time.monotonic() - started < AT_ONCE_S
    broker.thaw()
    assert until(lambda: link.connected, 60)


def test_closing_waits_for_no_broker_that_hangs(broker: Mosquitto, links: list[MqttLink]) -> None:
    link = linked(links, broker.port)
    link.will("pvopt/status", "offline")
    link.start()
    assert until(lambda: link.connected)
    broker.freeze()
    started = time.monotonic()
    link.close()
    assert time.monotonic() - started < 10.0
    broker.thaw()


def test_many_connections_that_hang_end_within_the_time_of_one(broker: Mosquitto) -> None:
    text = BASE + f"mqtt: {{host: 127.0.0.1, port: {broker.port}}}\n"
    links = Links(load_text(text, "c.yaml", {}), SystemClock())
    alone = links.mqtt()
    wills = [links.will(f"load{number}") for number in range(40)]
    for will in wills:
        will.will("pvopt/off", "off")
    links.start()
    assert until(lambda: alone.connected and all(will.connected for will in wills), 30)
    broker.freeze()
    started = time.monotonic()
    links.close()
    assert time.monotonic() - started < 5 * END_S, "40 of 0.2 s each would be more"
    broker.thaw()


def test_user_and_password(tmp_path: Path, links: list[MqttLink]) -> None:
    with Mosquitto(tmp_path, *passwords(tmp_path, "pvopt", "sesame")) as broker:
        link = linked(links, broker.port, user="pvopt", password="wrong-one")
        link.start()
        assert until(lambda: "refuses user or password" in link.fault)
        assert "wrong-one" not in link.fault
        assert not link.connected
        link.close()
        right = linked(links, broker.port, user="pvopt", password="sesame")
        right.start()
        assert until(lambda: right.connected)


def test_tls(tmp_path: Path, links: list[MqttLink]) -> None:
    certificates(tmp_path, "IP:127.0.0.1")
    with Mosquitto(tmp_path, *tls(tmp_path)) as broker:
        link = linked(links, broker.port, tls=True, ca_file=str(tmp_path / "ca.crt"))
        link.start()
        assert until(lambda: link.connected)
        cell = link.cell("safe")
        assert until(lambda: link.publish("safe", "x") and cell.latest() is not None)
        stranger = linked(links, broker.port, tls=True)
        stranger.start()
        assert until(lambda: "is not trusted" in stranger.fault)
        plain = linked(links, broker.port)
        plain.start()
        assert until(lambda: "does it want TLS" in plain.fault)
        assert not stranger.connected
        assert not plain.connected


def test_a_certificate_for_another_name_is_not_trusted(
    tmp_path: Path, links: list[MqttLink]
) -> None:
    certificates(tmp_path, "DNS:other.example")
    with Mosquitto(tmp_path, *tls(tmp_path)) as broker:
        link = linked(links, broker.port, tls=True, ca_file=str(tmp_path / "ca.crt"))
        link.start()
        assert until(lambda: "is not trusted" in link.fault)
        assert not link.connected


def test_tls_towards_a_broker_without(broker: Mosquitto, links: list[MqttLink]) -> None:
    link = linked(links, broker.port, tls=True)
    link.start()
    assert until(lambda: link.fault != "" and "yet" not in link.fault)
    assert not link.connected


def test_a_file_of_authorities_that_is_none(tmp_path: Path) -> None:
    for name in ("missing", "empty"):
        (tmp_path / "empty").write_text("no certificate")
        config = Mqtt(host="x", tls=True, ca_file=str(tmp_path / name))
        with pytest.raises(ConfigError, match=r"mqtt\.ca_file"):
            MqttLink(config, time.monotonic)


def test_a_name_that_is_not_known(links: list[MqttLink]) -> None:
    config = Mqtt(host="no-such-host.invalid", port=free_port())
    links.append(MqttLink(config, time.monotonic))
    links[-1].start()
    assert until(lambda: "is not known" in links[-1].fault, 30)
    threads = [one for one in threading.enumerate() if "paho" in one.name]
    assert threads, "it goes on trying"


def test_a_hook_that_fails_costs_nothing(broker: Mosquitto, links: list[MqttLink]) -> None:
    link = linked(links, broker.port)
    ran: list[int] = []
    link.on_connect += [lambda: 1 / 0, lambda: ran.append(1)]
    cell = link.cell("a")
    link.start()
    assert until(lambda: ran == [1])
    assert until(lambda: link.publish("a", "x") and cell.latest() is not None)


def test_of_a_wide_cell_only_what_is_asked_for_comes(
    broker: Mosquitto, links: list[MqttLink]
) -> None:
    """Before the connection and after it, and again after the broker's restart."""
    link = linked(links, broker.port)
    early = link.cell("a/#", ("a/one", "a/+/two"))
    link.start()
    assert until(lambda: link.connected)
    late = link.cell("b/#", ("b/one",))
    for _ in range(2):
        with client(broker.port) as other:
            heard = link.flood.heard
            assert until(lambda: other.publish("b/one", "1").rc == 0 and link.flood.heard > heard)  # noqa: B023
            for topic in ("a/zero", "a/one", "a/x/two", "b/zero"):
                say(other, topic, topic)
            assert until(lambda: len(early.topics()) == 2)
        assert set(early.topics()) == {"a/one", "a/x/two"}
        assert late.topics() == ("b/one",)
        broker.kill()
        assert until(lambda: not link.connected)
        broker.start()
        assert until(lambda: link.connected)


def test_two_of_one_name_are_told_what_may_be_wrong(
    broker: Mosquitto, links: list[MqttLink], caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(2):
        linked(links, broker.port).start()
    assert until(lambda: "another client may have the same client_id, pvopt-test" in caplog.text)
