"""Puts a new shared infrastructure around records that are there before it.

Apps may come first: registering one makes `../aws-shared-infra/apps`. The new repo gets a copy of
that folder while its lock is held, and then the two change places in one step of the operating
system: at any moment a reader or a killed process finds the old folder or the new repo, each whole.
"""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tenner.errors import OutsideError, TennerError
from tenner.load import REGISTERED
from tenner.registry_folder import FolderRegistry

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_HERE, _EXCHANGE = -100, 2


def is_only_registry(folder: Path) -> bool:
    """Tell whether a folder has nothing in it but the registry's folder."""
    if not folder.is_dir() or [path.name for path in folder.iterdir()] != [REGISTERED]:
        return False
    apps = folder / REGISTERED
    return apps.is_dir() and not apps.is_symlink()


@contextmanager
def records_carried_over(draft: Path, home: Path) -> Iterator[bool]:
    """Copy the records that are in `home` into `draft`, and keep other writers out meanwhile.

    Gives whether there is such a folder, which `exchange` then takes the place of. Raises
    OutsideError where it can't be read.
    """
    if not is_only_registry(home):
        yield False
        return
    with FolderRegistry(home / REGISTERED).locked():
        try:
            shutil.copytree(
                home / REGISTERED,
                draft / REGISTERED,
                symlinks=True,
                ignore=shutil.ignore_patterns(".*.tmp"),
                copy_function=_copy,
                dirs_exist_ok=True,
            )
        except OSError as error:
            reason = error.strerror or str(error)
            message = f"The records in {home / REGISTERED} can't be copied: {reason}"
            raise OutsideError(message) from None
        yield True


def exchange(draft: Path, home: Path) -> None:
    """Let a whole repo and the folder with the records change places, in one step.

    Raises TennerError where `home` has got something else, OutsideError where it can't be done.
    """
    if not is_only_registry(home):
        message = f"{home} exists and is not empty. Expected a new folder, or only apps/ in it."
        raise TennerError(message)
    if number := _exchange(os.fsencode(draft), os.fsencode(home)):
        message = (
            f"{home} has records in apps/, and no new repo can be put around them here: "
            f"{os.strerror(number)}. Move apps/ away, make the repo, and move the records back."
        )
        raise OutsideError(message)


def _exchange(one: bytes, other: bytes) -> int:
    """Exchange two paths; give 0 or the error's number. Python has no function for it."""
    libc = ctypes.CDLL(None, use_errno=True)
    try:
        if hasattr(libc, "renamex_np"):  # macOS
            failed = libc.renamex_np(one, other, _EXCHANGE)
        else:
            failed = libc.renameat2(_HERE, one, _HERE, other, _EXCHANGE)
    except AttributeError:
        return errno.ENOSYS
    return ctypes.get_errno() if failed else 0


def _copy(source: str, target: str) -> None:
    """Copy a record so that it is on the disk before the old one goes."""
    shutil.copy2(source, target)
    handle = os.open(target, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
