"""The scheduled job: leaves one mark a day. Put what your job does in its place."""

from datetime import UTC, datetime
from typing import Any

from functions.job import daily
from functions.shared import table
from functions.shared.logs import logger


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Write the day's row once. The schedule may call twice: the second run changes nothing."""
    now = datetime.now(UTC)
    day = daily.day_of(event, now)
    before = table.read(*daily.keys(daily.yesterday(day)))
    row = daily.row(day, before, now, table.ttl_days())
    is_new = table.insert(row)
    outcome = {"day": row["day"], "days_in_a_row": row["days_in_a_row"], "is_new": is_new}
    logger.info("job done", extra=outcome)
    return outcome
