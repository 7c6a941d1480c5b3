"""A review: each item of the checklists that is about an app, checked or asked. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple

from pydantic import BeforeValidator, Field

from tenner import exact_yaml
from tenner.errors import InputError
from tenner.manifest_environment import Environment
from tenner.review_checks import CHECKS
from tenner.service import Checked
from tenner.shown import key_part, shown
from tenner.validation import Strict, plain_error, read

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from tenner.checklists import Checklists, Item, ListName
    from tenner.review_facts import Found, Scene

Outcome = Literal["pass", "fail", "asked", "unchecked"]
Word = Literal["yes", "no", "accepted"]


class Answer(Strict):
    """A person's answer, with the day on which it was given; empty where it is today's.

    To an item that is checked it is `accepted`: what fails there is meant, and `note` says why.
    """

    answer: Word
    note: Annotated[str, Field(max_length=500)] = ""
    on: Checked | None = None


def _answer(value: object) -> object:
    """Take `yes`, `no`, true and false for an answer as they stand."""
    words = {True: "yes", False: "no", "yes": "yes", "no": "no"}
    if isinstance(value, bool | str):
        if value not in words:
            raise plain_error(
                f"given {shown(value)}, expected yes, no, or a mapping with answer and note"
            )
        return {"answer": words[value]}
    return value


_Answers = dict[str, Annotated[Answer, BeforeValidator(_answer)]]


class Given(Strict):
    """The answers to a review of one environment, by item."""

    answers: _Answers = Field(default_factory=dict)


class Kept(Strict):
    """The answers that are kept, by environment and item: what dev may, prod may not."""

    answers: dict[Environment, _Answers] = Field(default_factory=dict)


class Result(NamedTuple):
    """What is known of one item; `on` is the day of a person's answer."""

    key: str
    item: Item
    outcome: Outcome
    why: str
    on: date | None = None


@dataclass(frozen=True)
class Review:
    """All results for one app in one environment, in the order of the lists."""

    app: str
    environment: str
    day: date
    lists: Mapping[ListName, str]
    results: Sequence[Result]

    def of(self, outcome: Outcome) -> list[Result]:
        """Give the results with an outcome."""
        return [result for result in self.results if result.outcome == outcome]

    @property
    def has_failed(self) -> bool:
        """Tell whether something has to be done."""
        return bool(self.of("fail"))


def parse_given(text: str, source: str, checklists: Checklists) -> dict[str, Answer]:
    """Read answers to a review; raises InputError with every defect.

    A checked item takes only `accepted` with a note, an asked one only yes and no.
    """
    document = exact_yaml.parse(text, source)
    found = read(Given, document).answers
    _refuse(document, [("answers", found)], checklists)
    return found


def parse_kept(
    text: str, source: str, checklists: Checklists
) -> dict[Environment, dict[str, Answer]]:
    """Read the answers of all environments as they are kept; raises InputError, as above."""
    document = exact_yaml.parse(text, source)
    found = read(Kept, document).answers
    _refuse(document, [(f"answers.{name}", each) for name, each in found.items()], checklists)
    return found


def _refuse(
    document: exact_yaml.Document,
    parts: Sequence[tuple[str, Mapping[str, Answer]]],
    checklists: Checklists,
) -> None:
    problems = [
        document.problem(f"{place}.{key_part(key)}", message)
        for place, answers in parts
        for key, answer in answers.items()
        if (message := _problem(key, answer, checklists.items.get(key)))
    ]
    if problems:
        raise InputError(document.source, problems)


def _problem(key: str, answer: Answer, item: Item | None) -> str:
    if item is None:
        return "unknown item; take it away or mend its spelling"
    if not item.check:
        return "given accepted, expected yes or no" if answer.answer == "accepted" else ""
    if answer.answer != "accepted":
        return f"given {answer.answer}, expected accepted and a note: {key} is checked"
    return "" if answer.note.strip() else "expected a note that says why this is accepted"


def merged(old: Mapping[str, Answer], new: Mapping[str, Answer], today: date) -> dict[str, Answer]:
    """Put new answers over old ones; those without a day are today's."""
    dated = {
        key: answer.model_copy(update={"on": answer.on or today}) for key, answer in new.items()
    }
    return dict(sorted({**old, **dated}.items()))


def kept_text(answers: Mapping[Environment, Mapping[str, Answer]]) -> str:
    """Write answers as the YAML that can be read again."""
    lines = ["# Answers to `tenner review`; they hold until their list is due again."]
    lines.append("answers:" if any(answers.values()) else "answers: {}")
    for environment, found in answers.items():
        lines += [f"  {environment}:"] if found else []
        for key, answer in found.items():
            note = f", note: {json.dumps(answer.note)}" if answer.note else ""
            lines.append(f'    {key}: {{answer: "{answer.answer}", on: "{answer.on}"{note}}}')
    return "\n".join(lines) + "\n"


def is_due(item: Item, answer: Answer | None, checklists: Checklists, today: date) -> bool:
    """Tell whether an item needs an answer: it has none, or the last one is too old."""
    if answer is None:
        return True
    every = checklists.lists[item.list].every_days
    return bool(every) and (today - (answer.on or today)).days >= every


def items_of(checklists: Checklists, lists: Sequence[str], scene: Scene) -> dict[str, Item]:
    """Find the items of some lists (all without any) that are about an app."""
    return {
        key: item
        for name in checklists.lists
        for key, item in checklists.items.items()
        if item.list == name
        and (not lists or name in lists)
        and (not item.only or getattr(scene.manifest, item.only))
    }


def due(
    checklists: Checklists, lists: Sequence[str], scene: Scene, answers: Mapping[str, Answer]
) -> dict[str, Item]:
    """Find the items that a person has to answer today."""
    return {
        key: item
        for key, item in items_of(checklists, lists, scene).items()
        if item.question and is_due(item, answers.get(key), checklists, scene.today)
    }


def review(
    scene: Scene,
    checklists: Checklists,
    lists: Sequence[str],
    answers: Mapping[str, Answer],
) -> Review:
    """Check what can be checked, and take a person's answers for the rest."""
    results = []
    for key, item in items_of(checklists, lists, scene).items():
        answer = answers.get(key)
        is_open = is_due(item, answer, checklists, scene.today)
        if item.check:
            found = CHECKS[item.check](scene, item.limit or Decimal(0))
            results.append(_checked(key, item, found, None if is_open else answer))
        else:
            results.append(_asked(key, item, answer, is_open=is_open))
    return Review(
        scene.manifest.app,
        scene.environment,
        scene.today,
        {name: each.title for name, each in checklists.lists.items()},
        results,
    )


def _checked(key: str, item: Item, found: Found, answer: Answer | None) -> Result:
    if found.outcome == "fail" and answer is not None:
        return Result(key, item, "pass", f"accepted: {answer.note} ({found.why})", answer.on)
    return Result(key, item, found.outcome, found.why)


def _asked(key: str, item: Item, answer: Answer | None, *, is_open: bool) -> Result:
    if answer is None:
        return Result(key, item, "asked", f"not answered: {item.question}")
    if is_open:
        return Result(key, item, "asked", f"due again, answered on {answer.on}: {item.question}")
    note = f": {answer.note}" if answer.note else ""
    outcome: Outcome = "pass" if answer.answer == "yes" else "fail"
    return Result(key, item, outcome, f"answered {answer.answer} on {answer.on}{note}", answer.on)
