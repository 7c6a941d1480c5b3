"""What `tenner promote --rows` and `--users` do: from the shared account to the app's own."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

import click

from tenner.aws import Account
from tenner.errors import TennerError
from tenner.promote_checkpoint import Checkpoint
from tenner.promote_rows import Copy, copy, sum_of
from tenner.promote_tables import Table, checked, shared_table
from tenner.promotion_steps import SHARED, first_shared

if TYPE_CHECKING:
    from pathlib import Path

    from tenner.manifest import Manifest
    from tenner.registry import Entry

_BYTES_A_UNIT = 4096  # of a consistent read


class Wish(NamedTuple):
    """What is to be copied and how, as the options say."""

    from_profile: str
    to_profile: str
    from_table: str
    to_table: str
    environment: str | None
    is_dry: bool
    is_back: bool
    is_again: bool
    units_per_s: float


def copy_rows(entry: Entry, wish: Wish) -> int:
    """Copy an app's rows and compare both sides; 0 where they are equal, 1 where not."""
    job = _job(entry.record.manifest, wish)
    rows, size = checked(job.source, job.target)
    seconds = size / _BYTES_A_UNIT / wish.units_per_s
    click.echo(
        f"from {job.source}\n  to {job.target}\n"
        f"  the rows whose keys start with {job.app}#; to find them, all of about {rows:,} rows "
        f"are read ({size:,} bytes, {seconds:,.0f} s at least), and again for the check"
    )
    if wish.is_dry:
        click.echo("  Nothing was changed.")
        return 0
    copy(job, lambda count: click.echo(f"  {count:,} rows", err=True))
    now_s = time.time()
    sums = [sum_of(table, job.app, wish.units_per_s, now_s) for table in (job.source, job.target)]
    for name, each in zip(("source", "target"), sums, strict=True):
        click.echo(f"  {name}: {each.rows:,} rows, checksum {each.checksum}")
    if sums[0] == sums[1]:
        click.echo("  They are equal.")
        return 0
    click.echo(
        "They differ: rows were changed since, or the target has others. Run it with --again to "
        "take in what changed; the target keeps what was deleted in the source.", err=True,
    )  # fmt: skip
    return 1


def make_users(entry: Entry, wish: Wish) -> int:
    """Make the users who have rows in the app's own table; 1 where some need a person."""
    from tenner import promote_users  # noqa: PLC0415 - only apps with login have users

    manifest = entry.record.manifest
    if manifest.login is None:
        raise TennerError(f"--users: {manifest.app} has no login; expected one in its app.yaml")
    shared, own = _accounts(manifest, wish)
    source = promote_users.shared_pool(shared, _environment(manifest, wish))
    target = promote_users.own_pool(own, f"{manifest.app}-prod")
    table = Table(own, wish.to_table or f"{manifest.app}-prod", "--to-table")
    ids = promote_users.ids_of(table, manifest.app, wish.units_per_s)
    click.echo(f"from pool {source.id} in {shared}\n  to pool {target.id} in {own}")
    found = promote_users.make_users(source, target, ids, is_dry=wish.is_dry)
    made = "would be made" if wish.is_dry else "made"
    click.echo(f"  {len(ids):,} users have rows: {found.made:,} {made}, {found.there:,} were there")
    if found.gone:
        click.echo(f"  {found.gone:,} are no users of the shared pool any more")
    if found.taken:
        click.echo(
            f"{found.taken:,} users can't be made, since another one has their address in "
            f"{target.id}. Delete that one there, then run it again", err=True,
        )  # fmt: skip
    return 1 if found.taken else 0


def _job(manifest: Manifest, wish: Wish) -> Copy:
    environment = _environment(manifest, wish)
    shared, own = _accounts(manifest, wish)
    tables = [
        Table(shared, wish.from_table or shared_table(shared, environment), "--from-table"),
        Table(own, wish.to_table or f"{manifest.app}-prod", "--to-table"),
    ]
    source, target = reversed(tables) if wish.is_back else tables
    names = (f"{each.account.id}-{manifest.region}-{each.name}" for each in (source, target))
    file = _checkpoints() / f"{manifest.app}-{'-to-'.join(names)}.json"
    checkpoint = Checkpoint(file, manifest.app, str(source), str(target))
    return Copy(manifest.app, source, target, checkpoint, wish.units_per_s, is_agreed=wish.is_again)


def _environment(manifest: Manifest, wish: Wish) -> str:
    has = [name for name in SHARED if name in manifest.environments]
    if not has:
        message = f"{manifest.app} has neither dev nor staging; expected one, with rows to copy"
        raise TennerError(message)
    if wish.environment and wish.environment not in has:
        message = f'--environment: given "{wish.environment}", expected one of {manifest.app}'
        raise TennerError(f"{message}: {', '.join(has)}")
    return wish.environment or first_shared(manifest)


def _accounts(manifest: Manifest, wish: Wish) -> tuple[Account, Account]:
    shared = Account(manifest.region, wish.from_profile, "--from-profile")
    own = Account(manifest.region, wish.to_profile, "--to-profile")
    if shared.id == own.id:
        raise TennerError(
            f"--to-profile: given account {own.id}, which is the shared one; expected an "
            "account of its own for prod"
        )
    return shared, own


def _checkpoints() -> Path:
    from platformdirs import user_state_path  # noqa: PLC0415 - only here

    return user_state_path("tenner") / "promote"
