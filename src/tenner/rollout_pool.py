"""The worker processes of a rollout."""

from __future__ import annotations

import multiprocessing
import signal
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from multiprocessing import forkserver, resource_tracker
from typing import TYPE_CHECKING

from tenner.rollout import Outcome

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence
    from pathlib import Path

    from tenner.rollout_repo import Job


def run_jobs(jobs: Sequence[Job], processes: int, place: Path) -> Iterator[Outcome]:
    """Do jobs in worker processes; what a dead process has left undone is tried once again."""
    left = {job.app: job for job in jobs}
    for _ in range(2):
        try:
            with closing(_once(list(left.values()), processes, place)) as outcomes:
                for outcome in outcomes:
                    del left[outcome.app]
                    yield outcome
        except BrokenProcessPool:
            continue
        return
    for job in left.values():
        reason = "its worker process has died twice; expected enough memory: try --jobs 1"
        yield Outcome(job.app, "failed", after=job.version, reason=reason, is_outside=True)


def _once(jobs: Sequence[Job], processes: int, place: Path) -> Generator[Outcome, None, None]:
    from tenner import rollout_work  # noqa: PLC0415 - only where Copier runs
    from tenner.rollout_copier import check_known  # noqa: PLC0415

    check_known()
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tenner.rollout_work"])  # imports Copier once for all
    _start_deaf()
    pool = ProcessPoolExecutor(
        min(processes, len(jobs)), context, rollout_work.start, (str(place),)
    )
    try:
        futures = [pool.submit(rollout_work.do, job) for job in jobs]
        for future in as_completed(futures):
            yield future.result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _start_deaf() -> None:
    """Start a process that Ctrl-C does not reach: this one decides what it stops."""
    resource_tracker.ensure_running()  # it lets signals in again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        forkserver.ensure_running()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
