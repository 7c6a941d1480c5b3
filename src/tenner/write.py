"""Writes a file as a whole: there is the new one, or what was there before."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from tenner.errors import OutsideError

if TYPE_CHECKING:
    from pathlib import Path


def write_whole(path: Path, text: str) -> None:
    """Write a text beside its place and move it there; raises OutsideError with one sentence.

    A file that was there keeps its mode. What is no ordinary file, such as /dev/stdout, is written
    as it is.
    """
    try:
        if path.exists() and not path.is_file():
            path.write_text(text, encoding="utf-8")
            return
        target = path.resolve()
        beside = target.with_name(f".{target.name}.{os.getpid()}.tmp")
        try:
            beside.write_text(text, encoding="utf-8")
            if target.exists():
                shutil.copymode(target, beside)
            beside.replace(target)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as error:
        message = f"{path} can't be written: {error.strerror or error}"
        raise OutsideError(message) from None
