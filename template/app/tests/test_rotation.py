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


def test_steps_out_of_order_are_harmless(store: Any) -> None:
    """No step before the first one makes a key current; nor does the last one, one that fails."""
    for name in STEPS:
        with pytest.raises(ValueError, match="own-key: no version early is being rotated"):
            step(name, "early")
    new = str(uuid.uuid4())
    store.put_secret_value(
        SecretId=NAME, ClientRequestToken=new, SecretString="short", VersionStages=["AWSPENDING"]
    )
    with pytest.raises(ValueError, match="own-key: the new key does not work"):
        step("finishSecret", new)
    with pytest.raises(ValueError, match="own-key: given the step rotateSecret, expected one of"):
        step("rotateSecret", new)
    assert value(store, "AWSCURRENT") == OLD


def test_calls_of_one_rotation(store: Any) -> None:
    """Each call is paid for: the estimate counts these, and the app's own read of the new key."""
    new = str(uuid.uuid4())
    calls = list[str]()
    event = "before-call.secrets-manager"
    store.meta.events.register(event, lambda model, **_: calls.append(model.name))
    handler.create(NAME, new, "own-key")  # moto begins no rotation: this stands for what AWS does
    for name in STEPS[1:]:
        step(name, new)
    assert len(calls) + 1 == 12  # the first step looks up the secret too


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
