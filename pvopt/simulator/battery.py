"""The lithium battery: voltage, taper, temperature limit and losses. Pure.

A pack of 16 LFP cells in series, as the R_int model of a battery: an open-circuit voltage by state
of charge plus current times an effective resistance (cells, polarisation, cables). Charging is
held at the absorption voltage, so the current tapers as the open-circuit voltage climbs at the
upper end: a real pack reaches that voltage well before 100 % and then hides sun.
"""

from __future__ import annotations

import math

NOMINAL_V = 51.2  # 16 cells of 3.2 V
FULL_V = 55.15  # open-circuit voltage at 100 %: just below the usual absorption voltage of 55.2 V
# Open-circuit voltage in straight pieces: flat in the middle, steep at both ends (LFP).
KNEES_PCT = (0.0, 10.0, 20.0, 50.0, 90.0, 100.0)
KNEES_V = (46.0, 51.2, 52.0, 52.6, 53.2, FULL_V)
RESISTANCE_OHM_AH = 7.5  # effective resistance times capacity: 80 mOhm at 94 Ah
COLD_NONE_C = 0.0  # no charging at or below (plating)
COLD_FULL_C = 15.0  # full charging current at or above


def capacity_ah(battery_wh: float) -> float:
    """Capacity in Ah at the nominal 51.2 V: 4800 Wh -> 93.75 Ah."""
    return battery_wh / NOMINAL_V


def open_circuit_v(soc_pct: float) -> float:
    """Voltage without current [V] at ``soc_pct`` (0 to 100): 50 % -> 52.6 V, 97 % -> 54.565 V."""
    if soc_pct <= KNEES_PCT[0]:
        return KNEES_V[0]
    for k in range(1, len(KNEES_PCT)):
        if soc_pct <= KNEES_PCT[k]:
            share = (soc_pct - KNEES_PCT[k - 1]) / (KNEES_PCT[k] - KNEES_PCT[k - 1])
            return KNEES_V[k - 1] + share * (KNEES_V[k] - KNEES_V[k - 1])
    return KNEES_V[-1]


def current_a(ocv_v: float, ohm: float, battery_w: float) -> float:
    """Current [A, + charging] at terminal watts: ``w = (ocv + ohm * i) * i`` solved for i.

    52.6 V, 80 mOhm, 1000 W -> 18.49 A (terminal 54.08 V). Below the deepest possible discharge
    (``ocv^2 / 4 ohm``) the current of that point is returned.
    """
    root = ocv_v * ocv_v + 4.0 * ohm * battery_w
    if root <= 0.0:
        return -ocv_v / (2.0 * ohm)
    return 2.0 * battery_w / (ocv_v + math.sqrt(root))  # the form that does not cancel near 0 W


def cold_share(battery_c: float) -> float:
    """Share 0..1 of the charge current limit a BMS allows at this temperature: 7.5 degC -> 0.5."""
    return min(1.0, max(0.0, (battery_c - COLD_NONE_C) / (COLD_FULL_C - COLD_NONE_C)))


def charge_limit_a(charge_max_a: float, battery_c: float) -> float:
    """Charge current limit of the BMS [A] (a GX shows it as CCL)."""
    return charge_max_a * cold_share(battery_c)


def accept_w(
    soc_pct: float,
    ocv_v: float,
    ah: float,
    ohm: float,
    absorb_v: float,
    limit_a: float,
    dt_s: float,
) -> float:
    """Terminal watts >= 0 that the battery would take now, all it can get. ``ocv_v``: at its SoC.

    The smaller of the current limit and the taper ``(absorb_v - ocv) / ohm``, and never more than
    fills it within ``dt_s``. 97 %, 54.565 V, 93.75 Ah, 80 mOhm, 55.2 V, 100 A -> 7.94 A, 438 W.
    """
    if ah <= 0.0 or soc_pct >= 100.0:
        return 0.0
    amps = min(limit_a, (absorb_v - ocv_v) / ohm, (100.0 - soc_pct) * 36.0 * ah / dt_s)
    if amps <= 0.0:
        return 0.0
    return (ocv_v + ohm * amps) * amps
