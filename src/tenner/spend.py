"""Real cost beside the estimate: by app and service, for the month, with what explains it."""

from __future__ import annotations

import calendar
from collections import defaultdict
from dataclasses import dataclass
from decimal import Context, Decimal, localcontext
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from tenner.money import HALF_A_CENT, exact, rounded
from tenner.pricing import list_cost
from tenner.shares import split, whole_weights
from tenner.spend_answers import UNTAGGED
from tenner.workload import SHARED_APP

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import date

    from tenner.catalog import PricedItem
    from tenner.estimate import Bill
    from tenner.spend_answers import Anomaly, Spent
    from tenner.spend_names import Names

_ZERO, _TEN_DIGITS, _SCALING = Decimal(0), Decimal("0.0000000001"), Context(prec=60)


class Row(NamedTuple):
    """One app's cost of one service, or of all: so far, in a month at this pace, as estimated."""

    app: str
    service: str
    so_far: Decimal
    month: Decimal
    estimate: Decimal

    @property
    def difference(self) -> Decimal:
        """What a month at this pace costs more than was estimated; less than 0 where it is less."""
        return self.month - self.estimate

    @property
    def is_seen(self) -> bool:
        """Tell whether any of it is as much as half a cent."""
        return any(abs(each) >= HALF_A_CENT for each in self[2:])


class Reason(NamedTuple):
    """Use that differs: quantities a month, real and estimated, and the difference by the list.

    `usage` is the usage type in which AWS counts it; empty where none was seen.
    """

    app: str
    usage: str
    item: PricedItem
    real: Decimal
    estimated: Decimal
    usd: Decimal


@dataclass(frozen=True)
class Spending:
    """What was spent in some days of a month, by app and service, beside the estimate."""

    start: date
    end: date
    rows: Sequence[Row]
    credits: Decimal
    reasons: Sequence[Reason]
    anomalies: Sequence[Anomaly] | None
    unregistered: Sequence[str]
    is_tagged: bool
    includes_today: bool
    budget: Decimal | None

    @property
    def days(self) -> int:
        """Count the days of which the cost is known."""
        return (self.end - self.start).days

    @property
    def days_of_month(self) -> int:
        """Count the days of the month."""
        return days_of_month(self.start)

    @cached_property
    def by_app(self) -> Sequence[Row]:
        """Add the services of each app; what bears no tag is last."""
        found = _added(self.rows, lambda row: (row.app, ""))
        return sorted(found, key=lambda row: (row.app == UNTAGGED, row.app == SHARED_APP, row.app))

    @cached_property
    def by_service(self) -> Sequence[Row]:
        """Add the apps of each service, the dearest first."""
        found = _added(self.rows, lambda row: ("", row.service))
        return sorted(found, key=lambda row: (-row.month, row.service))

    @cached_property
    def total(self) -> Row:
        """Add all, before credits."""
        found = _added(self.rows, lambda _: ("", ""))
        return found[0] if found else Row("", "", _ZERO, _ZERO, _ZERO)

    @property
    def is_over_budget(self) -> bool:
        """Tell whether a month at this pace costs more than the budget."""
        return self.budget is not None and self.total.month > self.budget

    @property
    def needs_a_person(self) -> bool:
        """Tell whether somebody has to look: over budget, anomalies, or no tag is active."""
        return self.is_over_budget or bool(self.anomalies) or not self.is_tagged


def days_of_month(day: date) -> int:
    """Count the days of a day's month."""
    return calendar.monthrange(day.year, day.month)[1]


def per_month(amount: Decimal, days: int, of: int) -> Decimal:
    """Scale an amount of some days to a month of `of` days, rounded to ten digits as AWS does."""
    if days == of:
        return amount
    with localcontext(_SCALING):
        return rounded(amount * of / days, _TEN_DIGITS)


