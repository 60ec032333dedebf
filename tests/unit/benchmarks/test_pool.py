"""Jobs side by side: order, progress, faults."""

from __future__ import annotations

import pytest

from pvopt.benchmarks.pool import Heard, Job, StoppedError, cores, done


def unsaid(share: float, words: str) -> None:
    """Nobody listens."""


@pytest.mark.parametrize("workers", [1, 3])
def test_results_come_in_the_order_of_the_jobs(workers: int) -> None:
    def job(k: int) -> Job[int]:
        return Job(str(k), lambda heard: k * k, 1)

    jobs = [job(k) for k in range(20)]
    assert done(jobs, workers, unsaid) == [k * k for k in range(20)]


def test_progress_never_falls_and_ends_whole() -> None:
    shares: list[float] = []

    def work(heard: Heard) -> None:
        for second in range(5):
            heard(second)

    # The second job calls less, the third more often than foretold.
    done(
        [Job(str(k), work, calls) for k, calls in enumerate((5, 9, 2))],
        1,
        lambda s, w: shares.append(s),
    )
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_a_fault_ends_all_and_is_told() -> None:
    ended: list[int] = []

    def endless(heard: Heard) -> None:
        try:
            while True:
                heard(0)
        except StoppedError:
            ended.append(1)
            raise

    def faulty(heard: Heard) -> None:
        raise ValueError("a fault")

    jobs: list[Job[None]] = [Job("a", endless, 1), Job("b", faulty, 1), Job("c", endless, 1)]
    with pytest.raises(ValueError, match="a fault"):
        done(jobs, 2, unsaid)
    assert ended == [1]  # the third never began


def test_there_is_a_core() -> None:
    assert cores() >= 1
