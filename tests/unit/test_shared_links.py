"""The connection that all parts share: made once, under a name of its own."""

from __future__ import annotations

import platform

import pytest

from pvopt.clock import SystemClock
from pvopt.config.load import load_text
from pvopt.config.sources import GxMqtt
from pvopt.errors import ConfigError
from pvopt.shared_links import Links, client_id
from tests.unit.config.samples import BASE, GX, edited


def test_without_a_section_there_is_none() -> None:
    links = Links(load_text(BASE, "c.yaml", {}), SystemClock())
    links.start()
    links.close()
    with pytest.raises(ConfigError, match="mqtt: is missing"):
        links.mqtt()


def test_everybody_gets_the_same_and_it_waits_for_the_start() -> None:
    links = Links(load_text(BASE + "mqtt: {host: 127.0.0.1, port: 1}\n", "c", {}), SystemClock())
    link = links.mqtt()
    assert link is links.mqtt()
    assert "not connected to 127.0.0.1:1 yet" in link.fault
    links.close()
    links.close()


def test_each_gx_has_a_connection_of_its_own_on_which_little_can_be_said() -> None:
    text = edited(GX, "  - {kind: gx_mqtt, host: 127.0.0.1, port: 1, password: sesame}\n")
    links = Links(load_text(text, "c", {}), SystemClock(), "check-7")
    source = GxMqtt(host="127.0.0.1", port=1, name="gx", password="sesame")
    link, other = links.gx(source), links.gx(source)
    assert link is not other
    assert link._config.user == "pvopt"
    assert link._config.client_id.endswith("-gx-check-7")
    for topic in ("W/c0619ab7e520/hub4/0/AcPowerSetpoint", "N/c0619ab7e520/x", "R/+/keepalive"):
        with pytest.raises(ValueError, match="is only read"):
            link.publish(topic, "{}")
        with pytest.raises(ValueError, match="is only read"):
            link.will(topic, "{}")
    assert not link.publish("R/c0619ab7e520/keepalive", "")  # not connected
    assert link.flood.most_a_second == 1000
    links.start()
    links.close()


def test_a_gx_without_a_password_is_told_no_user() -> None:
    links = Links(load_text(BASE, "c", {}), SystemClock())
    link = links.gx(GxMqtt(host="127.0.0.1", tls=True))
    assert (link._config.user, link._config.password, link.broker) == ("", "", "127.0.0.1:8883")
    with pytest.raises(ConfigError, match=r"^sources\[mine\]\.ca_file: none.pem is no file"):
        links.gx(GxMqtt(name="mine", host="127.0.0.1", tls=True, ca_file="none.pem"))


@pytest.mark.parametrize(
    ("given", "site", "role", "name"),
    [
        ("mine", "home", "", "mine"),
        ("mine", "home", "check-7", "mine-check-7"),
        ("", "home", "", "pvopt-home-pi"),
        ("", "Haus am See", "", "pvopt-Haus_am_See-pi"),
        ("", "x" * 80, "", "pvopt-" + "x" * 58),
    ],
)
def test_our_name_at_the_broker(
    given: str, site: str, role: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platform, "node", lambda: "pi")
    assert client_id(given, site, role) == name
    assert client_id(given, site, role, "pvopt") == name


def test_two_homes_of_one_machine_have_two_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "node", lambda: "pi")
    assert client_id("", "home", "", "garage/pv") == "pvopt-garage_pv-home-pi"
    assert client_id("mine", "home", "", "garage/pv") == "mine"
