"""One app's update, apart from its working folder: in a clone that nobody sees and nobody keeps.

The app's repo gets a branch in the last step and at once, so that a process killed at any moment
leaves nothing in it. What a killed process leaves elsewhere, the next rollout takes away.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import subprocess
import tempfile
import time
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from tenner import git
from tenner.errors import OutsideError, TennerError
from tenner.rollout import Conflict, Outcome, marked_hunks
from tenner.rollout_repo import (
    Job,
    branch_in,
    changed,
    clone,
    commit,
    committed_answers,
    forwarded,
    last_words,
    publish,
    refuse_other_repo,
    run_git,
    waiting,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

_OF_MAKE = frozenset(["MAKEFLAGS", "MAKELEVEL", "MFLAGS"])
"""What a make that runs this rollout hands on: the app's own make is none of its parts."""
_LONGEST_CHECK_S = 30 * 60


class Engine(Protocol):
    """What updates the files of a clone."""

    def update(self, job: Job, app: Path) -> None:
        """Run Copier's update; raises what Copier raises."""

    def finish(self, job: Job, app: Path) -> str:
        """Write what follows from an updated app: its cost table; gives why not, or nothing."""


def update(job: Job, engine: Engine) -> Outcome:
    """Bring one app to a version; whatever goes wrong is said in the outcome, never raised."""
    started = time.monotonic()
    outcome = Outcome(job.app, "failed", after=job.version)
    try:
        with locked(job), _nowhere(job) as draft:
            outcome = _update(job, draft, engine)
    except TennerError as error:
        is_outside = isinstance(error, OutsideError)
        outcome = replace(outcome, reason=_one_line(str(error)), is_outside=is_outside)
    except OSError as error:
        words = f"{error.strerror or error}" + (f" ({error.filename})" if error.filename else "")
        outcome = replace(outcome, reason=_one_line(words), is_outside=True)
    except Exception as error:  # noqa: BLE001 - the other apps go on
        outcome = replace(outcome, reason=_one_line(f"{error}" or type(error).__name__))
    return replace(outcome, seconds=time.monotonic() - started)


@contextlib.contextmanager
def locked(job: Job) -> Iterator[None]:
    """Keep other rollouts away from one app; the system lets go when a process dies."""
    place = Path(job.locks)
    place.mkdir(parents=True, exist_ok=True)
    name = sha256((os.path.realpath(job.folder) if job.folder else job.url).encode()).hexdigest()
    with (place / name[:32]).open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def _nowhere(job: Job) -> Iterator[Path]:
    """Give a folder of the app's name in the run's own folder, taken away at the end."""
    hidden = Path(tempfile.mkdtemp(prefix="app-", dir=job.place))
    try:
        yield hidden / (Path(job.folder).name or job.app)
    finally:
        shutil.rmtree(hidden, ignore_errors=True)


def _update(job: Job, draft: Path, engine: Engine) -> Outcome:
    app = clone(job, draft)
    refuse_other_repo(job, app)
    base = run_git(app, "rev-parse", "HEAD")
    before = committed_answers(app).version
    outcome = Outcome(job.app, "up_to_date", before, job.version, base=base)
    if before == job.version:
        return outcome
    branch = branch_in(job, app, draft)
    earlier = waiting(job, app, base, branch)
    if earlier and not job.is_preview:
        outcome = replace(outcome, status="updated", commit=earlier, branch=branch)
        return forwarded(job, changed(app, outcome))
    engine.update(job, app)
    if found := conflicts(app):
        files = tuple(_status(app))
        return replace(outcome, status="conflicts", files=files, conflicts=found)
    note = engine.finish(job, app)
    commit(job, app, before)
    head = run_git(app, "rev-parse", "HEAD")
    outcome = replace(outcome, status="updated", commit=head, note=note)
    outcome = changed(app, outcome)
    if job.is_checked and (problem := _check(job, app)):
        return replace(outcome, status="checks_failed", commit="", reason=problem)
    if job.is_preview:
        return outcome
    publish(job, draft, branch)
    return forwarded(job, replace(outcome, branch=branch))


def conflicts(app: Path) -> tuple[Conflict, ...]:
    """Name what an update could not merge: unmerged files, rejects, and markers; see DESIGN."""
    unmerged = {
        line.partition("\t")[2]
        for line in git.run(app, "ls-files", "--unmerged", "-z").stdout.split("\0")
        if line
    }
    rejects = git.run(app, "ls-files", "--others", "-z", "--", "*.rej").stdout.split("\0")
    found: dict[str, tuple[str, ...]] = {}
    for name in filter(None, rejects):
        found[name] = ("a part that was rejected",)
    for name in sorted({*unmerged, *_status(app)}):
        path = app / name
        text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
        hunks = marked_hunks(text)
        if hunks or name in unmerged:
            found[name] = hunks or ("changed on one side, taken away on the other",)
    return tuple(Conflict(name, hunks) for name, hunks in sorted(found.items()))


def _status(app: Path) -> list[str]:
    """List what differs from the last commit, relative to the app's folder."""
    said = git.run(app, "ls-files", "--modified", "--others", "--exclude-standard", "-z")
    return sorted({name for name in said.stdout.split("\0") if name})


def _check(job: Job, app: Path) -> str:
    """Run the app's own tests; gives one sentence where they fail."""
    command, venv = ["make", "test"], Path(job.folder) / ".venv"
    if job.folder and (venv / "bin" / "python").exists():
        command.append(f"VENV={venv.resolve()}")
    try:
        done = subprocess.run(  # noqa: S603 - no shell, and no words of a person
            command,
            cwd=app,
            env={key: value for key, value in os.environ.items() if key not in _OF_MAKE},
            check=False,
            capture_output=True,
            text=True,
            errors="replace",
            stdin=subprocess.DEVNULL,
            timeout=_LONGEST_CHECK_S,
        )
    except subprocess.TimeoutExpired:
        return f"make test has not ended after {_LONGEST_CHECK_S // 60} minutes"
    except FileNotFoundError:
        return "make is not installed; expected it for --check"
    return f"make test: {last_words(done)}" if done.returncode else ""


def _one_line(text: str) -> str:
    return " ".join(text.split())
