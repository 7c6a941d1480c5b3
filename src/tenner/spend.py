"""Real cost beside the estimate: by app and service, for the month, with what explains it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from tenner.errors import TennerError
from tenner.money import HALF_A_CENT, exact
from tenner.shares import split, whole_weights
from tenner.shown import shown
from tenner.spend_answers import CREDITS, UNTAGGED, days_of_month, per_month
from tenner.spend_why import Stated, reasons
from tenner.workload import SHARED_APP

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from datetime import date

    from tenner.estimate import Bill
    from tenner.manifest import Manifest
    from tenner.spend_answers import Anomaly, Spent
    from tenner.spend_names import Names
    from tenner.spend_why import Reason

_ZERO = Decimal(0)


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


@dataclass(frozen=True)
class Spending:
    """What was spent in some days of a month, by app and service, beside the estimate."""

    start: date
    end: date
    rows: Sequence[Row]
    credits: Decimal
    hidden_credits: Decimal
    reasons: Sequence[Reason]
    anomalies: Sequence[Anomaly] | None
    unregistered: Sequence[str]
    is_tagged: bool
    includes_today: bool
    is_estimated: bool
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
        """Add the services of each app, the dearest first; what bears no app's tag is last."""
        found = _added(self.rows, lambda row: (row.app, ""))
        rest = (SHARED_APP, UNTAGGED)
        return sorted(
            found,
            key=lambda row: (row.app in rest and 1 + rest.index(row.app), -row.month, row.app),
        )

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


def only(found: Spending, apps: Sequence[str], registered: Collection[str] = ()) -> Spending:
    """Leave some apps' costs and reasons; the budget and the credits are of all, so they go.

    Raises TennerError for an app that is neither registered nor in the bill.
    """
    for app in apps:
        if app not in registered and all(row.app != app for row in found.rows):
            message = f"--app: given {shown(app)}, which is neither registered nor in the bill"
            raise TennerError(message)
    return replace(
        found,
        rows=[row for row in found.rows if row.app in apps],
        reasons=[reason for reason in found.reasons if reason.app in apps],
        unregistered=[app for app in found.unregistered if app in apps],
        credits=_ZERO,
        hidden_credits=_ZERO,
        budget=None,
    )


def spending(
    spent: Spent,
    bill: Bill,
    names: Names,
    today: date,
    budget: Decimal | None = None,
    manifests: Sequence[Manifest] = (),
) -> Spending:
    """Set what was spent beside the estimate of the workloads of a bill.

    Whose app.yaml is among the manifests is told the lines to change where its use differs.
    """
    with exact():
        estimated, stated = _estimated(bill, names)
        known = {SHARED_APP, UNTAGGED, *(workload.app for workload in bill.workloads)}
        seen = {app for app, _ in spent.costs}
        apart, hidden = _credits(spent)
        return Spending(
            start=spent.start,
            end=spent.end,
            rows=_rows(spent, estimated, names),
            credits=apart,
            hidden_credits=hidden,
            reasons=reasons(spent, names, bill, stated, manifests),
            anomalies=spent.anomalies,
            unregistered=sorted(seen - known),
            is_tagged=seen != {UNTAGGED},
            includes_today=spent.end > today,
            is_estimated=spent.is_estimated,
            budget=budget,
        )


def _rows(spent: Spent, estimated: Mapping[tuple[str, str], Decimal], names: Names) -> list[Row]:
    real: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    once: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for (app, service), amount in spent.costs.items():
        real[app, names.of_service(service)] += amount
    for (app, usage_type), amount in spent.usage_costs.items():
        if names.is_once(usage_type):
            once[app, names.of_item(names.item_of(usage_type, ()))] += amount
    found = []
    for key in sorted(real.keys() | estimated.keys()):
        so_far = real.get(key, _ZERO)
        whole = min(once.get(key, _ZERO), max(so_far, _ZERO))
        month = per_month(so_far - whole, spent.days, days_of_month(spent.start)) + whole
        found.append(Row(*key, so_far, month, estimated.get(key, _ZERO)))
    return found


def _credits(spent: Spent) -> tuple[Decimal, Decimal]:
    """Give the credits that stand apart from the costs, and those that hide in them.

    AWS rounds each group by itself, so that two sums of the same may differ in their last digits.
    """
    if not spent.records:
        return _ZERO, _ZERO
    apart = sum(spent.records.values(), _ZERO) - sum(spent.costs.values(), _ZERO)
    credits_ = sum((spent.records.get(each, _ZERO) for each in CREDITS), _ZERO)
    if abs(apart) >= HALF_A_CENT:
        return apart, _ZERO
    return _ZERO, credits_ if abs(credits_) >= HALF_A_CENT else _ZERO


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


_Usd = dict[tuple[str, str], Decimal]


def _estimated(bill: Bill, names: Names) -> tuple[_Usd, dict[tuple[str, str], Stated]]:
    """Split each meter's cost among those whose tag its use bears.

    Gives USD by app and service, and what is stated by app and item. A request to the shared API
    is billed on the API, whose tag is the shared infrastructure's, whichever app it was for.
    """
    drawn: dict[int, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    users: dict[tuple[str, str], set[str]] = defaultdict(set)
    for workload in bill.workloads:
        for usage in workload.usage:
            if not usage.shared:
                app = names.bearer(usage.item, workload)
                drawn[bill.meter_of(workload, usage.item)][app] += usage.quantity
                users[app, usage.item].add(workload.app)
    for thing in bill.shared.values():
        drawn[thing.meter][SHARED_APP] += thing.quantity
    usd: _Usd = defaultdict(Decimal)
    quantities: _Usd = defaultdict(Decimal)
    for meter, by_app in drawn.items():
        item = bill.meters[meter].item.key
        shares = split(bill.costs[meter], whole_weights(list(by_app.values())))
        for (app, quantity), share in zip(by_app.items(), shares, strict=True):
            usd[app, names.of_item(item)] += share
            quantities[app, item] += quantity
    stated = {key: Stated(each, sorted(users[key])) for key, each in quantities.items()}
    return {key: amount for key, amount in usd.items() if amount}, stated
