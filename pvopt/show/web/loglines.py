"""The last lines of the log, in memory, for the page."""

from __future__ import annotations

import logging
from collections import deque
from typing import NamedTuple

MOST_LINES = 300
LONGEST = 500  # letters of a line that are kept


class Line(NamedTuple):
    utc_s: float
    level: str
    words: str


class LogLines(logging.Handler):
    """Keeps the newest lines; emitting costs an append."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: deque[Line] = deque(maxlen=MOST_LINES)

    def emit(self, record: logging.LogRecord) -> None:
        try:
            words = record.getMessage()[:LONGEST]
            self._lines.append(Line(record.created, record.levelname.lower(), words))
        except Exception:
            self.handleError(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 (logging's name)
        del record

    def lines(self, most: int) -> list[Line]:
        """The newest last."""
        return list(self._lines)[-most:] if most > 0 else []
