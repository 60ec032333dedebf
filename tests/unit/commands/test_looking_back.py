"""Which span of what was recorded is meant."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest

from pvopt.commands.looking_back import span_of
from pvopt.commands.options import local_start
from pvopt.errors import ConfigError, StoreError
from pvopt.store.reader import Reader

FROM_S = 1_782_000_000.0  # 2026-06-21 00:00 UTC


class Records:
    """Two hours of records, or none."""

    path = Path("state/store.db")

    def __init__(self, *span: float) -> None:
        self._span = span

    def span(self) -> tuple[float, ...] | None:
        return self._span or None


def reader(*span: float) -> Reader:
    return cast(Reader, Records(*span))


TWO_HOURS = (FROM_S, FROM_S + 7200.0)


def test_without_a_word_the_last_day() -> None:
    assert span_of(None, None, "UTC", reader(*TWO_HOURS)) == (FROM_S, FROM_S + 7201.0)


def test_a_begin_after_all_records_is_no_wrong_order() -> None:
    with pytest.raises(StoreError, match="nothing is recorded of that time; there is 2026-06-21"):
        span_of(local_start("2026-06-22"), None, "UTC", reader(*TWO_HOURS))


def test_an_end_before_the_begin() -> None:
    with pytest.raises(ConfigError, match="--from must be earlier than --to"):
        span_of(local_start("2026-06-22"), local_start("2026-06-20"), "UTC", reader(*TWO_HOURS))


def test_nothing_yet_may_be_another_folder() -> None:
    with pytest.raises(StoreError, match="Is this the folder that pvopt was started in"):
        span_of(None, None, "UTC", reader())
