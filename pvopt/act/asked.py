"""What a command asks of an output, whatever the output is made of."""

from __future__ import annotations

import math

from pvopt.model import Command


def asked_of(command: Command | None, target: str, now_s: float) -> tuple[float, bool]:
    """(watts >= 0, urgent). What cannot be trusted is an urgent off: no command, one for another
    load, an expired one, one without finite watts."""
    if command is None or command.target != target or command.urgent:
        return 0.0, True
    if not now_s < command.expires_s or not math.isfinite(command.setpoint_w):
        return 0.0, True
    return max(0.0, command.setpoint_w), False
