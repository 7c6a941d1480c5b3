"""Environments side by side: what each brings, and what each service costs in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from tenner.environment import brought
from tenner.estimate import AccountPlan, Bill
from tenner.lines import subject_lines
from tenner.manifest_environment import EnvironmentSettings
from tenner.money import exact, plain
from tenner.profiled import in_environment
from tenner.workload import workload_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tenner.catalog import Catalog
    from tenner.manifest import Manifest
    from tenner.manifest_environment import Environment
    from tenner.system import System, Variant
    from tenner.workload import Workload

_ZERO = Decimal(0)
_ENVIRONMENTS: tuple[Environment, ...] = ("dev", "staging", "prod")


class Column(NamedTuple):
    """One environment, or one variant of a system: what it is, its cost by service, the total."""

    name: str
    facts: Mapping[str, str]
    costs: Mapping[str, Decimal]
    total: Decimal


@dataclass(frozen=True, slots=True)
class SideBySide:
    """Several environments of one app, or variants of one system; USD a month.

    `changes` are what an environment changes in what a system states, by the column's name.
    """

    subject: str
    columns: Sequence[Column]
    changes: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def services(self) -> Sequence[str]:
        """List the services that any of them uses."""
        return list(dict.fromkeys(name for column in self.columns for name in column.costs))


def environments_of_app(
    manifest: Manifest, others: Sequence[Workload], catalog: Catalog, plan: AccountPlan
) -> SideBySide:
    """Compare dev, staging and prod of an app, also those that it has not; each by itself.

    Its cost is what that environment adds to the rest of the fleet.
    """
    columns = []
    for name in _ENVIRONMENTS:
        settings = manifest.environments.get(name, EnvironmentSettings())
        one = manifest.model_copy(update={"environments": {name: settings}})
        workload = workload_of(one, name, catalog)
        bill = Bill(catalog, [*others, workload], plan)
        columns.append(_column(name, brought(one, name, catalog).facts, bill, one.app))
    return SideBySide(manifest.app, columns)


def variants_of_system(
    system: System,
    catalog: Catalog,
    plan: AccountPlan,
    changed: Sequence[tuple[Variant, Mapping[str, Decimal]]],
) -> SideBySide:
    """Compare variants of a system, each with the drivers that change its size."""
    columns = []
    for variant, drivers in changed:
        bill = Bill(catalog, [system.workload(catalog, variant, drivers)], plan)
        facts = {"environment": variant.environment}
        columns.append(_column(variant.name, facts, bill, system.name))
    return SideBySide(system.name, columns)


def environments_of_system(system: System, catalog: Catalog, plan: AccountPlan) -> SideBySide:
    """Compare a system in dev, staging and prod, each as that environment's profile has it."""
    columns: list[Column] = []
    changes: dict[str, Sequence[str]] = {}
    for name in _ENVIRONMENTS:
        found = in_environment(system, name, catalog)
        sizes = {driver: plain(value) for driver, value in found.base.drivers.items()}
        facts = {"stated as": found.base.name, **sizes}
        columns.append(_column(name, facts, Bill(catalog, [found.workload], plan), system.name))
        changes[name] = found.changes
    return SideBySide(system.name, columns, changes)


def _column(name: str, facts: Mapping[str, str], bill: Bill, app: str) -> Column:
    numbers = bill.numbers_of(app)
    costs: dict[str, Decimal] = {}
    with exact():
        for line in subject_lines(bill, numbers):
            costs[line.item.service] = costs.get(line.item.service, _ZERO) + line.pays
        return Column(name, facts, costs, sum(costs.values(), _ZERO))
