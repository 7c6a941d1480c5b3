"""The clock: UTC's, as AWS's days are."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """Give the time of now, in UTC."""
    return datetime.now(UTC)


def stamp() -> str:
    """Give it as registry records have it: ISO 8601, UTC, whole seconds."""
    return now().isoformat(timespec="seconds")
