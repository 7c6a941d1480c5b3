"""Where a rollout works: its own folder in the user's cache, swept when its process is gone."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import uuid
from typing import TYPE_CHECKING

from platformdirs import user_cache_path

from tenner.errors import OutsideError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def cache_folder() -> Path:
    """Give the folder that rollouts of this user share: locks, and one folder a run."""
    return user_cache_path("tenner", appauthor=False) / "rollout"


@contextlib.contextmanager
def own_place() -> Iterator[Path]:
    """Give a new folder that is taken away at the end, and take away those of killed rollouts.

    Raises OutsideError where the disk says no.
    """
    root = cache_folder()
    try:
        runs = root / "runs"
        runs.mkdir(parents=True, exist_ok=True)
        with (root / "sweep.lock").open("w") as gate:
            fcntl.flock(gate, fcntl.LOCK_EX)
            _sweep(runs)
            place = runs / f"{os.getpid()}-{uuid.uuid4().hex[:8]}"
            held = place.with_suffix(".lock").open("w")
            fcntl.flock(held, fcntl.LOCK_EX)
            place.mkdir()
    except OSError as error:
        message = f"{root} can't be used: {error.strerror} ({error.filename})"
        raise OutsideError(message) from None
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)
        place.with_suffix(".lock").unlink(missing_ok=True)
        held.close()


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
