"""The account that is about to be changed, and what the shared infrastructure published there."""

import os
from collections.abc import Mapping
from typing import Any, NamedTuple

import boto3
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

from tools.problem import OUTSIDE, Problem

LOG_IN = "Log in first: aws sso login, with AWS_PROFILE set; or aws configure"


class Account(NamedTuple):
    """An AWS account in one region, or an emulator where there is an `endpoint`."""

    id: str
    region: str
    endpoint: str
    environment: Mapping[str, str]

    def client(self, service: str) -> Any:
        """Make a client of a service of this account."""
        keys = {
            "aws_access_key_id": self.environment.get("AWS_ACCESS_KEY_ID"),
            "aws_secret_access_key": self.environment.get("AWS_SECRET_ACCESS_KEY"),
            "aws_session_token": self.environment.get("AWS_SESSION_TOKEN"),
        }
        return boto3.client(
            service, region_name=self.region, endpoint_url=self.endpoint or None, **keys
        )

    def __str__(self) -> str:
        if self.endpoint:
            return f"the emulator at {self.endpoint}"
        return f"account {self.id}, {self.region}"


def on_aws(region: str) -> Account:
    """Ask AWS whose credentials these are."""
    environment = {**os.environ, "AWS_REGION": region, "AWS_DEFAULT_REGION": region}
    try:
        identity = boto3.client("sts", region_name=region).get_caller_identity()
    except NoCredentialsError:
        raise Problem(f"There are no AWS credentials. {LOG_IN}.", OUTSIDE) from None
    except (BotoCoreError, ClientError) as error:
        raise Problem(
            f"AWS does not say whose account this is: {error}. {LOG_IN}.", OUTSIDE
        ) from None
    return Account(identity["Account"], region, os.environ.get("AWS_ENDPOINT_URL", ""), environment)


def local(endpoint: str, region: str) -> Account:
    """Give the emulator's account, whatever AWS settings the person has."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environment |= {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]  # boto3 would look for a profile
    return Account("000000000000", region, endpoint, environment)


def refuse_shared(account: Account, expected: str) -> None:
    """Refuse the account that apps share, where one is expected that is apart from it."""
    try:
        for environment in ("dev", "staging"):
            path = f"/shared/{environment}"
            if account.client("ssm").get_parameters_by_path(Path=path, MaxResults=1)["Parameters"]:
                raise Problem(
                    f"In {account} is the shared infrastructure of {environment}. Expected "
                    f"{expected}: log in to that one"
                )
    except (BotoCoreError, ClientError) as error:
        raise Problem(f"{account} can't be read: {error}", OUTSIDE) from None


def published(account: Account, environment: str, api: int = 1) -> dict[str, str]:
    """Read what the shared infrastructure published at /shared/<environment>/, by name.

    Of an API other than number 1, what is at apis/<number>/ takes the place of what is of number 1.
    """
    found = published_at(account, environment, f"/shared/{environment}/")
    if api != 1:
        found |= published_at(account, environment, f"/shared/{environment}/apis/{api}/")
    return found


def published_at(account: Account, environment: str, path: str) -> dict[str, str]:
    """Read what is published at a path, by name."""
    found: dict[str, str] = {}
    try:
        pages = account.client("ssm").get_paginator("get_parameters_by_path").paginate(Path=path)
        for page in pages:
            found |= {each["Name"].removeprefix(path): each["Value"] for each in page["Parameters"]}
    except (BotoCoreError, ClientError) as error:
        raise Problem(f"{path} can't be read in {account}: {error}", OUTSIDE) from None
    if not found:
        raise Problem(
            f"Nothing is published at {path} in {account}. Expected the shared infrastructure "
            f"first{further(path)}; in its repo: make deploy ENV={environment}",
            OUTSIDE,
        )
    return found


def further(path: str) -> str:
    """Say what else is expected, where a path is of an API other than number 1."""
    number = path.rstrip("/").rpartition("/apis/")[2] if "/apis/" in path else ""
    return f", with `apis: {number}` or more in its fleet.yaml" if number else ""
