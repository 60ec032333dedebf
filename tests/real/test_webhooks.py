"""A loop that was killed says so by HTTP when it runs again, and only once."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from tests.http_standin import Reply, standin
from tests.mosquitto import free_port
from tests.processes import children_of, until
from tests.real.test_request import WAIT_S, Run

pytestmark = pytest.mark.slow

HOME = """\
version: 1
site: {latitude: 50, longitude: 14, name: our house}
sources:
  - {kind: gx_modbus, host: 127.0.0.1, port: PORT}
loads:
  - id: boiler
    max_w: 2000
    output:
      relay: {pin: 17}
      knob: {kind: servo, pin: 18}
gpio: {factory: mock}
webhooks:
  - {kind: text, url: URL/secret-path, events: [restarted]}
"""


def test_a_loop_that_was_killed_says_so_once(tmp_path: Path) -> None:
    with standin(lambda asked: Reply(200, b"ok")) as server:
        text = HOME.replace("PORT", str(free_port())).replace("URL", server.url)
        (tmp_path / "demo.yaml").write_text(text)
        run = Run(tmp_path, "log")
        try:
            for start in (1, 2):
                assert until(lambda: len(children_of(run.process.pid)) == 1, WAIT_S)
                run.waits_for(rf"(?s)(no reading of the home yet.*){{{start}}}")
                [loop] = children_of(run.process.pid)
                os.kill(loop, signal.SIGKILL)
                assert until(lambda: len(server.asked) >= 1, WAIT_S)
            run.waits_for(r"(?s)(no reading of the home yet.*){3}")
            run.process.send_signal(signal.SIGTERM)
            assert run.process.wait(WAIT_S) == 0
        finally:
            run.kill_all()
        assert server.paths() == ["/secret-path"]
        assert b"our house: pvopt was started again: " in server.asked[0].body
        assert "secret-path" not in run.log.read_text()
