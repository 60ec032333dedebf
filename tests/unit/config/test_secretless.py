"""Commands that need no secret read a configuration whose secrets are not in the environment."""

from __future__ import annotations

from pathlib import Path

import pytest

from pvopt.commands.cli import main
from pvopt.config.faults import InvalidConfigError
from pvopt.config.load import load_text

TEXT = """\
version: 1
site: {latitude: 50, longitude: 14}
sources:
  - {kind: gx_modbus, host: 192.168.1.20}
loads:
  - id: boiler
    max_w: 2000
    output: {relay: {pin: 17}, knob: {kind: servo, pin: 18}}
gpio: {factory: mock}
mqtt: {host: 127.0.0.1, user: "${MQTT_USER}", password: "${MQTT_PASSWORD}"}
page:
  host: 0.0.0.0
  password_hash: ${PAGE_HASH}
  read_only_token: ${LOOK_TOKEN}
  metrics: true
  metrics_token: ${METRICS_TOKEN}
webhooks:
  - {kind: json, url: "${HOOK_URL}", headers: ["X-Secret: ${HOOK_SECRET}"]}
"""


def test_a_secret_that_is_not_set_is_not_demanded() -> None:
    with pytest.raises(InvalidConfigError) as refused:
        load_text(TEXT, "home.yaml", {})
    assert "PAGE_HASH is not set" in str(refused.value)
    config = load_text(TEXT, "home.yaml", {}, secrets=False)
    assert [load.id for load in config.loads] == ["boiler"]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ('host: "${GX_HOST}"', "GX_HOST is not set"),  # no secret
        ("host: 192.168.1.20, pasword: 1", "unknown key"),
    ],
)
def test_all_else_is_as_strict_as_ever(wrong: str, told: str) -> None:
    with pytest.raises(InvalidConfigError) as refused:
        load_text(TEXT.replace("host: 192.168.1.20", wrong), "home.yaml", {}, secrets=False)
    assert told in str(refused.value)
    assert "PAGE_HASH" not in str(refused.value)


def test_a_name_that_is_none_is_still_a_fault() -> None:
    text = TEXT.replace("${PAGE_HASH}", "${page hash}")
    with pytest.raises(InvalidConfigError, match="begins a name"):
        load_text(text, "home.yaml", {}, secrets=False)


def test_a_secret_that_is_set_is_checked() -> None:
    with pytest.raises(InvalidConfigError, match=r"page\.password_hash"):
        load_text(TEXT, "home.yaml", {"PAGE_HASH": "hunter2"}, secrets=False)


def test_a_request_needs_no_password_of_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PAGE_HASH", raising=False)
    path = tmp_path / "home.yaml"
    path.write_text(f"{TEXT}state: {{folder: '{tmp_path / 'state'}'}}\n", encoding="utf-8")
    assert main(["request", "boiler", "boost", "--config", str(path)]) == 0
    assert list((tmp_path / "state" / "inbox").iterdir())
