"""The queue worker."""

import io
from typing import Any

from functions.shared import table
from functions.worker.handler import handler
from tests.events import queue_event


def test_each_message_is_one_row(dynamodb: Any) -> None:
    """A message that comes twice is stored once, in the app's own part of the table."""
    event = queue_event('{"text": "one"}', '{"text": "two"}')
    assert handler(event, None) == {"batchItemFailures": []}
    assert handler(event, None) == {"batchItemFailures": []}
    rows = dynamodb.scan(TableName="shared-dev")["Items"]
    assert sorted(row["text"]["S"] for row in rows) == ["one", "two"]
    assert all(row["pk"]["S"] == table.key("messages") for row in rows)


def test_only_the_failed_come_again(dynamodb: Any, logged: io.StringIO) -> None:
    """A poisoned message is reported to SQS, the others are done, and none is logged."""
    event = queue_event('{"text": "fine"}', "hush-hush", '{"hush": 1}', '{"text": "hush", "x": 1}')
    failures = handler(event, None)["batchItemFailures"]
    assert [failure["itemIdentifier"] for failure in failures] == ["m1", "m2", "m3"]
    assert dynamodb.scan(TableName="shared-dev")["Count"] == 1
    assert "Refused" in logged.getvalue()
    assert "hush" not in logged.getvalue()


def test_a_batch_of_failures_does_not_raise(dynamodb: Any) -> None:
    """If all fail, all are reported: an exception would put them into the log."""
    assert len(handler(queue_event("a", "b"), None)["batchItemFailures"]) == 2
