"""Reads the fleet whose estimate stands beside what was spent."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tenner.cost import fleet_with
from tenner.estimate import AccountPlan, Bill
from tenner.load import MANIFEST, load_manifest
from tenner.shared_infra import shared_workloads
from tenner.whole_fleet import open_whole, shared_around
from tenner.workload import SHARED_ACCOUNT

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from tenner.catalog import Catalog
    from tenner.manifest import Manifest


class Compared(NamedTuple):
    """The bill of all that is in the account, its budget in USD, and what could not be read."""

    bill: Bill
    manifests: Sequence[Manifest]
    budget: Decimal | None
    problems: Sequence[str]


def fleet_to_compare(
    option: str | None,
    catalog: Catalog,
    plan: AccountPlan | None,
    *,
    all_accounts: bool,
) -> Compared:
    """Read all registered apps and what they share; prod's accounts only where they are asked for.

    No app need be registered: what is spent is shown without an estimate then.
    """
    registry = open_whole(option)
    infra, _, problems = shared_around(registry, {})
    here = [load_manifest(Path()).manifest] if Path(MANIFEST).exists() else []
    counted = plan or (infra.account_plan if infra else "always-free")
    shared = shared_workloads(infra, catalog) if infra else []
    fleet = fleet_with(here, registry, catalog, counted, shared)
    workloads = [
        each for each in fleet.bill.workloads if all_accounts or each.account == SHARED_ACCOUNT
    ]
    budget = infra.budget.monthly_usd if infra else None
    bill = Bill(catalog, workloads, counted)
    return Compared(bill, fleet.manifests, budget, [*fleet.problems, *problems])
