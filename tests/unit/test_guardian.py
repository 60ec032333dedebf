"""The guardian beside its life: the pipe's messages, what systemd hears, its size, main.py."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import main
from pvopt.guardian import Guardian, Timing
from pvopt.notify import Service, notify
from pvopt.off import OffPin, OffPlan
from pvopt.pulse import PIPE_BYTES, PIPE_VARIABLE, REST_VARIABLE, Pulse, has_guardian

ROOT = Path(__file__).parents[2]
PLAN = OffPlan([OffPin("pigpio", 17, "low")], "127.0.0.1", 8888)


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    read, write = os.pipe()
    yield read, write
    for end in (read, write):
        with contextlib.suppress(OSError):
            os.close(end)


def test_pulse_on_the_wire(pipe: tuple[int, int]) -> None:
    read, write = pipe
    pulse = Pulse(write)
    assert pulse.plan(PLAN, tick_s=2.0)
    assert pulse.beat()
    assert pulse.beat(rest_s=12.34)
    assert pulse.beat(rest_s=-1)
    wire = b"T2.0\nP127.0.0.1 8888 pigpio:17:low:\n.R12.3\n.R0.0\n."
    assert os.read(read, 1000) == wire


def test_pulse_says_when_the_guardian_is_gone(pipe: tuple[int, int]) -> None:
    read, write = pipe
    pulse = Pulse(write)
    assert pulse.alive()
    assert pulse.beat()
    assert pulse.alive()
    os.close(read)
    assert not pulse.alive()
    assert not pulse.beat()
    assert not pulse.plan(PLAN)


def test_pulse_never_blocks_on_a_guardian_that_does_not_read(pipe: tuple[int, int]) -> None:
    pulse = Pulse(pipe[1])
    beats = 0
    while pulse.beat():
        beats += 1
        assert beats < 1 << 20
    assert beats >= PIPE_BYTES


def test_pulse_from_env(pipe: tuple[int, int]) -> None:
    environ = {PIPE_VARIABLE: str(pipe[1]), REST_VARIABLE: "7.5", "HOME": "/"}
    pulse = Pulse.from_env(environ)
    assert pulse is not None
    assert pulse.rest_s == 7.5
    assert environ == {"HOME": "/"}, "no grandchild may beat"
    assert not os.get_inheritable(pipe[1])


@pytest.mark.parametrize("text", ["", "x", "-1", "99999", "0 "])
def test_no_guardian(text: str) -> None:
    assert not has_guardian({PIPE_VARIABLE: text})
    assert Pulse.from_env({PIPE_VARIABLE: text}) is None


def test_a_file_or_a_read_end_is_no_guardian(tmp_path: Path, pipe: tuple[int, int]) -> None:
    with (tmp_path / "x").open("w") as file:
        assert not has_guardian({PIPE_VARIABLE: str(file.fileno())})
    assert not has_guardian({PIPE_VARIABLE: str(pipe[0])})
    assert has_guardian({PIPE_VARIABLE: str(pipe[1])})


@pytest.mark.parametrize("abstract", [False, True])
def test_notify_reaches_the_socket(tmp_path: Path, abstract: bool) -> None:
    name = f"pvopt-test-{os.getpid()}" if abstract else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server:
        server.bind(f"\0{name}" if abstract else name)
        server.settimeout(2)
        notify(f"@{name}" if abstract else name, "READY=1")
        assert server.recv(100) == b"READY=1"


@pytest.mark.parametrize("address", [None, "", "/no/such/socket", "@no-such-socket"])
def test_notify_never_fails(address: str | None) -> None:
    notify(address, "READY=1")


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[socket.socket]:
    """What hears the service; the name of the socket is ``notify`` in the folder."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server:
        server.bind(str(tmp_path / "notify"))
        server.settimeout(10)
        yield server


