"""A review: each item of the checklists that is about an app, checked or asked. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple

from pydantic import BeforeValidator, Field

from tenner import exact_yaml
from tenner.errors import InputError
from tenner.service import Checked
from tenner.shown import key_part, shown
from tenner.validation import Strict, plain_error, read

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

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


class Answers(Strict):
    """The answers to a review, by item."""

    answers: dict[str, Annotated[Answer, BeforeValidator(_answer)]] = Field(default_factory=dict)


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


def parse_answers_file(text: str, source: str, checklists: Checklists) -> dict[str, Answer]:
    """Read answers; raises InputError with every defect.

    A checked item takes only `accepted` with a note, an asked one only yes and no.
    """
    document = exact_yaml.parse(text, source)
    found = read(Answers, document).answers
    problems = []
    for key, answer in found.items():
        item, place = checklists.items.get(key), f"answers.{key_part(key)}"
        message = ""
        if item is None:
            message = "unknown item; take it away or mend its spelling"
        elif item.check and answer.answer != "accepted":
            message = f"given {answer.answer}, expected accepted and a note: {key} is checked"
        elif item.check and not answer.note.strip():
            message = "expected a note that says why this is accepted"
        elif not item.check and answer.answer == "accepted":
            message = "given accepted, expected yes or no"
        if message:
            problems.append(document.problem(place, message))
    if problems:
        raise InputError(source, problems)
    return found


def merged(old: Mapping[str, Answer], new: Mapping[str, Answer], today: date) -> dict[str, Answer]:
    """Put new answers over old ones; those without a day are today's."""
    dated = {
        key: answer.model_copy(update={"on": answer.on or today}) for key, answer in new.items()
    }
    return dict(sorted({**old, **dated}.items()))


def answers_text(answers: Mapping[str, Answer]) -> str:
    """Write answers as the YAML that can be read again."""
    lines = ["# Answers to `tenner review`; they hold until their list is due again.", "answers:"]
    for key, answer in answers.items():
        note = f", note: {json.dumps(answer.note)}" if answer.note else ""
        lines.append(f'  {key}: {{answer: "{answer.answer}", on: "{answer.on}"{note}}}')
    if not answers:
        lines[-1] = "answers: {}"
    return "\n".join(lines) + "\n"


def is_due(item: Item, answer: Answer | None, checklists: Checklists, today: date) -> bool:
    """Tell whether an item needs an answer: it has none, or the last one is too old."""
    if answer is None:
        return True
    every = checklists.lists[item.list].every_days
    return bool(every) and (answer.on or today) + timedelta(days=every) <= today


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
    checks: Mapping[str, Callable[[Scene, Decimal], Found]],
) -> Review:
    """Check what can be checked, and take a person's answers for the rest."""
    results = []
    for key, item in items_of(checklists, lists, scene).items():
        answer = answers.get(key)
        is_open = is_due(item, answer, checklists, scene.today)
        if item.check:
            found = checks[item.check](scene, item.limit or Decimal(0))
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
