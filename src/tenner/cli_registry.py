"""The command `tenner registry copy`."""

from __future__ import annotations

import click

from tenner.cli_options import tell


@click.group()
def registry() -> None:
    """Move between registries: a folder, and a team's DynamoDB table.

    \b
    Example: tenner registry copy ../aws-shared-infra/apps dynamodb://fleet
    """


@registry.command()
@click.argument("from_", metavar="FROM")
@click.argument("to", metavar="TO")
def copy(from_: str, to: str) -> int:
    """Copy all records from one registry to another; FROM stays as it is.

    \b
    FROM and TO are each a folder, or dynamodb://TABLE[?region=REGION] with the
    text keys pk and sk. A different record of the same name in TO is never
    written over; the exit code is then 1. Copying again does no harm.
    Example: tenner registry copy ../aws-shared-infra/apps dynamodb://fleet
    """
    from tenner.load import open_registry, registry_to_read  # noqa: PLC0415
    from tenner.registry_copy import copy_records  # noqa: PLC0415

    source, target = registry_to_read(from_), open_registry(to)
    done = copy_records(source, target)
    click.echo(
        f"{source.place} to {target.place}: {done.copied} copied, {done.there} there already, "
        f"{len(done.problems)} not copied"
    )
    return tell(done.problems)
