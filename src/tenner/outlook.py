"""Outlooks: what a fleet, an app or a system would cost if it were several times what it is."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from tenner.estimate import Bill
from tenner.money import exact
from tenner.workload import SHARED_ACCOUNT, SHARED_APP, workloads_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tenner.catalog import Catalog
    from tenner.estimate import AccountPlan
    from tenner.manifest import Manifest
    from tenner.system import System, Variant
    from tenner.workload import Workload

FACTORS = tuple(map(Decimal, (1, 2, 5, 10)))


@dataclass(frozen=True, slots=True)
class Curve:
    """What grows, in a few words, and for each factor what it costs then in USD a month."""

    name: str
    points: Mapping[Decimal, Decimal]


def of_fleet(manifests: Sequence[Manifest], bill: Bill) -> list[Curve]:
    """Say what the whole fleet costs with several times the traffic, or the apps.

    What the shared infrastructure has itself stays as it is.
    """
    shared = [workload for workload in bill.workloads if workload.app == SHARED_APP]
    apps = [workload for workload in bill.workloads if workload.app != SHARED_APP]

    def total(workloads: Iterable[Workload]) -> Decimal:
        return Bill(bill.catalog, [*shared, *workloads], bill.plan).total

    with exact():
        busier = {factor: total(_busier(manifests, bill.catalog, factor)) for factor in FACTORS[1:]}
        more = {factor: total(_more(apps, int(factor))) for factor in FACTORS[1:]}
    now = {FACTORS[0]: bill.total}
    return [Curve("the same apps, more traffic", now | busier), Curve("more such apps", now | more)]


def of_apps(manifests: Sequence[Manifest], bill: Bill) -> list[Curve]:
    """Say what some apps of a fleet add to its bill with several times their traffic."""
    apps = {manifest.app for manifest in manifests}
    others = [workload for workload in bill.workloads if workload.app not in apps]
    with exact():
        rest = Bill(bill.catalog, others, bill.plan).total
        points = {
            factor: Bill(
                bill.catalog, [*others, *_busier(manifests, bill.catalog, factor)], bill.plan
            ).total
            - rest
            for factor in FACTORS
        }
    return [Curve("more traffic", points)]


def of_system(system: System, variant: Variant, catalog: Catalog, plan: AccountPlan) -> list[Curve]:
    """Say what a variant of a system costs at several times each of its drivers."""
    return [
        Curve(
            f"more {name.replace('_', ' ')}",
            {
                factor: at_size(system, variant, catalog, plan, {name: size * factor}).total
                for factor in FACTORS
            },
        )
        for name, size in {**system.drivers, **variant.drivers}.items()
    ]


def at_size(
    system: System,
    variant: Variant,
    catalog: Catalog,
    plan: AccountPlan,
    drivers: Mapping[str, Decimal],
) -> Bill:
    """Estimate a variant of a system at another size."""
    return Bill(catalog, [system.workload(catalog, variant, drivers)], plan)


def _busier(manifests: Iterable[Manifest], catalog: Catalog, factor: Decimal) -> Iterable[Workload]:
    """Derive the workloads of apps with so many times the traffic; what they keep stays."""
    for manifest in manifests:
        environments = {
            name: each.model_copy(update={"use_multiplier": each.use_multiplier * factor})
            for name, each in manifest.environments.items()
        }
        yield from workloads_of(manifest.model_copy(update={"environments": environments}), catalog)


def _more(workloads: Iterable[Workload], times: int) -> Iterable[Workload]:
    """Repeat apps under other names; what is shared stays shared."""
    for workload in workloads:
        for number in range(times):
            is_shared = workload.account == SHARED_ACCOUNT
            yield workload._replace(
                app=f"{workload.app}~{number}",
                account=workload.account if is_shared else f"{workload.account}~{number}",
            )
