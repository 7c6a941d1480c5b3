"""Puts values into Secrets Manager and Parameter Store, and says which are there, unread."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from tenner.aws import Refused
from tenner.errors import OutsideError, TennerError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tenner.aws import Account
    from tenner.secret_names import Kept

State = Literal["put", "not put", "not deployed"]
_NO_SECRET, _NO_PARAMETER = "ResourceNotFoundException", "ParameterNotFound"
_FIRST = 1  # a parameter's version with which Terraform makes it, which has no value yet
_MAY_NOT = re.compile(
    r"User: arn:[\w:/+=,.@-]+ is not authorized to perform: [\w:]+( on resource: [\w:/+=,.@-]+)?"
)
"""Of AWS's own words those that can have no value in them: who may not do what to what."""
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
    if kept.store == "Parameter Store":
        answer = _ask(account, kept, "get_parameter", WithDecryption=True)
        return str(answer["Parameter"]["Value"])
    answer = _ask(account, kept, "get_secret_value")
    if "SecretString" not in answer:
        raise TennerError(f"{kept.name}: the value in {kept.address} is binary, expected text")
    return str(answer["SecretString"])


def rotates(account: Account, kept: Kept) -> bool:
    """Tell whether Secrets Manager rotates a secret by itself."""
    return bool(_described(account, kept).get("RotationEnabled"))


def refuse_deleted(account: Account, kept: Kept) -> None:
    """Raise TennerError where Secrets Manager still keeps a deleted secret of this name."""
    if deleted := _described(account, kept).get("DeletedDate"):
        raise TennerError(
            f"{kept.name}: {kept.address} was deleted on {deleted:%Y-%m-%d}, and Secrets Manager "
            "gives its name away again only when it is gone, 7 to 30 days later: try then"
        )


def put(account: Account, kept: Kept, value: str) -> None:
    """Write a value over the one that is there; raises TennerError where nothing is deployed."""
    if kept.store == "Secrets Manager":
        answer = _ask(account, kept, "put_secret_value", SecretString=value)
    elif look(account, [kept])[0].state == "not deployed":
        raise not_deployed(kept)  # put_parameter would make it, and Terraform then fail
    else:
        type_ = "SecureString" if kept.is_hidden else "String"
        answer = _ask(account, kept, "put_parameter", Value=value, Type=type_, Overwrite=True)
    if not (answer.get("VersionId") or answer.get("Version")):
        raise OutsideError(
            f"{kept.name}: what answered says nothing of a new version, as AWS does, so that "
            f"{kept.address} may be as it was: is there a proxy between here and AWS?"
        )


def not_deployed(kept: Kept) -> TennerError:
    """Say that a name is not in AWS yet, and which command makes it."""
    what = "the shared infrastructure" if kept.kind == "shared secret" else "the app"
    return TennerError(
        f"{kept.name}: {kept.store} has no {kept.address} in this account and region yet. Deploy "
        f"{what} first: make deploy ENV={kept.environment}"
    )


def _described(account: Account, kept: Kept) -> Mapping[str, Any]:
    """Read what Secrets Manager says of a secret; nothing where it has none."""
    if kept.store != "Secrets Manager":
        return {}
    try:
        return account.ask("secretsmanager", "describe_secret", SecretId=kept.address)
    except Refused as error:
        if error.code == _NO_SECRET:
            return {}
        raise _outside(kept, error) from None


def _secret(account: Account, kept: Kept) -> Found:
    answer = _described(account, kept)
    if not answer or answer.get("DeletedDate"):
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


def _ask(account: Account, kept: Kept, action: str, **given: Any) -> Mapping[str, Any]:
    """Ask for what has a value in it, with no logger at DEBUG: botocore's write all down."""
    is_secret = kept.store == "Secrets Manager"
    service, key = ("secretsmanager", "SecretId") if is_secret else ("ssm", "Name")
    before = logging.root.manager.disable
    logging.disable(max(before, logging.DEBUG))
    try:
        return account.ask(service, action, **{key: kept.address}, **given)
    except Refused as error:
        if error.code in {_NO_SECRET, _NO_PARAMETER}:
            raise not_deployed(kept) from None
        raise _outside(kept, error) from None
    finally:
        logging.disable(before)


def _outside(kept: Kept, error: Refused) -> OutsideError:
    """Say AWS's no: its code, and of its words those that can't have the value in them."""
    words = _MAY_NOT.search(str(error))
    says = f"AWS answers {error.code}{f': {words[0]}' if words else ''}"
    if error.code.startswith(("Throttl", "TooMany")):
        says += ", more than once; try again in a minute"
    return OutsideError(f"{kept.name}: {kept.address} can't be used: {says}")
