"""The command `tenner scale`: what growth costs, where choices flip, and when it pays."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tenner.cli_options import PLANS, catalog_option, format_option, registry_option, tell
from tenner.errors import TennerError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tenner.growth import Revenue


class _Amount(click.ParamType[Decimal]):
    """A number in plain digits, at least 0."""

    name = "number"

    def convert(self, value: Any, param: Any, ctx: Any) -> Decimal:
        from tenner import exact_yaml  # noqa: PLC0415
        from tenner.errors import InputError  # noqa: PLC0415

        try:
            number = exact_yaml.parse(value, "").content
        except InputError:
            number = None
        if not isinstance(number, Decimal) or not 0 <= number <= 10**9:
            self.fail(f"given {value}, expected a number such as 5 or 0.5", param, ctx)
        return number


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument(
    "words", nargs=-1, type=click.UNPROCESSED, required=True, metavar="SYSTEM|APP --KEY SIZES"
)
@click.option(
    "--environment",
    default="",
    help="A variant of a system, or one environment of an app; else the first, or all.",
)
@click.option("--usage", multiple=True, metavar="KEY=NUMBER", help="What if: requests=1000000.")
@click.option("--revenue-per-user", type=_Amount(), help="USD a month of one that pays.")
@click.option(
    "--conversion-percent", type=_Amount(), help="How many of all pay: 100 if it is not said."
)
@click.option("--account-plan", type=PLANS, help="Which free tiers count.")
@format_option
@registry_option
@catalog_option
def scale(  # noqa: PLR0913 - one for each option
    words: Sequence[str],
    *,
    environment: str,
    usage: Sequence[str],
    revenue_per_user: Decimal | None,
    conversion_percent: Decimal | None,
    account_plan: Any,
    format_: str,
    registry: str | None,
    catalog: Path | None,
) -> int:
    """Say what growth costs: at each size, what grows how, where a choice flips.

    KEY is a driver of the system (users), a field of a resource (functions.memory_mb), or a
    key of the app's use (requests). Flips are found by estimating again and again: DynamoDB
    on demand or provisioned, Aurora Standard or I/O-Optimized, Lambda or Fargate, and the
    plan of Cognito. Margin and break-even stand beside the sizes, because revenue grows by
    the same key: --revenue-per-user adds them. An app has each size in each of its environments,
    as often as that one multiplies its use, and "for each" counts them all; revenue is asked of
    one --environment.

    \b
    Examples: tenner scale multi-app-account --apps 10,100,1000
              tenner scale ../todo --requests 100000,10000000
              tenner scale . --monthly_active_users 100,10000 --environment prod
                --revenue-per-user 5 --conversion-percent 2
    """
    from tenner import scale as scaling  # noqa: PLC0415 - each command imports what it needs
    from tenner import targets  # noqa: PLC0415
    from tenner.report_scale import write_growth  # noqa: PLC0415
    from tenner.what_if import parse_changes  # noqa: PLC0415

    place, sizes = _split(words)
    changes = parse_changes(usage)
    revenue = _revenue(revenue_per_user, conversion_percent)
    asked = scaling.Question(scaling.parse_sizes(sizes), changes, account_plan, revenue)
    if system := targets.find_system(place, catalog):
        from tenner.load import load_catalog  # noqa: PLC0415
        from tenner.variants import variant_of  # noqa: PLC0415

        variant = variant_of(system, environment)
        grown = scaling.scale_system(system, variant, load_catalog(catalog), asked)
        click.echo(write_growth(grown, format_))
        return 0
    app = targets.load_app(place, registry, catalog, {})
    click.echo(write_growth(scaling.scale_app(app, asked, environment), format_))
    return tell(app.problems)


def _split(words: Sequence[str]) -> tuple[Path, list[str]]:
    """Tell the subject from the key and its sizes, in any order."""
    at = next((n for n, word in enumerate(words) if word.startswith("-")), len(words))
    end = at + (1 if at < len(words) and "=" in words[at] else 2)
    sizes, rest = list(words[at:end]), [*words[:at], *words[end:]]
    if len(rest) > 1:
        raise TennerError(f'given "{rest[1]}" too, expected one system or app, and one --KEY SIZES')
    if not sizes:
        raise TennerError("expected sizes by a key, such as --users 10000,50000")
    return Path(rest[0]) if rest else Path(), sizes


def _revenue(per_user: Decimal | None, conversion: Decimal | None) -> Revenue | None:
    from tenner.growth import Revenue  # noqa: PLC0415

    if conversion is not None and conversion > 100:  # noqa: PLR2004
        raise TennerError(f"--conversion-percent: given {conversion:f}, expected at most 100")
    if per_user is None:
        if conversion is not None:
            raise TennerError("--conversion-percent: expected with --revenue-per-user")
        return None
    return Revenue(per_user, Decimal(100) if conversion is None else conversion)
