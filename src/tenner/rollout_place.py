"""Where a rollout works: its own folder in the user's cache, swept when its process is gone."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import signal
import stat
import uuid
from pathlib import Path
from typing import IO, TYPE_CHECKING

from platformdirs import user_cache_path

from tenner.errors import OutsideError

if TYPE_CHECKING:
    from collections.abc import Iterator


_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of mode 700 in it
_ENOUGH_BYTES = 1_000_000_000


def cache_folder() -> Path:
    """Give the folder that rollouts of this user share: locks, and one folder a run."""
    return user_cache_path("tenner", appauthor=False) / "rollout"


def _memory_folder() -> Path | None:
    """Give a folder of this user in memory, where there is enough of it and it is nobody else's."""
    place = _MEMORY / f"tenner-{os.getuid()}"
    try:
        free = os.statvfs(_MEMORY)
        if free.f_bavail * free.f_frsize < _ENOUGH_BYTES:
            return None
        place.mkdir(mode=0o700, exist_ok=True)
        found = place.lstat()
    except OSError:
        return None
    is_ours = stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid()
    return place if is_ours and not found.st_mode & 0o077 else None


@contextlib.contextmanager
def own_place(*, is_big: bool = False) -> Iterator[Path]:
    """Give a new folder that is taken away at the end, and take away those of killed rollouts.

    It is in memory where there is enough of it and no app's own tests write there (`is_big`):
    taking thousands of small folders away took half of an update's time on a disk. Raises
    OutsideError where the disk says no.
    """
    root = (None if is_big else _memory_folder()) or cache_folder()
    with contextlib.ExitStack() as stack:
        try:
            with deaf():
                place = _new_place(root, stack)
        except OSError as error:
            message = f"{root} can't be used: {error.strerror} ({error.filename})"
            raise OutsideError(message) from None
        yield place


def _new_place(root: Path, stack: contextlib.ExitStack) -> Path:
    runs = root / "runs"
    runs.mkdir(parents=True, exist_ok=True)
    with (root / "sweep.lock").open("w") as gate:
        fcntl.flock(gate, fcntl.LOCK_EX)
        _sweep(runs)
        place = runs / f"{os.getpid()}-{uuid.uuid4().hex[:8]}"
        held = place.with_suffix(".lock").open("w")
        stack.callback(_take_away, place, held)
        fcntl.flock(held, fcntl.LOCK_EX)
        place.mkdir()
    return place


def _take_away(place: Path, held: IO[str]) -> None:
    with deaf():
        shutil.rmtree(place, ignore_errors=True)
        place.with_suffix(".lock").unlink(missing_ok=True)
        held.close()


@contextlib.contextmanager
def deaf() -> Iterator[None]:
    """Do something whole: Ctrl-C waits until it is done. What starts here never hears of it."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _sweep(runs: Path) -> None:
    """Take away the folders whose process no longer holds its lock."""
    for lock in runs.glob("*.lock"):
        with lock.open("w") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                continue
            shutil.rmtree(lock.with_suffix(""), ignore_errors=True)
            lock.unlink(missing_ok=True)