def test_words_to_systemd(systemd: socket.socket) -> None:
    service = Service({"NOTIFY_SOCKET": systemd.getsockname(), "WATCHDOG_USEC": "15000000"})

    def heard() -> list[str]:
        return systemd.recv(500).decode().splitlines()

    service.tick_s(3)
    service.tick()
    running = ["WATCHDOG_USEC=17000000", "STATUS=running"]
    assert heard() == [*running, "READY=1", "STATUS=running", "WATCHDOG=1"]
    service.tick()
    assert heard() == ["WATCHDOG=1"]
    service.restarting(31)
    assert heard()[1:] == ["WATCHDOG_USEC=48000000"]
    service.tick()
    assert heard() == [*running, "WATCHDOG=1"]
    service.stopping()
    assert heard() == ["STOPPING=1"]


CHILD = """
import os, signal, sys, time
sys.path.insert(0, {root!r})
from pvopt.pulse import Pulse
assert "NOTIFY_SOCKET" not in os.environ and "WATCHDOG_USEC" not in os.environ
stop = []
signal.signal(signal.SIGTERM, lambda *_: stop.append(1))
pulse = Pulse.from_env()
time.sleep(0.2)
for _ in range(3):
    pulse.beat()
    time.sleep(0.02)
while not stop:
    time.sleep(0.01)
"""


def test_only_whole_ticks_feed_the_watchdog(systemd: socket.socket) -> None:
    """A child that starts slowly, ticks three times, and then does no more."""
    command = [sys.executable, "-c", CHILD.format(root=str(ROOT))]
    code = (
        "import sys; from pvopt.guardian import Guardian, Timing;"
        f"sys.exit(Guardian({command!r}, timing=Timing(silence_s=0.4)).run())"
    )
    started_s = time.monotonic()
    environ = {**os.environ, "NOTIFY_SOCKET": systemd.getsockname(), "WATCHDOG_USEC": "15000000"}
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, env=environ) as process:
        words = [systemd.recv(500).decode()]
        assert time.monotonic() - started_s >= 0.2, "not ready before the first whole tick"
        while not words[-1].startswith("STATUS=outputs off"):
            words.append(systemd.recv(500).decode())
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    words.append(systemd.recv(500).decode())
    assert words[0].startswith("READY=1")
    assert sum("WATCHDOG=1" in word for word in words) <= 3
    assert sum("READY=1" in word for word in words) == 1
    assert "WATCHDOG_USEC=46000000" in words[-2], "1 s of pause and 30 s of start more than 15 s"
    assert words[-1] == "STOPPING=1"


LEAVER = """
import signal, sys, time
sys.path.insert(0, {root!r})
from pvopt.pulse import Pulse
stop = []
signal.signal(signal.SIGTERM, lambda *_: stop.append(1))
pulse = Pulse.from_env()
pulse.beat()
print("on", flush=True)
while not stop and {ends!r} == "asked":
    pulse.beat()
    time.sleep(0.01)
pulse.leaving()
end_s = time.monotonic() + 0.8
while time.monotonic() < end_s:
    time.sleep(0.01)
"""


@pytest.mark.parametrize("ends", ["asked", "by itself"])
@pytest.mark.parametrize(("leave_s", "code"), [(8.0, 0), (0.1, 1)])
def test_whoever_has_switched_off_may_wait_for_a_disk(leave_s: float, code: int, ends: str) -> None:
    """0.8 s of it, where a loop has 0.3 s."""
    command = [sys.executable, "-c", LEAVER.format(root=str(ROOT), ends=ends)]
    times = f"silence_s=0.3, stop_s=0.3, leave_s={leave_s}, pauses_s=(30.0,)"
    script = (
        "import sys; from pvopt.guardian import Guardian, Timing;"
        f"guardian = Guardian({command!r}, timing=Timing({times})); guardian._rest_s = 0.0;"
        "sys.exit(guardian.run())"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "on\n"
        if ends == "asked":
            process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=10)
    assert process.returncode == code
    assert ("a disk held it up" in said) == (code == 1), said


def test_times_as_shipped() -> None:
    timing = Timing()
    assert timing.silence_s == 5.0
    assert timing.stop_s <= 3.0
    assert timing.leave_s <= 8.0
    assert timing.pauses_s == (1, 2, 4, 8, 16, 30)


