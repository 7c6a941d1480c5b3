"""Users of a promotion, against a small Cognito on loopback that has AWS's documented rules.

moto's needs a further package, and MiniStack lets two users have one address. That users can
sign in is tested on MiniStack: test_promote_deployed.py.
"""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest

from tenner.aws import Account
from tenner.errors import OutsideError
from tenner.promote_users import Pool, Users, make_users
from tests.dynamodb_server import KEYS

if TYPE_CHECKING:
    from collections.abc import Iterator

SHARED, OWN = "us-east-1_shared", "us-east-1_own"
User = dict[str, Any]


class Refusal(Exception):  # noqa: N818 - an answer
    """A code of Cognito's."""


class Cognito:
    """Two pools of users by name; `refuses` names actions that are not allowed."""

    def __init__(self) -> None:
        self.pools: dict[str, dict[str, User]] = {SHARED: {}, OWN: {}}
        self.passwords: dict[str, str] = {}
        self.refuses: set[str] = set()

    def add(self, pool: str, name: str, email: str, **more: Any) -> None:
        """Add a user who has signed in."""
        given = {"sub": name, "email": email, "email_verified": "false", "name": "Zoë"}
        attributes = [{"Name": key, "Value": value} for key, value in given.items()]
        self.pools[pool][name] = {
            "Username": name, "UserAttributes": attributes, "Enabled": True,
            "UserStatus": "CONFIRMED", **more,
        }  # fmt: skip

    def answer(self, action: str, given: Any) -> User:
        """Answer as Cognito does."""
        if action in self.refuses:
            raise Refusal("NotAuthorizedException")
        users, name = self.pools[given["UserPoolId"]], given["Username"]
        if action == "AdminCreateUser":
            self._create(users, given)
            return {"User": {}}
        if name not in users:
            raise Refusal("UserNotFoundException")
        if action == "AdminSetUserPassword":
            assert given["Permanent"] is True
            users[name]["UserStatus"] = "CONFIRMED"
            self.passwords[name] = given["Password"]
        elif action == "AdminDisableUser":
            users[name]["Enabled"] = False
        return users[name] if action == "AdminGetUser" else {}

    def _create(self, users: dict[str, User], given: Any) -> None:
        attributes = {each["Name"]: each["Value"] for each in given["UserAttributes"]}
        assert given["MessageAction"] == "SUPPRESS"
        assert "sub" not in attributes  # it can't be chosen
        if given["Username"] in users:
            raise Refusal("UsernameExistsException")
        if attributes["email"] in {email_of(each) for each in users.values()}:
            raise Refusal("AliasExistsException")
        self.add(OWN, given["Username"], "", UserStatus="FORCE_CHANGE_PASSWORD")
        users[given["Username"]]["UserAttributes"] = given["UserAttributes"]


def email_of(user: User) -> str:
    """A user's address."""
    attributes = {each["Name"]: each["Value"] for each in user["UserAttributes"]}
    return str(attributes["email"])


@pytest.fixture
def cognito(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cognito]:
    """A Cognito with two users of the shared pool, one of whom may not sign in."""
    found = Cognito()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            given = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            try:
                status, content = (
                    200,
                    found.answer(self.headers["X-Amz-Target"].partition(".")[2], given),
                )
            except Refusal as error:
                status, content = 400, {"__type": str(error), "message": "no"}
            text = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv(
        "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", f"http://127.0.0.1:{server.server_port}"
    )
    found.add(SHARED, "u1", "one@example.org")
    found.add(SHARED, "u2", "two@example.org", Enabled=False)
    yield found
    server.shutdown()
    server.server_close()


def make(*names: str, is_dry: bool = False) -> Users:
    """Make users by name."""
    account = Account("us-east-1", "", "--to-profile")
    return make_users(Pool(account, SHARED), Pool(account, OWN), names, is_dry=is_dry)


def test_users_are_made_under_their_ids(cognito: Cognito) -> None:
    """With their attributes, addresses that count as theirs, and a password that nobody knows."""
    assert make("u1", "u2", "gone", is_dry=True) == Users(made=2, gone=1)
    assert cognito.pools[OWN] == {}
    assert make("u1", "u2", "gone") == Users(made=2, gone=1)
    assert make("u1", "u2", "gone") == Users(there=2, gone=1)
    made = cognito.pools[OWN]
    assert made["u1"]["UserAttributes"] == [
        {"Name": "email", "Value": "one@example.org"},
        {"Name": "name", "Value": "Zoë"},
        {"Name": "email_verified", "Value": "true"},
    ]
    assert {name: each["Enabled"] for name, each in made.items()} == {"u1": True, "u2": False}
    assert {each["UserStatus"] for each in made.values()} == {"CONFIRMED"}
    assert len(set(cognito.passwords.values())) == 2
    assert min(map(len, cognito.passwords.values())) >= 40


def test_an_address_that_another_has(cognito: Cognito) -> None:
    """The other one stays; it is counted, and the next user is made."""
    cognito.add(OWN, "somebody", "one@example.org")
    assert make("u1", "u2") == Users(made=1, taken=1)
    assert sorted(cognito.pools[OWN]) == ["somebody", "u2"]


def test_cut_off_and_gone_on_with(cognito: Cognito) -> None:
    """Refused between two actions of one user, the next run finishes that user."""
    cognito.refuses = {"AdminSetUserPassword"}
    with pytest.raises(OutsideError) as caught:
        make("u2", "u1")
    assert str(caught.value) == (
        "--to-profile: the users of us-east-1_own can't be made: An error occurred "
        "(NotAuthorizedException) when calling the AdminSetUserPassword operation: no"
    )
    assert cognito.pools[OWN]["u2"]["UserStatus"] == "FORCE_CHANGE_PASSWORD"
    assert not cognito.pools[OWN]["u2"]["Enabled"]
    cognito.refuses = set()
    assert make("u2", "u1") == Users(made=2)
    assert {each["UserStatus"] for each in cognito.pools[OWN].values()} == {"CONFIRMED"}
    assert not cognito.pools[OWN]["u2"]["Enabled"]
