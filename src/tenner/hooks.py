"""What happens after Copier has generated or updated an app: git, cost, registry, in that order.

Needs only what Copier brings. Git runs beside the imports and the estimate, because starting
processes and importing are most of what a hook costs.
"""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tenner import git
from tenner.errors import TennerError

if TYPE_CHECKING:
    from pathlib import Path

    from tenner.load import ManifestFile
    from tenner.registry import Registration, Registry

NAME_TAKEN = 2


def now() -> str:
    """Give the time as registry records have it: ISO 8601, UTC, whole seconds."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def after_copy(folder: Path) -> int:
    """Finish a new app: first commit, cost, registration.

    Gives the exit code: 2 where another repo has the name, which makes Copier delete a folder
    that it has made; 0 otherwise, because nothing else may eat a repo that the person can keep.
    """
    with ThreadPoolExecutor(max_workers=1) as pool:
        commit = pool.submit(git.make_first_commit, folder)
        try:
            file, registry = _open(folder)
            registry.check_free(_registration(file))
            print(_cost(file, registry))  # noqa: T201 - the person waits for this
            if message := commit.result():
                _say(message)
            _register(file, registry)
        except Exception as error:  # noqa: BLE001 - the repo is whole: say it, and keep it
            return _keep(error, folder)
    return 0


def after_update(folder: Path) -> int:
    """Finish an update: cost before and after, registration. Always gives exit code 0."""
    try:
        file, registry = _open(folder)
        print(_change(file, registry))  # noqa: T201 - the person waits for this
        _register(file, registry)
    except Exception as error:  # noqa: BLE001 - a failing hook would leave a half-made update
        return _keep(error, folder) and 0
    return 0


def _open(folder: Path) -> tuple[ManifestFile, Registry]:
    from tenner.load import load_manifest, open_registry  # noqa: PLC0415 - while git runs

    file = load_manifest(folder)
    return file, open_registry(None, file)


def _registration(file: ManifestFile) -> Registration:
    from tenner.load import registration_of  # noqa: PLC0415 - while git runs

    return registration_of(file)


def _register(file: ManifestFile, registry: Registry) -> None:
    done = registry.register(_registration(file), now())
    print(f"  registered in {done.place}")  # noqa: T201 - the person waits for this


def _keep(error: Exception, folder: Path) -> int:
    from tenner.registry import NameTakenError  # noqa: PLC0415 - while git runs

    if isinstance(error, NameTakenError):
        _say(str(error))
        return NAME_TAKEN
    words = str(error) if isinstance(error, TennerError) else f"{type(error).__name__}: {error}"
    _say(f"{words}\nThe app is kept, but not registered. Later: tenner register {folder}")
    return 0


def _cost(file: ManifestFile, registry: Registry) -> str:
    from tenner.cost import bill_with, text_of  # noqa: PLC0415 - while git runs

    bill, _ = bill_with([file.manifest], registry)
    return text_of(bill, [file.manifest.app])


def _change(file: ManifestFile, registry: Registry) -> str:
    from tenner.cost import bill_with, text_of  # noqa: PLC0415 - while git runs
    from tenner.manifest import parse_manifest  # noqa: PLC0415
    from tenner.money import cents  # noqa: PLC0415

    bill, _ = bill_with([file.manifest], registry)
    after = text_of(bill, [file.manifest.app])
    try:
        old = parse_manifest(git.committed_text(file.folder, "app.yaml"), "app.yaml before")
        before, _ = bill_with([old], registry)
    except TennerError:
        return after
    was, now_ = (
        each.figures(each.numbers_of(file.manifest.app)).marginal for each in (before, bill)
    )
    return f"{after}\n  before the update it added {cents(was)}, now {cents(now_)}"


def _say(words: str) -> None:
    print(words, file=sys.stderr)  # noqa: T201 - a hook has no other voice
