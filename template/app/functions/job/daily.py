"""The day's mark: how many days in a row the job has run. No AWS in here."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from functions.shared import table


def day_of(event: dict[str, Any], now: datetime) -> date:
    """Say which day a run is for: the scheduled one, even if a retry comes after midnight."""
    scheduled = event.get("time")
    when = datetime.fromisoformat(scheduled) if isinstance(scheduled, str) else now
    return when.astimezone(UTC).date()


def keys(day: date) -> tuple[str, str]:
    """Make the two keys of a day's row."""
    return table.key("days"), table.key("day", day.isoformat())


def yesterday(day: date) -> date:
    """Name the day before."""
    return day - timedelta(days=1)


def row(day: date, before: table.Row | None, now: datetime, days: int) -> table.Row:
    """Make the row of a day from that of the day before."""
    pk, sk = keys(day)
    in_a_row = int(before["days_in_a_row"]) + 1 if before else 1
    made: table.Row = {"pk": pk, "sk": sk, "day": day.isoformat(), "days_in_a_row": in_a_row}
    if expiry := table.expires_at(now.timestamp(), days):
        made["expires_at"] = expiry
    return made
