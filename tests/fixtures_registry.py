"""Fixtures of the registry's backends."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.dynamodb_server import KEYS, TABLE, DynamoDBServer
from tests.registries import BACKENDS, Backend

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tenner.registry import Registry


@pytest.fixture(scope="session")
def dynamodb_server() -> Iterator[DynamoDBServer]:
    """A DynamoDB on loopback."""
    server = DynamoDBServer()
    yield server
    server.stop()


@pytest.fixture
def dynamodb(dynamodb_server: DynamoDBServer, monkeypatch: pytest.MonkeyPatch) -> DynamoDBServer:
    """The same with an empty table `fleet`; the environment leads to it."""
    dynamodb_server.reset()
    for name, value in {**KEYS, "AWS_ENDPOINT_URL": dynamodb_server.url}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    return dynamodb_server


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest, tmp_path: Path) -> Backend:
    """Each backend, empty."""
    if request.param == "folder":
        return Backend(str(tmp_path / "aws-shared-infra" / "apps"), None)
    return Backend(f"dynamodb://{TABLE}", request.getfixturevalue("dynamodb"))


@pytest.fixture
def registry(backend: Backend) -> Registry:
    """Each backend's registry with nothing in it."""
    return backend.open()
