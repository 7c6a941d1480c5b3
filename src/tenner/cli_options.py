"""Options and answers that several commands share."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Sequence

    from questionary import Question

FORMATS = click.Choice(["text", "markdown", "json"])
ENVIRONMENTS = click.Choice(["dev", "staging", "prod"])
SHARED_ENVIRONMENTS = click.Choice(["dev", "staging"])
PLANS = click.Choice(["always-free", "legacy-12-months", "list"])
PATH = click.Path(path_type=Path)
_format = partial(click.option, "--format", "format_", default="text", show_default=True)
format_option = _format(type=FORMATS)
text_or_json_option = _format(type=click.Choice(["text", "json"]))
report_format_option = _format(type=click.Choice(["text", "markdown", "json", "csv", "html"]))
registry_option = click.option(
    "--registry",
    metavar="PLACE",
    help="The registry: a folder, or dynamodb://TABLE; TENNER_REGISTRY says it too.",
)
catalog_option = click.option(
    "--catalog", type=PATH, metavar="FOLDER", help="Another catalog than the one of this Tenner."
)
output_option = click.option(
    "-o", "--output", type=PATH, metavar="FILE", help="Write it to a file."
)


def answer_to(question: Question) -> Any:
    """Ask a person at the terminal; raises Abort at Ctrl-C."""
    answer = question.ask()
    if answer is None:
        raise click.exceptions.Abort
    return answer


def put(text: str, output: Path | None) -> None:
    """Print a report, or write it whole to a file; raises OutsideError where that fails."""
    if output is None:
        click.echo(text)
        return
    from tenner.write import write_whole  # noqa: PLC0415 - few commands write

    write_whole(output, f"{text}\n")
    click.echo(f"Written: {output}", err=True)


def tell(problems: Sequence[str], code: int = 1) -> int:
    """Print one sentence for each problem to stderr; gives `code` where there is one, else 0."""
    for problem in problems:
        click.echo(problem, err=True)
    return code if problems else 0
