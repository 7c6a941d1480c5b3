"""The command `tenner cost`: of apps, of the fleet, or of a system of the catalog."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tenner.cli_options import (
    PATH,
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
    from collections.abc import Sequence

    from tenner.cost import Answer, Request
    from tenner.system import System
    from tenner.system_cost import SystemRequest


_ALONE = {
    "--as-printed": ("--fleet", "--environment", "--usage", "--account-plan", "--full"),
    "--compare-environments": ("--fleet", "--as-printed", "--full", "--environment"),
    "--compliance": ("--fleet", "--as-printed", "--full", "--compare-environments"),
}
"""Options that leave others without effect."""


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
@click.option("--full", is_flag=True, help="A system's whole report, with --format markdown.")
@report_format_option
@output_option
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
    full: bool,
    format_: str,
    output: Path | None,
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
              tenner cost healthcare-backend --format markdown --full
    """
    from tenner import cost as costing  # noqa: PLC0415 - each command imports what it needs

    system = _system(paths, catalog)
    asked = {
        "--fleet": fleet,
        "--as-printed": as_printed,
        "--compare-environments": compare_environments,
        "--compliance": compliance,
        "--full": full,
        "--environment": environment,
        "--usage": usage,
        "--account-plan": account_plan,
    }
    _check_together([name for name, given in asked.items() if given], system)
    if compare_environments or compliance:
        from tenner.cli_views import View, show  # noqa: PLC0415

        view = View(paths, environment, usage, account_plan, compliance, format_, registry, catalog)
        return show(view, output)
    if full and format_ != "markdown":
        raise TennerError(f"--full: given --format {format_}, expected --format markdown")
    if system:
        if as_printed:
            return _print_compared(system, format_, catalog, output)
        from tenner.system_cost import SystemRequest  # noqa: PLC0415

        request = SystemRequest(system, environment, usage, account_plan, catalog)
        put(_of_system(request, format_, full=full), output)
        return 0
    for name, is_asked in (("--as-printed", as_printed), ("--full", full)):
        if is_asked:
            raise TennerError(f"{name}: expected one system of the catalog, by its name")
    answer = _answer_to(
        costing.Request(paths, fleet, environment, usage, account_plan, registry, catalog)
    )
    put(written(answer, format_, catalog), output)
    return tell(answer.fleet.problems)


def _answer_to(request: Request) -> Answer:
    """Answer about the shared infrastructure, where its folder is given or is here, or of apps."""
    from tenner.cost import answer_to  # noqa: PLC0415
    from tenner.load import is_shared_infra  # noqa: PLC0415

    folder = request.paths[0] if request.paths else Path()
    is_one = len(request.paths) == 1 or not (request.paths or request.fleet)
    if is_one and is_shared_infra(folder):
        from tenner.shared_cost import answer_of_shared  # noqa: PLC0415

        return answer_of_shared(folder, request)
    return answer_to(request)


def written(answer: Answer, format_: str, catalog: Path | None) -> str:
    """Write the answer about apps in a format."""
    if format_ == "html":
        from tenner.html_of import html_of_answer  # noqa: PLC0415 - only a page has charts

        return html_of_answer(answer, catalog)
    from tenner.report_text import write  # noqa: PLC0415

    return write(answer.report, format_)


def _of_system(asked: SystemRequest, format_: str, *, full: bool) -> str:
    """Write the answer about a system in a format."""
    from tenner.report_text import write  # noqa: PLC0415
    from tenner.system_cost import answer_for_system  # noqa: PLC0415

    answer = answer_for_system(asked)
    if format_ == "html":
        from tenner.html_of import html_of_system  # noqa: PLC0415

        return html_of_system(answer)
    if full:
        from tenner.report_full import as_full_markdown  # noqa: PLC0415

        return as_full_markdown(answer)
    return write(answer.report, format_)


def _system(paths: tuple[Path, ...], catalog: Path | None) -> System | None:
    from tenner.targets import find_system  # noqa: PLC0415

    found = [find_system(path, catalog) for path in paths]
    if len(paths) > 1:
        for path, system in zip(paths, found, strict=True):
            if system:
                raise TennerError(f"{path}: a system stands alone; expected nothing else beside it")
    return found[0] if found else None


def _check_together(asked: Sequence[str], system: System | None) -> None:
    """Raise TennerError for an option that another one would leave without effect."""
    for name, others in _ALONE.items():
        for other in asked:
            if name in asked and other in others:
                raise TennerError(f"{other}: expected without {name}")
    if system and "--fleet" in asked:
        raise TennerError(f"--fleet: expected without {system.name}, since a system stands alone")


def _print_compared(system: System, format_: str, catalog: Path | None, output: Path | None) -> int:
    if format_ in {"csv", "html"}:
        raise TennerError(
            f"--as-printed: given --format {format_}, expected text, markdown or json"
        )
    from tenner.load import load_catalog  # noqa: PLC0415
    from tenner.report_printed import write_printed  # noqa: PLC0415
    from tenner.system_cost import compared_figures  # noqa: PLC0415

    figures = compared_figures(system, load_catalog(catalog))
    put(write_printed(system, figures, format_), output)
    return int(not all(figure.is_explained for figure in figures))
