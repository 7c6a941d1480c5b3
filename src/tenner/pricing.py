"""What quantities cost: graduated tiers, and free pools that several items may share."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tenner.catalog import PricedItem

_ZERO = Decimal(0)


def graduated(item: PricedItem, quantity: Decimal, start: Decimal = _ZERO) -> Decimal:
    """Cost in USD of the units after `start` up to `start + quantity`, each at its tier's rate.

    AWS tiers are graduated: a unit costs the rate of the tier in which it falls.
    """
    if quantity <= 0:
        return _ZERO
    if len(item.tiers) == 1:
        return quantity * item.tiers[0][1]
    cost, position, end = _ZERO, start, start + quantity
    for bound, usd in item.tiers:
        upper = end if bound is None or bound > end else bound
        if upper > position:
            cost += (upper - position) * usd
            position = upper
    return cost


def list_cost(item: PricedItem, quantity: Decimal) -> Decimal:
    """Cost in USD of a quantity alone, with no free tier."""
    return graduated(item, quantity)


class Group(NamedTuple):
    """Meters that draw on one free pool, cheapest first; or one meter that has none.

    AWS does not say which of several items takes the free units first. Tenner gives them to the
    cheaper one, so that it never promises too little.
    """

    pool_key: str
    free: Decimal
    meters: tuple[int, ...]
    items: tuple[PricedItem, ...]

    def costs(self, quantities: Sequence[Decimal]) -> list[Decimal]:
        """Cost in USD of each meter's quantity, in the order of `meters`."""
        left, result = self.free, []
        for item, quantity in zip(self.items, quantities, strict=True):
            taken = min(left, quantity)
            left -= taken
            start = taken if item.free_counts_toward_tiers else _ZERO
            result.append(graduated(item, quantity - taken, start))
        return result

    def cost(self, quantities: Sequence[Decimal]) -> Decimal:
        """Cost in USD of all meters together."""
        if len(self.items) == 1:
            return self.cost_of_one(quantities[0])
        return sum(self.costs(quantities), _ZERO)

    def cost_of_one(self, quantity: Decimal) -> Decimal:
        """Cost in USD of the only meter's quantity, which most groups are."""
        if quantity <= self.free:
            return _ZERO
        item = self.items[0]
        start = self.free if item.free_counts_toward_tiers else _ZERO
        return graduated(item, quantity - self.free, start)
