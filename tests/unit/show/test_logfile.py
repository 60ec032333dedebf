"""The log file on a disk that is full: one line about it, no traceback, and written again later."""

from __future__ import annotations

import errno
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from pvopt.config.service import Log
from pvopt.errors import ConfigError
from pvopt.show import logfile

log = logging.getLogger("pvopt.test")


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    for handler in handlers:
        root.removeHandler(handler)
    yield
    for handler in list(root.handlers):
        root.removeHandler(handler)
        handler.close()
    for handler in handlers:
        root.addHandler(handler)
    root.setLevel(level)


class Full:
    """A stream on a full disk."""

    def write(self, text: str) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    def flush(self) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    def seek(self, *_: int) -> int:
        return 0

    def tell(self) -> int:
        return 0

    close = flush


def test_a_full_disk_is_told_once_and_the_log_goes_on(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "pvopt.log"
    logfile.start(Log(file=str(path)))
    [file] = [one for one in logging.getLogger().handlers if isinstance(one, logfile.LogFile)]
    log.info("before")
    with monkeypatch.context() as full:
        full.setattr(file, "_open", Full)
        assert file.stream is not None
        file.stream.close()
        file.stream = None
        for number in range(5):
            log.info("lost %d", number)
    log.info("after")
    said = capfd.readouterr().err
    words = "the log file cannot be written (No space left on device): going on without it"
    assert said.count(words) == 1
    assert "Logging error" not in said
    assert "Traceback" not in said
    assert all(f"lost {number}" in said for number in range(5)), "standard error has them all"
    kept = path.read_text(encoding="utf-8")
    assert "before" in kept
    assert "after" in kept
    assert "lost" not in kept


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_the_kernels_own_full_device(capfd: pytest.CaptureFixture[str]) -> None:
    logfile.start(Log(file="/dev/full"))
    for number in range(3):
        log.info("line %d", number)
    said = capfd.readouterr().err
    assert said.count("cannot be written") == 1
    assert "Traceback" not in said
    assert "line 2" in said


def test_a_path_that_cannot_be_is_a_fault_of_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="cannot be written"):
        logfile.start(Log(file=str(tmp_path / "file" / "pvopt.log")))
