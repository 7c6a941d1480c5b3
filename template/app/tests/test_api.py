"""The routes, from the event to the response and the row."""

import base64
import io
import json
import subprocess
import sys
from typing import Any

import pytest

from functions.api import handler as api
from functions.shared import table
from tests.events import http_event


def call(*args: Any, **kwargs: Any) -> tuple[int, Any]:
    response = api.handler(http_event(*args, **kwargs), None)
    return response["statusCode"], json.loads(response.get("body") or "null")


def test_health_needs_nothing() -> None:
    """Health answers without a table and without a login."""
    assert call("GET", "/health", claims=None) == (200, {"status": "ok"})


def test_import_is_light() -> None:
    """A cold start loads neither boto3 nor pydantic nor the tracer."""
    code = "import sys, functions.api.handler; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"boto3", "botocore.session", "pydantic", "aws_xray_sdk"} & set(run.stdout.split())


def test_an_item_lives(dynamodb: Any) -> None:
    """An item can be created, read, listed and deleted, and deleted again."""
    status, made = call("POST", "/items", {"title": "Milk", "notes": "two of them ✓"})
    assert (status, made["title"], made["notes"]) == (201, "Milk", "two of them ✓")
    assert call("GET", f"/items/{made['id']}") == (200, made)
    assert call("GET", "/items") == (200, {"items": [made], "next": None})
    assert call("DELETE", f"/items/{made['id']}")[0] == 204
    assert call("DELETE", f"/items/{made['id']}")[0] == 204
    assert api.handler(http_event("DELETE", f"/items/{made['id']}"), None)["body"] == ""
    assert call("GET", f"/items/{made['id']}")[0] == 404


def test_every_key_starts_with_the_app(dynamodb: Any) -> None:
    """The row's keys are in the part of the table that the app's role may use."""
    call("POST", "/items", {"title": "Milk"})
    [row] = dynamodb.scan(TableName="shared-dev")["Items"]
    assert row["pk"]["S"].startswith(table.key(""))
    assert row["sk"]["S"].startswith(table.key(""))
    assert "expires_at" in row


def test_pages_cover_all_once(dynamodb: Any) -> None:
    """Following `next` shows every item once, newest first."""
    made = [call("POST", "/items", {"title": f"{number}"})[1]["id"] for number in range(5)]
    seen: list[str] = []
    query = {"limit": "2"}
    while True:
        status, page = call("GET", "/items", query=query)
        assert status == 200
        seen += [item["id"] for item in page["items"]]
        if page["next"] is None:
            break
        query = {"limit": "2", "cursor": page["next"]}
    assert seen == sorted(made, reverse=True)


@pytest.mark.parametrize(
    ("body", "status", "sentence"),
    [
        (None, 400, "The body is not JSON in UTF-8."),
        ("{", 400, "The body is not JSON in UTF-8."),
        ("[" * 9000, 400, "The body is not JSON in UTF-8."),
        ('{"title": "\\ud800"}', 400, "The body is not JSON in UTF-8."),
        ("[]", 400, "The body is not a JSON object."),
        ("{}", 400, "title must be text that is not empty."),
        ('{"title": " "}', 400, "title must be text that is not empty."),
        ('{"title": 1}', 400, "title must be text that is not empty."),
        ('{"title": "a", "pk": "x"}', 400, "'pk' is not a field; the fields are title, notes."),
        ({"title": "a" * 201}, 400, "title has 201 characters; at most 200."),
        ("x" * 16385, 413, "The body has 16385 bytes; at most 16384 are allowed."),
    ],
)
def test_a_wrong_item_is_refused(body: Any, status: int, sentence: str) -> None:
    """What can't be an item gets one sentence, and the table is not asked."""
    assert call("POST", "/items", body) == (status, {"error": sentence})


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ({"limit": "0"}, "limit"),
        ({"limit": "101"}, "limit"),
        ({"limit": "ten"}, "limit"),
        ({"cursor": "x"}, "cursor"),
        ({"cursor": "b3RoZXIjaXRlbXM"}, "cursor"),
        ({"cursor": "é"}, "cursor"),
    ],
)
def test_a_wrong_page_is_refused(query: dict[str, str], name: str) -> None:
    """A limit or cursor that this API did not give is refused before the table is asked."""
    status, answer = call("GET", "/items", query=query)
    assert status == 400
    assert answer["error"].startswith(f"{name} must be")


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("/items/x", "There is no item with this id."),
        ("/items/%23", "There is no item with this id."),
        ("/items/../other", "There is no such route."),
        ("/nothing", "There is no such route."),
        ("", "There is no such route."),
    ],
)
def test_what_does_not_exist_is_said(path: str, sentence: str) -> None:
    """An unknown route or id is a 404 in JSON, and the table is not asked."""
    assert call("GET", path) == (404, {"error": sentence})


def test_a_base64_body_is_read(dynamodb: Any) -> None:
    """API Gateway sends some bodies as base64; one that is not text is refused."""
    event = http_event("POST", "/items") | {"isBase64Encoded": True}
    event["body"] = base64.b64encode(b'{"title": "Milk"}').decode()
    assert api.handler(event, None)["statusCode"] == 201
    event["body"] = base64.b64encode(b"\xff").decode()
    assert api.handler(event, None)["statusCode"] == 400


def test_a_large_list_is_gzipped(dynamodb: Any) -> None:
    """A client that takes gzip gets it."""
    call("POST", "/items", {"title": "Milk", "notes": "a" * 5000})
    event = http_event("GET", "/items", headers={"accept-encoding": "gzip, br"})
    response = api.handler(event, None)
    assert response["headers"]["Content-Encoding"] == "gzip"
    assert len(response["body"]) < 1000


def test_no_payload_is_logged(dynamodb: Any, logged: io.StringIO) -> None:
    """One line a request says how it went, and nothing of what was in it."""
    call("POST", "/items", {"title": "hush-hush"})
    call("GET", "/items/hush-hush")
    lines = [json.loads(line) for line in logged.getvalue().splitlines()]
    assert [line["status"] for line in lines] == [201, 404]
    assert "hush" not in logged.getvalue()


def test_a_failure_is_a_plain_500(
    monkeypatch: pytest.MonkeyPatch, dynamodb: Any, logged: io.StringIO
) -> None:
    """A fault is logged by its kind and place; client and log get no detail of the data."""

    def fail(_row: object) -> None:
        raise RuntimeError("hush-hush")

    monkeypatch.setattr(table, "insert", fail)
    status, answer = call("POST", "/items", {"title": "Milk"})
    assert (status, answer) == (500, {"error": "Something went wrong here; it is in the log."})
    assert '"error":"RuntimeError","where":["handler.py:' in logged.getvalue()
    assert "hush" not in logged.getvalue()
