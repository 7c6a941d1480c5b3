"""What `tenner cost` shows beside the cost: environments side by side, and compliance notes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tenner.cli_options import FORMATS, put, tell
from tenner.errors import TennerError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tenner.compliance import Regime
    from tenner.estimate import AccountPlan
    from tenner.report_views import Safeguards
    from tenner.system import System
    from tenner.workload import Workload


class View(NamedTuple):
    """What was asked for, of one app or one system; `plan` None is the system's own."""

    paths: tuple[Path, ...]
    environment: str
    usage: Sequence[str]
    plan: AccountPlan | None
    compliance: str | None
    format_: str
    registry: str | None
    catalog: Path | None


def show(view: View, output: Path | None = None) -> int:
    """Print compliance notes where a rule is named, else the environments side by side."""
    if view.format_ not in FORMATS.choices:
        name = "--compliance" if view.compliance else "--compare-environments"
        raise TennerError(f"{name}: given --format {view.format_}, expected text, markdown or json")
    text, problems = _written(view)
    put(text, output)
    return tell(problems)


def _written(view: View) -> tuple[str, Sequence[str]]:
    """Write what was asked for, and a sentence for each record that can't be read."""
    from tenner.targets import find_system  # noqa: PLC0415 - each command imports what it needs

    if len(view.paths) > 1:
        raise TennerError(f'given "{view.paths[1]}" too, expected one app or system here')
    path = view.paths[0] if view.paths else Path()
    system = find_system(path, view.catalog)
    if view.compliance:
        regime = _regime(view)
        return _system_notes(view, system, regime) if system else _app_notes(view, path, regime)
    return _compare_system(view, system) if system else _compare_app(view, path)


def _regime(view: View) -> Regime:
    from tenner.load import load_compliance  # noqa: PLC0415

    return load_compliance(view.catalog)[view.compliance or ""]


def _system_notes(view: View, system: System, regime: Regime) -> tuple[str, Sequence[str]]:
    from tenner import advise  # noqa: PLC0415
    from tenner.load import load_catalog  # noqa: PLC0415
    from tenner.report_views import Safeguards  # noqa: PLC0415
    from tenner.variants import variant_of, with_changes  # noqa: PLC0415
    from tenner.what_if import parse_changes  # noqa: PLC0415

    changes = parse_changes(view.usage)
    variant, drivers = with_changes(system, variant_of(system, view.environment), changes)
    scene = advise.scene_of(system, variant, load_catalog(view.catalog), drivers)
    plan = view.plan or system.account_plan
    found = advise.safeguards_of(system, scene, plan, view.compliance or "")
    names = tuple(
        f"{' and '.join(each.change.where)} (advice: {each.name})" for each in found.advice
    )
    kept = Safeguards(found.together, names)
    workload = system.workload_of(scene.catalog, scene.environment, scene.resources)
    return _notes(view, regime, f"{system.name}, {variant.name}", [workload], kept), ()


def _app_notes(view: View, path: Path, regime: Regime) -> tuple[str, Sequence[str]]:
    from tenner import targets  # noqa: PLC0415
    from tenner.what_if import parse_changes  # noqa: PLC0415
    from tenner.workload import workloads_of  # noqa: PLC0415

    app = targets.load_app(path, view.registry, view.catalog, parse_changes(view.usage))
    workloads = [
        workload
        for workload in workloads_of(app.manifest, app.catalog)
        if view.environment in {"", workload.environment}
    ]
    if not workloads:
        known = ", ".join(app.manifest.environments)
        message = f'--environment: given "{view.environment}", expected one of {known}'
        raise TennerError(message)
    return _notes(view, regime, app.manifest.app, workloads, None), app.problems


def _notes(
    view: View, regime: Regime, subject: str, workloads: Sequence[Workload], kept: Safeguards | None
) -> str:
    from tenner.load import load_catalog  # noqa: PLC0415
    from tenner.report_views import write_compliance  # noqa: PLC0415

    book = load_catalog(view.catalog)
    used = {use.item.partition("/")[0] for workload in workloads for use in workload.usage}
    services = {name: book.services[name].service for name in sorted(used)}
    return write_compliance(regime, subject, services, kept, view.format_)


def _compare_system(view: View, system: System) -> tuple[str, Sequence[str]]:
    from tenner.load import load_catalog  # noqa: PLC0415
    from tenner.report_views import write_side_by_side  # noqa: PLC0415
    from tenner.side_by_side import variants_of_system  # noqa: PLC0415
    from tenner.variants import all_changed  # noqa: PLC0415
    from tenner.what_if import parse_changes  # noqa: PLC0415

    plan = view.plan or system.account_plan
    changed = all_changed(system, parse_changes(view.usage))
    found = variants_of_system(system, load_catalog(view.catalog), plan, changed)
    return write_side_by_side(found, view.format_), ()


def _compare_app(view: View, path: Path) -> tuple[str, Sequence[str]]:
    from tenner import targets  # noqa: PLC0415
    from tenner.report_views import write_side_by_side  # noqa: PLC0415
    from tenner.side_by_side import environments_of_app  # noqa: PLC0415
    from tenner.what_if import parse_changes  # noqa: PLC0415

    app = targets.load_app(path, view.registry, view.catalog, parse_changes(view.usage))
    found = environments_of_app(app.manifest, app.others, app.catalog, view.plan or "always-free")
    return write_side_by_side(found, view.format_), app.problems
