"""Messages that ask the model."""

from typing import Any

import pytest

from functions.shared.ai import static_answers
from functions.worker.handler import handler
from tests.events import queue_event


def test_the_answer_is_stored(dynamodb: Any) -> None:
    """A message that asks is stored with its answer."""
    assert handler(queue_event('{"ask": "help"}'), None) == {"batchItemFailures": []}
    [row] = dynamodb.scan(TableName="shared-dev")["Items"]
    assert row["text"]["S"] == static_answers()["help"]


def test_in_an_emergency_it_waits(dynamodb: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A message that can't be answered now is left to SQS."""
    monkeypatch.setenv("EMERGENCY_MODE", "true")
    assert len(handler(queue_event('{"ask": "Why?"}'), None)["batchItemFailures"]) == 1
