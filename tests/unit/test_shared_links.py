"""The connection that all parts share: made once, under a name of its own."""

from __future__ import annotations

import platform

import pytest

from pvopt.clock import SystemClock
from pvopt.config.load import load_text
from pvopt.errors import ConfigError
from pvopt.shared_links import Links, client_id
from tests.unit.config.samples import BASE


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
