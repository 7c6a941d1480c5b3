"""Rotation: a new key takes the place of the old one, in steps that may come twice or fail."""

import io
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from functions.rotation import handler, issuer

NAME = "todo/prod/own-key"
OLD = "the-old-key"
STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")


@pytest.fixture
def store(aws: None) -> Iterator[Any]:
    """A Secrets Manager with one secret that has a value."""
    handler.client.cache_clear()
    handler.client().create_secret(Name=NAME, SecretString=OLD)
    yield handler.client()
    handler.client.cache_clear()


@pytest.fixture
def token(store: Any) -> str:
    """A rotation whose first step was done once."""
    new = str(uuid.uuid4())
    handler.create(NAME, new, "own-key")
    return new


def step(name: str, token: str) -> None:
    """Call the function as Secrets Manager does."""
    handler.handler({"SecretId": NAME, "ClientRequestToken": token, "Step": name}, None)


def value(store: Any, stage: str) -> str:
    """Read the key at a stage."""
    return str(store.get_secret_value(SecretId=NAME, VersionStage=stage)["SecretString"])


def test_four_steps_make_a_new_key(store: Any, token: str, logged: io.StringIO) -> None:
    """The new key is current, the old one previous, and neither is in a log."""
    assert value(store, "AWSCURRENT") == OLD
    for name in STEPS:
        step(name, token)
    new = value(store, "AWSCURRENT")
    assert new != OLD
    assert len(new) >= issuer.KEY_BYTES
    assert value(store, "AWSPREVIOUS") == OLD
    assert "Step of a rotation" in logged.getvalue()
    assert new not in logged.getvalue()
    assert OLD not in logged.getvalue()


def test_a_step_may_come_twice(store: Any, token: str) -> None:
    """The key that an earlier try made stays; after the end nothing changes any more."""
    made = value(store, "AWSPENDING")
    for name in STEPS[:3]:
        step(name, token)
        step(name, token)
    assert value(store, "AWSPENDING") == made
    step(STEPS[3], token)
    for name in STEPS:
        step(name, token)
    assert value(store, "AWSCURRENT") == made


def test_a_key_that_does_not_work(store: Any, token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rotation ends with an error, and the old key stays the current one."""
    monkeypatch.setattr(issuer, "works", lambda _name, _key: False)
    with pytest.raises(ValueError, match="own-key: the new key does not work"):
        step("testSecret", token)
    assert value(store, "AWSCURRENT") == OLD


def test_an_unknown_version(store: Any, token: str) -> None:
    """What no rotation has begun is refused."""
    with pytest.raises(ValueError, match="no version other is being rotated"):
        step("finishSecret", "other")
    assert value(store, "AWSCURRENT") == OLD
