"""Answers: static, cached, or from the model, and what an emergency changes."""

import io
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.stub import Stubber

from functions.shared import ai, table
from functions.shared.inputs import Refused


@pytest.fixture
def model(dynamodb: Any) -> Iterator[Stubber]:
    """A Bedrock that gives only the answers that a test prepares."""
    with Stubber(ai.client()) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


def says(stubber: Stubber, prompt: str, text: str) -> None:
    response = {
        "output": {"message": {"role": "assistant", "content": [{"text": text}]}},
        "stopReason": "end_turn",
        "usage": {"inputTokens": 1, "outputTokens": 1, "totalTokens": 2},
        "metrics": {"latencyMs": 1},
    }
    expected = {
        "modelId": "amazon.nova-micro-v1:0",
        "messages": [{"role": "user", "content": [{"text": prompt}]}],
        "inferenceConfig": {"maxTokens": 500},
    }
    stubber.add_response("converse", response, expected)


def test_a_static_answer_costs_nothing() -> None:
    """A known question needs neither table nor model, however it is spelt."""
    assert ai.answer("  What can YOU\n do? ").source == "static"


def test_the_model_is_asked_once(model: Stubber, dynamodb: Any) -> None:
    """The second time, the answer comes from the table, where it expires."""
    says(model, "Why?", "Because.")
    assert ai.answer("Why?") == ai.Answer("Because.", "model")
    assert ai.answer(" Why? ") == ai.Answer("Because.", "cache")
    [row] = dynamodb.scan(TableName="shared-dev")["Items"]
    assert row["pk"]["S"].startswith(table.key("ai", ""))
    assert "expires_at" in row
    assert "Why?" not in str(row)


def test_another_model_is_asked_anew(model: Stubber, monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer of one model is not passed off as that of another."""
    says(model, "Why?", "Because.")
    ai.answer("Why?")
    monkeypatch.setenv("AI_MODEL", "another")
    model.add_client_error("converse", "ValidationException")
    with pytest.raises(Refused, match="The model gives no answer just now"):
        ai.answer("Why?")


def test_an_emergency_keeps_what_is_paid(model: Stubber, monkeypatch: pytest.MonkeyPatch) -> None:
    """Static and cached answers go on; the model is not called."""
    says(model, "Why?", "Because.")
    ai.answer("Why?")
    monkeypatch.setenv("EMERGENCY_MODE", "true")
    assert ai.answer("Why?").source == "cache"
    assert ai.answer("help").source == "static"
    with pytest.raises(Refused, match="New questions are not answered just now") as refused:
        ai.answer("And why that?")
    assert refused.value.status == 503


@pytest.mark.parametrize(
    ("value", "is_emergency"),
    [("false", False), ("False", False), ("", False), ("true", True), ("1", True), ("on", True)],
)
def test_doubt_is_an_emergency(
    value: str, is_emergency: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only a plain no lets the model be called."""
    monkeypatch.setenv("EMERGENCY_MODE", value)
    assert ai.is_emergency() is is_emergency


def test_a_failing_model_is_said_but_not_quoted(model: Stubber, logged: io.StringIO) -> None:
    """A throttled model is a 503; the log has the error's code and not the prompt."""
    model.add_client_error("converse", "ThrottlingException", "hush-hush")
    with pytest.raises(Refused) as refused:
        ai.answer("hush-hush?")
    assert refused.value.status == 503
    assert "ThrottlingException" in logged.getvalue()
    assert "hush" not in logged.getvalue()


def test_an_empty_answer_is_not_kept(model: Stubber, dynamodb: Any) -> None:
    """Nothing said is not an answer, and is not served for 90 days."""
    says(model, "Why?", " ")
    with pytest.raises(Refused, match="empty answer"):
        ai.answer("Why?")
    assert dynamodb.scan(TableName="shared-dev")["Count"] == 0


@pytest.mark.parametrize("prompt", ["", "  ", "a" * 4001])
def test_a_wrong_prompt_costs_nothing(prompt: str) -> None:
    """An empty or endless prompt reaches neither table nor model."""
    with pytest.raises(Refused) as refused:
        ai.answer(prompt)
    assert refused.value.status == 400
