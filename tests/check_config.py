"""Configurations for tests of `check`: text with a few places to fill in."""

from __future__ import annotations

from pathlib import Path

from pvopt.config.load import load_text
from pvopt.config.schema import Config

BASE = """\
version: 1
site: {latitude: 50, longitude: 14, timezone: Europe/Prague, planes: [{peak_w: 4400}]SITE}
sources:
  - {kind: gx_modbus, host: 127.0.0.1, port: PORT, units: {UNITS}}
MORE
control: {min_soc_pct: SOC}
loads:
  - id: boiler
    max_w: 2000
    drive: DRIVE
    phase: PHASE
    output:
      relay: {pin: 17, RELAY}
      knob: KNOB
    temperature: {TEMPERATURE}
gpio: {factory: FACTORY}
state: {folder: FOLDER/state}
log: {file: FOLDER/pvopt.log}
"""


def text_of(folder: Path, **given: object) -> str:
    """``BASE`` with its capital words replaced; what is not given has a sensible default."""
    words = {
        "SITE": "",
        "PORT": 502,
        "UNITS": "",
        "MORE": "",
        "SOC": 20,
        "DRIVE": "continuous",
        "PHASE": 1,
        "RELAY": "wiring: active_high",
        "KNOB": "{kind: servo, pin: 18}",
        "TEMPERATURE": "required: false",
        "FACTORY": "mock",
        "FOLDER": folder,
    }
    assert given.keys() <= words.keys()
    text = BASE
    for word, default in words.items():
        text = text.replace(word, str(given.get(word, default)))
    return text


def file_of(folder: Path, **given: object) -> Path:
    path = folder / "config.yaml"
    path.write_text(text_of(folder, **given))
    return path


def config_of(folder: Path, **given: object) -> Config:
    return load_text(text_of(folder, **given), "c.yaml", {})
