"""Answers `tenner cost` for a system: its report, and its document's figures beside Tenner's."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from tenner.comparison import Comparison
from tenner.errors import TennerError
from tenner.estimate import Bill
from tenner.load import default_catalog_folder, load_catalog, read_text
from tenner.report import Report, Sibling, report_of
from tenner.shown import shown
from tenner.system import parse_system
from tenner.variants import all_changed, variant_of, with_changes
from tenner.what_if import parse_changes

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tenner.catalog import Catalog
    from tenner.comparison import Compared
    from tenner.estimate import AccountPlan
    from tenner.system import System, Variant

_IS_SYSTEM = re.compile(r"^system:", re.MULTILINE)


def system_names(catalog: Path | None = None) -> list[str]:
    """List the systems of a catalog folder by name."""
    folder = (catalog or default_catalog_folder()) / "systems"
    return sorted(path.stem for path in folder.glob("*.yaml"))


def load_system(name: str, catalog: Path | None = None) -> System:
    """Read a system of a catalog folder by its name.

    Raises TennerError where there is none, InputError with every defect of its file.
    """
    if name not in system_names(catalog):
        known = ", ".join(system_names(catalog))
        message = f"given {shown(name)}, expected a system of the catalog: {known}"
        raise TennerError(message)
    path = (catalog or default_catalog_folder()) / "systems" / f"{name}.yaml"
    return load_system_file(path)


def load_system_file(path: Path) -> System:
    """Read a system from a file of its own; raises InputError with every defect."""
    return parse_system(read_text(path), str(path))


def is_system_file(path: Path) -> bool:
    """Tell whether a file says that it is a system, whatever else is wrong with it."""
    return bool(_IS_SYSTEM.search(read_text(path)))


class SystemRequest(NamedTuple):
    """What `tenner cost SYSTEM` was asked; `plan` None is the system's own."""

    system: System
    variant: str
    usage: Sequence[str]
    plan: AccountPlan | None
    catalog: Path | None


class SystemAnswer(NamedTuple):
    """The answer to `tenner cost SYSTEM`: its report, the variant as asked for, and its bill."""

    report: Report
    system: System
    variant: Variant
    bill: Bill


def answer_for_system(request: SystemRequest) -> SystemAnswer:
    """Answer `tenner cost SYSTEM`: one variant in full, and what each variant costs.

    The answer's variant has the drivers that were asked for. Raises TennerError for wrong input.
    """
    system, catalog = request.system, load_catalog(request.catalog)
    changes = parse_changes(request.usage)
    plan = request.plan or system.account_plan
    variant, drivers = with_changes(system, variant_of(system, request.variant), changes)
    bill = Bill(catalog, [system.workload(catalog, variant, drivers)], plan)
    siblings = [
        Sibling(
            each.name,
            each.summary,
            bill.total
            if each.name == variant.name
            else Bill(catalog, [system.workload(catalog, each, sizes)], plan).total,
        )
        for each, sizes in all_changed(system, changes)
    ]
    report = report_of(bill, [0], f"{system.name}, {variant.name}")
    asked = replace(variant, drivers={**variant.drivers, **drivers})
    report = replace(report, variants=siblings, what_if=changes)
    return SystemAnswer(report, system, asked, bill)


def compared_figures(system: System, catalog: Catalog) -> list[Compared]:
    """Compute every figure that the system's document printed.

    Raises TennerError where the system has no document, InputError where a figure has no value.
    """
    if not system.printed:
        message = f"{system.source}: printed: missing, expected the figures of a document"
        raise TennerError(message)
    return Comparison(system, catalog).figures()
