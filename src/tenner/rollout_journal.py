"""What a rollout writes into the registry's journal, and reads back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tenner.rollout import Conflict, Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tenner.journal import JournalEntry
    from tenner.registry import Registry

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


def outcome_of(entry: Mapping[str, Any]) -> Outcome:
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


def entries(registry: Registry) -> Sequence[JournalEntry]:
    """Read all entries, oldest first; what can't be read is passed over."""
    return registry.journal().entries


def last_of(registry: Registry) -> Mapping[tuple[str, str], JournalEntry]:
    """Read the last entry of each app and each commit of the template."""
    return {(entry["app"], entry["template"]): entry for entry in entries(registry)}


def append(registry: Registry, outcome: Outcome, template: str, now: str) -> None:
    """Add an outcome that changed something, unless the same stands there; whole or not at all.

    Raises OutsideError where the registry can't be written.
    """
    if outcome.status in _STATUSES:
        registry.append([entry_of(outcome, template, now)])
