"""What comes in from outside, checked; and the refusal of what is wrong."""

import json
from typing import Any


class Refused(Exception):
    """A request that gets one clear sentence instead of an answer."""

    def __init__(self, status: int, sentence: str, retry_after_s: int = 0) -> None:
        super().__init__(sentence)
        self.status = status  # as in HTTP
        self.sentence = sentence
        self.retry_after_s = retry_after_s  # 0 says nothing about it


def json_object(body: str, most_bytes: int) -> dict[str, Any]:
    """Read a JSON object of bounded size; anything else is refused with 400 or 413."""
    size = len(body.encode(errors="replace"))
    if size > most_bytes:
        raise Refused(413, f"The body has {size} bytes; at most {most_bytes} are allowed.")
    try:
        value = json.loads(body)
        # JSON can spell half of a character ("\ud800"), which no database can store.
        json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise Refused(400, "The body is not JSON in UTF-8.") from None
    if not isinstance(value, dict):
        raise Refused(400, "The body is not a JSON object.")
    return value


def text(value: Any, name: str, most_characters: int) -> str:
    """Check that a field is text, not blank and not too long."""
    if not isinstance(value, str) or not value.strip():
        raise Refused(400, f"{name} must be text that is not empty.")
    if len(value) > most_characters:
        raise Refused(400, f"{name} has {len(value)} characters; at most {most_characters}.")
    return value


def only(fields: dict[str, Any], allowed: tuple[str, ...]) -> None:
    """Refuse fields that nobody asked for, so that a misspelt one is noticed."""
    if unknown := sorted(set(fields) - set(allowed)):
        given = unknown[0][:40]
        raise Refused(400, f"{given!r} is not a field; the fields are {', '.join(allowed)}.")
