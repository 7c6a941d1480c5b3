"""A fleet put together, for one app beside it: the same bill, made faster."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from tenner.money import exact
from tenner.usage import Usage
from tenner.workload import Workload

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tenner.catalog import Catalog

_ZERO = Decimal(0)


def condensed(workloads: Iterable[Workload], catalog: Catalog) -> list[Workload]:
    """Put the workloads of one region and payer together, so that a whole bill is made faster.

    Accounts are kept apart where a free pool is each account's own. The sum to pay is the same;
    who uses what is lost.
    """
    places: dict[tuple[str, str, str], dict[tuple[str, str], Usage]] = {}
    with exact():
        for workload in workloads:
            for usage in workload.usage:
                pool = catalog.item(usage.item, workload.region).pool
                account = workload.account if pool and pool.scope.startswith("account") else ""
                found = places.setdefault((workload.region, account, workload.payer), {})
                key = (usage.item, usage.shared)
                old = found.get(key)
                quantity = usage.quantity
                if old is not None:
                    both = (old.quantity, quantity)
                    quantity = max(both) if usage.shared else sum(both, _ZERO)
                found[key] = Usage(usage.item, quantity, "fleet", "the fleet", (), usage.shared)
    return [
        Workload(f"fleet {n}", "dev", *place, tuple(found.values()))
        for n, (place, found) in enumerate(places.items())
    ]
