"""Events as Lambda gets them, with only the fields that the code may rely on."""

import json
import os
from typing import Any

CLAIMS = {
    "sub": "user-1",
    "username": "user-1",
    "client_id": "client-1",
    "token_use": "access",
}


def http_event(
    method: str,
    path: str,
    body: Any = None,
    *,
    query: dict[str, str] | None = None,
    headers: dict[str, str] | None = None,
    claims: dict[str, str] | None = CLAIMS,
) -> dict[str, Any]:
    """Make an HTTP API event, payload format 2.0, for a path below the app's own."""
    raw_path = f"/{os.environ['APP_NAME']}{path}"
    context: dict[str, Any] = {
        "http": {"method": method, "path": raw_path, "sourceIp": "192.0.2.1"},
        "requestId": "request-1",
        "stage": "$default",
    }
    if claims is not None:
        context["authorizer"] = {"jwt": {"claims": claims, "scopes": None}}
    event = {
        "version": "2.0",
        "routeKey": f"ANY /{os.environ['APP_NAME']}/{{proxy+}}",
        "rawPath": raw_path,
        "rawQueryString": "&".join(f"{name}={value}" for name, value in (query or {}).items()),
        "headers": headers or {},
        "requestContext": context,
        "isBase64Encoded": False,
    }
    if query:
        event["queryStringParameters"] = query
    if body is not None:
        event["body"] = body if isinstance(body, str) else json.dumps(body)
    return event


def queue_event(*bodies: str) -> dict[str, Any]:
    """Make an SQS event whose messages are called m0, m1 and so on."""
    return {
        "Records": [
            {"messageId": f"m{number}", "body": body, "eventSource": "aws:sqs"}
            for number, body in enumerate(bodies)
        ]
    }
