"""A sound configuration, and the tools to break it in one place."""

from __future__ import annotations

import pytest

from pvopt.config.faults import InvalidConfigError
from pvopt.config.load import load_text

BASE = """\
version: 1
site:
  latitude: 50.08
  longitude: 14.43
  timezone: Europe/Prague
sources:
  - kind: gx_modbus
    host: venus.local
    port: 502
loads:
  - id: boiler
    max_w: 2000
    phase: 1
    output:
      relay:
        pin: 17
        wiring: active_high
      knob:
        kind: servo
        pin: 18
log:
  level: info
"""
SERVO = "        kind: servo\n        pin: 18\n"
GX = "  - kind: gx_modbus\n    host: venus.local\n    port: 502\n"


def edited(old: str, new: str) -> str:
    assert BASE.count(old) == 1, f"{old!r} must stand once in the base"
    return BASE.replace(old, new)


def faults_of(text: str, environ: dict[str, str] | None = None) -> str:
    with pytest.raises(InvalidConfigError) as caught:
        load_text(text, "c.yaml", environ or {})
    assert caught.value.faults
    return str(caught.value)


def pot(kind: str, more: str = "", isolated: str = "isolated_control: true") -> str:
    lines = [f"kind: {kind}", isolated, *more.split("; ")]
    return "".join(f"        {line}\n" for line in lines if line)


def curve(*lines: str) -> str:
    return "output:\n      curve:\n" + "".join(f"        {line}\n" for line in lines)[:-1]
