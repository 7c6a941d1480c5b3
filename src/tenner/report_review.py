"""Reports of a review: text for a terminal, Markdown, and JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tenner.report_text import render, wrapped

if TYPE_CHECKING:
    from tenner.checklists import ListName
    from tenner.review import Outcome, Result, Review

_INDENT = 8
_WORDS: dict[Outcome, str] = {
    "pass": "pass",
    "fail": "FAIL",
    "asked": "ask",
    "unchecked": "?",
}


def write_review(review: Review, format_: str) -> str:
    """Write a review as `text`, `markdown` or `json`."""
    if format_ == "json":
        return _json(review)
    groups = [
        (title, [each for each in review.results if each.item.list == name])
        for name, title in review.lists.items()
    ]
    shown = [(title, results) for title, results in groups if results]
    if format_ == "markdown":
        return render(
            "review_markdown.jinja", review=review, groups=shown, words=_WORDS, sum=_sum(review)
        )
    blocks = [
        "\n".join([f"  {title}", *(line for each in results for line in _lines(each))])
        for title, results in shown
    ]
    head = f"{review.app} · {review.environment} · {review.day}"
    return "\n\n".join([head, *blocks, f"  {_sum(review)}"])


def _lines(result: Result) -> list[str]:
    found = [f"  {_WORDS[result.outcome]:<5} {result.item.text} ({result.key})"]
    if result.outcome != "pass" or result.on:
        found.append(wrapped(result.why, _INDENT))
    if result.outcome == "fail":
        found.append(wrapped(f"do: {result.item.do}", _INDENT))
    return found


def _sum(review: Review) -> str:
    words = {
        "pass": "in order",
        "fail": "to do",
        "asked": "not answered",
        "unchecked": "can't be checked here",
    }
    outcomes: tuple[Outcome, ...] = ("pass", "fail", "asked", "unchecked")
    counts = [(len(review.of(each)), words[each]) for each in outcomes]
    return ", ".join(f"{count} {word}" for count, word in counts if count) or "nothing to look at"


def _json(review: Review) -> str:
    def of(name: ListName) -> list[dict[str, Any]]:
        return [_result_json(each) for each in review.results if each.item.list == name]

    content = {
        "app": review.app,
        "environment": review.environment,
        "day": str(review.day),
        "has_failed": review.has_failed,
        "lists": {name: of(name) for name in review.lists},
    }
    return json.dumps(content, indent=2, ensure_ascii=False)


def _result_json(result: Result) -> dict[str, Any]:
    return {
        "id": result.key,
        "text": result.item.text,
        "outcome": result.outcome,
        "why": result.why,
        "do": result.item.do if result.outcome == "fail" else "",
        "check": result.item.check,
        "corrected": result.item.corrected,
        "source": list(result.item.source),
        "answered": str(result.on) if result.on else None,
    }
