"""The scheduled job."""

from typing import Any

import pytest

from functions.job import daily
from functions.job.handler import handler


def test_twice_is_once(dynamodb: Any) -> None:
    """The second run of a day changes nothing."""
    event = {"time": "2026-11-20T06:00:00Z"}
    assert handler(event, None) == {"day": "2026-11-20", "days_in_a_row": 1, "is_new": True}
    before = dynamodb.scan(TableName="shared-dev")["Items"]
    assert handler(event, None)["is_new"] is False
    assert dynamodb.scan(TableName="shared-dev")["Items"] == before


def test_days_are_counted(dynamodb: Any) -> None:
    """The count goes on from the day before, and starts again after a gap."""
    days = ["2026-11-29", "2026-11-30", "2026-12-01", "2026-12-03"]
    counts = [handler({"time": f"{day}T06:00:00Z"}, None)["days_in_a_row"] for day in days]
    assert counts == [1, 2, 3, 1]


def test_without_a_schedule_it_is_today(dynamodb: Any) -> None:
    """Called by hand, the job runs for today and its row expires."""
    assert handler({}, None)["is_new"] is True
    [row] = dynamodb.scan(TableName="shared-dev")["Items"]
    assert "expires_at" in row


@pytest.mark.parametrize("time", ["2026-11-20T23:59:59Z", "2026-11-21T00:30:00+01:00"])
def test_a_day_is_utc(time: str) -> None:
    """The scheduled time decides, in UTC."""
    from datetime import UTC, datetime

    assert daily.day_of({"time": time}, datetime.now(UTC)).isoformat() == "2026-11-20"
