"""Draws Pics/calibration.png: a simulated regulator, measured beside a busy house.

python -m tests.tools.calibration_picture
"""

from __future__ import annotations

import sys
from pathlib import Path

from pvopt.act.curve import Curve
from pvopt.config import outputs
from pvopt.show.calibration import Measured
from pvopt.show.plots_calibration import draw_calibration
from tests.scenario.test_calibrate import MAX_W, SERVO, Regulator, busy, calibrated

PATH = Path(__file__).parents[2] / "Pics/calibration.png"


def main() -> None:
    """The regulator of a published calibration, turned by a servo with play."""
    regulator = Regulator(SERVO, outputs.Curve(), play_pct=1.0, measured=True)
    calibrator, _ = calibrated(regulator, busy(1, 240.0))
    present = Curve.from_config(outputs.Curve(), MAX_W)
    measured = Measured("boiler", calibrator.points, MAX_W, present.watts)
    draw_calibration(measured, PATH)
    lines = [*measured.report(calibrator.state.repeated), *measured.section()]
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
