"""A terminal at which commands ask and a person answers."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

PATIENCE_S = 300


def at_terminal(
    command: Sequence[str],
    cwd: Path,
    environment: Mapping[str, str],
    *answers: tuple[str, str],
) -> tuple[int, str]:
    """Run a command at a terminal; give its exit code and all that was shown.

    Each answer is typed when the words before it have been shown.
    """
    here, there = pty.openpty()
    process = subprocess.Popen(
        command, cwd=cwd, env=dict(environment), stdin=there, stdout=there, stderr=there,
        start_new_session=True,
    )  # fmt: skip
    os.close(there)
    shown, seen, waiting, limit = b"", 0, list(answers), time.monotonic() + PATIENCE_S
    while some := _read(here, limit - time.monotonic()):
        shown += some
        if waiting and (at := shown.find(waiting[0][0].encode(), seen)) >= 0:
            seen = at + len(waiting[0][0].encode())
            os.write(here, waiting.pop(0)[1].encode())
    os.close(here)
    text = shown.decode(errors="replace")
    if time.monotonic() > limit:
        process.kill()
    code = process.wait()
    assert not waiting, f"never asked {waiting[0][0]!r}:\n{text}"
    return code, text


def _read(terminal: int, patience_s: float) -> bytes:
    if not select.select([terminal], [], [], max(0, patience_s))[0]:
        return b""
    try:
        return os.read(terminal, 4096)
    except OSError:  # the other side is closed
        return b""
