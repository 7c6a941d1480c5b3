"""The command `tenner promote`."""

from __future__ import annotations

import sys
import time
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from tenner.cli_options import PLANS, catalog_option, registry_option, tell
from tenner.errors import TennerError

if TYPE_CHECKING:
    from tenner.promote_rows import Copy
    from tenner.promotion import Promotion
    from tenner.registry import Entry


class Wish(NamedTuple):
    """How rows are to be copied, as the options say."""

    from_profile: str
    to_profile: str
    from_table: str
    to_table: str
    environment: str
    is_dry: bool
    is_back: bool
    is_again: bool
    units_per_s: float


@click.command()
@click.argument("app")
@click.option(
    "--revenue", metavar="USD", help="What it earns a month; asked where it is not given."
)
@click.option("--yes", is_flag=True, help="Do it without asking, though it may be too early.")
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@click.option("--rows", is_flag=True, help="Copy its rows from the shared table into its own.")
@click.option("--back", is_flag=True, help="With --rows: copy them back into the shared table.")
@click.option("--again", is_flag=True, help="With --rows: also over rows that are there already.")
@click.option("--from-profile", default="", metavar="NAME", help="Profile of the shared account.")
@click.option("--to-profile", default="", metavar="NAME", help="Profile of its own account.")
@click.option("--from-table", default="", metavar="TABLE", help="Else what is published there.")
@click.option("--to-table", default="", metavar="TABLE", help="Else APP-prod.")
@click.option(
    "--environment", type=click.Choice(["dev", "staging"]), default="dev", show_default=True,
    help="Whose rows and shared table are meant.",
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
    back: bool,
    again: bool,
    from_profile: str,
    to_profile: str,
    from_table: str,
    to_table: str,
    environment: str,
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
    if back and not rows:
        raise TennerError("--back: given without --rows, expected with it")
    entry, problems = _registered(app, registry)
    if rows:
        wish = Wish(
            from_profile, to_profile, from_table, to_table, environment, dry_run, back, again,
            units_per_second,
        )  # fmt: skip
        return tell(problems, _copy_rows(app, entry, wish))
    found = _promotion(app, registry, catalog, account_plan, revenue, is_dry=dry_run or yes)
    click.echo(_written(found))
    return tell(problems, 0) or _repo(entry, found, is_dry=dry_run, is_yes=yes)


def _registered(app: str, registry: str | None) -> tuple[Entry, list[str]]:
    from tenner.load import open_registry  # noqa: PLC0415 - each command imports what it needs

    opened = open_registry(registry)
    contents = opened.entries()
    for entry in contents.entries:
        if entry.record.manifest.app == app:
            return entry, list(contents.problems)
    known = ", ".join(each.record.manifest.app for each in contents.entries) or "none"
    raise TennerError(f'"{app}" is not registered in {opened.place}, which has {known}')


def _money(text: str) -> Decimal:
    try:
        amount = Decimal(text)
    except InvalidOperation:
        amount = Decimal(-1)
    if not amount.is_finite() or not 0 <= amount <= 10**9:
        message = f'--revenue: given "{text}", expected dollars a month in plain digits, such as 80'
        raise TennerError(message)
    return amount


def _promotion(
    app: str, registry: str | None, catalog: Path | None, plan: Any, revenue: str | None, *,
    is_dry: bool,
) -> Promotion:  # fmt: skip
    from tenner.cost import fleet_with  # noqa: PLC0415
    from tenner.load import load_catalog, open_registry  # noqa: PLC0415
    from tenner.promotion import promotion_of  # noqa: PLC0415

    earned = _money(revenue) if revenue is not None else None
    if earned is None and not is_dry and sys.stdin.isatty():
        import questionary  # noqa: PLC0415

        said = questionary.text("What does it earn a month, in dollars?", default="0").ask()
        if said is None:
            raise click.exceptions.Abort
        earned = _money(said)
    book = load_catalog(catalog)
    fleet = fleet_with([], open_registry(registry), book, plan)
    manifest = next(each for each in fleet.manifests if each.app == app)
    others = [each for each in fleet.bill.workloads if each.app != app]
    return promotion_of(manifest, others, book, plan, earned)


def _written(found: Promotion) -> str:
    from tenner.money import cents  # noqa: PLC0415
    from tenner.promotion import RULE_USD  # noqa: PLC0415
    from tenner.report_text import columns  # noqa: PLC0415

    earned = "not said" if found.revenue is None else cents(found.revenue)
    rows = [
        ["it adds to the bill today", cents(found.today)],
        ["prod would add", cents(found.prod)],
        ["alone, with prod, it would cost", cents(found.alone)],
        ["it earns", earned],
        ["it pays for itself from", cents(found.break_even)],
    ]
    if found.margin is not None:
        rows.append(["margin with prod", f"{found.margin * 100:.0f} %"])
    if found.is_time:
        said = f"It is time: it earns more than {cents(RULE_USD)} a month, and more than it costs."
    elif found.revenue is None:
        said = f"It is time when it earns more than {cents(RULE_USD)} a month: --revenue says it."
    else:
        least = max(RULE_USD, found.break_even)
        said = f"It is too early: expected revenue of more than {cents(least)} a month."
    return f"{found.manifest.app}, a month\n\n{columns(rows, left={0})}\n\n  {said}"


def _repo(entry: Entry, found: Promotion, *, is_dry: bool, is_yes: bool) -> int:
    from tenner.promote_repo import BRANCH, add_prod  # noqa: PLC0415

    manifest, folder = found.manifest, Path(entry.repo)
    has_prod = "prod" in manifest.environments
    if is_dry:
        what = "has prod already" if has_prod else f"would get the branch {BRANCH}"
        click.echo(f"\n  {folder} {what}. The steps:\n\n{_steps(found, entry.repo)}")
        return 0
    if not has_prod:
        if not is_yes and not _agreed(found):
            click.echo("\n  Nothing was changed. --yes does it, --dry-run shows the steps.")
            return 1
        if not (folder / "app.yaml").is_file():
            raise TennerError(
                f"{folder} has no app.yaml; expected the repo of {manifest.app} there"
            )
        commit = add_prod(folder, [*map(str, manifest.environments), "prod"])
        click.echo(f"\n  {folder}: branch {BRANCH} at {commit[:10]}; the folder is as it was.")
    click.echo(f"\n{_steps(found, entry.repo)}")
    return 0


def _agreed(found: Promotion) -> bool:
    if not sys.stdin.isatty():
        return False
    import questionary  # noqa: PLC0415

    answer = questionary.confirm("Add prod to its repo?", default=found.is_time).ask()
    if answer is None:
        raise click.exceptions.Abort
    return bool(answer)


def _steps(found: Promotion, folder: str) -> str:
    from tenner.promotion import steps_of  # noqa: PLC0415

    lines = []
    for number, step in enumerate(steps_of(found.manifest, folder), 1):
        lines += [f"  {number}. {step.what}", *(f"       {each}" for each in step.commands)]
    return "\n".join(lines)


def _copy_rows(app: str, entry: Entry, wish: Wish) -> int:
    from tenner import promote_rows  # noqa: PLC0415

    job = _job(app, entry, wish)
    rows, size = promote_rows.check_tables(job)
    click.echo(f"from {job.source}\n  to {job.target}")
    seconds = size / 4096 / wish.units_per_s
    click.echo(
        f"  the rows whose keys start with {app}#; to find them, all of about {rows:,} rows are "
        f"read ({size:,} bytes, {seconds:,.0f} s at least), and again for the check"
    )
    if wish.is_dry:
        click.echo("  Nothing was changed.")
        return 0
    if wish.is_again:
        promote_rows.begin_again(job)
    promote_rows.copy(job, lambda count: click.echo(f"  {count:,} rows", err=True))
    now_s = time.time()
    sums = [
        promote_rows.sum_of(table, app, wish.units_per_s, now_s)
        for table in (job.source, job.target)
    ]
    for name, each in zip(("source", "target"), sums, strict=True):
        click.echo(f"  {name}: {each.rows:,} rows, checksum {each.checksum}")
    if sums[0] == sums[1]:
        click.echo("  They are equal.")
        return 0
    click.echo(
        "They differ: rows were changed since, or the target has others. Run it again to take in "
        "what changed; the target keeps what was deleted in the source.", err=True,
    )  # fmt: skip
    return 1


def _job(app: str, entry: Entry, wish: Wish) -> Copy:
    from tenner.promote_rows import Copy, Table, shared_table  # noqa: PLC0415
    from tenner.promote_side import Side  # noqa: PLC0415

    region = entry.record.manifest.region
    shared = Side(wish.from_profile, region, "--from-profile")
    own = Side(wish.to_profile, region, "--to-profile")
    if shared.account == own.account:
        raise TennerError(
            f"--to-profile: given account {own.account}, which is the shared one; expected an "
            "account of its own for prod"
        )
    name = wish.from_table or shared_table(shared, wish.environment)
    tables = [Table(shared, name), Table(own, wish.to_table or f"{app}-prod")]
    source, target = reversed(tables) if wish.is_back else tables
    place = _checkpoints() / f"{app}-{source.side.account}-{target.side.account}.json"
    return Copy(app, source, target, place, wish.units_per_s)


def _checkpoints() -> Path:
    from platformdirs import user_state_path  # noqa: PLC0415

    return user_state_path("tenner") / "promote"
