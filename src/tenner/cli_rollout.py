"""The command `tenner rollout`: the registered apps come to a version of the template."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from tenner.cli_options import registry_option, tell

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tenner.registry import Registry
    from tenner.rollout import Outcome
    from tenner.rollout_run import Options, Result

_ENVIRONMENTS = click.Choice(["dev", "staging", "prod"])


@click.command()
@click.option(
    "--to", "to", default="", metavar="VERSION", help="Tag or commit; the newest release."
)
@click.option("--only", multiple=True, metavar="APP", help="This app; may be given many times.")
@click.option("--behind", default="", metavar="VERSION", help="Only apps older than this.")
@click.option("--environment", type=_ENVIRONMENTS, default=None, help="Only apps that have it.")
@click.option("--preview", is_flag=True, help="Do all of it, keep nothing, say what it costs.")
@click.option("--canary", type=click.IntRange(1), help="So many first; go on if they are clean.")
@click.option("--resume", is_flag=True, help="Leave out what the journal says is done.")
@click.option("--jobs", type=click.IntRange(1, 64), help="Worker processes; one for each core.")
@click.option("--check", is_flag=True, help="Run each app's own tests: make test.")
@click.option("--fast-forward", is_flag=True, help="Bring clean folders to the new version.")
@click.option("--pull-request", is_flag=True, help="Push the branches and open pull requests.")
@click.option("--template", default="", metavar="SOURCE", help="Fetch the template from here.")
@click.option(
    "--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True
)
@registry_option
def rollout(  # noqa: PLR0913 - one for each option
    *,
    to: str,
    only: Sequence[str],
    behind: str,
    environment: str | None,
    preview: bool,
    canary: int | None,
    resume: bool,
    jobs: int | None,
    check: bool,
    fast_forward: bool,
    pull_request: bool,
    template: str,
    format_: str,
    registry: str | None,
) -> int:
    """Bring the registered apps to a version of the template.

    \b
    Each app gets the branch tenner/VERSION; its working folder is not touched.
    Conflicts are named and never committed. After an interruption: --resume.
    Exit code 1: a person is needed; 3: outside trouble.
    Examples: tenner rollout --preview
              tenner rollout --to v0.2.0 --canary 3 --check
    """
    from tenner.rollout import Wish, exit_status  # noqa: PLC0415 - each command imports its own
    from tenner.rollout_cost import costs_of  # noqa: PLC0415
    from tenner.rollout_report import as_json, as_text  # noqa: PLC0415
    from tenner.rollout_run import Options  # noqa: PLC0415
    from tenner.whole_fleet import open_whole  # noqa: PLC0415

    if preview and (fast_forward or pull_request or resume):
        raise click.UsageError("--preview keeps nothing; expected without what keeps something")
    if fast_forward and pull_request:
        raise click.UsageError("expected --fast-forward or --pull-request, not both")
    wish = Wish(only, behind, environment or "")
    options = Options(
        to, wish, canary or 0, jobs or os.cpu_count() or 2, template, preview, resume, check,
        fast_forward,
    )  # fmt: skip
    opened = open_whole(registry)
    result = _rolled_out(opened, options)
    if pull_request:
        result = _with_pull_requests(opened, result)
    costs = costs_of(result.outcomes, result.records)
    write = as_json if format_ == "json" else as_text
    click.echo(write(result, costs, is_preview=preview))
    code = exit_status(result.outcomes, result.waiting)
    return max(code, tell([*result.problems, *costs.problems]))


def _rolled_out(registry: Registry, options: Options) -> Result:
    from tenner.rollout_run import roll_out  # noqa: PLC0415

    with click.progressbar(
        length=1, label="apps", file=sys.stderr, hidden=not sys.stderr.isatty(), show_pos=True
    ) as bar:

        def told(_outcome: Outcome, count: int) -> None:
            bar.length = count
            bar.update(1)

        hear: Callable[[Outcome, int], object] = told
        return roll_out(registry, options, hear)


def _with_pull_requests(registry: Registry, result: Result) -> Result:
    from tenner.rollout_publish import with_pull_request  # noqa: PLC0415

    records = {record.manifest.app: record for record in result.records}
    outcomes = [
        with_pull_request(outcome, records[outcome.app], registry) for outcome in result.outcomes
    ]
    return result._replace(outcomes=outcomes)
