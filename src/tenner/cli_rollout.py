"""The command `tenner rollout`: the registered apps come to a version of the template."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from tenner.cli_options import ENVIRONMENTS, PATH, registry_option, tell, text_or_json_option

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from tenner.registry import Registry
    from tenner.rollout import Outcome, Wish
    from tenner.rollout_run import Options, Result


@click.command()
@click.option(
    "--to", "to", default="", metavar="VERSION", help="Tag or commit; the newest release."
)
@click.option("--only", multiple=True, metavar="APP", help="This app; may be given many times.")
@click.option("--behind", default="", metavar="VERSION", help="Only apps older than this.")
@click.option("--environment", type=ENVIRONMENTS, default=None, help="Only apps that have it.")
@click.option("--preview", is_flag=True, help="Do all of it, keep nothing, say what it costs.")
@click.option("--canary", type=click.IntRange(1), help="So many first; go on if they are clean.")
@click.option("--resume", is_flag=True, help="Leave out what the journal says is done.")
@click.option("--jobs", type=click.IntRange(1, 64), help="Worker processes; one for each core.")
@click.option("--check", is_flag=True, help="Run each app's own tests: make test.")
@click.option("--fast-forward", is_flag=True, help="Bring clean folders to the new version.")
@click.option("--pull-request", is_flag=True, help="Push the branches and open pull requests.")
@click.option("--template", default="", metavar="SOURCE", help="Fetch the template from here.")
@click.option("--shard", metavar="K/N", help="Only this part of N; `canary`: only the first.")
@click.option("--plan", "is_plan", is_flag=True, help="Say which app is in which part, and end.")
@click.option("--shards", type=click.IntRange(1, 256), help="With --plan: so many at most.")
@click.option("--keep", type=PATH, metavar="FILE", help="Keep how it ended, for --sum-up.")
@click.option("--sum-up", type=PATH, metavar="FOLDER", help="Add up what parts have kept.")
@text_or_json_option
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
    shard: str | None,
    is_plan: bool,
    shards: int | None,
    keep: Path | None,
    sum_up: Path | None,
    format_: str,
    registry: str | None,
) -> int:
    """Bring the registered apps to a version of the template.

    \b
    Each app gets the branch tenner/VERSION; its working folder is not touched.
    Conflicts are named and never committed. After an interruption: --resume.
    Exit code 1: a person is needed; 3: outside trouble.
    On many machines: --plan, --shard on each with --keep, then --sum-up.
    Examples: tenner rollout --preview
              tenner rollout --to v0.2.0 --canary 3 --check
              tenner rollout --plan --shards 4 --format json
    """
    from tenner.rollout import Wish  # noqa: PLC0415 - each command imports its own
    from tenner.rollout_run import Options  # noqa: PLC0415
    from tenner.sharding import read_shard  # noqa: PLC0415
    from tenner.whole_fleet import open_whole  # noqa: PLC0415

    _check_forms(bool(shard or keep), is_plan, shards, sum_up)
    if preview and (fast_forward or pull_request or resume):
        raise click.UsageError("--preview keeps nothing; expected without what keeps something")
    if fast_forward and pull_request:
        raise click.UsageError("expected --fast-forward or --pull-request, not both")
    wish, first = Wish(only, behind, environment or ""), canary or 0
    opened = open_whole(registry)
    if sum_up:
        return _summed_up(opened, sum_up, format_)
    if is_plan:
        return _planned(opened, (to, wish, template, first, shards or 1), format_)
    part = read_shard(shard, first) if shard else None
    options = Options(
        to, wish, 0 if part else first, jobs or os.cpu_count() or 2, template, preview, resume,
        check, fast_forward, part,
    )  # fmt: skip
    result = _rolled_out(opened, options)
    if pull_request:
        result = _with_pull_requests(opened, result)
    if keep:
        _keep(keep, opened, result, is_preview=preview)
    return _told(result, format_, is_preview=preview)


def _check_forms(is_part: bool, is_plan: bool, shards: int | None, sum_up: Path | None) -> None:
    if [is_part, is_plan, sum_up is not None].count(True) > 1:
        raise click.UsageError("expected one of --plan, --shard with --keep, and --sum-up")
    if shards and not is_plan:
        raise click.UsageError("--shards: expected --plan with it")


def _told(result: Result, format_: str, *, is_preview: bool) -> int:
    from tenner.rollout import exit_status  # noqa: PLC0415
    from tenner.rollout_cost import costs_of  # noqa: PLC0415
    from tenner.rollout_report import as_json, as_text  # noqa: PLC0415

    costs = costs_of(result.outcomes, result.records)
    write = as_json if format_ == "json" else as_text
    click.echo(write(result, costs, is_preview=is_preview))
    code = exit_status(result.outcomes, result.waiting)
    return max(code, tell([*result.problems, *costs.problems]))


def _planned(registry: Registry, asked: tuple[str, Wish, str, int, int], format_: str) -> int:
    from tenner.rollout_shards import Asked, plan_in, plan_json, plan_text  # noqa: PLC0415

    plan = plan_in(registry, Asked(*asked))
    click.echo(plan_json(plan) if format_ == "json" else plan_text(plan))
    return 0


def _keep(path: Path, registry: Registry, result: Result, *, is_preview: bool) -> None:
    from tenner.rollout_shards import keep  # noqa: PLC0415

    keep(path, registry, result, is_preview=is_preview)


def _summed_up(registry: Registry, folder: Path, format_: str) -> int:
    from tenner.rollout_shards import sum_up  # noqa: PLC0415

    summed = sum_up(registry, folder)
    return _told(summed.result, format_, is_preview=summed.is_preview)


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
