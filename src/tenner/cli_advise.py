"""The command `tenner advise`: what would save money, each change estimated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tenner.cli_options import PATH, PLANS, catalog_option, format_option, registry_option, tell
from tenner.errors import TennerError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


@click.command()
@click.argument("target", type=PATH, default=".", metavar="SYSTEM|APP")
@click.option("--environment", default="", help="Another variant of a system than its first.")
@click.option("--usage", multiple=True, metavar="KEY=NUMBER", help="What if: users=50000.")
@click.option(
    "--compliance", type=click.Choice(["hipaa"]), help="Leave out what takes its safeguards away."
)
@click.option("--account-plan", type=PLANS, help="Which free tiers count.")
@format_option
@registry_option
@catalog_option
def advise(  # noqa: PLR0913 - one for each option
    target: Path,
    *,
    environment: str,
    usage: Sequence[str],
    compliance: str | None,
    account_plan: Any,
    format_: str,
    registry: str | None,
    catalog: Path | None,
) -> int:
    """Say what would save money: how much, how, at what effort and risk.

    Each rule changes the workload and estimates it again. Savings overlap, so those
    together are estimated one after another. Where `copier update` brings a change, it
    says so. An app is advised in its fleet: what all pay less is what it saves.

    \b
    Examples: tenner advise ../todo
              tenner advise multi-app-account --environment production-app
    """
    from tenner import advise as advising  # noqa: PLC0415 - each command imports what it needs
    from tenner import targets  # noqa: PLC0415
    from tenner.report_advice import write_advice  # noqa: PLC0415
    from tenner.what_if import parse_changes  # noqa: PLC0415

    changes = parse_changes(usage)
    if system := targets.find_system(target, catalog):
        from tenner.load import load_catalog  # noqa: PLC0415
        from tenner.variants import variant_of, with_changes  # noqa: PLC0415

        variant, drivers = with_changes(system, variant_of(system, environment), changes)
        scene = advising.scene_of(system, variant, load_catalog(catalog), drivers)
        plan = account_plan or system.account_plan
        counsel = advising.counsel_for_system(system, scene, variant.name, plan, compliance or "")
        click.echo(write_advice(counsel, format_))
        return 0
    if environment:
        message = "--environment: expected with a system; an app is advised in all of its own"
        raise TennerError(message)
    app = targets.load_app(target, registry, catalog, changes)
    counsel = advising.counsel_for_app(app, account_plan or "always-free", compliance or "")
    click.echo(write_advice(counsel, format_))
    return tell(app.problems)
