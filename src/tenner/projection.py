"""Projections: what so many apps like those registered would cost, and which quota stops them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tenner.apis import spread
from tenner.capacity import Room, rooms
from tenner.estimate import Bill
from tenner.workload import SHARED_APP, workloads_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from decimal import Decimal

    from tenner.manifest import Manifest
    from tenner.quotas import Quota

MOST_APPS = 5000


@dataclass(frozen=True, slots=True)
class Projected:
    """A fleet of so many apps: USD a month, and how full each quota is."""

    apps: int
    total: Decimal
    rooms: Sequence[Room]

    @property
    def over(self) -> list[Room]:
        """Give the quotas that so many apps would exceed, the fullest first."""
        return [
            room
            for room in self.rooms
            if room.standing.used is not None and room.standing.used > room.standing.quota.limit
        ]


def project(
    manifests: Sequence[Manifest],
    bill: Bill,
    quotas: Mapping[str, Quota],
    sizes: Sequence[int],
    apis: int = 1,
) -> list[Projected]:
    """Estimate fleets of other sizes with apps like those registered, on so many HTTP APIs.

    What the shared infrastructure has itself is in each of them once.
    """
    shared = [workload for workload in bill.workloads if workload.app == SHARED_APP]
    ordered = by_cost(manifests, bill)
    found = []
    for size in sizes:
        like = spread(quotas, apps_like(ordered, size), bill.catalog, apis)
        workloads = [each for manifest in like for each in workloads_of(manifest, bill.catalog)]
        total = Bill(bill.catalog, [*shared, *workloads], bill.plan).total
        found.append(Projected(size, total, rooms(quotas, like, bill.catalog, apis)))
    return found


def by_cost(manifests: Sequence[Manifest], bill: Bill) -> list[Manifest]:
    """Sort apps by what each would cost alone, the cheapest first."""
    return sorted(manifests, key=lambda each: (bill.alone(bill.numbers_of(each.app)), each.app))


def apps_like(ordered: Sequence[Manifest], size: int) -> Iterator[Manifest]:
    """Give so many apps like these: all of them in turn, and of the rest every so many-th one.

    So a size below their number is a sample that is spread evenly from first to last.
    """
    rounds, rest = divmod(size, len(ordered))
    for number in range(rounds):
        for manifest in ordered:
            yield _named(manifest, number)
    for index in range(rest):
        yield _named(ordered[(2 * index + 1) * len(ordered) // (2 * rest)], rounds)


def _named(manifest: Manifest, number: int) -> Manifest:
    """Copy an app under another name, which no app can have: nothing of its own is shared."""
    return manifest.model_copy(update={"app": f"{manifest.app}~{number}"})
