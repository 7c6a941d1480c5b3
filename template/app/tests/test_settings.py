"""Secrets and parameters: under which name, and how often they are read."""

import json
from typing import Any

import boto3
import pytest

from functions.shared import settings

# Values are kept from test to test, so each test has names of its own.
ssm = boto3.client("ssm")
secrets_manager = boto3.client("secretsmanager")


@pytest.fixture
def store(aws: None) -> Any:
    """Parameter Store, empty."""
    return ssm


@pytest.fixture
def vault(aws: None) -> Any:
    """Secrets Manager, empty."""
    return secrets_manager


@pytest.mark.parametrize("environment", ["dev", "staging"])
def test_names_on_shared_infrastructure(
    environment: str, store: Any, vault: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Shared secrets are in Secrets Manager once; what is the app's own is a parameter."""
    monkeypatch.setenv("ENVIRONMENT", environment)
    path = f"/{settings.app_name()}/{environment}"
    vault.create_secret(Name=f"shared/{environment}/key", SecretString="of all")
    store.put_parameter(Name=f"{path}/key", Value="of this app", Type="SecureString")
    store.put_parameter(Name=f"{path}/level", Value="high", Type="String")
    assert settings.shared_secret("key") == "of all"
    assert settings.app_secret("key") == "of this app"
    assert settings.app_parameter("level") == "high"


def test_names_in_production(store: Any, vault: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Production shares nothing: all secrets are its own, in Secrets Manager."""
    monkeypatch.setenv("ENVIRONMENT", "prod")
    for name in ("shared-key", "own-key"):
        vault.create_secret(Name=f"{settings.app_name()}/prod/{name}", SecretString=name)
    store.put_parameter(Name=f"/{settings.app_name()}/prod/level", Value="high", Type="String")
    assert settings.shared_secret("shared-key") == "shared-key"
    assert settings.app_secret("own-key") == "own-key"
    assert settings.app_parameter("level") == "high"


def test_a_value_is_kept_until_refreshed(vault: Any) -> None:
    """A secret is read once in twelve hours, or when asked to because it was rotated."""
    vault.create_secret(Name="shared/dev/rotated", SecretString="old")
    assert settings.shared_secret("rotated") == "old"
    vault.put_secret_value(SecretId="shared/dev/rotated", SecretString="new")
    assert settings.shared_secret("rotated") == "old"
    assert settings.shared_secret("rotated", refresh=True) == "new"
    assert settings.shared_secret("rotated") == "new"


def test_moved_secrets(store: Any, vault: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """What `tenner secret move` has moved is read in its new place, and the others as before."""
    monkeypatch.setenv("SECRET_STORES", json.dumps({"common": "parameter_store"}))
    store.put_parameter(Name="/shared/secrets/dev/common", Value="of all", Type="SecureString")
    vault.create_secret(Name="shared/dev/stays", SecretString="stays")
    assert settings.shared_secret("common") == "of all"
    assert settings.shared_secret("stays") == "stays"
    monkeypatch.setenv("ENVIRONMENT", "prod")
    own = f"/{settings.app_name()}/prod/common"
    store.put_parameter(Name=own, Value="of prod", Type="SecureString")
    assert settings.shared_secret("common") == "of prod"
