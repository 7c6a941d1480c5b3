"""The command `tenner registry copy`."""

from __future__ import annotations

import os

import click

from tenner.cli_options import tell
from tenner.errors import TennerError
from tenner.registry_place import is_table
from tenner.shown import shown


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
    from tenner.load import registry_at  # noqa: PLC0415 - each command imports what it needs
    from tenner.registry_copy import copy_records  # noqa: PLC0415

    if not is_table(from_) and not os.path.exists(from_):  # noqa: PTH110 - any path at all
        raise TennerError(
            f"FROM: given {shown(from_)}, which is not there; expected a folder, or "
            "dynamodb://TABLE"
        )
    source, target = registry_at(from_), registry_at(to)
    done = copy_records(source, target)
    click.echo(
        f"{source.place} to {target.place}: {done.copied} copied, {done.there} there already, "
        f"{len(done.problems)} not copied"
    )
    return tell(done.problems)
