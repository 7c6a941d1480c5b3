"""The command `tenner promote`: whether it is time, and the branch with prod."""

from __future__ import annotations

import sys
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from tenner.cli_options import (
    PLANS,
    SHARED_ENVIRONMENTS,
    answer_to,
    catalog_option,
    registry_option,
    tell,
)
from tenner.errors import TennerError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tenner.promotion import Promotion
    from tenner.promotion_steps import Step
    from tenner.registry import Entry, Registry

_MOST_USD = 10**9
_OF_COPIES = ("environment", "units_per_second")
_OF_ROWS = ("back", "again", "from_table", "to_table")
_OF_PROMOTION = ("revenue", "yes", "account_plan", "catalog")


@click.command()
@click.argument("app")
@click.option(
    "--revenue", metavar="USD", help="What it earns a month; asked where it is not given."
)
@click.option("--yes", is_flag=True, help="Do it without asking, though it may be too early.")
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@click.option("--rows", is_flag=True, help="Copy its rows from the shared table into its own.")
@click.option("--users", is_flag=True, help="Make the users who have rows in its own pool.")
@click.option("--back", is_flag=True, help="With --rows: copy them back into the shared table.")
@click.option("--again", is_flag=True, help="With --rows: also over rows that are there already.")
@click.option("--from-profile", default="", metavar="NAME", help="Profile of the shared account.")
@click.option("--to-profile", default="", metavar="NAME", help="Profile of its own account.")
@click.option("--from-table", default="", metavar="TABLE", help="Else what is published there.")
@click.option("--to-table", default="", metavar="TABLE", help="Else APP-prod.")
@click.option(
    "--environment", type=SHARED_ENVIRONMENTS,
    help="Whose rows and users are meant; else the first that it has.",
)  # fmt: skip
@click.option(
    "--units-per-second", type=click.FloatRange(1, 40_000), default=500, show_default=True,
    help="The most to read of the shared table, which all apps use.",
)  # fmt: skip
@click.option("--account-plan", type=PLANS, default="always-free", show_default=True)
@registry_option
@catalog_option
def promote(  # noqa: PLR0913 - one for each option
    app: str,
    *,
    revenue: str | None,
    yes: bool,
    dry_run: bool,
    rows: bool,
    users: bool,
    back: bool,
    again: bool,
    from_profile: str,
    to_profile: str,
    from_table: str,
    to_table: str,
    environment: str | None,
    units_per_second: float,
    account_plan: Any,
    registry: str | None,
    catalog: Path | None,
) -> int:
    """Say whether an app has earned an account of its own, and lead it there.

    \b
    On yes, its repo gets the branch tenner/prod, with Terraform for an account
    of its own, and the steps are printed. With --rows, its rows are copied,
    counted and summed up on both sides; cut off, it goes on where it was.
    Examples: tenner promote todo --revenue 80 --dry-run
              tenner promote todo --rows --from-profile dev --to-profile todo
    """
    from tenner.cli_promote_copy import Wish, copy_rows, make_users  # noqa: PLC0415 - as needed
    from tenner.promotion_steps import Names, steps_of  # noqa: PLC0415
    from tenner.whole_fleet import open_whole  # noqa: PLC0415

    _refuse_what_does_not_fit(rows=rows, users=users)
    opened = open_whole(registry)
    entry, problems = _registered(app, opened)
    if rows or users:
        wish = Wish(
            from_profile, to_profile, from_table, to_table, environment, dry_run, back, again,
            units_per_second,
        )  # fmt: skip
        return tell(problems, copy_rows(entry, wish) if rows else make_users(entry, wish))
    found, problems = _promotion(
        entry, opened, catalog, account_plan, revenue, is_dry=dry_run or yes
    )
    names = Names(
        entry.repo, from_profile or "SHARED", to_profile or "PROD",
        str(Path(registry).absolute()) if registry and Path(registry).is_dir() else registry or "",
    )  # fmt: skip
    steps = steps_of(found.manifest, names)
    return _repo(entry, found, steps, is_dry=dry_run, is_yes=yes) or tell(problems, 0)


