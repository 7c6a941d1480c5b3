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
from tenner.what_if import MOST, parse_changes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from decimal import Decimal
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


def variant_of(system: System, name: str) -> Variant:
    """Find a variant by its name, or the first one; raises TennerError with those there are."""
    if not name:
        return system.first
    if name not in system.variants:
        known = ", ".join(system.variants)
        message = f"--environment: given {shown(name)}, expected one of {known}"
        raise TennerError(message)
    return system.variants[name]


def with_changes(
    system: System, variant: Variant, changes: Mapping[str, Decimal]
) -> tuple[Variant, Mapping[str, Decimal]]:
    """Apply `driver=number` and `resource.field=number`: the changed variant, and the drivers.

    Raises TennerError that lists the known keys, or says what the field expects.
    """
    drivers: dict[str, Decimal] = {}
    for key, number in changes.items():
        resource, dot, field = key.partition(".")
        if key in system.drivers and 0 < number <= MOST:
            drivers[key] = number
        elif dot and resource in variant.resources:
            variant = variant.with_field(resource, field, number)
        elif key in system.drivers:
            limit = f"at most {MOST}" if number > 0 else "more than 0"
            message = f"--usage: {key}: given {shown(number)}, expected {limit}"
            raise TennerError(message)
        else:
            known = [*system.drivers, *(f"{name}.…" for name in variant.resources)]
            message = f"--usage: given {shown(key)}, expected one of {', '.join(known)}"
            raise TennerError(message)
    return variant, drivers


def all_changed(
    system: System, changes: Mapping[str, Decimal]
) -> list[tuple[Variant, Mapping[str, Decimal]]]:
    """Apply changes to every variant, those of a field to each variant that has the field.

    Raises TennerError for what no variant has.
    """
    known = {key for key in changes for each in system.variants.values() if _has(each, key)}
    return [
        with_changes(
            system,
            each,
            {key: n for key, n in changes.items() if key not in known or _has(each, key)},
        )
        for each in system.variants.values()
    ]


def _has(variant: Variant, key: str) -> bool:
    resource, _, field = key.partition(".")
    found = variant.resources.get(resource)
    return found is not None and field in type(found).model_fields


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


def report_for_system(request: SystemRequest) -> Report:
    """Give the report of `answer_for_system`."""
    return answer_for_system(request).report


def compared_figures(system: System, catalog: Catalog) -> list[Compared]:
    """Compute every figure that the system's document printed.

    Raises TennerError where the system has no document, InputError where a figure has no value.
    """
    if not system.printed:
        message = f"{system.source}: printed: missing, expected the figures of a document"
        raise TennerError(message)
    return Comparison(system, catalog).figures()
