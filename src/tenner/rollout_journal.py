"""The journal of rollouts: which app got which version when, one line of JSON each.

It is beside the records, and is only ever appended to, under the registry's lock.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from tenner.errors import OutsideError
from tenner.rollout import Conflict, Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tenner.registry_folder import FolderRegistry

JOURNAL = "rollouts.jsonl"
_STATUSES = ("updated", "conflicts", "checks_failed")


def entry_of(outcome: Outcome, template: str, now: str) -> dict[str, Any]:
    """Give an outcome as an entry; `template` is the commit of the template's version."""
    return {
        "at": now,
        "app": outcome.app,
        "outcome": outcome.status,
        "from": outcome.before,
        "to": outcome.after,
        "template": template,
        "base": outcome.base,
        "commit": outcome.commit,
        "branch": outcome.branch,
        "conflicts": [[each.file, *each.hunks] for each in outcome.conflicts],
        "reason": outcome.reason,
    }


def outcome_of(entry: dict[str, Any]) -> Outcome:
    """Give an entry as the outcome that it was written for."""
    return Outcome(
        entry["app"],
        entry["outcome"],
        entry["from"],
        entry["to"],
        branch=entry["branch"],
        base=entry["base"],
        commit=entry["commit"],
        conflicts=tuple(Conflict(file, tuple(hunks)) for file, *hunks in entry["conflicts"]),
        reason=entry["reason"],
        how="earlier",
    )


def entries(registry: FolderRegistry) -> Sequence[dict[str, Any]]:
    """Read all entries, oldest first; a line that is none, or half of one, is passed over."""
    try:
        text = (registry.folder / JOURNAL).read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return []
    except OSError as error:
        raise _outside(registry, error) from None
    found = []
    for line in text.splitlines():
        try:
            entry = json.loads(line)
            outcome_of(entry)
        except (ValueError, TypeError, KeyError):
            continue
        found.append(entry)
    return found


def append(registry: FolderRegistry, outcome: Outcome, template: str, now: str) -> None:
    """Add an outcome that changed something, unless the same stands there; whole or not at all.

    Raises OutsideError where the disk says no.
    """
    if outcome.status not in _STATUSES:
        return
    entry = entry_of(outcome, template, now)
    try:
        with registry.locked():
            if any(_is_same(entry, other) for other in entries(registry)):
                return
            _append(registry, json.dumps(entry, ensure_ascii=False).encode() + b"\n")
    except OSError as error:
        raise _outside(registry, error) from None


def _is_same(entry: dict[str, Any], other: dict[str, Any]) -> bool:
    keys = ("app", "template", "base", "outcome", "commit")
    return all(entry[key] == other[key] for key in keys)


def _append(registry: FolderRegistry, line: bytes) -> None:
    with (registry.folder / JOURNAL).open("a+b") as file:
        size = file.seek(0, os.SEEK_END)
        if size:
            file.seek(size - 1)
            if file.read(1) != b"\n":  # of a process that was killed: we hold the lock
                file.seek(0)
                file.truncate(file.read().rfind(b"\n") + 1)
        file.write(line)
        file.flush()
        os.fsync(file.fileno())


def _outside(registry: FolderRegistry, error: OSError) -> OutsideError:
    reason = error.strerror or str(error)
    return OutsideError(f"The journal {registry.place}/{JOURNAL} can't be used: {reason}")
