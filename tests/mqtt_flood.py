"""A process that floods topics with rubbish, as fast as it is told: bytes on a socket.

``python tests/mqtt_flood.py PORT SECONDS MESSAGES_A_SECOND TOPIC...`` tells how many it sent.
"""

from __future__ import annotations

import itertools
import socket
import sys
import time

CONNECT = b"\x10\x11\x00\x04MQTT\x04\x02\x00\x00\x00\x05flood"
RUBBISH = (b"PZEM_READ_ERROR", b"-99999999", b'{"power": "no', b"\xff\xfe", b"", b"nan")
PARTS = 50  # of a second


def publish(topic: str, payload: bytes) -> bytes:
    """A message of quality 0, shorter than 128 bytes."""
    name = topic.encode()
    body = len(name).to_bytes(2, "big") + name + payload
    return b"\x30" + bytes([len(body)]) + body


def main() -> None:
    port, seconds, rate = int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])
    pairs = itertools.cycle(itertools.product(sys.argv[4:], RUBBISH))
    bunch = b"".join(publish(*next(pairs)) for _ in range(rate // PARTS))
    sent, start_s = 0, time.monotonic()
    with socket.create_connection(("127.0.0.1", port)) as wire:
        wire.sendall(CONNECT)
        wire.recv(4)
        while time.monotonic() - start_s < seconds:
            wire.sendall(bunch)
            sent += rate // PARTS
            time.sleep(max(0.0, start_s + sent / rate - time.monotonic()))
    sys.stdout.write(f"{sent}\n")


if __name__ == "__main__":
    main()
