"""The documents' checklists: what is looked at before launch, each week and each month."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from tenner import exact_yaml
from tenner.errors import InputError
from tenner.service import Figure, Sources, Text
from tenner.shown import shown
from tenner.validation import Strict, Whole, plain_error, plain_errors, read

if TYPE_CHECKING:
    from collections.abc import Mapping

ListName = Literal["before-launch", "weekly", "monthly"]


class CheckList(Strict):
    """One list: an answer of a person holds for `every_days` days, or for ever where that is 0."""

    title: Text
    every_days: Annotated[Whole, Field(ge=0, le=3660)]


class Item(Strict):
    """One thing to look at: checked by the check of that name, or asked where it has none.

    `only` says what an app must have in its manifest for the item to be about it.
    """

    list: ListName
    text: Text
    only: Literal["", "ai", "static_site"] = ""
    check: str = ""
    question: str = ""
    limit: Annotated[Figure, Field(ge=0)] | None = None
    do: Text
    corrected: str = ""
    source: Sources

    @field_validator("question")
    @classmethod
    def _one_of_two(cls, question: str, info: ValidationInfo) -> str:
        if question and info.data.get("check"):
            raise plain_error("given beside a check, expected one of them")
        return question


class Checklists(Strict):
    """All lists and their items, by id, in the order of the file.

    `elsewhere` says of lines of the documents' lists that are no item where they went.
    """

    lists: dict[ListName, CheckList] = Field(min_length=3)
    items: dict[str, Item] = Field(min_length=1)
    elsewhere: dict[str, Text] = Field(default_factory=dict)

    @field_validator("items")
    @classmethod
    def _checked_or_asked(cls, items: dict[str, Item]) -> dict[str, Item]:
        lacking = [
            (key, "expected a check or a question")
            for key, item in items.items()
            if not item.check and not item.question
        ]
        if lacking:
            raise plain_errors(lacking)
        return items


def parse_checklists(text: str, source: str, checks: Mapping[str, object]) -> Checklists:
    """Read the catalog's checklists; raises InputError with every defect.

    `checks` are those that there are, by name.
    """
    document = exact_yaml.parse(text, source)
    file = read(Checklists, document)
    problems = [
        document.problem(f"items.{key}.check", f"given {shown(item.check)}, which is no check")
        for key, item in file.items.items()
        if item.check and item.check not in checks
    ]
    if problems:
        raise InputError(source, problems)
    return file
