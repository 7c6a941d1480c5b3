"""The commands `tenner prices check` and `tenner prices refresh`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from tenner.cli_options import catalog_option, text_or_json_option
from tenner.clock import now
from tenner.errors import InputError, Problem, TennerError

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from tenner.catalog import Catalog
    from tenner.prices_check import Stale
    from tenner.prices_refresh import Refreshed


@click.group()
def prices() -> None:
    """Check the price book, and bring it up to date.

    \b
    Example: tenner prices check
    """


@prices.command()
@click.option(
    "--max-age-days",
    type=click.IntRange(1, 10_000),
    default=365,
    show_default=True,
    help="How old evidence may be.",
)
@text_or_json_option
@catalog_option
def check(*, max_age_days: int, format_: str, catalog: Path | None) -> int:
    """Check units, tiers, sources and age of every price.

    \b
    Exit code 1 says that prices are old, 2 that something is wrong.
    Example: tenner prices check --max-age-days 180
    """
    from tenner.load import default_catalog_folder, load_catalog  # noqa: PLC0415 - each command imports what it needs
    from tenner.prices_check import stale  # noqa: PLC0415

    book, day = load_catalog(catalog), now().date()
    _refuse_defects(book, day, catalog or default_catalog_folder())
    found = [
        each
        for name, service in book.services.items()
        if (each := stale(name, service, day, max_age_days))
    ]
    if format_ == "json":
        rows = [{**each._asdict(), "oldest": str(each.oldest)} for each in found]
        click.echo(json.dumps({"max_age_days": max_age_days, "stale": rows}, indent=2))
    else:
        click.echo(_check_text(found, len(book.services), max_age_days))
    return int(bool(found))


def _refuse_defects(book: Catalog, day: date, folder: Path) -> None:
    """Raise InputError for the first file that has defects, with all of them."""
    from tenner.prices_check import defects  # noqa: PLC0415

    for name, service in book.services.items():
        problems = [Problem(each.key, each.message) for each in defects(service, day)]
        if problems:
            raise InputError(str(folder / "services" / f"{name}.yaml"), problems)


def _check_text(found: list[Stale], services: int, max_age_days: int) -> str:
    lines = [
        f"  {each.service}: {each.old} of {each.of} checked more than {max_age_days} days ago, "
        f"the oldest on {each.oldest} ({each.oldest_key})"
        for each in found
    ]
    if not lines:
        return f"{_services(services)}: units, tiers, sources and ages are right."
    have = "has" if len(found) == 1 else "have"
    return "\n".join(
        [
            f"{_services(services)}: nothing is wrong, but {len(found)} {have} old prices.",
            *lines,
            "Read them again: tenner prices refresh SERVICE; the others by hand, at their source.",
        ]
    )


def _services(number: int) -> str:
    return "1 service" if number == 1 else f"{number} services"


@prices.command()
@click.argument("services", nargs=-1, metavar="[SERVICE]...")
@click.option("--yes", is_flag=True, help="Write without asking.")
@click.option("--dry-run", is_flag=True, help="Only show what would be written.")
@catalog_option
def refresh(services: tuple[str, ...], *, yes: bool, dry_run: bool, catalog: Path | None) -> int:
    """Read prices from the AWS Price List, show the difference, and write it.

    \b
    SERVICE is a file of catalog/services; without any, all of them. Free tiers and prices
    that are kept by hand (Spot) are never touched. Needs credentials that may call
    pricing:GetProducts.
    Example: tenner prices refresh fargate --dry-run
    """
    from tenner import prices_refresh  # noqa: PLC0415

    if yes and dry_run:
        raise TennerError("--yes: given with --dry-run, expected one of them")
    found = prices_refresh.refresh(services, catalog, prices_refresh.asker(), now().date())
    kept = 0
    for each in found:
        kept += _show(each)
    if all(each.before == each.after for each in found):
        click.echo("Nothing to write.")
        return int(bool(kept))
    if dry_run:
        click.echo("Nothing is written (--dry-run).")
    elif yes or click.confirm("Write this?", default=False):
        prices_refresh.write(found)
        click.echo("Written. Look at it with: git diff catalog")
    else:
        click.echo("Nothing is written.")
    return int(bool(kept))


def _show(refreshed: Refreshed) -> int:
    """Print what the Price List says of one service; gives how many prices a person must see to."""
    if refreshed.diff:
        click.echo(refreshed.diff)
    kept = 0
    for each in refreshed.outcomes:
        if each.what != "same":
            click.echo(f"{refreshed.service}/{each.key}: {each.what}: {each.message}")
        kept += each.what == "kept"
    return kept
