"""A real Mosquitto on a free port of this machine, and clients that talk to it."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion

from tests.processes import WAIT_S, until

# Debian keeps it where ordinary users do not look.
SEARCHED = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"
MISSING = "mosquitto is not installed: apt-get install mosquitto, or bash tests/run.sh"


def program() -> str | None:
    return shutil.which("mosquitto", path=SEARCHED)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


class Mosquitto:
    """``start`` after ``kill`` is a restart on the same port. Nothing it kept survives."""

    def __init__(self, folder: Path, *lines: str) -> None:
        self.port = free_port()
        self._folder = folder
        self._config = folder / "mosquitto.conf"
        anonymous = [] if any("allow_anonymous" in line for line in lines) else ["true"]
        text = [f"listener {self.port} 127.0.0.1", "persistence false", "sys_interval 0", *lines]
        text += [f"allow_anonymous {word}" for word in anonymous]
        if os.geteuid() == 0:
            text.append("user root")  # else it could not read what this test made
        self._config.write_text("\n".join(text) + "\n")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> Mosquitto:
        found = program()
        assert found is not None, MISSING
        log = (self._folder / "mosquitto.log").open("ab")
        with log:
            self._process = subprocess.Popen([found, "-c", self._config], stdout=log, stderr=log)
        assert until(self._listens), (self._folder / "mosquitto.log").read_text()
        return self

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def freeze(self) -> None:
        """It hangs: connections stay, nothing is answered."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def _listens(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), 1.0).close()
        except OSError:
            return False
        return True

    def __enter__(self) -> Mosquitto:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.kill()


@contextmanager
def client(port: int, user: str = "", password: str = "") -> Iterator[paho.Client]:
    """A connected client of its own, such as a meter or somebody who listens."""
    made = paho.Client(CallbackAPIVersion.VERSION2)
    if user:
        made.username_pw_set(user, password)
    made.connect("127.0.0.1", port)
    made.loop_start()
    assert until(made.is_connected)
    yield made
    made.disconnect()
    made.loop_stop()


def say(speaker: paho.Client, topic: str, payload: str | bytes, retain: bool = False) -> None:
    """A message that the broker has for sure."""
    speaker.publish(topic, payload, 1, retain).wait_for_publish(WAIT_S)


def certificates(folder: Path, name: str) -> None:
    """A throw-away authority and a server's certificate by it, made here."""

    def run(*words: str) -> None:
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)

    new = ("req", "-newkey", "rsa:2048", "-nodes", "-days", "2")
    run(*new, "-x509", "-keyout", "ca.key", "-out", "ca.crt", "-subj", "/CN=pvopt test")
    run(*new[:4], "-keyout", "server.key", "-out", "server.csr", "-subj", f"/CN={name}")
    (folder / "names").write_text(f"subjectAltName={name}\n")
    signed = ("x509", "-req", "-in", "server.csr", "-CA", "ca.crt", "-CAkey", "ca.key")
    more = ("-CAcreateserial", "-out", "server.crt", "-days", "2", "-extfile", "names")
    run(*signed, *more)


def tls(folder: Path) -> list[str]:
    return [f"certfile {folder}/server.crt", f"keyfile {folder}/server.key"]


def passwords(folder: Path, user: str, password: str) -> list[str]:
    """Lines of a broker that lets in this user alone."""
    file = folder / "passwords"
    command = ["mosquitto_passwd", "-b", "-c", str(file), user, password]
    subprocess.run(command, check=True, capture_output=True)
    return ["allow_anonymous false", f"password_file {file}"]
