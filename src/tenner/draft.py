"""Where a new repo is made until it is whole: a hidden folder, and no interruption at the end."""

from __future__ import annotations

import contextlib
import secrets
import shutil
import signal
import threading
import time
from typing import TYPE_CHECKING

from tenner.errors import OutsideError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import FrameType

_HIDDEN = ".tenner-new-"
_DAY_S = 24 * 60 * 60


class Interrupts:
    """Notes Ctrl-C: pydantic turns it into an error of its own, and a destructor drops it."""

    def __init__(self) -> None:
        self.noted = self.held = False

    def __call__(self, _number: int, _frame: FrameType | None) -> None:
        """Note a signal, and raise KeyboardInterrupt unless that is held back."""
        self.noted = True
        if not self.held:
            raise KeyboardInterrupt

    def raise_noted(self) -> None:
        """Raise what was noted, at a moment when nothing has been made yet."""
        if self.noted:
            raise KeyboardInterrupt


@contextlib.contextmanager
def noting_interrupts() -> Iterator[Interrupts]:
    """Note interrupts while something is made."""
    interrupts = Interrupts()
    if threading.current_thread() is not threading.main_thread():
        yield interrupts  # only the main thread is told of signals
        return
    before = signal.signal(signal.SIGINT, interrupts)
    try:
        yield interrupts
    finally:
        signal.signal(signal.SIGINT, before)


@contextlib.contextmanager
def beside(folder: Path) -> Iterator[Path]:
    """Give a hidden place beside a folder, which is taken away whatever happens."""
    missing = [place for place in folder.parents if not place.exists()]
    hidden = folder.parent / f"{_HIDDEN}{secrets.token_hex(8)}"  # an interrupt while it is made …
    try:
        _make(hidden, folder)
        yield hidden / folder.name
    finally:
        shutil.rmtree(hidden, ignore_errors=True)  # … finds it by its name
        for place in missing:
            with contextlib.suppress(OSError):
                place.rmdir()  # only where nothing was made in it


def _make(hidden: Path, folder: Path) -> None:
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        _sweep(folder.parent)
        hidden.mkdir(mode=0o700)
    except OSError as error:
        message = f"{folder} can't be made: {error.strerror} ({error.filename})"
        raise OutsideError(message) from None


def _sweep(parent: Path) -> None:
    """Take away what a killed process left here more than a day ago."""
    for place in parent.glob(f"{_HIDDEN}*"):
        with contextlib.suppress(OSError):
            if time.time() - place.stat().st_mtime > _DAY_S:
                shutil.rmtree(place, ignore_errors=True)
