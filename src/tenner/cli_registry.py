"""The command `tenner registry copy`."""

from __future__ import annotations

import os

import click

from tenner.cli_options import registry_option, tell, text_or_json_option
from tenner.errors import TennerError
from tenner.registry_place import is_table
from tenner.shown import shown


@click.group()
def registry() -> None:
    """Move between registries, a folder and a team's DynamoDB table, and read their journal.

    \b
    Examples: tenner registry copy ../aws-shared-infra/apps dynamodb://fleet
              tenner registry journal todo
    """


@registry.command()
@click.argument("from_", metavar="FROM")
@click.argument("to", metavar="TO")
@click.option("--newer", is_flag=True, help="Also over earlier records of the same repos.")
def copy(from_: str, to: str, *, newer: bool) -> int:
    """Copy all records and the journal to another registry; FROM stays as it is.

    \b
    FROM and TO are each a folder, or dynamodb://TABLE[?region=REGION] with the
    text keys pk and sk. A different record of the same name in TO is never
    written over; the exit code is then 1. Copying again does no harm.
    Examples: tenner registry copy ../aws-shared-infra/apps dynamodb://fleet
              tenner registry copy --newer dynamodb://fleet apps
    """
    from tenner.load import registry_at  # noqa: PLC0415 - each command imports what it needs
    from tenner.registry_copy import copy_records  # noqa: PLC0415

    if not is_table(from_) and not os.path.exists(from_):  # noqa: PTH110 - any path at all
        raise TennerError(
            f"FROM: given {shown(from_)}, which is not there; expected a folder, or "
            "dynamodb://TABLE"
        )
    source, target = registry_at(from_), registry_at(to)
    done = copy_records(source, target, newer=newer)
    click.echo(
        f"{source.place} to {target.place}: {done.copied} copied, {done.there} there already, "
        f"{len(done.problems)} not copied"
    )
    if done.entries or done.entries_there or done.entries_problems:
        click.echo(
            f"journal: {done.entries} copied, {done.entries_there} there already, "
            f"{len(done.entries_problems)} not copied"
        )
    return tell([*done.problems, *done.entries_problems])


@registry.command()
@click.argument("app", required=False)
@text_or_json_option
@registry_option
def journal(app: str | None, *, format_: str, registry: str | None) -> int:
    """Say which app got which version when, as `tenner rollout` has noted it.

    \b
    The oldest first; with APP, only what became of that one.
    Examples: tenner registry journal
              tenner registry journal todo --format json
    """
    from tenner.report_journal import write_journal  # noqa: PLC0415
    from tenner.whole_fleet import open_whole  # noqa: PLC0415

    opened = open_whole(registry)
    entries, problems = opened.journal()
    if app is not None:
        known = sorted({str(entry["app"]) for entry in entries})
        entries = [entry for entry in entries if entry["app"] == app]
        if not entries and app not in {each.manifest.app for each in opened.contents().records}:
            raise TennerError(
                f"APP: given {shown(app)}, expected a registered app, or one of the journal of "
                f"{opened.place}: {', '.join(known) or 'none yet'}"
            )
    click.echo(write_journal(entries, opened.place, format_))
    return tell(problems)
