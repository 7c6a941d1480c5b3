"""Fields that the manifest and fleet.yaml both have: what each may be, and the sentence if not."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, Field

from tenner.names import app_name_problem, function_name_problem, plain_name_problem
from tenner.shown import shown
from tenner.validation import Exact, plain_error, plain_errors

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

MOST_APIS = 20
"""With 49 logins each they nearly fill the one user pool: 1,000 app clients."""
_MOST = 10**15
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-[0-9]\Z")
_TAG = re.compile(r"[\w.:/=+@ -]{1,100}\Z")


def _without(problem: Callable[[str], str]) -> AfterValidator:
    """Make a validator of a function that says what is wrong with a text, or nothing."""

    def check(text: str) -> str:
        if message := problem(text):
            raise plain_error(message)
        return text

    return AfterValidator(check)


def _unique(names: tuple[str, ...]) -> tuple[str, ...]:
    seen: set[str] = set()
    problems = []
    for number, name in enumerate(names):
        if name in seen:
            problems.append((str(number), f'given "{name}" again, expected each name once'))
        seen.add(name)
    if problems:
        raise plain_errors(problems)
    return names


def refuse_known(names: tuple[str, ...], known: Collection[str], where: str) -> tuple[str, ...]:
    """Give names back, none of which another field has already; `where` is that field's path."""
    problems = [
        (str(number), f'given "{name}", which {where} has too')
        for number, name in enumerate(names)
        if name in known
    ]
    if problems:
        raise plain_errors(problems)
    return names


def _owner_problem(owner: str) -> str:
    if _TAG.match(owner) and owner == owner.strip():
        return ""
    return (
        f"given {shown(owner)}, expected 1 to 100 letters, digits, spaces and "
        ". : / = + @ _ - with no space at either end, because it is a tag"
    )


def _region_problem(region: str) -> str:
    if _REGION.match(region):
        return ""
    return f"given {shown(region)}, expected an AWS region, such as us-east-1"


AppName = Annotated[str, _without(app_name_problem)]
Name = Annotated[str, _without(plain_name_problem)]
FunctionName = Annotated[str, _without(function_name_problem)]
Names = Annotated[tuple[Name, ...], Field(strict=False), AfterValidator(_unique)]
Owner = Annotated[str, _without(_owner_problem)]
Region = Annotated[str, _without(_region_problem)]
Amount = Annotated[Exact, Field(ge=0, le=_MOST, max_digits=30, decimal_places=9)]
Percent = Annotated[Exact, Field(ge=0, le=100, max_digits=12, decimal_places=9)]
UNIQUE = AfterValidator(_unique)
SecretStore = Literal["parameter_store", "secrets_manager"]
Stores = dict[
    Name,
    Annotated[tuple[SecretStore, ...], Field(strict=False, min_length=1, max_length=2), UNIQUE],
]
"""Where secrets are that are not in their usual store: code reads the first place, and a second
one is there only while a secret is moved."""
