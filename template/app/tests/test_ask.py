"""The route to the model."""

import json
from typing import Any

from functions.api import handler as api
from tests.events import http_event


def call(body: Any) -> tuple[int, Any]:
    response = api.handler(http_event("POST", "/ask", body), None)
    return response["statusCode"], json.loads(response["body"])


def test_a_question_is_answered() -> None:
    """The route says the answer and where it came from."""
    status, given = call({"prompt": "help"})
    assert (status, given["source"]) == (200, "static")
    assert given["answer"]


def test_a_wrong_question_is_refused() -> None:
    """Anything but a prompt gets one sentence."""
    assert call({}) == (400, {"error": "prompt must be text that is not empty."})
    assert call({"prompt": "a", "model": "b"})[0] == 400
    assert call("a" * 24_001)[0] == 413


def test_an_emergency_is_said(dynamodb: Any, monkeypatch: Any) -> None:
    """In an emergency a new question is a 503 with a reason, and when to try again."""
    monkeypatch.setenv("EMERGENCY_MODE", "true")
    status, given = call({"prompt": "Why?"})
    assert status == 503
    assert given["error"].startswith("New questions are not answered")
    answer = api.handler(http_event("POST", "/ask", {"prompt": "Why?"}), None)
    headers = {**answer.get("headers", {}), **answer.get("multiValueHeaders", {})}
    assert headers["Retry-After"] == "3600"
