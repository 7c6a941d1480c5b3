"""What a check of a review finds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from tenner.review_facts import Unknown


class Found(NamedTuple):
    """What a check found, with one sentence that says on what it rests."""

    outcome: Literal["pass", "fail", "unchecked"]
    why: str


def passed(why: str) -> Found:
    """Say that it is in order."""
    return Found("pass", why)


def unchecked(unknown: Unknown) -> Found:
    """Say why it can't be checked."""
    return Found("unchecked", unknown.why)


def judged(wrong: list[str], fine: str) -> Found:
    """Fail with all that is wrong, or pass."""
    return Found("fail", "; ".join(wrong)) if wrong else passed(fine)
