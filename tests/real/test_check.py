"""The doctor against real sockets: the simulated home, a GX's rules, a portal, closed ports."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pvopt.commands.cli import main
from pvopt.config.load import load
from tests.check_config import file_of
from tests.http_standin import Reply, standin
from tests.modbus_standin import Devices, RegisterServer, home
from tests.vrm_standin import TOKEN, record, vrm_standin
from tests.vrm_standin import home as portal_home

ROOT = Path(__file__).parents[2]
LONGEST_S = 20.0


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


class Seen:
    """What one call of the command printed, and its exit code."""

    def __init__(self, code: int, text: str) -> None:
        told = json.loads(text)
        assert told["schema"] == "pvopt.check/1"
        self.code = code
        self.rows: list[dict[str, str]] = told["rows"]
        for row in self.rows:
            assert set(row) == {"area", "level", "text", "todo"}
            assert row["level"] in {"OK", "WARN", "FAIL"}
            assert row["todo"] or row["level"] == "OK", "a fault without a remedy"

    def of(self, area: str) -> list[dict[str, str]]:
        return [row for row in self.rows if row["area"] == area]

    def levels(self, area: str) -> list[str]:
        return [row["level"] for row in self.of(area)]

    def text(self, area: str) -> str:
        return "\n".join(f"{row['level']} {row['text']} — {row['todo']}" for row in self.of(area))

    def worst(self) -> dict[str, str]:
        """The rows that are not OK, without those about this test's machine."""
        return {
            row["area"]: row["level"]
            for row in self.rows
            if row["level"] != "OK" and row["area"] not in {"clock", "configuration", "memory"}
        }


@pytest.fixture
def check(capsys: pytest.CaptureFixture[str]) -> Any:
    def run(path: Path, *words: str) -> Seen:
        capsys.readouterr()
        code = main(["check", "--json", "--config", str(path), *words])
        return Seen(code, capsys.readouterr().out)

    return run


@pytest.fixture
def gx() -> Iterator[RegisterServer]:
    with RegisterServer(home()) as server:
        yield server


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as ear:
        return int(ear.getsockname()[1])


def test_embedded_default_is_all_ok(check: Any, tmp_path: Path) -> None:
    seen = check(ROOT / "Files/config.yaml")
    assert seen.code == 0
    assert {row["level"] for row in seen.rows} == {"OK"}
    areas = {row["area"] for row in seen.rows}
    for area in ("configuration", "pins", "boot setting", "isolation", "gx", "feed-in", "ESS"):
        assert area in areas
    assert "inverter 227" in seen.text("gx")
    assert "solar charger 226" in seen.text("gx")
    assert "v3.70" in seen.text("gx")
    assert "closed" in seen.text("feed-in")
    assert "water temperature" in areas
    assert list(tmp_path.iterdir()) == [], "looking must leave nothing behind"


def test_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1].startswith("All is well with the demonstration; yours: ")
    for line in lines[:-2]:
        assert line.startswith("OK   ")


def test_a_usual_home(check: Any, gx: RegisterServer, tmp_path: Path) -> None:
    seen = check(file_of(tmp_path, PORT=gx.port))
    assert seen.code == 0
    assert seen.worst() == {}
    assert "grid -350 W" in seen.text("home")
    assert "boiler: 47.2 °C" in seen.text("water temperature")
    assert "open: surplus shows as export" in seen.text("feed-in")
    assert "+50 W" in seen.text("ESS")
    assert set(gx.functions) <= {3, 4}, "a GX is only ever read"


def test_server_stopped(check: Any, tmp_path: Path) -> None:
    seen = check(file_of(tmp_path, PORT=closed_port()))
    assert seen.code == 3
    assert seen.levels("gx") == ["FAIL"]
    assert "refused" in seen.text("gx")
    assert "Modbus TCP server" in seen.text("gx")


def test_server_that_hangs(check: Any, tmp_path: Path) -> None:
    """It accepts and never answers: said within the doctor's time."""
    with socket.create_server(("127.0.0.1", 0)) as ear:
        began_s = time.monotonic()
        seen = check(file_of(tmp_path, PORT=ear.getsockname()[1]))
    assert time.monotonic() - began_s < LONGEST_S
    assert (seen.code, seen.levels("gx")) == (3, ["FAIL"])
    assert "does not answer" in seen.text("gx")


