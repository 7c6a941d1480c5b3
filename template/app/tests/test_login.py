"""Whose token is accepted, and whose rows it opens."""

import json
from typing import Any

import pytest

from functions.api import handler as api
from functions.shared import login
from functions.shared.inputs import Refused
from tests.events import CLAIMS, http_event


@pytest.mark.parametrize(
    ("claims", "status"),
    [
        (None, 401),
        ({}, 401),
        ({"client_id": "client-1"}, 401),
        ({"sub": "user-1"}, 403),
        ({"sub": "user-1", "aud": "client-1"}, 403),
        (CLAIMS | {"client_id": "another-app"}, 403),
        ({"sub": "client-1", "client_id": "client-1"}, 403),  # a program's, and no user's
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_wrong_token_is_refused(method: str, claims: dict[str, str] | None, status: int) -> None:
    """No token is 401; an ID token or the token of another app is 403."""
    response = api.handler(http_event(method, "/items", {"title": "a"}, claims=claims), None)
    assert response["statusCode"] == status


def test_no_client_id_lets_nobody_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """A function that was not told its client id refuses every token."""
    monkeypatch.setenv("LOGIN_CLIENT_ID", "")
    event = http_event("GET", "/items", claims=CLAIMS | {"client_id": ""})
    assert api.handler(event, None)["statusCode"] == 403


def test_an_event_without_an_authorizer_is_nobodys() -> None:
    """A route without an authorizer has no user."""
    with pytest.raises(Refused, match="Sign in first"):
        login.user_id({"requestContext": {"authorizer": None}})


def test_users_see_only_their_own(dynamodb: Any) -> None:
    """One user can neither list, read nor delete what another has made."""
    mine, other = CLAIMS, CLAIMS | {"sub": "user-2", "username": "user-2"}
    made = api.handler(http_event("POST", "/items", {"title": "a"}, claims=mine), None)
    path = f"/items/{json.loads(made['body'])['id']}"
    listed = api.handler(http_event("GET", "/items", claims=other), None)
    assert json.loads(listed["body"])["items"] == []
    assert api.handler(http_event("GET", path, claims=other), None)["statusCode"] == 404
    api.handler(http_event("DELETE", path, claims=other), None)
    assert api.handler(http_event("GET", path, claims=mine), None)["statusCode"] == 200


def test_a_user_keeps_the_rows_in_another_pool(dynamodb: Any) -> None:
    """In prod's own pool a user has another `sub` and the same name, and sees the same rows."""
    api.handler(http_event("POST", "/items", {"title": "a"}, claims=CLAIMS), None)
    listed = api.handler(http_event("GET", "/items", claims=CLAIMS | {"sub": "new-sub"}), None)
    assert [each["title"] for each in json.loads(listed["body"])["items"]] == ["a"]
