"""The lines of an estimate: what each use costs on the list, and what it adds to the bill."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from tenner.money import ceiling_division, exact
from tenner.pricing import list_cost
from tenner.workload import SHARED_APP

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tenner.catalog import PricedItem
    from tenner.estimate import Bill
    from tenner.usage import Usage

_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class PoolState:
    """How full a free pool is, with the use of the whole fleet; both amounts in `unit`."""

    used: Decimal
    amount: Decimal
    unit: str

    @property
    def percent(self) -> int:
        """Whole percent, rounded up: a pool that is used at all is not 0 % full."""
        return int(ceiling_division(self.used * 100, self.amount))


@dataclass(frozen=True, slots=True)
class Line:
    """One use of one item; `list` and `pays` in USD a month, `shared` counts the apps it serves."""

    app: str
    environment: str
    resource: str
    item: PricedItem
    quantity: Decimal
    derivation: str
    list: Decimal
    pays: Decimal
    shared: int
    pool: PoolState | None


def subject_lines(bill: Bill, numbers: Sequence[int]) -> list[Line]:
    """Explain a part of the fleet, by the numbers of its workloads, line by line.

    What a line pays is what it adds to the bill when the lines are added one after another to
    the rest of the fleet; so the lines add up to the marginal figure exactly. Of one pool the
    cheaper are added first, which take its free units.
    """
    uses = [(number, usage) for number in numbers for usage in bill.workloads[number].usage]

    def place_in_pool(index: int) -> int:
        number, usage = uses[index]
        meter = bill.meter_of(bill.workloads[number], usage.item)
        return bill.group_of(meter).meters.index(meter)

    with exact():
        running = _Running(bill, numbers)
        pays = {
            index: running.add(*uses[index])
            for index in sorted(range(len(uses)), key=place_in_pool)
        }
        return [
            _line(bill, number, usage, pays[index]) for index, (number, usage) in enumerate(uses)
        ]


def fleet_lines(bill: Bill) -> list[Line]:
    """Explain the whole fleet: one line for each item, paid by all apps together."""
    users: dict[int, int] = defaultdict(int)
    of_none: set[int] = set()
    with exact():
        for workload in bill.workloads:
            for meter in {bill.meter_of(workload, usage.item) for usage in workload.usage}:
                users[meter] += workload.app != SHARED_APP
                if workload.app == SHARED_APP:
                    of_none.add(meter)
        things: dict[int, int] = defaultdict(int)
        for thing in bill.shared.values():
            things[thing.meter] += 1
        found = []
        for number in sorted(users):
            item, quantity = bill.meters[number].item, bill.quantities[number]
            summed = [f"the sum over {users[number]} workloads"] if users[number] else []
            summed += ["what the shared infrastructure has itself"] if number in of_none else []
            derivation = " and ".join(summed)
            if things[number]:
                derivation += f", {things[number]} of it shared and counted once"
            found.append(
                Line(
                    app="",
                    environment="",
                    resource="fleet",
                    item=item,
                    quantity=quantity,
                    derivation=derivation,
                    list=list_cost(item, quantity),
                    pays=bill.costs[number],
                    shared=users[number] if things[number] else 0,
                    pool=_pool_state(bill, number),
                )
            )
        return found


class _Running:
    """The bill without the subject, to which its lines are added one by one."""

    def __init__(self, bill: Bill, numbers: Sequence[int]) -> None:
        self.bill = bill
        self.members = set(numbers)
        self.quantities = list(bill.quantities)
        self._counted: set[str] = set()
        for number in numbers:
            for usage in bill.workloads[number].usage:
                if not usage.shared:
                    meter = bill.meter_of(bill.workloads[number], usage.item)
                    self.quantities[meter] -= usage.quantity
        for thing in bill.shared.values():
            if thing.users <= self.members:
                self.quantities[thing.meter] -= thing.quantity

    def add(self, number: int, usage: Usage) -> Decimal:
        """Add one use and give what the bill rises by, in USD a month."""
        meter = self.bill.meter_of(self.bill.workloads[number], usage.item)
        quantity = usage.quantity
        if usage.shared:
            thing = self.bill.shared[usage.shared]
            if not thing.users <= self.members or usage.shared in self._counted:
                return _ZERO
            self._counted.add(usage.shared)
            quantity = thing.quantity
        group = self.bill.group_of(meter)
        before = group.cost([self.quantities[n] for n in group.meters])
        self.quantities[meter] += quantity
        return group.cost([self.quantities[n] for n in group.meters]) - before


def _line(bill: Bill, number: int, usage: Usage, pays: Decimal) -> Line:
    workload = bill.workloads[number]
    meter = bill.meter_of(workload, usage.item)
    item = bill.meters[meter].item
    return Line(
        app=workload.app,
        environment=workload.environment,
        resource=usage.resource,
        item=item,
        quantity=usage.quantity,
        derivation=usage.derivation,
        list=list_cost(item, usage.quantity),
        pays=pays,
        shared=len(bill.shared[usage.shared].users) if usage.shared else 0,
        pool=_pool_state(bill, meter),
    )


def _pool_state(bill: Bill, meter: int) -> PoolState | None:
    group = bill.group_of(meter)
    if not group.pool_key:
        return None
    used = sum((bill.quantities[number] for number in group.meters), _ZERO)
    return PoolState(used, group.free, bill.meters[meter].item.unit)
