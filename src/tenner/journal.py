"""Entries of the journal: which app got which version of the template when, and how it ended. Pure.

An entry is a JSON object; fields of a newer Tenner stay in it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

JournalEntry = Mapping[str, Any]
_TEXTS = "at app outcome from to template base commit branch reason".split()
_SAME = ("app", "template", "base", "outcome", "commit")


class Journal(NamedTuple):
    """All entries, oldest first, and one sentence for each that can't be read."""

    entries: Sequence[JournalEntry]
    problems: Sequence[str]


def identity(entry: JournalEntry) -> tuple[str, ...]:
    """Give what makes an entry the same as another one, whenever it was written."""
    return tuple(entry[key] for key in _SAME)


def entry_text(entry: JournalEntry) -> str:
    """Write an entry as one line of JSON, in ASCII: a path may have what is no text at all."""
    return json.dumps(entry)


def parse_entry(text: str) -> JournalEntry:
    """Read an entry from its line; raises ValueError with what was expected."""
    try:
        entry = json.loads(text)
    except ValueError:
        raise ValueError("not JSON") from None
    except RecursionError:
        entry = None
    if problem := _problem(entry):
        raise ValueError(problem)
    found: JournalEntry = entry
    return found


def _problem(entry: Any) -> str:
    if not isinstance(entry, dict):
        return "not an object of JSON"
    for key in _TEXTS:
        if not isinstance(entry.get(key), str):
            return f"{key}: expected text"
    conflicts = entry.get("conflicts")
    if not isinstance(conflicts, list) or not all(map(_is_conflict, conflicts)):
        return "conflicts: expected a list of lists: the file, and the lines in it"
    return ""


def in_order(entries: Iterable[JournalEntry]) -> list[JournalEntry]:
    """Sort entries by time; those of one second stay as they were added."""
    return sorted(entries, key=lambda entry: str(entry["at"]))


def _is_conflict(part: object) -> bool:
    return isinstance(part, list) and bool(part) and all(isinstance(each, str) for each in part)
