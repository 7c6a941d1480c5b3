"""Free pools: how full each is with the whole fleet, and which apps fill it."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from tenner.lines import PoolState
from tenner.money import ceiling_division
from tenner.workload import SHARED_APP

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tenner.catalog import PricedItem
    from tenner.estimate import Bill
    from tenner.service import Pool

_ZERO = Decimal(0)


class PoolRow(NamedTuple):
    """A free pool of the catalog, for which items it is, who draws on it, and how full it is.

    `drawn` is what each app draws, in the unit of the state.
    """

    items: Sequence[PricedItem]
    owner: str
    pool: Pool
    state: PoolState
    drawn: Mapping[str, Decimal]

    @property
    def fillers(self) -> list[tuple[str, Decimal]]:
        """Give the apps that draw on it, those that draw most first, as parts of its use in %."""
        apps = {app: amount for app, amount in self.drawn.items() if app != SHARED_APP and amount}
        return [
            (app, apps[app] * 100 / self.state.used)
            for app in sorted(apps, key=lambda app: (-apps[app], app))
        ]


def pools_of(bill: Bill) -> list[PoolRow]:
    """Give every free pool that is drawn on, the fullest first."""
    found = []
    for group in bill.groups:
        pool = group.items[0].pool
        if not group.pool_key or pool is None:
            continue
        used = sum((bill.quantities[number] for number in group.meters), _ZERO)
        if used:
            state = PoolState(used, group.free, group.items[0].unit)
            owner = ", ".join(part for part in group.pool_key.split("|")[2:] if part)
            found.append(PoolRow(group.items, owner, pool, state, bill.drawn_by_app(group)))
    return sorted(
        found, key=lambda row: -ceiling_division(row.state.used * 10**6, row.state.amount)
    )
