"""Turns pydantic's errors into Tenner's sentences: key path, what was given, what was expected."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError
from pydantic_core import PydanticCustomError

from tenner.errors import InputError

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

    from tenner.exact_yaml import Document

_EXPECTED = {
    "string_type": "text",
    "bool_type": "true or false",
    "dict_type": "a mapping of keys to values",
    "model_type": "a mapping of keys to values",
    "list_type": "a list",
    "tuple_type": "a list",
    "is_instance_of": "a number in plain digits",
}


def _exact(value: object) -> Decimal:
    if isinstance(value, Decimal):
        return value
    message = "expected a number in plain digits"
    raise PydanticCustomError("plain", "{message}", {"message": message})


def _whole(value: object) -> int:
    number = _exact(value)
    if number != number.to_integral_value():
        raise PydanticCustomError("plain", "expected a whole number")
    return int(number)


Exact = Annotated[Decimal, BeforeValidator(_exact)]
"""A number exactly as its text says it."""
Whole = Annotated[int, BeforeValidator(_whole)]
"""A whole number in plain digits."""


class Strict(BaseModel):
    """A frozen value; an unknown key is a defect."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, hide_input_in_errors=True, defer_build=True
    )


Model = TypeVar("Model", bound=Strict)


def plain_error(message: str) -> PydanticCustomError:
    """Make an error for a validator, of which the sentence is shown as it is."""
    return PydanticCustomError("sentence", "{message}", {"message": message})


def read(model: type[Model], document: Document) -> Model:
    """Validate a parsed document; raises InputError with all its defects at once."""
    try:
        return model.model_validate(document.content)
    except ValidationError as error:
        problems = [document.problem(_key(detail), _sentence(detail)) for detail in error.errors()]
        raise InputError(document.source, problems) from None


def _key(detail: ErrorDetails) -> str:
    return ".".join(str(part) for part in detail["loc"] if part != "[key]")


def _sentence(detail: ErrorDetails) -> str:
    kind, value, context = detail["type"], detail["input"], detail.get("ctx", {})
    if kind == "missing":
        return "missing; expected a value"
    if kind == "extra_forbidden":
        return "unknown key; take it away or mend its spelling"
    if kind == "sentence":
        return str(detail["msg"])
    expected = _EXPECTED.get(kind) or _bound(context) or detail["msg"].removeprefix("Input should ")
    return f"given {shown(value)}, expected {expected.removeprefix('expected ')}"


def _bound(context: dict[str, Any]) -> str:
    """Say the limits that pydantic keeps in an error's context."""
    words = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}
    for short, text in words.items():
        if short in context:
            return f"{text} {context[short]}"
    if "expected" in context:
        return f"one of {context['expected']}"
    return ""


def shown(value: object) -> str:
    """Show a given value in a few characters; text in quotes, a structure by its kind."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Decimal | int):
        text = f"{value:f}" if isinstance(value, Decimal) else str(value)
        return text if len(text) <= 40 else f"{text[:40]}…"  # noqa: PLR2004 - a line's worth
    if isinstance(value, str):
        text = value if len(value) <= 60 else f"{value[:60]}…"  # noqa: PLR2004 - a line's worth
        return '"' + text.encode("unicode_escape").decode().replace('"', '\\"') + '"'
    return "a list" if isinstance(value, list | tuple) else "a mapping"