def test_wrong_system_unit(check: Any, gx: RegisterServer, tmp_path: Path) -> None:
    seen = check(file_of(tmp_path, PORT=gx.port, UNITS="system: 50"))
    assert (seen.code, seen.levels("gx")) == (3, ["FAIL"])
    assert "unit 50" in seen.text("gx")
    assert "must be 100" in seen.text("gx")


@pytest.mark.parametrize(
    ("units", "key"),
    [("chargers: [99]", "chargers"), ("vebus: 99", "vebus"), ("grid_meter: 226", "grid_meter")],
)
def test_wrong_unit(check: Any, gx: RegisterServer, tmp_path: Path, units: str, key: str) -> None:
    seen = check(file_of(tmp_path, PORT=gx.port, UNITS=units))
    assert seen.code == 3
    (fault,) = [row for row in seen.of("gx") if row["level"] == "FAIL"]
    assert f"sources[gx].units.{key}" in fault["todo"]


def test_closed_feed_in(check: Any, gx: RegisterServer, tmp_path: Path) -> None:
    gx.devices.put("settings", 100, 2707, 0, 1)
    seen = check(file_of(tmp_path, PORT=gx.port))
    assert (seen.code, seen.levels("feed-in")) == (0, ["OK"])
    assert "closed: nothing may be exported" in seen.text("feed-in")
    assert "pvopt searches" in seen.text("feed-in")


def test_closed_feed_in_and_nobody_tells(check: Any, gx: RegisterServer, tmp_path: Path) -> None:
    """Without MPP operation modes hidden surplus cannot be seen."""
    gx.devices.put("settings", 100, 2707, 0, 1)
    gx.devices.put("solarcharger", 226, 791, 0)
    gx.devices.put("solarcharger", 226, 3731, 0)
    seen = check(file_of(tmp_path, PORT=gx.port))
    assert (seen.code, seen.worst()) == (0, {"gx": "WARN"})
    assert "hidden surplus cannot be seen" in seen.text("gx")


def test_active_low_relay_with_the_wrong_boot_setting(
    check: Any, gx: RegisterServer, tmp_path: Path
) -> None:
    boot = tmp_path / "config.txt"
    path = file_of(tmp_path, PORT=gx.port, RELAY="wiring: active_low")
    boot.write_text("gpio=17=op,dl\n")
    wrong = check(path, "--boot-config", str(boot))
    boot.write_text("gpio=17=op,dh\n")
    right = check(path, "--boot-config", str(boot))
    assert (wrong.code, wrong.levels("boot setting")) == (3, ["FAIL"])
    assert (right.code, right.levels("boot setting")) == (0, ["OK"])


def kept_units(path: Path, **units: list[int]) -> Path:
    """What an earlier run found on the usual home's GX."""
    folder = Path(load(path).state.folder)
    folder.mkdir()
    kept = folder / "gx-units.json"
    record = {"version": 1, "serial": "c81ab4c5d6e7", "scanned": True, "battery_seen": True}
    kept.write_text(json.dumps({**record, "units": units}))
    return kept


def test_meter_that_is_lost(check: Any, tmp_path: Path) -> None:
    """The GX goes on with other numbers; only the meter's own unit tells."""
    devices = home()
    devices.unplug("grid", 30)
    with RegisterServer(devices) as server:
        path = file_of(tmp_path, PORT=server.port)
        kept_units(path, vebus=[227], solarcharger=[226], grid=[30])
        seen = check(path)
    assert seen.code == 3
    assert "lost its grid meter" in seen.text("gx")


def test_meter_that_was_never_there(check: Any, tmp_path: Path) -> None:
    devices = home()
    devices.unplug("grid", 30)
    with RegisterServer(devices) as server:
        seen = check(file_of(tmp_path, PORT=server.port))
        devices.put("settings", 100, 2718, 1)  # the GX knows that there is none
        without = check(file_of(tmp_path, PORT=server.port))
    assert seen.worst() == {"gx": "WARN"}
    assert without.worst() == {}


