"""The command `tenner fleet`: all registered apps together, also as one HTML page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tenner.cli_cost import written
from tenner.cli_options import (
    PLANS,
    REPORT_FORMATS,
    catalog_option,
    output_option,
    put,
    registry_option,
    tell,
)

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@click.option(
    "--account-plan",
    type=PLANS,
    default="always-free",
    show_default=True,
    help="Which free tiers count.",
)
@click.option("--format", "format_", type=REPORT_FORMATS, default="text", show_default=True)
@output_option
@registry_option
@catalog_option
def fleet(
    *,
    account_plan: Any,
    format_: str,
    output: Path | None,
    registry: str | None,
    catalog: Path | None,
) -> int:
    """Say what all registered apps cost together, and what the total is made of.

    \b
    html is one page that needs no network: apps, services, free pools, quotas
    and growth, each figure with its derivation.
    Examples: tenner fleet
              tenner fleet --format html --output report.html
    """
    from tenner.cost import Request, answer_to  # noqa: PLC0415 - each command imports what it needs

    answer = answer_to(Request((), True, "", (), account_plan, registry, catalog))
    put(written(answer, format_, catalog), output)
    return tell(answer.fleet.problems)
