"""Answers to the template's questions: from the command line and files, as Copier reads them."""

from __future__ import annotations

import difflib
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tenner.errors import TennerError
from tenner.money import exact_text
from tenner.shown import shown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_LISTS = frozenset({"environments", "features", "shared_environments"})
_OF_COPIER = frozenset({"_commit", "_src_path"})
"""What an answers file has besides answers: with these, another app's can be given as it is."""


def read_answers(words: Sequence[str], file: Path | None) -> dict[str, Any]:
    """Read answers as Copier does: a data file first, then `-d key=value`."""
    answers: dict[str, Any] = {}
    if file is not None:
        from tenner import exact_yaml  # noqa: PLC0415
        from tenner.load import read_text  # noqa: PLC0415

        content = exact_yaml.parse(read_text(file), str(file)).content
        if not isinstance(content, dict):
            message = f"{file}: expected answers, each as `key: value`"
            raise TennerError(message)
        answers.update(content)
    for word in words:
        key, sign, value = word.partition("=")
        if not sign:
            message = f'--data: given "{word}", expected KEY=VALUE, such as app_name=todo'
            raise TennerError(message)
        answers[key] = value
    return answers


def for_copier(data: Mapping[str, Any]) -> dict[str, str | list[str]]:
    """Give answers as Copier takes them; raises TennerError for a value of the wrong kind."""
    return {key: _answer(key, value) for key, value in data.items() if key not in _OF_COPIER}


def _answer(key: str, value: object) -> str | list[str]:
    """Give an answer as Copier reads it: text, or a list where the question has choices to tick."""
    if isinstance(value, Decimal | int) and not isinstance(value, bool):
        return exact_text(Decimal(value))
    if key in _LISTS:
        if isinstance(value, str):
            words = value.strip().removeprefix("[").removesuffix("]").split(",")
            value = [word.strip(" '\"") for word in words if word.strip()]
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return value
        raise TennerError(f"{key}: given {shown(value)}, expected a list, such as [one, two]")
    if isinstance(value, str):
        return value
    raise TennerError(f"{key}: given {shown(value)}, expected text; put it in quotes")


def refuse_unknown(data: Mapping[str, Any], questions: list[str]) -> None:
    """Refuse an answer to no question; Copier would pass over a slip of the finger in silence."""
    for key in data:
        if key not in questions:
            near = difflib.get_close_matches(key, questions, 1)
            known = f"expected one of {', '.join(questions)}"
            hint = f'did you mean "{near[0]}"?' if near else known
            raise TennerError(f'--data: given "{key}", which is no question; {hint}')