@pytest.mark.parametrize(("required", "level"), [("true", "FAIL"), ("false", "WARN")])
def test_temperature_sensor_missing(check: Any, tmp_path: Path, required: str, level: str) -> None:
    devices = home()
    devices.unplug("temperature", 24)
    with RegisterServer(devices) as server:
        path = file_of(tmp_path, PORT=server.port, TEMPERATURE=f"required: {required}")
        seen = check(path)
    assert seen.levels("water temperature") == [level]
    assert seen.code == (3 if level == "FAIL" else 0)


@pytest.mark.parametrize(
    ("version", "words"),
    [((0x0370, 0x0012), "may crash"), ((0, 0), "older than v3.60"), ((0xFFFF, 0xFFFF), "older")],
)
def test_firmware_worth_an_update(
    check: Any, tmp_path: Path, version: tuple[int, int], words: str
) -> None:
    devices = home()
    devices.put("system", 100, 834, *version)
    with RegisterServer(devices) as server:
        seen = check(file_of(tmp_path, PORT=server.port, UNITS="vebus: 227, chargers: [226]"))
    assert seen.code == 0
    assert words in seen.text("gx")
    assert "update" in seen.text("gx")


def test_shaky_firmware_is_not_searched(check: Any, tmp_path: Path) -> None:
    devices = home()
    devices.put("system", 100, 834, 0x0370, 0x0012)
    with RegisterServer(devices) as server:
        check(file_of(tmp_path, PORT=server.port))
        assert {unit for unit, _, _ in server.asked} == {100}


def test_found_units_of_an_earlier_run_are_taken(check: Any, tmp_path: Path) -> None:
    """A unit that is gone since is said; the kept file stays as it was."""
    with RegisterServer(home()) as server:
        path = file_of(tmp_path, PORT=server.port)
        kept = kept_units(path, vebus=[227], solarcharger=[226, 224], grid=[30])
        before = kept.read_text()
        seen = check(path)
    assert "solar charger with unit 224 does not answer" in seen.text("gx")
    assert seen.code == 0
    assert kept.read_text() == before


def vrm(url: str, token: str = TOKEN) -> str:
    return f'  - {{kind: vrm, token: {token}, url: "{url}/v2"}}'


def portal_rows(log_s: int, age_s: float = 10.0) -> list[dict[str, Any]]:
    return portal_home(time.time() - age_s, log_s)


@pytest.mark.parametrize(
    ("log_s", "level"), [(60, "OK"), (300, "OK"), (301, "WARN"), (900, "WARN")]
)
def test_log_interval(
    check: Any, gx: RegisterServer, tmp_path: Path, log_s: int, level: str
) -> None:
    with vrm_standin() as (portal, stand):
        portal.rows = portal_rows(log_s)
        seen = check(file_of(tmp_path, PORT=gx.port, MORE=vrm(stand.url)))
    assert seen.code == 0
    assert seen.levels("vrm") == ["OK", level]
    assert f"every {log_s} s" in seen.text("vrm")
    if level == "WARN":
        assert "Log interval" in seen.text("vrm")


def test_portal_login(check: Any, gx: RegisterServer, tmp_path: Path) -> None:
    with vrm_standin() as (portal, stand):
        portal.rows = portal_rows(60)
        seen = check(file_of(tmp_path, PORT=gx.port, MORE=vrm(stand.url, "wrong-token-77")))
    assert seen.levels("vrm") == ["WARN"]  # the GX serves
    assert "token" in seen.text("vrm")
    assert "wrong-token-77" not in json.dumps(seen.rows)


def test_portal_alone(check: Any, tmp_path: Path) -> None:
    """As the only source of numbers its refusal is a fault, and its answers describe the home."""
    gx_line = f"  - {{kind: gx_modbus, host: 127.0.0.1, port: {502}, units: {{}}}}\n"
    with vrm_standin() as (portal, stand):
        portal.rows = portal_rows(60)
        path = file_of(tmp_path, MORE=vrm(stand.url))
        text = path.read_text()
        assert gx_line in text
        path.write_text(text.replace(gx_line, ""))
        good = check(path)
        path.write_text(text.replace(gx_line, "").replace(TOKEN, "wrong-token-77"))
        bad = check(path)
    assert good.code == 0
    assert "sun 2100 W" in good.text("home")
    assert (bad.code, bad.levels("vrm")) == (3, ["FAIL"])


