"""One instance a pin: refused in words, given back by the kernel however the holder ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pvopt.config.load import load_text
from pvopt.errors import ConfigError
from pvopt.lock import PinLock, holder, lock_path, pins_of

ROOT = Path(__file__).parents[2]
HOLD = """
import sys
from pathlib import Path
from pvopt.lock import PinLock
with PinLock(sys.argv[2:], Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def other_process(folder: Path, *pins: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder), *pins],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_a_second_process_is_refused_and_told_which(tmp_path: Path) -> None:
    with other_process(tmp_path, "GPIO17", "GPIO18") as other:
        with pytest.raises(ConfigError, match=rf"GPIO18 .*\(process {other.pid}\)"):
            PinLock(["GPIO4", "GPIO18"], tmp_path).__enter__()
        assert holder("GPIO17", tmp_path) == other.pid
        with PinLock(["GPIO4"], tmp_path):  # what was had before the refusal is given back
            pass


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_the_kernel_lets_go(tmp_path: Path, number: signal.Signals) -> None:
    with other_process(tmp_path, "GPIO17") as other:
        other.send_signal(number)
        other.wait()
        assert holder("GPIO17", tmp_path) is None
        with PinLock(["GPIO17"], tmp_path):
            assert holder("GPIO17", tmp_path) == os.getpid()
    assert holder("GPIO17", tmp_path) is None


def test_one_configuration_may_name_a_pin_twice(tmp_path: Path) -> None:
    with PinLock(["GPIO17", "GPIO17"], tmp_path):
        assert [path.name for path in tmp_path.iterdir()] == ["pvopt-gpio17.lock"]


def test_a_link_planted_by_another_user_is_not_followed(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("mine")
    lock_path("GPIO17", tmp_path).symlink_to(precious)
    with pytest.raises(ConfigError, match="no lock for GPIO17"):
        PinLock(["GPIO17"], tmp_path).__enter__()
    assert precious.read_text() == "mine"


def test_folder_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no lock for GPIO17"):
        PinLock(["GPIO17"], tmp_path / "none").__enter__()


CONFIG = """
version: 1
site: {latitude: 50, longitude: 14}
sources: [{kind: gx_modbus, host: 127.0.0.1}]
loads:
  - id: one
    max_w: 2000
    output: {kind: gpio, relay: {pin: 17}, knob: {kind: servo, pin: 18}}
  - id: two
    max_w: 2000
    output:
      kind: gpio
      relay: {pin: 27}
      knob: {kind: x9c103, isolated_control: true, inc_pin: 5, ud_pin: 6, cs_pin: 13}
gpio: {GPIO}
"""


@pytest.mark.parametrize(
    ("gpio", "pins"),
    [
        ("{factory: mock}", []),
        ("{factory: lgpio}", ["GPIO17", "GPIO18", "GPIO27", "GPIO5", "GPIO6", "GPIO13"]),
        ("{factory: pigpio, pigpio_host: localhost}", ["GPIO17", "GPIO18", "GPIO27"]),
        ("{factory: pigpio, pigpio_host: 10.0.0.9}", ["GPIO17 of 10.0.0.9", "GPIO18 of 10.0.0.9"]),
    ],
)
def test_pins_of_a_configuration(gpio: str, pins: list[str]) -> None:
    config = load_text(CONFIG.replace("{GPIO}", gpio), "test.yaml", {})
    assert list(pins_of(config))[: len(pins)] == pins
    assert bool(pins_of(config)) == bool(pins)


BEHIND = """
version: 1
site: {latitude: 50, longitude: 14}
sources: [{kind: gx_modbus, host: 127.0.0.1}]
mqtt: {host: broker}
loads:
  - {id: one, max_w: 500, drive: on_off, output: {kind: mqtt, preset: domoticz, device: 1}}
  - {id: two, max_w: 500, drive: on_off, output: {kind: mqtt, preset: domoticz, device: 2}}
  - {id: three, max_w: 500, drive: on_off, output: {kind: mqtt, topic: TOPIC}}
gpio: {factory: mock}
"""


def test_devices_behind_a_broker_have_one_pvopt_too(tmp_path: Path) -> None:
    """Mock pins or not: the devices are real."""
    topic = "a/" * 200 + "ä"
    config = load_text(BEHIND.replace("TOPIC", topic), "test.yaml", {})
    names = pins_of(config)
    assert len(set(names)) == 3
    assert names[0].startswith("MQTT broker:1883 domoticz/in ")
    with PinLock(names, tmp_path):
        assert holder(names[2], tmp_path) == os.getpid()
        with pytest.raises(ConfigError, match="is driven by another pvopt"):
            PinLock(names[2:], tmp_path).__enter__()


def test_a_demonstration_holds_no_device() -> None:
    demo = BEHIND.replace("TOPIC", "a") + "demo: {}\n"
    assert pins_of(load_text(demo, "test.yaml", {})) == ()
