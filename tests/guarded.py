"""A guardian with short times around any command, for tests: ``guarded.py TIMING COMMAND…``.

``TIMING``: JSON of ``pvopt.guardian.Timing``'s arguments.
"""

from __future__ import annotations

import json
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from pvopt.guardian import Guardian, Timing

if __name__ == "__main__":
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # the tests themselves may run under nohup
    sys.exit(Guardian(sys.argv[2:], timing=Timing(**json.loads(sys.argv[1]))).run())
