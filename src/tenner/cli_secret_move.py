"""The command `tenner secret move`: one step of moving a secret to the other store."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tenner.cli_options import catalog_option, registry_option
from tenner.cli_secret_values import environment_option

if TYPE_CHECKING:
    from decimal import Decimal

    from tenner.secret_move import Move, Step
    from tenner.secret_moving import Case

_DELETED = {
    "Secrets Manager": "there aws secretsmanager restore-secret brings it back for days",
    "Parameter Store": "Parameter Store keeps nothing",
}


@click.command()
@click.argument("name")
@environment_option
@click.option(
    "--to",
    required=True,
    type=click.Choice(["parameter-store", "secrets-manager"]),
    help="The store that it goes to.",
)
@click.option("--delete-old", is_flag=True, help="Give up the old place, when nothing reads it.")
@click.option("--dry-run", is_flag=True, help="Check all, say what it would do, and do nothing.")
@registry_option
@catalog_option
def move(  # noqa: PLR0913 - one for each option
    name: str,
    *,
    environment: str | None,
    to: str,
    delete_old: bool,
    dry_run: bool,
    registry: str | None,
    catalog: Path | None,
) -> int:
    """Move a secret to the other store, and say what that saves.

    \b
    Three steps, each this command and a deploy: a place there, the value copied
    and read there, the old place deleted. Until then nothing is lost.
    In an app's folder: in prod its own secrets, else where it reads a shared one.
    In the shared infrastructure's: the shared secrets themselves.
    Examples: tenner secret move stripe-key -e prod --to parameter-store --dry-run
              tenner secret move stripe-key -e prod --to parameter-store
    """
    from tenner import secret_moving  # noqa: PLC0415 - each command imports what it needs
    from tenner.aws import Account  # noqa: PLC0415
    from tenner.load import load_catalog  # noqa: PLC0415

    store: Any = to.replace("-", "_")
    case = secret_moving.case_of(Path(), name, environment, store, registry)
    step = case.move.step(delete_old=delete_old)
    if step == "done":
        places = ", ".join(each.address for each in case.move.new)
        click.echo(
            f"{case.move.name}: {case.move.whose}: only in {case.move.new[0].store}, {places}"
        )
        return 0
    account = Account(case.scope.region)
    click.echo(_head(case, str(account)))
    click.echo(_money(*secret_moving.bills(case, load_catalog(catalog), registry)))
    values = secret_moving.checked(account, case, step)
    click.echo(f"{'Would be done' if dry_run else 'To do'}: {_words(case, step)}")
    if dry_run:
        return 0
    secret_moving.do(account, case, step, values)
    click.echo(f"Done. Next: {_next(case, step)}")
    return 0


def _head(case: Case, place: str) -> str:
    old, new = case.move.old, case.move.new
    pairs = (
        f"  {a.store}, {a.address} → {b.store}, {b.address}" for a, b in zip(old, new, strict=True)
    )
    return "\n".join([f"{case.move.name}: {case.move.whose} · {place}", *pairs])


def _money(before: Decimal, after: Decimal) -> str:
    from tenner.money import cents  # noqa: PLC0415

    change = before - after
    words = f"saves {cents(change)}" if change >= 0 else f"costs {cents(-change)} more"
    return f"  {words} a month when the old one is gone: {cents(before)} → {cents(after)}"


def _words(case: Case, step: Step) -> str:
    """Say what a step does."""
    move, file = case.move, case.file.name
    old, new = move.old[0].store, move.new[0].store
    if step == "place":
        return f"{file}: a place in {new} besides; {old} is read as before"
    if step == "copy":
        return f"the value into {new}, read back and compared; {file}: {new} is read, {old} stays"
    if step == "switch":
        return f"{file}: {new} is read"
    if step == "delete":
        return f"{file}: {new} alone"
    return f"nothing: {file} says {new}, and {old} besides"


def _next(case: Case, step: Step) -> str:
    """Say what a person does next."""
    move: Move = case.move
    if step == "place":
        return f"{move.deploys()}. Then again: {move.command()}"
    if step == "delete":
        old = ", ".join(each.address for each in move.old)
        return f"{move.deploys()}, which deletes {old}; {_DELETED[move.old[0].store]}"
    if step == "switch":
        return (
            f"{move.deploys()}, and tenner register. When all apps have: in the shared "
            f"infrastructure's folder, {_of_fleet(move)} --delete-old"
        )
    if not case.scope.is_fleet:
        return f"{move.deploys()}, so that it is read there. Then: {move.command(delete_old=True)}"
    places = [*move.old, *move.new]
    apps = {app for each in places for app in case.scope.needed_by.get(each.address, ())}
    return (
        f"in the folder of each app that reads it ({', '.join(sorted(apps)) or 'none'}): "
        f"{_of_fleet(move)} --environment ENV. When all have: {_of_fleet(move)} --delete-old"
    )


def _of_fleet(move: Move) -> str:
    return f"tenner secret move {move.name} --to {move.to.replace('_', '-')}"
