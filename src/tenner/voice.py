"""How a hook speaks: to the person who runs Copier, never with a traceback, and leaves at once."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import NoReturn

from tenner.errors import TennerError


def tell(words: str) -> None:
    """Print what the person waits for; where nobody reads on, the work goes on all the same."""
    try:
        print(words, flush=True)  # noqa: T201 - a hook has no other voice
    except UnicodeEncodeError:
        print(words.encode("ascii", "replace").decode(), flush=True)  # noqa: T201
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def say(words: str) -> None:
    """Print what a person must know or do."""
    print(words, file=sys.stderr)  # noqa: T201 - a hook has no other voice


def words_of(error: Exception) -> str:
    """Give an error as one sentence."""
    return str(error) if isinstance(error, TennerError) else f"{type(error).__name__}: {error}"


def leave(code: int) -> NoReturn:
    """End the process at once: taking all modules apart in good order is a tenth of a hook."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, AttributeError):  # None where it is closed
            stream.flush()
    os._exit(code)
