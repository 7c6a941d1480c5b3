"""What all tests share: the environment that Lambda would give, a table, and no network."""

import io
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest
import yaml
from moto import mock_aws

MANIFEST = yaml.safe_load(Path(__file__).parents[1].joinpath("app.yaml").read_text("utf-8"))

os.environ.update(
    # None of these can reach an account, whatever the machine is configured for.
    AWS_ACCESS_KEY_ID="testing",
    AWS_SECRET_ACCESS_KEY="testing",
    AWS_SESSION_TOKEN="testing",
    AWS_CONFIG_FILE=os.devnull,
    AWS_SHARED_CREDENTIALS_FILE=os.devnull,
    AWS_EC2_METADATA_DISABLED="true",
    AWS_DEFAULT_REGION="us-east-1",
    AWS_REGION="us-east-1",
    # As Terraform sets them for every function.
    APP_NAME=MANIFEST["app"],
    ENVIRONMENT="dev",
    TABLE_NAME="shared-dev",
    TTL_DAYS="30",
    POWERTOOLS_SERVICE_NAME=MANIFEST["app"],
    LOG_LEVEL="INFO",
    EMERGENCY_MODE="false",
    LOGIN_CLIENT_ID="client-1",
    AI_MODEL="amazon.nova-micro-v1:0",
    AI_MAX_OUTPUT_TOKENS="500",
    AI_CACHE_TTL_DAYS="90",
)
for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL"):
    os.environ.pop(name, None)


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a test that would leave this machine fail."""

    def refuse(*_: object) -> NoReturn:
        raise AssertionError("A test tried to use the network.")

    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.fixture
def aws() -> Iterator[None]:
    """An AWS account in memory."""
    with mock_aws():
        yield


@pytest.fixture
def dynamodb(aws: None) -> Any:
    """A client of a DynamoDB that has the shared table, empty."""
    from functions.shared import table

    client = table.client()
    client.create_table(
        TableName=os.environ["TABLE_NAME"],
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "S"},
        ],
    )
    return client


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """Everything that is logged during a test."""
    from functions.shared.logs import logger

    stream = io.StringIO()
    monkeypatch.setattr(logger.registered_handler, "stream", stream)
    return stream
