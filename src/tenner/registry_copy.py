"""Carries all records and the journal of one registry to another, and writes over nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tenner.errors import InputError, TennerError
from tenner.registry import DifferentRecordError, NameTakenError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tenner.registry import Registry


class Copied(NamedTuple):
    """How many records were copied, how many were there, and a sentence for each that was not.

    Then the same of the journal's entries.
    """

    copied: int
    there: int
    problems: Sequence[str]
    entries: int = 0
    entries_there: int = 0
    entries_problems: Sequence[str] = ()


def copy_records(source: Registry, target: Registry, *, newer: bool = False) -> Copied:
    """Copy all records and the journal; what can't be copied does not keep the rest from it.

    With `newer` also over earlier records of the same repos. Raises OutsideError where a registry
    can't be used, TennerError where both are the same one.
    """
    if source.place == target.place:
        message = f"given {source.place} twice, expected two registries"
        raise TennerError(message)
    entries, problems = source.entries()
    said, copied = list(problems), 0
    for entry in entries:
        try:
            copied += target.take_in(entry, newer=newer)
        except (NameTakenError, DifferentRecordError, InputError) as error:
            said.append(str(error))
    there = len(entries) - copied - len(said) + len(problems)
    journal = source.journal()
    new = target.append(journal.entries) if journal.entries else 0
    old = len(journal.entries) - new
    return Copied(copied, there, said, new, old, tuple(journal.problems))