@pytest.mark.parametrize("cut", range(0, 46, 5))
def test_messages_in_pieces(cut: int) -> None:
    guardian = Guardian(["/bin/true"], {}, Timing())
    wire = b"T4\nP127.0.0.1 8888 pigpio:17:low:\n.R41.5\n.."
    ticks = guardian._take(wire[:cut]) + guardian._take(wire[cut:])
    assert ticks == 3
    assert guardian._plan == PLAN
    assert guardian._rest_s == 41.5
    assert guardian._silence_s == 8.0, "ticks every 4 s may be 3 s later than those every second"


def test_a_broken_plan_switches_off_what_was_known_and_ends() -> None:
    """A child that talks nonsense is killed; the guardian does not live on without a plan."""
    child = (
        "import os, time; n = int(os.environ['PVOPT_PULSE_FD']);"
        "os.write(n, b'P127.0.0.1 8888 mock:4:low:\\n'); os.write(n, b'Pnonsense\\n');"
        "print(os.getpid(), flush=True); time.sleep(60)"
    )
    code = (
        "import sys; from pvopt.guardian import Guardian\n"
        "off = lambda plan: print('off', plan.to_text(), flush=True) or []\n"
        f"sys.exit(Guardian([sys.executable, '-c', {child!r}], off=off).run())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert done.returncode == 1
    assert "off 127.0.0.1 8888 mock:4:low:" in done.stdout
    assert "pvopt guardian: ends, ValueError: " in done.stderr
    assert "Traceback" not in done.stderr


def test_memory_below_12_mb() -> None:
    code = (
        "import main, pvopt.guardian, pvopt.pulse\n"
        "g = pvopt.guardian.Guardian(['/bin/true']); g._take_signals(); g._watch()\n"
        "print(next(line for line in open('/proc/self/status') if line.startswith('VmRSS')))"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert int(done.stdout.split()[1]) < 12 * 1024


@pytest.mark.parametrize(
    ("words", "run"),
    [
        ("", True),
        ("run", True),
        ("run --once", True),
        ("--config x --duration 3", True),
        ("--no-such-option", True),
        ("calibrate --load boiler", True),
        ("calibrate -h", False),
        ("--help", False),
        ("run --help", False),
        ("-h", False),
        ("check", False),
        ("outputs-off --config x", False),
        ("rnu", False),
    ],
)
def test_what_main_takes_for_the_main_job(words: str, run: bool) -> None:
    assert main.is_guarded(words.split()) == run


@pytest.mark.parametrize("words", ["--no-such-option", "rnu", "outputs-off --no-such", "run stray"])
def test_bad_command_line_is_2(words: str) -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "main.py"), *words.split()],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2, done.stderr
    assert "usage" in done.stderr or "There are: run" in done.stderr


@pytest.mark.parametrize("words", ["check", "run", "", "outputs-off"])
def test_without_the_environment_one_line_says_what_to_do(words: str) -> None:
    """A Python that has none of the packages; `run` as the guardian's child."""
    done = subprocess.run(
        [sys.executable, "-S", str(ROOT / "main.py"), *words.split()],
        env={PIPE_VARIABLE: "1"},
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert ". ./env.sh   (mind the dot)" in done.stderr


@pytest.mark.parametrize(("code", "told"), [(1, ""), (4, "the loop ended with code 4")])
def test_a_child_with_no_time_left_is_not_begun_anew(code: int, told: str) -> None:
    """One that ends with 1 has said why itself: the guardian adds nothing to it."""
    child = (
        "from pvopt.pulse import Pulse; "
        f"Pulse.from_env().beat(0.0); print('began'); raise SystemExit({code})"
    )
    done = subprocess.run(
        [sys.executable, str(ROOT / "tests/guarded.py"), "{}", sys.executable, "-c", child],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
        cwd=ROOT,
    )
    assert done.returncode == 1
    assert done.stdout == "began\n"
    assert told in done.stderr
    assert bool(done.stderr) == bool(told)
