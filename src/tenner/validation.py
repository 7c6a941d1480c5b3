"""Turns pydantic's errors into Tenner's sentences: key path, what was given, what was expected."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError
from pydantic_core import PydanticCustomError

from tenner.errors import InputError
from tenner.shown import key_part, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pydantic_core import ErrorDetails

    from tenner.exact_yaml import Document

_EXPECTED = {
    "string_type": "text",
    "bool_type": "true or false",
    "dict_type": "a mapping of keys to values",
    "model_type": "a mapping of keys to values",
    "list_type": "a list",
    "tuple_type": "a list",
}
_LIMITS = {
    "ge": "at least {}",
    "gt": "more than {}",
    "le": "at most {}",
    "lt": "less than {}",
    "expected": "one of {}",
    "max_length": "at most {} characters",
    "decimal_places": "at most {} decimal places",
    "max_digits": "at most {} digits",
    "whole_digits": "at most {} digits before the point",
}
"""How each limit that pydantic keeps in an error's context is said."""


def _exact(value: object) -> Decimal:
    if isinstance(value, Decimal):
        return value or abs(value)  # `-0` is 0
    raise PydanticCustomError("plain", "a number in plain digits")


def _whole(value: object) -> int:
    number = _exact(value)
    if number != number.to_integral_value():
        raise PydanticCustomError("plain", "a whole number")
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
    return plain_errors([("", message)])


def plain_errors(problems: Iterable[tuple[str, str]]) -> PydanticCustomError:
    """Make one error of several sentences, each with the key path below the validated value."""
    return PydanticCustomError("sentences", "wrong", {"problems": list(problems)})


def read(model: type[Model], document: Document) -> Model:
    """Validate a parsed document; raises InputError with all its defects at once."""
    return read_part(model, document.content, document, "")


def read_part(model: type[Model], content: object, document: Document, path: str) -> Model:
    """Validate a part of a document, which stands at a key path.

    Raises InputError with all its defects at once.
    """
    try:
        return model.model_validate(content)
    except ValidationError as error:
        problems = [
            document.problem(".".join(part for part in (path, key) if part), sentence)
            for detail in error.errors()
            for key, sentence in _sentences(detail)
        ]
        raise InputError(document.source, problems) from None


def _sentences(detail: ErrorDetails) -> Iterator[tuple[str, str]]:
    path = ".".join(key_part(str(part)) for part in detail["loc"] if part != "[key]")
    if detail["type"] != "sentences":
        yield path, _sentence(detail)
        return
    for key, message in detail["ctx"]["problems"]:
        yield ".".join(part for part in (path, key) if part), message


def _sentence(detail: ErrorDetails) -> str:
    kind, value, context = detail["type"], detail["input"], detail.get("ctx", {})
    if kind == "missing":
        return "missing; expected a value"
    if kind == "extra_forbidden":
        return "unknown key; take it away or mend its spelling"
    return f"given {shown(value)}, expected {_EXPECTED.get(kind) or _limit(context, detail['msg'])}"


def _limit(context: dict[str, Any], message: str) -> str:
    """Say the limit that pydantic keeps in an error's context."""
    if "min_length" in context:
        least = context["min_length"] if context["min_length"] > 1 else "one"
        return f"at least {least}{'' if 'field_type' in context else ' character'}"
    for name, words in _LIMITS.items():
        if name in context:
            return words.format(context[name])
    return message
