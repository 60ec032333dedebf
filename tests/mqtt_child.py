"""A loop with nothing but its life, which has switched a device on by MQTT: ``mqtt_child.py PORT``.

Run by a guardian; prints its process id. It never says off by itself.
"""

from __future__ import annotations

import os
import sys
import time

from pvopt.off import OffPlan
from pvopt.off_mqtt import OffBroker, OffMessage
from pvopt.pulse import Pulse
from tests.mosquitto import client, say

TICK_S = 0.03
TOPIC = "plug/set"
MANY = 60  # more words than a page of the pipe holds


def main(port: int) -> None:
    pulse = Pulse.from_env()
    assert pulse is not None, "only under a guardian"
    messages = [OffMessage(f"load-{i}", f"{TOPIC}/{i}", "OFF", True) for i in range(MANY)]
    plan = OffPlan((), broker=OffBroker("127.0.0.1", port), messages=messages)
    assert pulse.plan(plan)
    with client(port) as device:
        for message in messages:
            say(device, message.topic, "ON", True)
        print(os.getpid(), flush=True)  # noqa: T201
        while pulse.beat():
            time.sleep(TICK_S)


if __name__ == "__main__":
    main(int(sys.argv[1]))
