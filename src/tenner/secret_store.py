"""Puts values into Secrets Manager and Parameter Store, and says which are there, unread."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from tenner.aws import Refused
from tenner.errors import OutsideError, TennerError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tenner.aws import Account
    from tenner.secret_names import Kept

State = Literal["put", "not put", "not deployed"]
_NO_SECRET, _NO_PARAMETER = "ResourceNotFoundException", "ParameterNotFound"
_FIRST = 1  # a parameter's version with which Terraform makes it, which has no value yet
_WITHOUT_VALUE = ("AccessDenied", "Throttling", "TooMany", "Decryption", "Encryption", "KMS")
_MOST_NAMES = 50  # of one describe_parameters


class Found(NamedTuple):
    """A name, what AWS has for it, and when that last changed: a date, or nothing."""

    kept: Kept
    state: State
    changed: str = ""


def look(account: Account, kept: Sequence[Kept]) -> Sequence[Found]:
    """Say of each whether its value is there; no value is read. Raises OutsideError."""
    found = dict["Kept", Found]()
    parameters = [each for each in kept if each.store == "Parameter Store"]
    for start in range(0, len(parameters), _MOST_NAMES):
        found |= _parameters(account, parameters[start : start + _MOST_NAMES])
    for each in kept:
        if each.store == "Secrets Manager":
            found[each] = _secret(account, each)
    return [found[each] for each in kept]


def put_everywhere(account: Account, places: Sequence[Kept], value: str) -> Sequence[Kept]:
    """Write a value into the first place, and into those of the others that are deployed.

    Gives where it is now. Raises TennerError as `put` does.
    """
    put(account, places[0], value)
    others = [each.kept for each in look(account, places[1:]) if each.state != "not deployed"]
    for each in others:
        put(account, each, value)
    return [places[0], *others]


def read(account: Account, kept: Kept) -> str:
    """Read a value into memory; raises TennerError where there is none or it is no text."""
    if (found := look(account, [kept])[0]).state == "not deployed":
        raise not_deployed(kept)
    if found.state == "not put":
        raise TennerError(
            f"{kept.name}: no value yet in {kept.store}, {kept.address}. Put it: "
            f"tenner secret put {kept.name} --environment {kept.environment}"
        )
    try:
        if kept.store == "Parameter Store":
            answer = account.ask("ssm", "get_parameter", Name=kept.address, WithDecryption=True)
            return str(answer["Parameter"]["Value"])
        answer = account.ask("secretsmanager", "get_secret_value", SecretId=kept.address)
    except Refused as error:
        raise _outside(kept, error) from None
    if "SecretString" not in answer:
        raise TennerError(f"{kept.name}: the value in {kept.address} is binary, expected text")
    return str(answer["SecretString"])


def rotates(account: Account, kept: Kept) -> bool:
    """Tell whether Secrets Manager rotates a secret by itself."""
    if kept.store != "Secrets Manager":
        return False
    try:
        answer = account.ask("secretsmanager", "describe_secret", SecretId=kept.address)
    except Refused as error:
        if error.code == _NO_SECRET:
            return False
        raise _outside(kept, error) from None
    return bool(answer.get("RotationEnabled"))


def refuse_deleted(account: Account, kept: Kept) -> None:
    """Raise TennerError where Secrets Manager still keeps a deleted secret of this name."""
    if kept.store != "Secrets Manager":
        return
    try:
        answer = account.ask("secretsmanager", "describe_secret", SecretId=kept.address)
    except Refused as error:
        if error.code == _NO_SECRET:
            return
        raise _outside(kept, error) from None
    if deleted := answer.get("DeletedDate"):
        raise TennerError(
            f"{kept.name}: {kept.address} was deleted on {deleted:%Y-%m-%d}, and Secrets Manager "
            "gives its name away again only when it is gone, 7 to 30 days later: try then"
        )


def put(account: Account, kept: Kept, value: str) -> None:
    """Write a value over the one that is there; raises TennerError where nothing is deployed."""
    try:
        if kept.store == "Secrets Manager":
            account.ask(
                "secretsmanager", "put_secret_value", SecretId=kept.address, SecretString=value
            )
            return
        if next(iter(_parameters(account, [kept]).values())).state == "not deployed":
            raise not_deployed(kept)  # put_parameter would make it, and Terraform then fail
        account.ask(
            "ssm",
            "put_parameter",
            Name=kept.address,
            Value=value,
            Type="SecureString" if kept.is_hidden else "String",
            Overwrite=True,
        )
    except Refused as error:
        if error.code == _NO_SECRET:
            raise not_deployed(kept) from None
        raise _outside(kept, error) from None


def not_deployed(kept: Kept) -> TennerError:
    """Say that a name is not in AWS yet, and which command makes it."""
    what = "the shared infrastructure" if kept.kind == "shared secret" else "the app"
    return TennerError(
        f"{kept.name}: {kept.store} has no {kept.address} in this account and region yet. Deploy "
        f"{what} first: make deploy ENV={kept.environment}"
    )


def _secret(account: Account, kept: Kept) -> Found:
    try:
        answer = account.ask("secretsmanager", "describe_secret", SecretId=kept.address)
    except Refused as error:
        if error.code == _NO_SECRET:
            return Found(kept, "not deployed")
        raise _outside(kept, error) from None
    if answer.get("DeletedDate"):
        return Found(kept, "not deployed")
    stages = answer.get("VersionIdsToStages") or {}
    if any("AWSCURRENT" in each for each in stages.values()):
        return Found(kept, "put", f"{answer['LastChangedDate']:%Y-%m-%d}")
    return Found(kept, "not put")


def _parameters(account: Account, kept: Sequence[Kept]) -> dict[Kept, Found]:
    wanted = [{"Key": "Name", "Option": "Equals", "Values": [each.address for each in kept]}]
    try:
        pages = account.pages("ssm", "describe_parameters", "Parameters", ParameterFilters=wanted)
        there = {each["Name"]: each for each in pages}
    except Refused as error:
        raise _outside(kept[0], error) from None
    found = {}
    for each in kept:
        answer = there.get(each.address)
        if answer is None:
            found[each] = Found(each, "not deployed")
        elif answer["Version"] == _FIRST:
            found[each] = Found(each, "not put")
        else:
            found[each] = Found(each, "put", f"{answer['LastModifiedDate']:%Y-%m-%d}")
    return found


def _outside(kept: Kept, error: Refused) -> OutsideError:
    """Say AWS's no; its words only where they can't have the value in them, else its code."""
    says = str(error) if error.code.startswith(_WITHOUT_VALUE) else f"AWS answers {error.code}"
    return OutsideError(f"{kept.name}: {kept.address} can't be used: {says}")
