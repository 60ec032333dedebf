"""What a GX with some Modbus registers would publish by MQTT: from raw words to D-Bus paths.

By Victron's own list of registers, a copy of which lies in tests/data: pvopt's own table of
topics is what is tried with it.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from pvopt.simulator.gx_image import GxImage

LIST = Path(__file__).parent / "data/gx_attributes.csv"
WORDS = {"uint16": 1, "int16": 1, "uint32": 2, "int32": 2, "uint64": 4}
# Modbus units of a Cerbo GX, and the device instances that stand for them in topics.
INSTANCES = {100: 0, 226: 279, 224: 278, 227: 276, 225: 512}
WRAPPED = 65_036  # more watts than this in 16 bits without a sign were less than 0
OTHER_PHASES = ("/L2/", "/L3/")

Raw = Mapping[tuple[str, int], Mapping[int, int]]  # (service, unit) -> address -> word
Numbers = dict[str, float | str | None]  # "service/instance/path"


class Row(NamedTuple):
    service: str
    path: str
    address: int
    kind: str
    scale: float


@cache
def rows() -> tuple[Row, ...]:
    """Numbers of the list; a path's widest register comes last."""
    lines = LIST.read_text(encoding="utf-8").splitlines()[1:]
    found = [
        Row(r["service"], r["path"], int(r["address"]), r["type"], float(r["scale"]))
        for r in csv.DictReader(lines)
        if r["type"] in WORDS
    ]
    return tuple(sorted(found, key=lambda row: WORDS[row.kind]))


def raw_of(image: GxImage) -> Raw:
    """A register image of the simulated home, service by service."""
    return {(s, unit): one.words for unit, one in image.items() for s in one.services}


def numbers_of(raw: Raw) -> Numbers:
    """All topics of a GX. What reads 0 on Modbus because it is missing is None here."""
    told: Numbers = {
        "system/0/Serial": "c0619ab7e520",
        "platform/0/Firmware/Installed/Version": "v3.70",
    }
    for (service, unit), words in raw.items():
        for row in rows():
            if row.service == service:
                name = f"{service}/{INSTANCES.get(unit, unit)}{row.path}"
                told[name] = _number(row, words)
    _missing(told, {service for service, _ in raw})
    return told


def _number(row: Row, words: Mapping[int, int]) -> float:
    count = WORDS[row.kind]
    number = 0
    for place in range(count):
        number = number << 16 | words.get(row.address + place, 0)
    # Negative watts have wrapped in an unsigned register; on D-Bus they have not.
    if row.kind != "uint64" and (row.kind != "uint16" or number > WRAPPED):
        number -= (number >> (16 * count - 1)) << (16 * count)
    value = number / row.scale
    return int(value) if value.is_integer() else value


def _missing(told: Numbers, services: set[str]) -> None:
    """A GX has null where its Modbus server answers 0."""
    one_phase = any(n == 1 for name, n in told.items() if name.endswith("/Ac/NumberOfPhases"))
    for name, number in told.items():
        other_phase = one_phase and any(part in name for part in OTHER_PHASES)
        if number == 0 and (other_phase or _is_none(name, told, services)):
            told[name] = None


def _is_none(name: str, told: Numbers, services: set[str]) -> bool:
    """Whether a 0 under this name stands for nothing at all."""
    if name.startswith("system/0/Dc/Battery/"):
        return not told["system/0/Dc/Battery/Voltage"]
    if name == "system/0/Dc/Pv/Power":
        return "solarcharger" not in services
    return "/Pv/" in name or name == "hub4/0/Overrides/Setpoint"
