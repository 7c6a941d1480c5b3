"""The estimate: catalog × workloads → what is paid, each app's three figures, and every line.

Pure: no file, no clock, Decimal only. A free tier is taken once from the sum over all workloads
of its scope; what apps share is billed once.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from math import lcm
from typing import TYPE_CHECKING, Literal, NamedTuple

from tenner.money import exact
from tenner.pricing import Group
from tenner.shares import split, whole_weights

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tenner.catalog import Catalog, PricedItem
    from tenner.workload import Workload

AccountPlan = Literal["always-free", "legacy-12-months", "list"]
_TERMS: Mapping[AccountPlan, frozenset[str]] = {
    "always-free": frozenset({"always"}),
    "legacy-12-months": frozenset({"always", "legacy_12_months"}),
    "list": frozenset(),
}
_ZERO = Decimal(0)


class Figures(NamedTuple):
    """USD a month: what is added to today's bill, the share of the whole, the cost alone."""

    marginal: Decimal
    share: Decimal
    alone: Decimal


class Meter(NamedTuple):
    """All use of one item by one payer in one region: what AWS counts before it prices."""

    item: PricedItem
    pool_key: str
    free: Decimal


@dataclass(slots=True)
class Shared:
    """A thing that several workloads use and that is billed once."""

    meter: int
    quantity: Decimal
    users: set[int]


class Draw(NamedTuple):
    """What one workload draws: own quantities by meter, and the keys of shared things."""

    own: dict[int, Decimal]
    shared: frozenset[str]


