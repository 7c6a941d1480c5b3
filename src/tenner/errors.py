"""What can go wrong, each as one clear sentence: given, expected, where, what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class TennerError(Exception):
    """An error that a person can act on; `exit_code` is what the command returns."""

    exit_code = 2


class OutsideError(TennerError):
    """Trouble outside Tenner: a disk, the network, credentials, another program."""

    exit_code = 3


class Problem(NamedTuple):
    """One defect of one file: the key path, what stands there and what was expected."""

    key: str
    message: str
    line: int = 0

    def __str__(self) -> str:
        """Say it in one line, such as `line 7: functions.api.memory_mb: given …`."""
        place = f"line {self.line}: " if self.line else ""
        return f"{place}{self.key}: {self.message}" if self.key else f"{place}{self.message}"


class InputError(TennerError):
    """A file with defects; all of them are listed, each on a line of its own."""

    def __init__(self, source: str, problems: Iterable[Problem]) -> None:
        self.source = source
        self.problems: Sequence[Problem] = tuple(problems)
        super().__init__("\n".join(f"{source}: {problem}" for problem in self.problems))


class UnavailableError(InputError):
    """What no file is wrong about: no price in a region, or a form beyond the limits of its kind.

    Who compares forms may pass over one; a defect of a catalog's file is never one of these.
    """