def spending(
    spent: Spent, bill: Bill, names: Names, today: date, budget: Decimal | None = None
) -> Spending:
    """Set what was spent beside the estimate of the workloads of a bill."""
    of = days_of_month(spent.start)
    real: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    with exact():
        for (app, service), amount in spent.costs.items():
            real[app, names.of_service(service)] += amount
        estimated, quantities = _estimated(bill, names)
        rows = [
            Row(
                app,
                service,
                real.get((app, service), _ZERO),
                per_month(real.get((app, service), _ZERO), spent.days, of),
                estimated.get((app, service), _ZERO),
            )
            for app, service in sorted(real.keys() | estimated.keys())
        ]
        known = {SHARED_APP, UNTAGGED, *(workload.app for workload in bill.workloads)}
        seen = {app for app, _ in spent.costs}
        rest = sum(spent.records.values(), _ZERO) - sum(spent.costs.values(), _ZERO)
        return Spending(
            start=spent.start,
            end=spent.end,
            rows=rows,
            credits=rest if spent.records else _ZERO,
            reasons=_reasons(spent, real, quantities, bill, names),
            anomalies=spent.anomalies,
            unregistered=sorted(seen - known),
            is_tagged=seen != {UNTAGGED},
            includes_today=spent.end > today,
            budget=budget,
        )


def _added(rows: Iterable[Row], key: Callable[[Row], tuple[str, str]]) -> list[Row]:
    found: dict[tuple[str, str], Row] = {}
    with exact():
        for row in rows:
            app, service = key(row)
            old = found.get((app, service), Row(app, service, _ZERO, _ZERO, _ZERO))
            found[app, service] = Row(
                app,
                service,
                old.so_far + row.so_far,
                old.month + row.month,
                old.estimate + row.estimate,
            )
    return list(found.values())


_Quantities = dict[tuple[str, str], Decimal]


def _estimated(bill: Bill, names: Names) -> tuple[_Quantities, _Quantities]:
    """Split each meter's cost among those whose tag its use bears.

    Gives USD by app and service, and quantities by app and item. A request to the shared API is
    billed on the API, which bears the tag of the shared infrastructure, whichever app it was for.
    """
    drawn: dict[int, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for workload in bill.workloads:
        for usage in workload.usage:
            if not usage.shared:
                app = names.bearer(usage.item, workload)
                drawn[bill.meter_of(workload, usage.item)][app] += usage.quantity
    for thing in bill.shared.values():
        drawn[thing.meter][SHARED_APP] += thing.quantity
    usd: _Quantities = defaultdict(Decimal)
    quantities: _Quantities = defaultdict(Decimal)
    for meter, by_app in drawn.items():
        item = bill.meters[meter].item.key
        shares = split(bill.costs[meter], whole_weights(list(by_app.values())))
        for (app, quantity), share in zip(by_app.items(), shares, strict=True):
            usd[app, names.of_item(item)] += share
            quantities[app, item] += quantity
    return {key: amount for key, amount in usd.items() if amount}, quantities


def _reasons(
    spent: Spent,
    costs: Mapping[tuple[str, str], Decimal],
    estimated: Mapping[tuple[str, str], Decimal],
    bill: Bill,
    names: Names,
) -> list[Reason]:
    """Find the use that differs by half a cent or more of the list price, the dearest first."""
    if not spent.usage:
        return []
    real: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    used_as: dict[tuple[str, str], str] = {}
    for (app, usage_type), quantity in spent.usage.items():
        services = {service for of, service in costs if of == app}
        if key := names.item_of(usage_type, services):
            real[app, key] += quantity
            used_as[app, key] = usage_type
    items = _items_of(bill, {key for _, key in real} | {key for _, key in estimated})
    found = []
    for app, key in sorted(real.keys() | estimated.keys()):
        item = items.get(key)
        if item is None:
            continue
        month = per_month(real.get((app, key), _ZERO), spent.days, days_of_month(spent.start))
        before = estimated.get((app, key), _ZERO)
        usd = _list(item, month) - _list(item, before)
        is_known = (app, key) in used_as or names.is_recognised(key)
        if abs(usd) >= HALF_A_CENT and is_known:
            found.append(Reason(app, used_as.get((app, key), ""), item, month, before, usd))
    return sorted(found, key=lambda reason: (-abs(reason.usd), reason.app))


def _items_of(bill: Bill, keys: Iterable[str]) -> dict[str, PricedItem]:
    """Find items in the bill's first region; without what has no price there."""
    region = bill.workloads[0].region if bill.workloads else "us-east-1"
    found = {}
    for key in keys:
        service, _, item = key.partition("/")
        if region in bill.catalog.services[service].items[item].regions:
            found[key] = bill.catalog.item(key, region)
    return found


def _list(item: PricedItem, quantity: Decimal) -> Decimal:
    return list_cost(item, max(quantity, _ZERO))
