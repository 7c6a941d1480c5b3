"""Rotates a secret in the four steps of Secrets Manager; each may be called more than once.

createSecret makes a new key as AWSPENDING, setSecret tells its issuer, testSecret tries it, and
finishSecret makes it AWSCURRENT. The old one stays as AWSPREVIOUS. No key is ever logged.
"""

import functools
from collections.abc import Mapping
from typing import Any

from functions.rotation import issuer
from functions.shared.logs import logger

CURRENT, PENDING = "AWSCURRENT", "AWSPENDING"


def handler(event: Mapping[str, str], _context: object) -> None:
    """Do one step; an exception ends the rotation, and the current key stays."""
    secret, token, step = event["SecretId"], event["ClientRequestToken"], event["Step"]
    described = client().describe_secret(SecretId=secret)
    name = described["Name"].rpartition("/")[2]
    stages = described.get("VersionIdsToStages", {})
    if CURRENT in stages.get(token, ()):
        logger.info("Rotated already", extra={"secret": name, "step": step})
        return
    if PENDING not in stages.get(token, ()):
        raise ValueError(f"{name}: no version {token} is being rotated")
    if step not in STEPS:
        raise ValueError(f"{name}: given the step {step}, expected one of {', '.join(STEPS)}")
    STEPS[step](secret, token, name)
    logger.info("Step of a rotation", extra={"secret": name, "step": step})


def create(secret: str, token: str, name: str) -> None:
    """Make the new key, unless an earlier try has."""
    try:
        made = _value(secret, PENDING, token)
    except client().exceptions.ResourceNotFoundException:
        made = ""
    if not made:
        key = issuer.new_key(name, _value(secret, CURRENT))
        client().put_secret_value(
            SecretId=secret, ClientRequestToken=token, SecretString=key, VersionStages=[PENDING]
        )


def register(secret: str, token: str, name: str) -> None:
    """Tell the issuer."""
    issuer.register(name, _value(secret, PENDING, token))


def test(secret: str, token: str, name: str) -> None:
    """Try the new key."""
    if not issuer.works(name, _value(secret, PENDING, token)):
        raise ValueError(f"{name}: the new key does not work; the current one stays")


def finish(secret: str, token: str, name: str) -> None:
    """Make the new key the current one; tried again, since an earlier step may be missing."""
    test(secret, token, name)
    stages = client().describe_secret(SecretId=secret)["VersionIdsToStages"]
    old = next((version for version, has in stages.items() if CURRENT in has), None)
    given = {"RemoveFromVersionId": old} if old else {}
    client().update_secret_version_stage(
        SecretId=secret, VersionStage=CURRENT, MoveToVersionId=token, **given
    )


STEPS = {
    "createSecret": create,
    "setSecret": register,
    "testSecret": test,
    "finishSecret": finish,
}


def _value(secret: str, stage: str, token: str = "") -> str:
    given = {"VersionId": token} if token else {}
    found = client().get_secret_value(SecretId=secret, VersionStage=stage, **given)
    return str(found.get("SecretString", ""))


@functools.cache
def client() -> Any:
    """Make the client once."""
    import boto3

    return boto3.client("secretsmanager")
