"""``migrate`` of the B2500 load distributor's .env: what lives on, what is left, what is secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from pvopt.config.from_distributor import is_distributor, names_in
from pvopt.config.load import load, load_text
from pvopt.config.schema import Config
from pvopt.config.storage_wire import wire_of
from tests.unit.commands.test_migrate import migrate

ROOT = Path(__file__).parents[3]
ENV = """
# MQTT Configuration
MQTT_BROKER=192.168.1.5
MQTT_PORT=1884
MQTT_USERNAME=me
MQTT_PASSWORD="hidden # not a comment"

SOURCE_TOPIC=sma
OUTPUT_TOPIC=sma/net_power
STORAGE1_OUTPUT_TOPIC=sma/net_power/1
STORAGE2_OUTPUT_TOPIC=cellar/net
STORAGE1_BATTERY_TOPIC=b2500/1/battery/remaining_percent
STORAGE2_BATTERY_TOPIC=b2500/2/battery/remaining_percent
STORAGE1_POWER_TOPIC=b2500/1/power/power
STORAGE2_POWER_TOPIC=b2500/7/power/power
STORAGE1_CONNECTED_TOPIC=b2500/1/smartmeter/connected
STORAGE2_CONNECTED_TOPIC=b2500/2/smartmeter/connected

MIN_POWER=50   # W
export MAX_POWER=600
MAX_POWER_BOOST=150
DEFAULT_BATTERY_PERCENT=70.0
DEFAULT_POWER_OUTPUT=100.0
REBALANCE_THRESHOLD=4
REBALANCE_RATE=1.5
MIN_PUBLISH_CHANGE=5
LOG_LEVEL=DEBUG
COLOUR=blue
"""


def migrated(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> tuple[Config, str, str]:
    old = tmp_path / ".env"
    old.write_text(text)
    assert migrate(str(old)) == 0
    out, report = capsys.readouterr()
    secrets = {"MQTT_USERNAME": "me", "MQTT_PASSWORD": "hidden"}
    return load_text(out, "new.yaml", secrets), out, report


def test_everything_that_it_said_lives_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config, _, _ = migrated(ENV, tmp_path, capsys)
    one, two = config.storages
    assert config.mqtt is not None
    assert (config.mqtt.host, config.mqtt.port, config.mqtt.user) == ("192.168.1.5", 1884, "me")
    for storage in (one, two):
        limits = (storage.min_discharge_w, storage.max_discharge_w, storage.boost_w)
        assert limits == (50.0, 600.0, 150.0)
        assert storage.output.min_change_w == 5.0
        assert storage.floor_w == 90.0
    assert wire_of(one).topic == "sma/net_power/1"
    assert wire_of(two).topic == "cellar/net"
    assert wire_of(two).meter.topic == "b2500/7/power/power"
    assert wire_of(two).soc.topic == "b2500/2/battery/remaining_percent"
    split = config.split
    assert (split.threshold_pct, split.rate) == (4.0, 1.5)
    assert split.before_data == "assume"
    assert (split.assumed_soc_pct, split.assumed_w) == (70.0, 100.0)
    assert config.log.level == "debug"
    assert config.loads == ()


def test_the_report_says_what_was_not_carried_and_what_to_look_at(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, _, report = migrated(ENV, tmp_path, capsys)
    left = report.split("Not carried:")[1].split("Carried:")[0]
    assert left.strip() == "COLOUR: not a name of the old program that is known here"
    assert "MAX_POWER -> storages[storage-1].max_discharge_w" in report
    assert "STORAGE2_OUTPUT_TOPIC -> storages[storage-2].output.topic" in report
    assert "site: put your latitude" in report
    assert "told less than about 90 W gives nothing" in report


def test_no_secret_is_copied(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, out, report = migrated(ENV, tmp_path, capsys)
    assert "hidden" not in out + report
    assert "password: ${MQTT_PASSWORD}" in out


def test_what_ours_does_not_allow_is_named_and_replaced(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = ENV.replace("MAX_POWER=600", "MAX_POWER=lots").replace("RATE=1.5", "RATE=99")
    config, _, report = migrated(text, tmp_path, capsys)
    assert config.storages[0].max_discharge_w == 400.0
    assert config.split.rate == 1.0
    assert "MAX_POWER: storages[storage-1].max_discharge_w `lots` is not a number" in report
    assert "REBALANCE_RATE: split.rate `99` is out of range" in report


def test_of_an_empty_one_its_defaults_live_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As the example has them, too."""
    config, out, _ = migrated("MQTT_BROKER=localhost\nREBALANCE_RATE=\n", tmp_path, capsys)
    example = load(ROOT / "Files/examples/b2500.yaml", {})
    assert [wire_of(one) for one in config.storages] == [wire_of(one) for one in example.storages]
    assert config.split == example.split
    assert "user:" not in out
    for one, other in zip(config.storages, example.storages, strict=True):
        assert one.max_discharge_w == other.max_discharge_w
        assert one.min_discharge_w == other.min_discharge_w
        assert one.boost_w == other.boost_w
        assert one.floor_w == other.floor_w


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("A=1", {"A": "1"}),
        ("  export A = 1 ", {"A": "1"}),
        ("A='x # y'", {"A": "x # y"}),
        ("A=x # y", {"A": "x"}),
        ("A=#", {"A": ""}),
        ("A=b=c", {"A": "b=c"}),
        ("# A=1", {}),
        ("A: 1", {}),
    ],
)
def test_lines_of_an_env_file(line: str, found: dict[str, str]) -> None:
    assert names_in(line) == found


def test_other_files_are_not_taken_for_it() -> None:
    for path in sorted((ROOT / "Files/examples").glob("*.yaml")):
        assert not is_distributor(path.read_text())
    assert not is_distributor("MQTT_BROKER=x\n")
