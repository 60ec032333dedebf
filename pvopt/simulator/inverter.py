"""The inverter/charger: conversion both ways with losses, and an island's frequency. Pure."""

from __future__ import annotations

NOMINAL_HZ = 50.0
SHIFT_FROM_HZ = 50.2  # PV inverters on an island reduce from here ...
SHIFT_TO_HZ = 52.7  # ... to nothing here


def dc_for_ac_w(ac_w: float, efficiency: float, idle_w: float) -> float:
    """DC watts taken (+) or given (-) for ``ac_w`` out (+) or in (-).

    A straight line: what it needs to run at all, and a constant share of what passes through.
    1000 W out at 0.94 and 25 W idle take 1088.8 W; 1000 W in give 915 W.
    """
    if ac_w >= 0.0:
        return ac_w / efficiency + idle_w
    return ac_w * efficiency + idle_w


def ac_for_dc_w(dc_w: float, efficiency: float, idle_w: float) -> float:
    """The inverse: AC watts out (+) or in (-) for ``dc_w`` taken (+) or given (-)."""
    net_w = dc_w - idle_w
    if net_w >= 0.0:
        return net_w * efficiency
    return net_w / efficiency


def island_hz(pv_ac_w: float, pv_ac_possible_w: float, pv_ac_rated_w: float) -> float:
    """Frequency with which an island holds its PV inverters back [Hz].

    A straight line from 50.2 Hz (full) to 52.7 Hz (nothing); 50 Hz when nothing is held back.
    Half of the rating allowed -> 51.45 Hz.
    """
    if pv_ac_rated_w <= 0.0 or pv_ac_w >= 0.99 * pv_ac_possible_w - 1.0:
        return NOMINAL_HZ
    share = min(1.0, max(0.0, pv_ac_w / pv_ac_rated_w))
    return SHIFT_FROM_HZ + (SHIFT_TO_HZ - SHIFT_FROM_HZ) * (1.0 - share)