class Bill:
    """The bill of a fleet, and what each part of the fleet has to do with it.

    Workloads are kept in the order of their names, so the order given never matters.
    """

    def __init__(
        self, catalog: Catalog, workloads: Iterable[Workload], plan: AccountPlan = "always-free"
    ) -> None:
        self.catalog = catalog
        self.plan = plan
        self.workloads = sorted(workloads, key=lambda workload: workload.order)
        self.meters: list[Meter] = []
        self.shared: dict[str, Shared] = {}
        self._numbers: dict[tuple[str, ...], int] = {}
        with exact():
            self._draws = [self._read(n, workload) for n, workload in enumerate(self.workloads)]
            self.quantities = self._sum()
            self.groups, self._group_of = self._group()
            self.costs = self._price()

    def meter_of(self, workload: Workload, item_key: str) -> int:
        """Find the number of the meter that counts an item for a workload."""
        key = (item_key, workload.region, workload.payer, workload.account)
        number = self._numbers.get(key)
        return self._add_meter(key) if number is None else number

    def _add_meter(self, key: tuple[str, ...]) -> int:
        item_key, region, payer, account = key
        item = self.catalog.item(item_key, region)
        pool_key, free, owner = "", _ZERO, ""
        if item.pool and item.free is not None and item.pool.term in _TERMS[self.plan]:
            scope = item.pool.scope
            owner = account if scope.startswith("account") else ""
            place = region if scope.endswith("region") else ""
            pool_key, free = f"{item.pool_key}|{payer}|{owner}|{place}", item.free
        common = (item_key, region, payer, "account", owner)
        number = self._numbers.get(common)
        if number is None:
            number = len(self.meters)
            self.meters.append(Meter(item, pool_key, free))
            self._numbers[common] = number
        self._numbers[key] = number
        return number

    def _read(self, number: int, workload: Workload) -> Draw:
        own: dict[int, Decimal] = {}
        shared = []
        for usage in workload.usage:
            meter = self.meter_of(workload, usage.item)
            if not usage.shared:
                own[meter] = own.get(meter, _ZERO) + usage.quantity
                continue
            shared.append(usage.shared)
            thing = self.shared.setdefault(usage.shared, Shared(meter, usage.quantity, set()))
            thing.quantity = max(thing.quantity, usage.quantity)
            thing.users.add(number)
        return Draw(own, frozenset(shared))

    def _sum(self) -> list[Decimal]:
        quantities = [_ZERO] * len(self.meters)
        for draw in self._draws:
            for meter, quantity in draw.own.items():
                quantities[meter] += quantity
        for thing in self.shared.values():
            quantities[thing.meter] += thing.quantity
        return quantities

    def _group(self) -> tuple[list[Group], list[int]]:
        members: dict[str, list[int]] = defaultdict(list)
        for number, meter in enumerate(self.meters):
            members[meter.pool_key or f"#{number}"].append(number)
        groups: list[Group] = []
        group_of = [0] * len(self.meters)
        for key, numbers in members.items():
            numbers.sort(key=lambda n: (self.meters[n].item.tiers[0][1], self.meters[n].item.key))
            for number in numbers:
                group_of[number] = len(groups)
            pool_key = "" if key.startswith("#") else key
            items = tuple(self.meters[n].item for n in numbers)
            groups.append(Group(pool_key, self.meters[numbers[0]].free, tuple(numbers), items))
        return groups, group_of

    def _price(self) -> list[Decimal]:
        costs = [_ZERO] * len(self.meters)
        for group in self.groups:
            paid = group.costs([self.quantities[number] for number in group.meters])
            for number, cost in zip(group.meters, paid, strict=True):
                costs[number] = cost
        return costs

    @cached_property
    def total(self) -> Decimal:
        """USD a month of the whole fleet."""
        with exact():
            return sum(self.costs, _ZERO)

    @cached_property
    def _group_costs(self) -> list[Decimal]:
        with exact():
            return [sum((self.costs[n] for n in group.meters), _ZERO) for group in self.groups]

    @cached_property
    def _all_free(self) -> list[bool]:
        """Tell which groups can't cost anything, whatever is taken away: no price is below 0."""
        return [not cost for cost in self._group_costs]

    def group_of(self, meter: int) -> Group:
        """Find the group that a meter is priced in."""
        return self.groups[self._group_of[meter]]

    def drawn_by_app(self, group: Group) -> dict[str, Decimal]:
        """Say what each app draws from a group; what several share counts for no app."""
        result: dict[str, Decimal] = {}
        for workload, draw in zip(self.workloads, self._draws, strict=True):
            for meter in draw.own.keys() & set(group.meters):
                result[workload.app] = result.get(workload.app, _ZERO) + draw.own[meter]
        return result

    def _draw_of(self, numbers: Sequence[int]) -> Draw:
        if len(numbers) == 1:
            return self._draws[numbers[0]]
        own: dict[int, Decimal] = {}
        for number in numbers:
            for meter, quantity in self._draws[number].own.items():
                own[meter] = own.get(meter, _ZERO) + quantity
        return Draw(own, frozenset().union(*(self._draws[number].shared for number in numbers)))

    def _by_group(self, draw: Draw, shared: Iterable[str]) -> dict[int, dict[int, Decimal]]:
        result: dict[int, dict[int, Decimal]] = {}
        for meter, quantity in draw.own.items():
            group = self._group_of[meter]
            if not self._all_free[group]:
                result.setdefault(group, {})[meter] = quantity
        for key in shared:
            thing = self.shared[key]
            group = self._group_of[thing.meter]
            if not self._all_free[group]:
                drawn = result.setdefault(group, {})
                drawn[thing.meter] = drawn.get(thing.meter, _ZERO) + thing.quantity
        return result

    def marginal(self, numbers: Sequence[int]) -> Decimal:
        """USD a month by which the bill would fall without these workloads, by their numbers."""
        draw, members = self._draw_of(numbers), set(numbers)
        gone = [key for key in draw.shared if self.shared[key].users <= members]
        with exact():
            result = _ZERO
            for number, drawn in self._by_group(draw, gone).items():
                group = self.groups[number]
                if len(group.meters) == 1:
                    ((meter, quantity),) = drawn.items()
                    rest_cost = group.cost_of_one(self.quantities[meter] - quantity)
                else:
                    rest = [self.quantities[n] - drawn.get(n, _ZERO) for n in group.meters]
                    rest_cost = group.cost(rest)
                result += self._group_costs[number] - rest_cost
            return result

    def alone(self, numbers: Sequence[int]) -> Decimal:
        """USD a month that these workloads would cost if nobody else were there to share with."""
        draw = self._draw_of(numbers)
        with exact():
            result = _ZERO
            for number, drawn in self._by_group(draw, draw.shared).items():
                result += self.groups[number].cost(
                    [drawn.get(n, _ZERO) for n in self.groups[number].meters]
                )
            return result

    @cached_property
    def shares(self) -> list[Decimal]:
        """USD a month of each workload's share, in their order; they add up to `total` exactly."""
        with exact():
            result = [_ZERO] * len(self.workloads)
            drawn, shared = self._weights_by_meter()
            for number, cost in enumerate(self.costs):
                if not cost:
                    continue
                users, weights = self._weights(drawn[number], shared[number])
                for user, part in zip(users, split(cost, weights), strict=True):
                    result[user] += part
            return result

    def _weights_by_meter(
        self,
    ) -> tuple[dict[int, dict[int, Decimal]], dict[int, list[Shared]]]:
        drawn: dict[int, dict[int, Decimal]] = defaultdict(dict)
        shared: dict[int, list[Shared]] = defaultdict(list)
        for number, draw in enumerate(self._draws):
            for meter, quantity in draw.own.items():
                drawn[meter][number] = quantity
        for thing in self.shared.values():
            shared[thing.meter].append(thing)
        return drawn, shared

    @staticmethod
    def _weights(own: dict[int, Decimal], shared: list[Shared]) -> tuple[list[int], list[int]]:
        """Weigh the users of one meter; a shared thing weighs the same on each of its users."""
        users = sorted(own.keys() | {user for thing in shared for user in thing.users})
        factor = lcm(*(len(thing.users) for thing in shared)) if shared else 1
        quantities = [own.get(user, _ZERO) for user in users]
        amounts = whole_weights([*quantities, *(thing.quantity for thing in shared)], factor)
        weights = dict(zip(users, amounts, strict=False))
        for thing, amount in zip(shared, amounts[len(users) :], strict=True):
            for user in thing.users:
                weights[user] += amount // len(thing.users)
        return users, [weights[user] for user in users]

    def figures(self, numbers: Sequence[int]) -> Figures:
        """Give the three figures of a part of the fleet, by the numbers of its workloads."""
        with exact():
            share = sum((self.shares[number] for number in numbers), _ZERO)
        return Figures(self.marginal(numbers), share, self.alone(numbers))

    def numbers_of(self, app: str, environment: str = "") -> list[int]:
        """Find the numbers of an app's workloads, in all its environments or in one."""
        return [
            number
            for number, workload in enumerate(self.workloads)
            if workload.app == app and environment in {"", workload.environment}
        ]
