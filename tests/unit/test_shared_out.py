"""How many processes the tests run in, and what stays together in one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.shared_out import FilesAndProcesses, cores, free_mb, workers


@pytest.mark.parametrize(
    ("cores", "free_mb", "expected"),
    [
        (1, 24_000, 3),
        (2, 24_000, 4),
        (2, 1400, 2),
        (2, 1399, 1),
        (4, 300, 1),  # a Pi with 512 MB
        (3, 3500, 4),
        (64, 64_000, 4),
    ],
)
def test_as_many_as_there_are_cores_and_memory_for(cores: int, free_mb: int, expected: int) -> None:
    assert workers(cores, free_mb) == expected


def test_what_this_machine_has() -> None:
    assert cores() >= 1
    assert free_mb() > 0


def test_memory_as_linux_tells_it(tmp_path: Path) -> None:
    told = tmp_path / "meminfo"
    assert workers(4, free_mb(told)) == 4, "nobody tells"
    told.write_text("MemTotal:        999999 kB\nMemAvailable:    716800 kB\n")
    assert free_mb(told) == 700


@pytest.mark.parametrize(
    ("name", "group"),
    [
        ("tests/real/test_run_ends.py::test_loop_killed", "tests/real/"),
        ("tests/real/test_mqtt_home.py::test_x", "tests/real/services"),
        ("tests/real/test_gx_mqtt.py::test_x", "tests/real/services"),
        ("tests/real/test_demo.py::test_x[a::b]", "tests/real/"),
        ("tests/unit/test_off.py::TestA::test_b", "tests/unit/test_off.py"),
        ("tests/scenario/test_survival.py::test_c[a::b]", "tests/scenario/test_survival.py"),
    ],
)
def test_files_stay_whole_and_processes_together(
    name: str, group: str, pytestconfig: pytest.Config
) -> None:
    class Told:
        """A configuration of one worker."""

        def getvalue(self, key: str) -> list[str]:
            return {"tx": ["popen"]}[key]

        option = pytestconfig.option

    assert FilesAndProcesses(Told())._split_scope(name) == group
