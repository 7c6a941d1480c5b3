"""The commands `tenner secret …`."""

from __future__ import annotations

import json
import sys
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import click

from tenner.cli_options import PLANS, answer_to, catalog_option, text_or_json_option
from tenner.cli_secret_move import move
from tenner.cli_secret_values import check, list_, put
from tenner.errors import TennerError

if TYPE_CHECKING:
    from pathlib import Path

    from tenner.secret_where import Decision, Priced, Question

_MOST = 1_000_000_000


@click.group()
def secret() -> None:
    """Put values of secrets, say which are missing, and where to keep them.

    \b
    Examples: tenner secret where
              tenner secret put stripe-key --environment dev
              tenner secret check
    """


secret.add_command(put)
secret.add_command(list_)
secret.add_command(check)
secret.add_command(move)


@secret.command()
@click.option("--rotation/--no-rotation", default=None, help="It must rotate by itself.")
@click.option("--revenue/--no-revenue", default=None, help="The app earns money.")
@click.option("--user-specific/--no-user-specific", default=None, help="It belongs to one user.")
@click.option(
    "--count", type=click.IntRange(1, _MOST), default=1, show_default=True, help="How many."
)
@click.option(
    "--reads",
    type=click.IntRange(0, _MOST),
    default=500,
    show_default=True,
    help="How often each is read in a month, which is at cold starts.",
)
@click.option("--account-plan", type=PLANS, default="always-free", show_default=True)
@text_or_json_option
@catalog_option
def where(  # noqa: PLR0913 - one for each option
    *,
    rotation: bool | None,
    revenue: bool | None,
    user_specific: bool | None,
    count: int,
    reads: int,
    account_plan: Any,
    format_: str,
    catalog: Path | None,
) -> int:
    """Say where to keep a secret, and what each place costs a month.

    \b
    Asks what no option says, and only what matters.
    Examples: tenner secret where
              tenner secret where --no-rotation --user-specific --count 1000
    """
    from tenner.load import load_catalog  # noqa: PLC0415 - each command imports what it needs
    from tenner.secret_where import decide, prices, with_quota  # noqa: PLC0415

    given: dict[Question, bool | None] = {
        "rotation": rotation,
        "revenue": revenue,
        "user_specific": user_specific,
    }
    book, most = load_catalog(catalog), _most_standard(catalog)
    found = prices(book, count, Decimal(reads), account_plan, most)
    decision = decide(lambda each: _answer(each, given[each]), is_users=bool(user_specific))
    decision = with_quota(decision, count, most)
    if format_ == "json":
        click.echo(_json(decision, list(found)))
        return 0
    from tenner.money import cents  # noqa: PLC0415
    from tenner.report_text import columns  # noqa: PLC0415

    rows = [[each.place, cents(each.total), each.derivation or "nothing"] for each in found]
    click.echo(f"{decision.place}: {decision.why}\n\n  {decision.do}\n")
    click.echo(columns([["", "a month", f"{count:,} read {reads:,} times"], *rows], left={0, 2}))
    return 0


def _most_standard(catalog: Path | None) -> int:
    """Read how many standard parameters an account and region has at most."""
    from tenner.load import load_quotas  # noqa: PLC0415

    quota = load_quotas(catalog).get("standard_parameters")
    if quota is None:
        raise TennerError("quotas.yaml: standard_parameters: missing, expected it in the catalog")
    return int(quota.limit)


def _answer(question: Question, given: bool | None) -> bool:
    """Take what was given, or ask; raises TennerError where nobody can be asked."""
    if given is not None:
        return given
    from tenner.secret_where import QUESTIONS  # noqa: PLC0415

    if not sys.stdin.isatty():
        word = question.replace("_", "-")
        raise TennerError(f"expected --{word} or --no-{word}: {QUESTIONS[question]}")
    import questionary  # noqa: PLC0415

    confirm = questionary.confirm(QUESTIONS[question], default=False, auto_enter=False)
    return bool(answer_to(confirm))


def _json(decision: Decision, found: list[Priced]) -> str:
    from tenner.money import exact_text  # noqa: PLC0415

    content = {
        **decision._asdict(),
        "places": [
            {"place": each.place, "total": exact_text(each.total), "derivation": each.derivation}
            for each in found
        ],
    }
    return json.dumps(content, indent=2, ensure_ascii=False)
