"""An account of moto's in which `deploy` does what Terraform does of places and functions."""

from __future__ import annotations

import functools
import io
import json
import zipfile
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import ClientError
from moto import mock_aws

from tenner.aws import Account
from tenner.load import load_manifest
from tenner.secret_names import kept_in, shared_in
from tenner.secret_places import stores_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pytest

    from tenner.secret_names import Kept
    from tenner.shared_infra import SharedInfra

_TRUST = json.dumps({"Version": "2012-10-17", "Statement": []})


@functools.cache
def client(service: str) -> Any:
    """Give a client of a service of this account; making one takes longer than using it."""
    return boto3.client(service, region_name="us-east-1")


@contextmanager
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let commands ask an empty account of moto's, with these clients."""
    for key in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(key, "local")
    for key in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_SESSION_TOKEN", "TENNER_REGISTRY"):
        monkeypatch.delenv(key, raising=False)
    monkeypatch.setattr(Account, "_client", lambda _self, service: client(service))
    with mock_aws():
        yield


def value_in(address: str) -> str | None:
    """Read a value, or nothing where there is none."""
    try:
        if address.startswith("/"):
            found = client("ssm").get_parameter(Name=address, WithDecryption=True)
            return str(found["Parameter"]["Value"])
        return str(client("secretsmanager").get_secret_value(SecretId=address)["SecretString"])
    except ClientError:
        return None


def deploy(folder: Path, environment: str) -> None:
    """Make and delete places as app.yaml says, and tell functions where their secrets are."""
    manifest = load_manifest(folder).manifest
    stores = {name: stores_of(manifest, environment, name) for name in manifest.secrets.all}
    for name, found in stores.items():
        if environment == "prod" or name in manifest.secrets.app:
            for store in ("parameter_store", "secrets_manager"):
                _place(kept_in(manifest, environment, name, store), is_there=store in found)
    usual = "secrets_manager"
    moved = {name: found[0] for name, found in stores.items() if found[0] != usual}
    for name in manifest.functions:
        _function(f"{manifest.app}-{environment}-{name}", {"SECRET_STORES": json.dumps(moved)})


def deploy_shared(infra: SharedInfra) -> None:
    """Make and delete the places of shared secrets as fleet.yaml says."""
    for environment in infra.environments:
        for name in infra.secrets.shared:
            for store in ("parameter_store", "secrets_manager"):
                is_there = store in infra.secrets.of(name)
                _place(shared_in(name, environment, store), is_there=is_there)


def _place(kept: Kept, *, is_there: bool) -> None:
    ssm, secrets = client("ssm"), client("secretsmanager")
    if kept.store == "Parameter Store":
        names = [each["Name"] for each in ssm.describe_parameters()["Parameters"]]
        if is_there and kept.address not in names:
            ssm.put_parameter(Name=kept.address, Type="SecureString", Value="not set yet")
        if not is_there and kept.address in names:
            ssm.delete_parameter(Name=kept.address)
        return
    names = [each["Name"] for each in secrets.list_secrets()["SecretList"]]
    if is_there and kept.address not in names:
        secrets.create_secret(Name=kept.address)
    if not is_there and kept.address in names:
        secrets.delete_secret(SecretId=kept.address)


def _function(name: str, variables: dict[str, str]) -> None:
    functions = client("lambda")
    try:
        functions.update_function_configuration(
            FunctionName=name, Environment={"Variables": variables}
        )
    except functions.exceptions.ResourceNotFoundException:
        code = io.BytesIO()
        with zipfile.ZipFile(code, "w") as package:
            package.writestr("handler.py", "")
        role = client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=_TRUST)["Role"]
        functions.create_function(
            FunctionName=name,
            Runtime="python3.13",
            Role=role["Arn"],
            Handler="handler.handler",
            Code={"ZipFile": code.getvalue()},
            Environment={"Variables": variables},
        )
