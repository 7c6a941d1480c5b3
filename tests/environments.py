"""What a make in a test finds: no word of the make that runs the tests, and packages made once."""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

EMULATOR = ".venv-local"
_OF_MAKE = ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")


def outside_make(*besides: str) -> dict[str, str]:
    """Give this process's environment without what `make test` would tell a make in a test.

    Nor its VENV, which is Tenner's own, and without what begins as `besides` say.
    """
    left_out = (*_OF_MAKE, *besides)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
    kept.pop("VENV", None)
    return kept


def run_folder(folder: Path) -> Path:
    """Find the temporary folder that the workers of a run have together."""
    base = folder.parent
    return base.parent if base.name.startswith("popen-") else base


def share(repo: Path, run: Path) -> None:
    """Link a repo to the environments of the first repo that asks for the same packages.

    Installing them takes half a minute a repo. What `make` would install is told by the
    requirements; the first repo's `make` installs it, and the others wait.
    """
    names = [".venv", EMULATOR] if (repo / "requirements-local.txt").exists() else [".venv"]
    for name in names:
        place = run / "environments" / f"{name}-{_wanted(repo, name)}"
        place.parent.mkdir(exist_ok=True)
        with (place.parent / f"{place.name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not place.exists():
                _make(repo, f"{name}/.ready")
                (repo / name).rename(place)
            (repo / name).symlink_to(place)
            (place / ".ready").touch()  # not older than this repo's requirements


def _wanted(repo: Path, name: str) -> str:
    files = [repo / "requirements-local.txt"]
    if name != EMULATOR:
        files = sorted(set(repo.glob("requirements*.txt")) - set(files))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:16]


def _make(repo: Path, target: str) -> None:
    command = ["make", "--no-print-directory", "-C", str(repo), target]
    done = subprocess.run(command, env=outside_make(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"make {target} in {repo}:\n{done.stdout}{done.stderr}"
