"""`simulate`: its options; `--serve`: the simulated GX in a process of its own."""

from __future__ import annotations

import argparse
import signal
import socket
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest
from pymodbus.client import ModbusTcpClient

from pvopt.commands import simulate
from pvopt.errors import ConfigError
from pvopt.show.ticks_csv import COLUMNS

ROOT = Path(__file__).resolve().parents[3]


def parsed(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    simulate.add_arguments(parser)
    return parser.parse_args(words)


def test_arguments() -> None:
    args = parsed("--serve", "127.0.0.1:5020", "--speed", "60")
    assert (args.serve, args.speed) == (("127.0.0.1", 5020), 60.0)
    assert parsed("--serve", "[::1]:0").serve == ("::1", 0)
    assert parsed("--serve", "127.0.0.1:65535").speed is None


@pytest.mark.parametrize(
    ("words", "broker"),
    [
        (("--mqtt", "127.0.0.1:1884"), ("127.0.0.1", 1884)),
        (("--mqtt", "broker.lan"), ("broker.lan", None)),
        (("--mqtt",), simulate.OWN_BROKER),
        (("--mqtt", "--speed", "10"), simulate.OWN_BROKER),
    ],
)
def test_brokers(words: tuple[str, ...], broker: object) -> None:
    assert parsed(*words).mqtt == broker


@pytest.mark.parametrize(
    "words",
    [
        ("--mqtt", "broker:"),
        ("--mqtt", "broker:65536"),
        ("--serve", "127.0.0.1"),
        ("--serve", ":5020"),
        ("--serve", "127.0.0.1:65536"),
        ("--serve", "127.0.0.1:-1"),
        ("--serve", "127.0.0.1:0", "--speed", "0.09"),
        ("--serve", "127.0.0.1:0", "--speed", "10001"),
        ("--serve", "127.0.0.1:0", "--speed", "nan"),
        ("--days", "0.0009"),
        ("--days", "3661"),
        ("--days", "-1"),
        ("--days", "nan"),
        ("--days", "week"),
        ("--start", "21.6.2026"),
        ("--start", "2026-06-31"),
        ("--start", "2026-06-21 24:00"),
        ("--place", "55.79"),
        ("--place", "90.1,12"),
        ("--place", "55,-180.1"),
        ("--place", "here,there"),
        ("--place", "1,2,3"),
    ],
)
def test_bad_arguments_end_with_2(words: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as ending:
        parsed(*words)
    assert ending.value.code == 2


def test_arguments_of_days() -> None:
    args = parsed("--days", "7", "--start", "2026-06-21", "--place=-33.9,18.4")
    assert (args.days, args.place) == (7.0, (-33.9, 18.4))
    assert args.start == (datetime(2026, 6, 21), False)
    assert parsed("--start", "2026-06-21 11:30").start == (datetime(2026, 6, 21, 11, 30), True)
    assert parsed("--start", "2026-06-21T11:30").start == (datetime(2026, 6, 21, 11, 30), True)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--serve", "127.0.0.1:0", "--days", "1"), "--days means nothing with --serve"),
        (("--serve", "127.0.0.1:0", "--no-pictures"), "--no-pictures means nothing with --serve"),
        (("--speed", "10"), "--speed needs --serve or --mqtt"),
        (
            ("--mqtt", "--serve", "127.0.0.1:0", "--days", "1"),
            "--serve means nothing with --mqtt and --days",
        ),
        (("--mqtt", "--no-pictures"), "--no-pictures means nothing with --mqtt"),
        (("--mqtt", "--days", "1", "--speed", "9"), "--speed means nothing with --mqtt and --days"),
        (("--mqtt",), "mqtt: is missing"),
        (("--mqtt", "127.0.0.1"), "nothing of this configuration speaks by MQTT"),
    ],
)
def test_what_cannot_go_together_is_refused(words: tuple[str, ...], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        simulate.run(parsed(*words))


def test_help_explains_every_column() -> None:
    assert simulate.__doc__ is not None
    for name in COLUMNS:
        assert name in simulate.__doc__


def start(*words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(ROOT / "main.py"), "simulate", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_serves_until_a_signal_and_ends_with_0(number: signal.Signals) -> None:
    with start("--serve", "127.0.0.1:0", "--speed", "0.1") as process:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        assert "draws nothing" in process.stdout.readline()
        client = ModbusTcpClient("127.0.0.1", port=int(address.rpartition(":")[2]), timeout=2)
        assert client.read_holding_registers(843, count=1, device_id=100).registers == [97]
        client.close()  # type: ignore[no-untyped-call]
        process.send_signal(number)  # in the middle of a second that lasts ten
        assert process.wait(timeout=5.0) == 0


def test_a_taken_port_ends_with_1_and_says_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        with start("--serve", address) as process:
            _, words = process.communicate(timeout=20.0)
    assert process.returncode == 1
    assert f"cannot listen on {address}" in words
    assert "choose another port" in words
    assert "Traceback" not in words
