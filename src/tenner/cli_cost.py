"""The command `tenner cost`: of apps, of the fleet, or of a system of the catalog."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tenner.cli_options import FORMATS, PATH, PLANS, catalog_option, registry_option, tell
from tenner.errors import TennerError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tenner.system import System


@click.command()
@click.argument("paths", type=PATH, nargs=-1)
@click.option("--fleet", is_flag=True, help="All registered apps together.")
@click.option("--environment", default="", help="Only this environment, or variant of a system.")
@click.option("--usage", multiple=True, metavar="KEY=NUMBER", help="What if: requests=1000000.")
@click.option(
    "--account-plan",
    type=PLANS,
    help="Which free tiers count: what fleet.yaml or the system says, else always-free.",
)
@click.option("--as-printed", is_flag=True, help="A system's document beside what is computed.")
@click.option(
    "--compare-environments", is_flag=True, help="dev, staging and prod side by side, or variants."
)
@click.option("--compliance", type=click.Choice(["hipaa"]), help="What a law asks of what is used.")
@click.option("--format", "format_", type=FORMATS, default="text", show_default=True)
@registry_option
@catalog_option
def cost(  # noqa: PLR0913 - one for each option
    paths: tuple[Path, ...],
    *,
    fleet: bool,
    environment: str,
    usage: Sequence[str],
    account_plan: Any,
    as_printed: bool,
    compare_environments: bool,
    compliance: str | None,
    format_: str,
    registry: str | None,
    catalog: Path | None,
) -> int:
    """Say what apps cost a month: what each adds, its share, and alone.

    \b
    PATHS are folders with an app.yaml, or manifests; without any, this folder.
    The shared infrastructure's folder stands for all that is there and all apps.
    Or one system: its name in catalog/systems, or its file.
    Examples: tenner cost ../todo
              tenner cost --fleet --format json
              tenner cost . --usage requests=1000000
              tenner cost multi-app-account --as-printed
              tenner cost . --compare-environments
    """
    from tenner import cost as costing  # noqa: PLC0415 - each command imports what it needs
    from tenner.report_text import write  # noqa: PLC0415

    is_given = context.get_parameter_source("account_plan") != click.core.ParameterSource.DEFAULT
    plan = account_plan if is_given else None
    if compare_environments or compliance:
        from tenner.cli_views import View, show  # noqa: PLC0415

        if fleet or as_printed:
            raise TennerError("expected --compare-environments or --compliance without --fleet")
        return show(View(paths, environment, usage, plan, compliance, format_, registry, catalog))
    if system := _system(paths, catalog):
        if as_printed:
            return _print_compared(system, format_, catalog)
        from tenner.system_cost import SystemRequest, report_for_system  # noqa: PLC0415

        asked = SystemRequest(system, environment, usage, account_plan, catalog)
        click.echo(write(report_for_system(asked), format_))
        return 0
    if as_printed:
        raise TennerError("--as-printed: expected one system of the catalog, by its name")
    request = costing.Request(paths, fleet, environment, usage, account_plan, registry, catalog)
    report, problems = costing.report_for(request)
    click.echo(write(report, format_))
    return tell(problems)


def _system(paths: tuple[Path, ...], catalog: Path | None) -> System | None:
    if len(paths) != 1:
        return None
    from tenner.targets import find_system  # noqa: PLC0415

    return find_system(paths[0], catalog)


def _print_compared(system: System, format_: str, catalog: Path | None) -> int:
    from tenner.load import load_catalog  # noqa: PLC0415
    from tenner.report_printed import write_printed  # noqa: PLC0415
    from tenner.system_cost import compared_figures  # noqa: PLC0415

    figures = compared_figures(system, load_catalog(catalog))
    click.echo(write_printed(system, figures, format_))
    return int(not all(figure.is_explained for figure in figures))