def test_gx_that_logs_no_more(check: Any, gx: RegisterServer, tmp_path: Path) -> None:
    with vrm_standin() as (portal, stand):
        portal.rows = portal_rows(60, 361.0)
        late = check(file_of(tmp_path, PORT=gx.port, MORE=vrm(stand.url)))
        portal.rows = portal_rows(60, 340.0)
        good = check(file_of(tmp_path, PORT=gx.port, MORE=vrm(stand.url)))
    assert late.levels("vrm") == ["OK", "OK", "WARN"]
    assert good.levels("vrm") == ["OK", "OK"]


def test_portal_without_a_grid_meter(check: Any, gx: RegisterServer, tmp_path: Path) -> None:
    with vrm_standin() as (portal, stand):
        now_s = time.time()
        portal.rows = [
            record("system/Dc/Pv/Power", 2100, now_s, code="Pdc"),
            record("", 60, now_s, code="sl"),
        ]
        seen = check(file_of(tmp_path, PORT=gx.port, MORE=vrm(stand.url)))
    assert "no grid power" in seen.text("vrm")


def open_meteo(url: str) -> str:
    return f'  - {{kind: open_meteo, url: "{url}"}}'


def test_forecast(check: Any, gx: RegisterServer, tmp_path: Path) -> None:
    hour_s = int(time.time()) // 3600 * 3600
    hours = [hour_s + n * 3600 for n in range(48)]
    body = {
        "hourly": {
            "time": hours,
            "global_tilted_irradiance": [500.0] * 48,
            "temperature_2m": [10.0] * 48,
        }
    }
    with standin(lambda asked: Reply(body=body)) as stand:
        seen = check(file_of(tmp_path, PORT=gx.port, MORE=open_meteo(stand.url)))
        assert len(stand.asked) == 1, "one real fetch"
    assert seen.levels("open-meteo") == ["OK"]


@pytest.mark.parametrize("reply", [Reply(503), Reply(200, b"<html>"), Reply(fail="reset")])
def test_forecast_that_fails_is_a_warning(
    check: Any, gx: RegisterServer, tmp_path: Path, reply: Reply
) -> None:
    with standin(lambda asked: reply) as stand:
        seen = check(file_of(tmp_path, PORT=gx.port, MORE=open_meteo(stand.url)))
    assert (seen.code, seen.levels("open-meteo")) == (0, ["WARN"])
    assert "clear sky" in seen.text("open-meteo")


@pytest.mark.slow
def test_everything_hangs(check: Any, tmp_path: Path) -> None:
    """GX, portal and forecast accept and never answer: all said in bounded time."""
    with (
        standin(lambda asked: Reply(fail="hang")) as stand,
        socket.create_server(("127.0.0.1", 0)) as ear,
    ):
        more = f"{vrm(stand.url)}\n{open_meteo(stand.url)}"
        began_s = time.monotonic()
        seen = check(file_of(tmp_path, PORT=ear.getsockname()[1], MORE=more))
        took_s = time.monotonic() - began_s
    assert took_s < LONGEST_S
    assert seen.levels("gx") == ["FAIL"]
    assert seen.levels("vrm") == ["WARN"]
    assert seen.levels("open-meteo") == ["WARN"]


def test_home_without_anything(check: Any, tmp_path: Path) -> None:
    """A GX alone: it says that there is nothing to see."""
    devices = Devices()
    devices.plug("system", 100)
    devices.plug("settings", 100)
    devices.plug("hub4", 100)
    devices.put("system", 100, 834, 0x0372, 0x00FF)
    with RegisterServer(devices) as server:
        seen = check(file_of(tmp_path, PORT=server.port))
    assert seen.code == 0
    assert "no solar charger and no PV inverter" in seen.text("gx")


def test_broken_configuration(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = file_of(tmp_path, SOC=500)
    assert main(["check", "--config", str(path)]) == 2
    assert "min_soc_pct" in capsys.readouterr().err
    assert main(["check", "--json", "--config", str(path)]) == 2
    seen = Seen(2, capsys.readouterr().out)
    assert seen.levels("configuration") == ["FAIL"]
    assert "min_soc_pct" in seen.text("configuration")
