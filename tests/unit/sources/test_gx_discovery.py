"""Finding the units of a GX: known ids, one scan with the heater off, the kept result."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from pvopt.config.sources import GxUnits
from pvopt.errors import SourceError
from pvopt.model import Alarm
from pvopt.sources.gx_discovery import CACHE_FILE
from tests.gx_rig import GxRig
from tests.modbus_standin import Devices, home

CERBO = {("battery", 225), ("grid", 30), ("solarcharger", 226), ("temperature", 24), ("vebus", 227)}


def searcher(folder: Path, devices: Devices | None = None, **more: object) -> GxRig:
    return GxRig(folder, devices, units=GxUnits(), scan=True, **more)  # type: ignore[arg-type]


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[GxRig]:
    with searcher(tmp_path) as gx:
        yield gx


def units(rig: GxRig) -> set[tuple[str, int]]:
    return {(kind, unit) for kind, unit, _ in rig.source.describe(rig.instant).units}


def scan(rig: GxRig) -> None:
    for _ in range(200):
        rig.look()
        if not rig.source.describe(rig.instant).searching:
            return
    raise AssertionError("the search does not end")


def kept(folder: Path) -> dict[str, object]:
    record = json.loads((folder / CACHE_FILE).read_text())
    assert isinstance(record, dict)
    return record


def test_the_usual_units_are_found_at_once(rig: GxRig) -> None:
    rig.look()
    assert units(rig) == CERBO


@pytest.mark.parametrize(
    ("kind", "old", "new"),
    [
        ("vebus", 227, 242),
        ("vebus", 227, 246),
        ("vebus", 227, 228),
        ("solarcharger", 226, 245),
        ("solarcharger", 226, 247),
        ("solarcharger", 226, 239),
        ("grid", 30, 31),
        ("battery", 225, 100),
    ],
)
def test_other_gx_models_are_known(tmp_path: Path, kind: str, old: int, new: int) -> None:
    devices = home()
    devices.raw[kind, new] = devices.raw.pop((kind, old))
    with GxRig(tmp_path, devices, units=GxUnits(), scan=False) as rig:
        rig.look()
        rig.look()
        assert (kind, new) in units(rig)
        assert not rig.source.describe(rig.instant).searching


def test_a_scan_finds_what_no_table_knows(tmp_path: Path) -> None:
    devices = home()
    devices.plug("solarcharger", 77, dict(devices.raw["solarcharger", 226]))
    devices.plug("temperature", 247, {3303: 2, 3304: 2000})
    with searcher(tmp_path, devices) as rig:
        scan(rig)
        assert units(rig) == CERBO | {("solarcharger", 77), ("temperature", 247)}
        site = rig.site()
        assert [d.id for d in site.pv] == ["solarcharger:77", "solarcharger:226"]


def test_no_scan_while_the_heater_is_on(rig: GxRig) -> None:
    rig.source.may_scan = False
    rig.site(5)
    rig.server.asked.clear()
    rig.site(20)
    assert {unit for unit, _, _ in rig.server.asked} <= {100, 227, 226, 30, 225, 24}
    assert rig.source.describe(rig.instant).searching
    rig.source.may_scan = True
    scan(rig)
    assert {unit for unit, _, _ in rig.server.asked} >= set(range(1, 248))


def test_no_scan_if_the_configuration_says_so(tmp_path: Path) -> None:
    with GxRig(tmp_path, units=GxUnits(), scan=False) as rig:
        rig.site(10)
        assert not {unit for unit, _, _ in rig.server.asked} & set(range(50, 100))


def test_the_scan_is_made_once_and_kept(rig: GxRig) -> None:
    scan(rig)
    record = kept(rig.folder)
    assert record["serial"] == "c81ab4c5d6e7"
    assert record["scanned"] is True
    assert record["battery_seen"] is True
    rig.restart()
    rig.server.asked.clear()
    rig.site(5)
    assert units(rig) == CERBO
    assert {unit for unit, _, _ in rig.server.asked} == {100, 227, 226, 30, 225, 24}


def test_another_gx_is_searched_anew(rig: GxRig) -> None:
    scan(rig)
    rig.devices.put("system", 100, 805, 0x3030)
    rig.devices.raw["vebus", 246] = rig.devices.raw.pop(("vebus", 227))
    rig.restart()
    rig.look()
    assert ("vebus", 246) in units(rig)
    assert ("vebus", 227) not in units(rig)


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"version": 1}', '{"version": 1, "serial": "c81ab4c5d6e7", "units": 5}'],
)
def test_a_broken_file_is_no_obstacle(tmp_path: Path, text: str) -> None:
    (tmp_path / CACHE_FILE).write_text(text)
    with searcher(tmp_path) as rig:
        rig.look()
        assert units(rig) == CERBO
        scan(rig)
    assert kept(tmp_path)["scanned"] is True


def test_a_folder_that_cannot_be_written_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with searcher(tmp_path / "file" / "state") as rig:
        assert rig.site(3).grid_w.value == -350


def test_firmware_that_crashes_is_not_probed(tmp_path: Path) -> None:
    devices = home()
    devices.put("system", 100, 834, 0x0370, 0x0012)
    with searcher(tmp_path, devices, firmware="1.0.82") as rig:
        for _ in range(20):
            rig.look()
        assert {unit for unit, _, _ in rig.server.asked} == {100}
        assert not {a for _, a, _ in rig.server.asked} & {2709, 2716}
        assert not rig.source.describe(rig.instant).may_probe
        assert rig.site().grid_w.value == -350


def test_kept_units_are_not_read_on_firmware_that_crashes(rig: GxRig) -> None:
    scan(rig)
    rig.devices.put("system", 100, 834, 0x0370, 0x0012)
    rig.restart()
    rig.server.asked.clear()
    rig.site(10)
    assert {unit for unit, _, _ in rig.server.asked} == {100}
    rig.devices.put("system", 100, 834, 0x0370, 0x00FF)
    rig.restart()
    rig.look()
    assert units(rig) == CERBO


def test_named_units_are_read_on_any_firmware_and_never_searched(tmp_path: Path) -> None:
    devices = home()
    devices.put("system", 100, 834, 0x0370, 0x0012)
    named = GxUnits(chargers=(226,))
    with GxRig(tmp_path, devices, "1.0.82", units=named, scan=True) as rig:
        assert len(rig.site(3).pv) == 1
        assert {unit for unit, _, _ in rig.server.asked} == {100, 226}


def test_names_go_before_what_is_found(tmp_path: Path) -> None:
    devices = home()
    devices.plug("solarcharger", 224, dict(devices.raw["solarcharger", 226]))
    with GxRig(tmp_path, devices, units=GxUnits(chargers=(224,)), scan=True) as rig:
        scan(rig)
        assert units(rig) == (CERBO - {("solarcharger", 226)}) | {("solarcharger", 224)}


def test_a_hanging_device_is_asked_twice_and_does_not_stop_the_search(tmp_path: Path) -> None:
    devices = home()
    devices.plug("temperature", 20)
    devices.plug("temperature", 60, {3303: 2, 3304: 2000})
    with searcher(tmp_path, devices) as rig:
        rig.server.silent.add(("temperature", 20))
        scan(rig)
        assert rig.server.asked.count((20, 3304, 1)) == 2
        assert ("temperature", 60) in units(rig)


def test_a_unit_gone_for_long_is_looked_for_elsewhere(rig: GxRig) -> None:
    scan(rig)
    rig.devices.raw["solarcharger", 99] = rig.devices.raw.pop(("solarcharger", 226))
    rig.look()
    rig.look(595.0)
    assert ("solarcharger", 99) not in units(rig)
    rig.look(10.0)
    scan(rig)
    assert ("solarcharger", 99) in units(rig)
    assert [d.id for d in rig.site().pv] == ["solarcharger:99"]


def test_a_meter_known_from_before_and_absent_at_the_start_is_lost(rig: GxRig) -> None:
    scan(rig)
    rig.devices.unplug("grid", 30)
    rig.restart()
    assert rig.site().alarms == (Alarm.METER_LOST,)


def test_a_search_survives_a_reboot_of_the_gx(rig: GxRig) -> None:
    rig.site(2)
    rig.server.stop()
    with pytest.raises(SourceError):
        rig.look()
    rig.again()
    scan(rig)
    assert units(rig) == CERBO
