"""The homes of the two other programs: asked and told as those are, byte for byte, by a broker."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.mosquitto import Mosquitto, client, program, say
from tests.processes import WAIT_S, until
from tests.real.test_mqtt_home import ROOT, Ear, Home, changed

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(program() is None, reason="mosquitto is not installed"),
]

CLOUDS = "  - {kind: open_meteo, url: http://127.0.0.1:1}\n"
LONG_S = 60.0  # for what takes some ticks
QUICK = "      min_off_s: 0\n      min_on_s: 0\n"
DATE = rb'"date_str": "\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"'
BALANCER = re.compile(
    rb'\{"date": \d{10}, ' + DATE + rb', "power_consumption": \d+, "power_production": \d+, '
    rb'"production_energy": \d+, "injection": (0|-\d+), "grid": \d+, "CLOUD_forecast": -1, '
    rb'"ECS_energy_yesterday": \d+, "power_equipments": \d+, "power_house": -?\d+, "equipments": '
    rb'\[\{"name": "ecs", "current_power": (\d+), "energy": \d+, "overed": false, '
    rb'"forced": (true|false)\}, \{"name": "resille", "current_power": (\d+), "energy": \d+, '
    rb'"overed": false, "forced": (true|false)\}\]\}'
)
LINKY = re.compile(
    rb'\{"date": \d{10}\.\d+, ' + DATE + rb', "power_available": \d+, "power_consumed": \d+\.\d, '
    rb'"equipments": \[\{"name": "water_heater", "current_power": (\d+\.\d), '
    rb'"energy": \d+\.\d, "forced": (true|false)\}\]\}'
)
DOMOTICZ = re.compile(rb'\{ "idx": (648|651), "nvalue": 0, "svalue": "(-?\d+)"\}')


@contextmanager
def running(config: Path) -> Iterator[Path]:
    """`main.py run`, ended in order; its log."""
    log = config.parent / "run.log"
    with log.open("w") as out:
        job = subprocess.Popen(
            [sys.executable, str(ROOT / "main.py"), "--config", str(config)],
            stdout=out, stderr=out, cwd=config.parent,
        )  # fmt: skip
    try:
        yield log
        job.send_signal(signal.SIGTERM)
        assert job.wait(WAIT_S) == 0, log.read_text()
        assert "none failed" in log.read_text()
    finally:
        job.kill()
        job.wait()


def test_the_solar_balancers_home(tmp_path: Path) -> None:
    with Mosquitto(tmp_path) as broker, client(broker.port) as other:
        quick = ("device: ECS\n", f"device: ECS\n{QUICK}")
        config = changed(tmp_path, "solar-balancer.yaml", broker.port, quick)
        ear = Ear(other)

        def told(power: range, forced: bytes) -> bool:
            found = [BALANCER.fullmatch(one) for one in ear.of("regul/status")]
            last = found[-1] if found else None
            return last is not None and int(last[2]) in power and last[3] == forced

        with Home("solar-balancer.yaml", broker, tmp_path), running(config) as log:
            assert until(lambda: bool(ear.of("regul/status")), LONG_S), log.read_text()
            say(other, "regul/mode", '{"command":"force","name":"ecs","power":1500,"duration":600}')
            assert until(lambda: told(range(1450, 1551), b"true"), LONG_S), log.read_text()
            assert until(lambda: 1300.0 < ear.power("smeter/pzem/ECS") < 1700.0, LONG_S)
            say(other, "regul/mode", '{"command":"force","name":"ecs","power":0}')
            assert until(lambda: told(range(1), b"true"), LONG_S), log.read_text()
            assert until(lambda: ear.power("smeter/pzem/ECS") == 0.0, LONG_S)
            say(other, "regul/mode", '{"command":"unforce","name":"ecs"}')
            assert until(lambda: told(range(2400), b"false"), LONG_S), log.read_text()
        assert all(BALANCER.fullmatch(one) for one in ear.of("regul/status"))
        grid = [one for one in ear.of("domoticz/in") if b"switchlight" not in one]
        assert {match[1] for one in grid for match in [DOMOTICZ.fullmatch(one)] if match} == {
            b"648",
            b"651",
        }
        assert all(DOMOTICZ.fullmatch(one) for one in grid)


@pytest.mark.parametrize("example", ["solar-balancer.yaml", "linky-optimizer.yaml"])
def test_check_has_nothing_to_say_of_the_examples(tmp_path: Path, example: str) -> None:
    """But for what is this machine's: its clock, its services, its internet."""
    with Mosquitto(tmp_path) as broker:
        config = changed(tmp_path, example, broker.port)
        if "open_meteo" in (ROOT / "Files/examples" / example).read_text():
            whole = config.read_text().replace("control:\n", f"{CLOUDS}control:\n")
            config.write_text(whole)
        with Home(example, broker, tmp_path):
            told = subprocess.run(
                [sys.executable, str(ROOT / "main.py"), "check", "--json", "--config", str(config)],
                cwd=tmp_path, capture_output=True, text=True, check=False,
            )  # fmt: skip
    rows = json.loads(told.stdout)["rows"]
    wrong = [row for row in rows if row["level"] != "OK"]
    machine = {"clock", "boot setting", "service", "memory", "open-meteo"}
    assert {row["area"] for row in wrong} <= machine, wrong
    assert "loads" in {row["area"] for row in rows}


def test_the_linky_optimizers_home(tmp_path: Path) -> None:
    with Mosquitto(tmp_path) as broker, client(broker.port) as other:
        quick = ('device: "0"\n', f'device: "0"\n{QUICK}')
        warm = ("min_c: 45\n", "min_c: 20\n")  # by night, too, when energy is cheap
        config = changed(tmp_path, "linky-optimizer.yaml", broker.port, quick, warm)
        ear = Ear(other)

        def told(power: bytes, forced: bytes) -> bool:
            found = [LINKY.fullmatch(one) for one in ear.of("regulation/status")]
            last = found[-1] if found else None
            return last is not None and (last[1], last[2]) == (power, forced)

        with Home("linky-optimizer.yaml", broker, tmp_path), running(config) as log:
            assert until(lambda: bool(ear.of("regulation/status")), LONG_S), log.read_text()
            say(other, "scr/0/control", "ECO;52")
            say(other, "scr/0/control", "ON")
            assert until(lambda: told(b"2400.0", b"true"), LONG_S), log.read_text()
            assert float(ear.of("scr/0/in")[-1]) == 100.0
            say(other, "scr/0/control", "OFF")
            assert until(lambda: told(b"0.0", b"true"), LONG_S), log.read_text()
            assert float(ear.of("scr/0/in")[-1]) == 0.0
            say(other, "scr/0/control", "AUTO")
            assert until(lambda: told(b"0.0", b"false"), LONG_S), log.read_text()
            assert "water_heater: from the grid up to 52 °C" in log.read_text()
        assert all(LINKY.fullmatch(one) for one in ear.of("regulation/status"))
