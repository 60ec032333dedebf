"""Sweeps as processes: the same figures here, in two processes and on a Dask cluster of two;
workers killed, a run stopped and resumed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from distributed import LocalCluster

from pvopt.benchmarks.sweep_run import Cluster, Processes, Workers, run_all
from pvopt.benchmarks.sweep_work import Figures, Task, figures_of, made_ready
from pvopt.errors import PvoptError
from tests.processes import children_of
from tests.unit.benchmarks.sweep_samples import ROOT, killed_always, task_of, tasks_of, with_demo

pytestmark = pytest.mark.slow

VARY = ["--vary", "demo.battery_wh=2400,4800", "demo.tank_l=120,200,300"]


def sweep(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        line(folder, *words), capture_output=True, text=True, timeout=300, check=False
    )


def line(folder: Path, *words: str) -> list[str]:
    out = ["--out", str(folder)]
    return [sys.executable, str(ROOT / "main.py"), "sweep", *VARY, "--days", "2", *out, *words]


@pytest.fixture(scope="module", autouse=True)
def _compiled() -> None:
    made_ready(task_of())


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    made: Any = LocalCluster
    with made(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster:
        yield cluster


def tasks() -> list[Task]:
    first = task_of()
    return [
        replace(with_demo(first, tank_l=float(litres), feed_in=sold), key=f"{litres} {sold}")
        for litres in (100, 200, 300)
        for sold in (False, True)
    ]


def figures_by(workers: Workers) -> dict[str, Figures]:
    found: dict[str, Figures] = {}
    try:
        run_all(tasks(), workers, lambda task, figures: found.update({task.key: figures}))
    finally:
        workers.close()
    return found


def test_a_worker_that_is_always_killed_ends_it() -> None:
    workers = Processes(2)
    try:
        with pytest.raises(PvoptError, match="a worker was lost"):
            run_all(tasks_of(3), workers, lambda task, figures: None, do=killed_always)
    finally:
        workers.close()


def test_here_in_processes_and_on_a_cluster(cluster: Any) -> None:
    """To the last digit."""
    here = {task.key: figures_of(task) for task in tasks()}
    assert len(set(here.values())) == len(here)
    assert figures_by(Processes(2)) == here
    assert figures_by(Cluster(cluster.scheduler_address)) == here


def test_the_command_on_both(cluster: Any, tmp_path: Path) -> None:
    local = sweep(tmp_path / "local", "--workers", "2")
    assert local.returncode == 0, local.stderr
    dask = sweep(tmp_path / "dask", "--dask", cluster.scheduler_address)
    assert dask.returncode == 0, dask.stderr
    one, other = ((tmp_path / name / "sweep.csv").read_text() for name in ("local", "dask"))
    assert len(one.splitlines()) == 1 + 6
    assert one == other
    assert "Traceback" not in local.stderr + dask.stderr
    assert (tmp_path / "local/sweep.png").exists()
    assert "6 variants in" in local.stdout


def test_a_cluster_that_is_not_there(tmp_path: Path) -> None:
    told = sweep(tmp_path, "--dask", "tcp://127.0.0.1:1")
    assert told.returncode == 1
    assert "no Dask scheduler answers there" in told.stderr
    assert "Traceback" not in told.stderr


def test_a_cluster_of_another_version(cluster: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pvopt.benchmarks.sweep_run.__version__", "9.9")
    with pytest.raises(PvoptError, match="another version of pvopt"):
        Cluster(cluster.scheduler_address)


def lines_in(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


def wait_for(path: Path, count: int, process: subprocess.Popen[str]) -> None:
    """Until so many results are there."""
    ends = time.monotonic() + 120.0
    while len(lines_in(path)) < count and process.poll() is None:
        assert time.monotonic() < ends
        time.sleep(0.02)


def test_stopped_and_resumed(tmp_path: Path) -> None:
    """Ctrl-C keeps what is done; the rest is run later, and only that."""
    folder, results = tmp_path / "s", tmp_path / "s/results.jsonl"
    with subprocess.Popen(
        line(folder, "--workers", "1", "--days", "60"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        wait_for(results, 1, process)
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to all of them
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert "Traceback" not in err
    assert "STOPPED EARLY" in out
    done = len(lines_in(results))
    assert 1 <= done < 6
    assert "add --resume" in sweep(folder, "--days", "60").stderr
    resumed = sweep(folder, "--days", "60", "--resume")
    assert resumed.returncode == 0, resumed.stderr
    assert f"{6 - done} variants in" in resumed.stdout
    assert f"{done} were there already" in resumed.stdout
    keys = [json.loads(row)["key"] for row in lines_in(results)]
    assert len(set(keys)) == len(keys) == 6


def test_a_worker_killed_in_the_middle(tmp_path: Path) -> None:
    results = tmp_path / "k/results.jsonl"
    with subprocess.Popen(
        line(tmp_path / "k", "--workers", "2", "--days", "60"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        wait_for(results, 1, process)
        workers = [pid for pid in children_of(process.pid) if is_worker(pid)]
        assert len(workers) == 2
        os.kill(workers[0], signal.SIGKILL)
        out, err = process.communicate(timeout=200)
    assert process.returncode == 0, err
    assert "6 variants in" in out
    sweep(tmp_path / "whole", "--days", "60")
    csv = [(tmp_path / name / "sweep.csv").read_text() for name in ("k", "whole")]
    assert csv[0] == csv[1]


def is_worker(pid: int) -> bool:
    return b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()
