"""The command `tenner env`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tenner.cli_options import ENVIRONMENTS, PATH, catalog_option
from tenner.errors import TennerError

if TYPE_CHECKING:
    from tenner.catalog import Catalog
    from tenner.environment import Brought
    from tenner.system import System


@click.command()
@click.argument("path", type=PATH, default=Path())
@click.option("--environment", type=ENVIRONMENTS, default="prod", show_default=True)
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json", "terraform"]),
    default="text",
    show_default=True,
    help="terraform is what terraform/production takes as variables.",
)
@catalog_option
def env(path: Path, *, environment: Any, format_: str, catalog: Path | None) -> int:
    """Say what an environment brings to an app, and how its table is paid for.

    \b
    PATH is the app's folder, this one by default. An environment that the app
    has not is shown as it would be. For all three side by side, with costs:
    tenner cost PATH --compare-environments
    PATH may be a system, by its name or file: all three are then side by side.
    Example: tenner env ../todo --environment prod
    Example: tenner env commerce-link-hub
    """
    from tenner.environment import brought  # noqa: PLC0415 - each command imports what it needs
    from tenner.load import load_catalog, load_manifest  # noqa: PLC0415
    from tenner.manifest_environment import EnvironmentSettings  # noqa: PLC0415
    from tenner.targets import find_system  # noqa: PLC0415

    system = find_system(path, catalog)
    if system:
        click.echo(_of_system(system, load_catalog(catalog), format_))
        return 0
    manifest = load_manifest(path).manifest
    if environment not in manifest.environments:
        if format_ == "terraform":
            known = ", ".join(manifest.environments)
            raise TennerError(f'--environment: given "{environment}", expected one of {known}')
        made = {**manifest.environments, environment: EnvironmentSettings()}
        manifest = manifest.model_copy(update={"environments": made})
    found = brought(manifest, environment, load_catalog(catalog))
    click.echo(_written(found, format_))
    return 0


def _of_system(system: System, catalog: Catalog, format_: str) -> str:
    from tenner.report_views import write_side_by_side  # noqa: PLC0415
    from tenner.side_by_side import environments_of_system  # noqa: PLC0415

    if format_ == "terraform":
        raise TennerError(f"--format: given terraform, expected text or json of {system.name}")
    return write_side_by_side(environments_of_system(system, catalog, system.account_plan), format_)


def _written(found: Brought, format_: str) -> str:
    from tenner.money import cents, exact_text  # noqa: PLC0415
    from tenner.report_text import columns  # noqa: PLC0415

    capacity = found.capacity
    if format_ == "terraform":
        return json.dumps({"profile": found.terraform()}, indent=2)
    if format_ == "json":
        table = {
            "mode": capacity.mode,
            "why": capacity.why,
            "on_demand": exact_text(capacity.on_demand),
            "provisioned": exact_text(capacity.provisioned),
        }
        content = {"app": found.manifest.app, "environment": found.name, **found.facts}
        return json.dumps({**content, "capacity": table}, indent=2, ensure_ascii=False)
    rows = [[name, text] for name, text in found.facts.items()]
    head = f"{found.manifest.app} · {found.name} · {found.profile.summary}"
    lines = [head, "", columns(rows, left={0, 1})]
    if found.profile.account == "own" and capacity.has_table:
        prices = (
            f"  On demand its requests cost {cents(capacity.on_demand)} a month; provisioned with "
            f"auto scaling {cents(capacity.provisioned)}"
        )
        known = "  (list price: the free units belong to all apps of a payer)."
        lines += ["", f"  The table is {capacity.said}: {capacity.why}.", prices, known]
    return "\n".join(lines)
