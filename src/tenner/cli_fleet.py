"""The command `tenner fleet`: all registered apps together, also as one HTML page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tenner.cli_cost import written
from tenner.cli_options import (
    PLANS,
    catalog_option,
    output_option,
    put,
    registry_option,
    report_format_option,
    tell,
)
from tenner.errors import TennerError

if TYPE_CHECKING:
    from pathlib import Path

    from tenner.whole_fleet import WholeFleet

_MOST_SIZES = 20


@click.command()
@click.option("--project", metavar="N,N,…", help="Cost and quotas of so many apps like these.")
@click.option(
    "--account-plan",
    type=PLANS,
    help="Which free tiers count: what fleet.yaml says, else always-free.",
)
@report_format_option
@output_option
@registry_option
@catalog_option
def fleet(
    *,
    project: str | None,
    account_plan: Any,
    format_: str,
    output: Path | None,
    registry: str | None,
    catalog: Path | None,
) -> int:
    """Say what all registered apps are, cost and share, and how many more fit.

    \b
    Apps with owner, template version, what each adds and its share; the total
    against the budget of fleet.yaml, where the registry is in the shared
    infrastructure; free pools with the apps that fill them; quotas.
    csv and html have every line of the estimate; html is one page for a browser.
    Examples: tenner fleet
              tenner fleet --project 20,100,300
              tenner fleet --project 100 --format html --output report.html
    """
    from tenner.whole_fleet import (  # noqa: PLC0415 - each command imports what it needs
        FleetRequest,
        answer_of,
        overview,
        whole_fleet,
    )

    sizes = _sizes(project)
    if sizes and format_ == "csv":
        message = "--project: given --format csv, expected text, markdown, json or html"
        raise TennerError(message)
    whole = whole_fleet(FleetRequest(account_plan, registry, catalog))
    if format_ == "csv":
        put(written(answer_of(whole), format_, catalog), output)
    elif format_ == "html":
        from tenner.html_of import html_of_answer  # noqa: PLC0415 - only a page has charts

        put(html_of_answer(answer_of(whole), catalog, overview(whole, sizes)), output)
    else:
        from tenner.report_fleet import write_overview  # noqa: PLC0415

        put(write_overview(overview(whole, sizes), format_), output)
    return tell([*whole.fleet.problems, *_over_budget(whole)])


def _sizes(text: str | None) -> list[int]:
    """Read the numbers of apps of --project, each once; raises TennerError."""
    from tenner.projection import MOST_APPS  # noqa: PLC0415

    if text is None:
        return []
    parts = [part.strip() for part in text.split(",")]
    good = [
        int(part)
        for part in parts
        if part.isascii() and part.isdigit() and len(part) <= len(str(MOST_APPS))
    ]
    if (
        len(good) != len(parts)
        or len(parts) > _MOST_SIZES
        or not all(1 <= size <= MOST_APPS for size in good)
    ):
        from tenner.shown import shown  # noqa: PLC0415

        message = (
            f"--project: given {shown(text)}, expected at most {_MOST_SIZES} whole numbers from 1 "
            f"to {MOST_APPS:,}, such as 20,100,300"
        )
        raise TennerError(message)
    return list(dict.fromkeys(good))


def _over_budget(whole: WholeFleet) -> list[str]:
    from tenner.money import cents  # noqa: PLC0415

    if whole.infra is None or whole.fleet.bill.total <= whole.infra.budget.monthly_usd:
        return []
    total, budget = cents(whole.fleet.bill.total), cents(whole.infra.budget.monthly_usd)
    message = (
        f"The fleet costs {total} a month, which is over its budget of {budget}. "
        "What would save money: tenner advise ../APP"
    )
    return [message]
