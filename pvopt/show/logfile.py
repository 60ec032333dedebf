"""The log: a rotating file and standard error, lines an owner can read."""

from __future__ import annotations

import contextlib
import logging
import sys
from logging.handlers import RotatingFileHandler
from pathlib import Path

from pvopt.config.service import Log
from pvopt.errors import ConfigError
from pvopt.stderr import Stderr

FORMAT = "%(asctime)s %(levelname)-7s %(message)s"
DATES = "%Y-%m-%d %H:%M:%S"
LEVELS = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}


class QuietHandler(logging.Handler):
    """Standard error that may be gone (a closed terminal) or stand still: losing a line must
    not stop us.
    """

    def __init__(self) -> None:
        super().__init__()
        self._stderr = Stderr()

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._stderr.write(self.format(record) + "\n")
        except Exception:
            self.handleError(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 (logging's name)
        del record


class LogFile(RotatingFileHandler):
    """The rotating file on a disk that may be full or gone: said once, and tried on."""

    _failed = _told = False

    def emit(self, record: logging.LogRecord) -> None:
        self._failed = False
        super().emit(record)
        if not self._failed:
            self._told = False

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 (logging's name)
        self._failed = True
        fault = sys.exc_info()[1]
        # What could not be written is given up, and the next line opens the file anew: after a
        # failed rotation it would stay closed for good.
        stream, self.stream = self.stream, None
        if stream is not None:
            with contextlib.suppress(OSError, ValueError):
                stream.close()
        if self._told:
            return
        self._told = True
        why = getattr(fault, "strerror", None) or fault
        words = f"the log file cannot be written ({why}): going on without it"
        line = logging.makeLogRecord({"levelno": logging.WARNING, "levelname": "WARNING"})
        line.name, line.msg = record.name, words
        for other in logging.getLogger().handlers:
            if other is not self:
                other.handle(line)


def start(config: Log) -> None:
    """Send the log where the configuration says. ConfigError: the file cannot be written."""
    root = logging.getLogger()
    for handler in list(root.handlers):
        root.removeHandler(handler)
        handler.close()
    root.setLevel(LEVELS[config.level])
    # Without one from the start, its number belongs to whatever was opened next.
    handlers: list[logging.Handler] = [] if sys.stderr is None else [QuietHandler()]
    if config.file:
        handlers.append(_file(config))
    for handler in handlers:
        handler.setFormatter(logging.Formatter(FORMAT, DATES))
        root.addHandler(handler)
    # Drivers speak of their own affairs; what matters of it we say ourselves.
    for noisy in ("pymodbus", "urllib3", "asyncio"):
        logging.getLogger(noisy).setLevel(logging.CRITICAL)


def _file(config: Log) -> logging.Handler:
    path = Path(config.file)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return LogFile(
            path, maxBytes=int(config.max_mb * 1_000_000), backupCount=config.keep, encoding="utf-8"
        )
    except OSError as error:
        raise ConfigError(
            f"log.file: {path} cannot be written ({error.strerror}); choose another path, "
            'or "" for standard error only'
        ) from error
