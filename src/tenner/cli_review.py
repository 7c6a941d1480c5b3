"""The command `tenner review`: the checklists of an app, checked or asked."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from tenner.cli_options import (
    PATH,
    answer_to,
    catalog_option,
    format_option,
    output_option,
    put,
    registry_option,
    tell,
)
from tenner.clock import now

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from tenner.checklists import Item
    from tenner.manifest import Manifest
    from tenner.manifest_environment import Environment
    from tenner.review import Answer
    from tenner.review_facts import Deployed

_LISTS = click.Choice(["before-launch", "weekly", "monthly"])
_CREDENTIALS = (
    "AWS_PROFILE",
    "AWS_ACCESS_KEY_ID",
    "AWS_ROLE_ARN",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
)


@click.command()
@click.argument("app", default="")
@click.option("--list", "lists", type=_LISTS, multiple=True, help="Only this list; else all.")
@click.option("--environment", default="", help="Of the app; else its first one.")
@click.option("--plan", type=PATH, metavar="FILE", help="Check a plan: terraform show -json.")
@click.option("--answers", type=PATH, metavar="FILE", help="Answer what is asked from a file.")
@click.option(
    "--aws/--no-aws",
    default=None,
    help="Ask AWS, which is only read; else where the environment has credentials.",
)
@format_option
@output_option
@registry_option
@catalog_option
def review(  # noqa: PLR0913 - one for each option
    app: str,
    *,
    lists: Sequence[str],
    environment: str,
    plan: Path | None,
    answers: Path | None,
    aws: bool | None,
    format_: str,
    output: Path | None,
    registry: str | None,
    catalog: Path | None,
) -> int:
    """Check an app's lists: before launch, each week, each month.

    \b
    APP is a registered name, or a folder; without it, this folder.
    Checked from app.yaml, from a plan, and from AWS where credentials are; what
    nobody can check is asked, in a terminal or with --answers FILE:
      answers:
        new_features: yes
        memory: {answer: accepted, note: the model needs 1 GB}
    Answers are kept by environment in review.yaml beside app.yaml, and asked
    again when their list is due. accepted lets an item pass that fails.
    Exit codes: 0 nothing to do, 1 something has to be done, 2 wrong input,
    3 AWS does not answer.
    Examples: tenner review todo --list weekly
              tenner review . --plan plan.json --no-aws
    """
    from tenner import review as reviewing  # noqa: PLC0415 - each command imports what it needs
    from tenner import review_scene as scenes  # noqa: PLC0415
    from tenner.load import load_catalog, load_checklists, read_text  # noqa: PLC0415
    from tenner.report_review import write_review  # noqa: PLC0415

    book, checklists, time = load_catalog(catalog), load_checklists(catalog), now()
    subject = scenes.find_app(app, registry)
    file = subject.file
    asked = scenes.Asked(scenes.environment_of(file.manifest, environment), plan)
    kept = scenes.kept_answers(file, checklists)
    new: dict[str, Answer] = {}
    if answers is not None:
        new = reviewing.parse_given(read_text(answers), str(answers), checklists)
    owns = book.environments[asked.environment].account == "own"
    deployed = _deployed(file.manifest, asked.environment, time, aws=aws, owns=owns)
    scene, problems = scenes.scene_of(subject, asked, book, deployed, time.date())
    known = reviewing.merged(kept.get(asked.environment, {}), new, time.date())
    try:
        if answers is None and format_ == "text" and output is None and sys.stdin.isatty():
            _ask(reviewing.due(checklists, lists, scene, known), new)
    finally:
        known = reviewing.merged(known, new, time.date())
        if new:
            path = scenes.keep_answers(file, {**kept, asked.environment: known})
            click.echo(f"Answers are kept in {path}", err=True)
    result = reviewing.review(scene, checklists, lists, known)
    put(write_review(result, format_), output)
    return max(tell(problems), int(result.has_failed))


def _deployed(
    manifest: Manifest, environment: Environment, time: datetime, *, aws: bool | None, owns: bool
) -> Deployed:
    """Ask AWS where it is meant; says on stderr which account and region. Raises OutsideError."""
    from tenner.review_facts import Deployed  # noqa: PLC0415

    if aws is None:
        aws = any(os.environ.get(name) for name in _CREDENTIALS)
        if not aws:
            return Deployed.unknown("AWS was not asked: no credentials; --aws asks it")
    if not aws:
        return Deployed.unknown("AWS was not asked (--no-aws)")
    from tenner.review_ask import Asker  # noqa: PLC0415

    asker = Asker(manifest, environment, time, owns=owns)
    click.echo(f"Reading account {asker.account}, {manifest.region}.", err=True)
    return asker.deployed()


def _ask(items: dict[str, Item], answers: dict[str, Answer]) -> None:
    """Ask a person and add the answers; what is left open stays so. Raises Abort at Ctrl-C."""
    import questionary  # noqa: PLC0415

    from tenner.review import Answer  # noqa: PLC0415

    for key, item in items.items():
        word = answer_to(questionary.select(item.question, choices=["yes", "no", "not now"]))
        if word != "not now":
            answers[key] = Answer(answer=word)
