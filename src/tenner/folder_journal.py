"""The journal of a registry that is a folder: `rollouts.jsonl`, one line for each entry.

It is only ever appended to. A process that was killed leaves at most half a last line, which is no
entry, and which the next writer takes away.
"""

from __future__ import annotations

import contextlib
import json
import os
from typing import TYPE_CHECKING

from tenner.journal import Journal, entry_text, identity, in_order, parse_entry

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path
    from typing import BinaryIO

    from tenner.journal import JournalEntry

FILE = "rollouts.jsonl"


def read_journal(path: Path, shown: str) -> Journal:
    """Read all entries of a file, `shown` to people as this; raises OSError."""
    try:
        *lines, last = path.read_bytes().split(b"\n")
    except FileNotFoundError:
        return Journal([], [])
    entries, problems = list["JournalEntry"](), list[str]()
    for number, line in enumerate(lines, 1):
        try:
            entries.append(parse_entry(line.decode()))
        except ValueError as error:  # also what is no UTF-8
            problems.append(
                f"{shown}: line {number}: {error}; expected what tenner rollout writes: mend it, "
                "or take the line away"
            )
    if _is_whole(last):
        entries.append(parse_entry(last.decode()))
    return Journal(in_order(entries), problems)


def append_entries(path: Path, entries: Sequence[JournalEntry]) -> int:
    """Add the entries that the file does not have, and give their number; raises OSError.

    The caller keeps other writers out.
    """
    text = path.read_bytes() if path.exists() else b""
    known = _identities(text, {entry["app"] for entry in entries})
    new: dict[tuple[str, ...], JournalEntry] = {}
    for entry in entries:
        if identity(entry) not in known:
            new.setdefault(identity(entry), entry)
    if not new:
        return 0
    with path.open("ab") as file:
        _end_last_line(file, text)
        file.write(b"".join(entry_text(entry).encode() + b"\n" for entry in new.values()))
        file.flush()
        os.fsync(file.fileno())
    return len(new)


def _identities(text: bytes, apps: Collection[str]) -> set[tuple[str, ...]]:
    """Give the entries that are there of some apps; lines of other apps are not parsed."""
    marks = [json.dumps(app).encode() for app in apps]
    found = set()
    for line in text.split(b"\n"):
        if any(mark in line for mark in marks):
            with contextlib.suppress(ValueError):  # what is no entry, no entry is the same as
                found.add(identity(parse_entry(line.decode())))
    return found


def _end_last_line(file: BinaryIO, text: bytes) -> None:
    """Let new lines begin on one of their own: end a whole last one, take away half of one."""
    start = text.rfind(b"\n") + 1
    if _is_whole(text[start:]):
        file.write(b"\n")
    else:
        file.truncate(start)


def _is_whole(line: bytes) -> bool:
    try:
        parse_entry(line.decode())
    except ValueError:
        return False
    return True
