"""The journal as people and machines read it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tenner.report_text import columns
from tenner.rollout import WORDS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tenner.journal import JournalEntry

_SHORT, _LONGEST = 10, 60
_WORDS: Mapping[str, str] = {str(status): words for status, words in WORDS.items()}


def write_journal(entries: Sequence[JournalEntry], place: str, format_: str) -> str:
    """Write entries as `text` or `json`; `place` is the registry's."""
    if format_ == "json":
        return json.dumps({"registry": place, "entries": list(map(dict, entries))}, indent=2)
    if not entries:
        return f"No rollout is in the journal of {place}."
    rows = [("when", "app", "outcome", "from", "to", "commit", "")]
    return columns([*rows, *map(_cells, entries)], left=set(range(7)))


def _cells(entry: JournalEntry) -> tuple[str, ...]:
    files = [conflict[0] for conflict in entry["conflicts"]]
    more = f" and {len(files) - 1} more" if files[1:] else ""
    told = f"{files[0]}{more}" if files else entry["reason"]
    texts = (
        *(entry["at"], entry["app"], _WORDS.get(entry["outcome"], entry["outcome"])),
        *(entry["from"], entry["to"], entry["commit"][:_SHORT], told),
    )
    return tuple(map(_line, texts))


def _line(text: str) -> str:
    """Give a text in one line, of what can be shown."""
    words = "".join(letter if letter.isprintable() else " " for letter in text)
    words = " ".join(words.split())
    return words if len(words) <= _LONGEST else f"{words[: _LONGEST - 1]}…"
