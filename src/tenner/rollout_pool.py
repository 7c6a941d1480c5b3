"""The worker processes of a rollout: each has one app at a time, so that one that dies is known.

`concurrent.futures` gives up all that is left when one process dies, and does not say whose.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
from collections import deque
from multiprocessing import connection, forkserver, resource_tracker
from typing import TYPE_CHECKING, NamedTuple, Self

from tenner.rollout import Outcome
from tenner.rollout_place import deaf

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from multiprocessing.connection import Connection
    from multiprocessing.context import ForkServerContext, ForkServerProcess
    from pathlib import Path

    from tenner.rollout_repo import Job

_MOST_TRIES = 2


class _Worker(NamedTuple):
    process: ForkServerProcess
    line: Connection[Job, Outcome]


def run_jobs(jobs: Sequence[Job], processes: int, place: Path) -> Iterator[Outcome]:
    """Do jobs in worker processes; an app whose process dies is tried once again, then failed."""
    with _Crew(jobs, place) as crew:
        for _ in range(min(processes, len(jobs))):
            crew.give_work()
        while crew.busy:
            yield from crew.next_outcomes()


class _Crew:
    """The processes, what each does, and what is left to do."""

    def __init__(self, jobs: Sequence[Job], place: Path) -> None:
        from tenner.rollout_copier import check_known  # noqa: PLC0415 - only where Copier runs

        check_known()
        self.busy: dict[int, tuple[_Worker, Job]] = {}
        self._todo = deque((job, 1) for job in jobs)
        self._tries: dict[str, int] = {}
        self._place = place
        self._context = _context()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with deaf():
            for worker, _job in self.busy.values():
                # Its git and its tests too: git takes its locks away when it is asked to end.
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(worker.process.pid or 0, signal.SIGTERM)
                worker.process.terminate()
            for worker, _job in self.busy.values():
                worker.process.join()

    def give_work(self, worker: _Worker | None = None) -> None:
        """Give the next job to a worker, or to a new one; without one, the worker ends."""
        if not self._todo:
            if worker:
                worker.line.close()
                worker.process.join()
            return
        with deaf():  # a worker that has begun is known, so that it is ended
            job, self._tries[job.app] = self._todo.popleft()
            worker = worker or _started(self._context, self._place)
            self.busy[worker.line.fileno()] = (worker, job)
        with contextlib.suppress(OSError):  # it has died: that is seen where its answer is read
            worker.line.send(job)

    def next_outcomes(self) -> Iterator[Outcome]:
        """Wait for workers that have an answer, or have died, and let them go on."""
        lines = [worker.line for worker, _job in self.busy.values()]
        for line in connection.wait(lines):
            worker, job = self.busy.pop(line.fileno())  # type: ignore[union-attr]
            outcome: Outcome | None
            try:
                outcome = worker.line.recv()
            except (EOFError, OSError):
                worker.line.close()
                worker.process.join()
                outcome = self._again_or_failed(job, worker.process.exitcode or 0)
                self.give_work()
            else:
                self.give_work(worker)
            if outcome is not None:
                yield outcome

    def _again_or_failed(self, job: Job, code: int) -> Outcome | None:
        tries = self._tries[job.app]
        if tries < _MOST_TRIES:
            self._todo.append((job, tries + 1))
            return None
        how = f"by {signal.Signals(-code).name}" if code < 0 else f"with exit code {code}"
        reason = (
            f"its worker process ended {how}, twice; nothing of it is kept. Expected enough memory "
            f"for it: tenner rollout --only {job.app} --jobs 1"
        )
        return Outcome(job.app, "failed", after=job.version, reason=reason, is_outside=True)


def _started(context: ForkServerContext, place: Path) -> _Worker:
    """Start a worker, from where Ctrl-C is not heard: this process decides what it stops."""
    from tenner import rollout_work  # noqa: PLC0415 - only where Copier runs

    ours, theirs = context.Pipe()
    process = context.Process(target=rollout_work.serve, args=(theirs, str(place)), daemon=True)
    process.start()
    theirs.close()
    return _Worker(process, ours)


def _context() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tenner.rollout_work"])  # imports Copier once for all
    resource_tracker.ensure_running()  # it lets signals in again
    with deaf():
        forkserver.ensure_running()
    return context