def _refuse_what_does_not_fit(*, rows: bool, users: bool) -> None:
    context = click.get_current_context()
    wrong = dict.fromkeys((*_OF_COPIES, *_OF_ROWS), "without --rows, expected with it")
    if rows and users:
        raise TennerError("--users: given with --rows, expected one of them, rows first")
    if rows or users:
        word = "--rows" if rows else "--users"
        wrong = dict.fromkeys(_OF_PROMOTION, f"with {word}, expected without it")
    if users:
        wrong |= dict.fromkeys(_OF_ROWS[:3], "with --users, expected with --rows")
    for name, what in wrong.items():
        if context.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            raise TennerError(f"--{name.replace('_', '-')}: given {what}")


def _registered(app: str, opened: Registry) -> tuple[Entry, Sequence[str]]:
    contents = opened.entries()
    for entry in contents.entries:
        if entry.record.manifest.app == app:
            return entry, contents.problems
    tell(contents.problems)
    known = ", ".join(each.record.manifest.app for each in contents.entries) or "none"
    raise TennerError(
        f'"{app}" is not registered in {opened.place}, which has {known}; expected its name. In '
        "its repo: tenner register ."
    )


def _money(text: str) -> Decimal:
    try:
        amount = Decimal(text)
    except InvalidOperation:
        amount = Decimal(-1)
    if not amount.is_finite() or not 0 <= amount <= _MOST_USD:
        raise TennerError(
            f'--revenue: given "{text}", expected dollars a month in plain digits, such as 80, '
            f"up to {_MOST_USD:,}"
        )
    return amount


def _promotion(
    entry: Entry, opened: Registry, catalog: Path | None, plan: Any, revenue: str | None, *,
    is_dry: bool,
) -> tuple[Promotion, Sequence[str]]:  # fmt: skip
    """Give the figures, and a sentence for each app that could not be counted in them."""
    from tenner.cost import check_priced, fleet_with  # noqa: PLC0415
    from tenner.load import load_catalog  # noqa: PLC0415
    from tenner.promotion import promotion_of  # noqa: PLC0415

    earned = _money(revenue) if revenue is not None else None
    if earned is None and not is_dry and sys.stdin.isatty():
        import questionary  # noqa: PLC0415

        words = "What does it earn a month, in dollars?"
        earned = _money(answer_to(questionary.text(words, default="0")))
    book, manifest = load_catalog(catalog), entry.record.manifest
    check_priced(manifest, f"{opened.place}: {manifest.app}", book)
    fleet = fleet_with([], opened, book, plan)
    others = [each for each in fleet.bill.workloads if each.app != manifest.app]
    return promotion_of(manifest, others, book, plan, earned), fleet.problems


def _repo(entry: Entry, found: Promotion, steps: list[Step], *, is_dry: bool, is_yes: bool) -> int:
    """Put prod on a branch of the app's repo, where it is wished; print the steps."""
    from tenner.promote_repo import BRANCH, add_prod, check_repo  # noqa: PLC0415
    from tenner.report_promote import figures, written  # noqa: PLC0415

    click.echo(figures(found))
    folder = Path(entry.repo)
    environments = check_repo(folder, found.manifest.app)
    if "prod" in environments:
        click.echo(f"\n  {folder} has prod already, and stays as it is.")
    elif is_dry:
        click.echo(f"\n  {folder} would get the branch {BRANCH}.")
    elif not is_yes and not _agreed(found):
        click.echo("\n  Nothing was changed. --yes does it, --dry-run shows the steps.")
        return 1
    else:
        commit = add_prod(folder, environments)
        click.echo(f"\n  {folder}: branch {BRANCH} at {commit[:10]}; the folder is as it was.")
    click.echo(f"  The steps, typed in {folder}:\n\n{written(steps)}")
    return 0


def _agreed(found: Promotion) -> bool:
    if not sys.stdin.isatty():
        return False
    import questionary  # noqa: PLC0415

    confirm = questionary.confirm("Add prod to its repo?", default=found.is_time)
    return bool(answer_to(confirm))
