"""The fleet at a glance: apps, total against the budget, free pools, quotas and projections."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from tenner.money import ceiling_division, exact
from tenner.pools import pools_of
from tenner.versions import standings_of
from tenner.workload import SHARED_APP

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tenner.capacity import Room
    from tenner.estimate import AccountPlan, Bill
    from tenner.manifest import Manifest
    from tenner.pools import PoolRow
    from tenner.projection import Projected
    from tenner.releases import Release
    from tenner.versions import Standing, Standings

_ZERO = Decimal(0)


class AppRow(NamedTuple):
    """One app with all its environments; `adds`, `share` and `alone` in USD a month."""

    app: str
    environments: Sequence[str]
    owner: str
    version: str
    standing: Standing
    adds: Decimal
    share: Decimal
    alone: Decimal

    @property
    def shown_version(self) -> str:
        """Give the version as people know it: a release in place of its commit."""
        return self.version if "." in self.version else self.standing.release or self.version


class Versions(NamedTuple):
    """Which version of the template each app has, and the template's releases."""

    apps: Mapping[str, str]
    releases: Sequence[Release]


@dataclass(frozen=True, slots=True)
class Overview:
    """All that `tenner fleet` says; `budget` in USD a month, None where it is not known.

    `standings` say how far behind the apps are, and the total with all at the newest release.
    """

    region: str
    plan: AccountPlan
    prices_checked: str
    apps: Sequence[AppRow]
    shared: Decimal
    total: Decimal
    alone: Decimal
    budget: Decimal | None
    pools: Sequence[PoolRow]
    rooms: Sequence[Room]
    standings: Standings
    projected: Sequence[Projected] = ()
    apps_on: Sequence[int] = ()

    @property
    def budget_percent(self) -> int | None:
        """Whole percent of the budget that the total is, rounded up; None without a budget."""
        if self.budget is None:
            return None
        return int(ceiling_division(self.total * 100, self.budget))

    @property
    def is_over_budget(self) -> bool:
        """Tell whether the total is above the budget."""
        return self.budget is not None and self.total > self.budget


def overview_of(
    bill: Bill,
    manifests: Sequence[Manifest],
    known: Versions,
    found: Sequence[Room],
    budget: Decimal | None = None,
) -> Overview:
    """Bring together what is said of a fleet.

    `shared` is the share of what the shared infrastructure has itself.
    """
    with exact():
        standings = standings_of(bill, manifests, known.apps, known.releases)
        rows = [
            _row(bill, each, known.apps.get(each.app, ""), standings.apps[each.app])
            for each in manifests
        ]
        own = bill.numbers_of(SHARED_APP)
        return Overview(
            region=", ".join(sorted({workload.region for workload in bill.workloads})),
            plan=bill.plan,
            prices_checked=min((str(meter.item.checked) for meter in bill.meters), default=""),
            apps=sorted(rows, key=lambda row: (-row.share, row.app)),
            shared=sum((bill.shares[number] for number in own), _ZERO),
            total=bill.total,
            alone=sum((row.alone for row in rows), _ZERO),
            budget=budget,
            pools=pools_of(bill),
            rooms=found,
            standings=standings,
        )


def _row(bill: Bill, manifest: Manifest, version: str, standing: Standing) -> AppRow:
    numbers = bill.numbers_of(manifest.app)
    figures = bill.figures(numbers)
    # Each environment is alone, as in every report: dev and prod share nothing but the payer.
    alone = sum((bill.alone([number]) for number in numbers), _ZERO)
    environments = [bill.workloads[number].environment for number in numbers]
    return AppRow(
        manifest.app,
        environments,
        manifest.owner,
        version,
        standing,
        figures.marginal,
        figures.share,
        alone,
    )
