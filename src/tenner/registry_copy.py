"""Carries all records of one registry to another, and writes over none that is different."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tenner.errors import InputError, TennerError
from tenner.registry import DifferentRecordError, NameTakenError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tenner.registry import Registry


class Copied(NamedTuple):
    """How many records were copied, how many were there, and a sentence for each that was not."""

    copied: int
    there: int
    problems: Sequence[str]


def copy_records(source: Registry, target: Registry) -> Copied:
    """Copy all records; one that can't be copied does not keep the others from it.

    Raises OutsideError where a registry can't be used, TennerError where both are the same one.
    """
    if source.place == target.place:
        message = f"given {source.place} twice, expected two registries"
        raise TennerError(message)
    entries, problems = source.entries()
    said, copied = list(problems), 0
    for entry in entries:
        try:
            copied += target.take_in(entry)
        except (NameTakenError, DifferentRecordError, InputError) as error:
            said.append(str(error))
    return Copied(copied, len(entries) - copied - len(said) + len(problems), said)
