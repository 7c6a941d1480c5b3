"""How a given value and a key stand in a sentence: short, on one line, nothing unprintable."""

from __future__ import annotations

import re
from decimal import Decimal

_PLAIN_KEY = re.compile(r"[\w<>-]{1,60}\Z")
_LONGEST_TEXT, _LONGEST_NUMBER = 60, 40


def shown(value: object) -> str:
    """Show a given value in a few characters; text in quotes, a structure by its kind."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Decimal | int):
        text = f"{value:f}" if isinstance(value, Decimal) else str(value)
        return text if len(text) <= _LONGEST_NUMBER else f"{text[:_LONGEST_NUMBER]}…"
    if isinstance(value, str):
        return _quoted(value)
    kind = "list" if isinstance(value, list | tuple) else "mapping"
    return f"a {kind}" if value else f"an empty {kind}"


def key_part(key: str) -> str:
    """Show one key of a key path; in quotes where it is not plain, so that a path is readable."""
    return key if _PLAIN_KEY.match(key) else _quoted(key)


def _quoted(text: str) -> str:
    short = text if len(text) <= _LONGEST_TEXT else f"{text[:_LONGEST_TEXT]}…"
    letters = (
        letter if letter.isprintable() else letter.encode("unicode_escape").decode()
        for letter in short.replace("\\", "\\\\").replace('"', '\\"')
    )
    return f'"{"".join(letters)}"'
