"""Reports: an estimate as text, Markdown or JSON. Nothing is computed here but what is shown."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tenner.estimate import Figures
from tenner.lines import Line, fleet_lines, subject_lines
from tenner.money import exact, exact_text
from tenner.workload import SHARED_APP

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tenner.estimate import Bill

_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Part:
    """One workload of a report and its figures."""

    app: str
    environment: str
    figures: Figures


@dataclass(frozen=True, slots=True)
class Sibling:
    """Another variant of a system, and what it would cost in USD a month."""

    name: str
    summary: str
    total: Decimal


@dataclass(frozen=True, slots=True)
class Report:
    """All that a report shows of a part of the fleet, or of the whole of it."""

    subject: str
    environments: tuple[str, ...]
    region: str
    plan: str
    prices_checked: str
    lines: Sequence[Line]
    parts: Sequence[Part]
    figures: Figures
    list: Decimal
    total: Decimal
    apps_in_fleet: int
    is_fleet: bool
    variants: Sequence[Sibling] = ()
    what_if: Mapping[str, Decimal] = field(default_factory=dict)

    @property
    def is_system(self) -> bool:
        """Tell whether this is a system, which stands alone and comes in variants."""
        return bool(self.variants)


def report_of(bill: Bill, numbers: Sequence[int], subject: str) -> Report:
    """Make the report of some workloads of a bill, by their numbers."""
    return _report(bill, numbers, subject, subject_lines(bill, numbers), bill.figures(numbers))


def fleet_report(bill: Bill) -> Report:
    """Make the report of the whole fleet; `alone` is the sum of what each app would pay alone."""
    numbers = range(len(bill.workloads))
    apps = [number for number in numbers if bill.workloads[number].app != SHARED_APP]
    with exact():
        alone = sum((bill.alone([number]) for number in apps), _ZERO)
    figures = Figures(bill.total, bill.total, alone)
    count = len({bill.workloads[number].app for number in apps})
    subject = f"fleet of {count} app{'s' * (count != 1)}"
    return _report(bill, numbers, subject, fleet_lines(bill), figures, is_fleet=True)


def _report(
    bill: Bill,
    numbers: Sequence[int],
    subject: str,
    lines: Sequence[Line],
    figures: Figures,
    *,
    is_fleet: bool = False,
) -> Report:
    workloads = [bill.workloads[number] for number in numbers]
    regions = sorted({workload.region for workload in workloads})
    with exact():
        listed = sum((line.list for line in lines), _ZERO)
    return Report(
        subject=subject,
        environments=tuple(dict.fromkeys(workload.environment for workload in workloads)),
        region=", ".join(regions),
        plan=bill.plan,
        prices_checked=min((str(line.item.checked) for line in lines), default=""),
        lines=lines,
        parts=[
            Part(workload.app, workload.environment, bill.figures([number]))
            for number, workload in zip(numbers, workloads, strict=True)
        ],
        figures=figures,
        list=listed,
        total=bill.total,
        apps_in_fleet=len({workload.app for workload in bill.workloads} - {SHARED_APP}),
        is_fleet=is_fleet,
    )


def as_json(report: Report) -> str:
    """Write a report for machines; money in USD a month as exact decimal strings."""
    totals = {
        "list": report.list,
        "marginal": report.figures.marginal,
        "share": report.figures.share,
        "alone": report.figures.alone,
    }
    if report.is_fleet:
        totals = {"total": report.total, "list": report.list, "alone": report.figures.alone}
    elif report.is_system:
        totals = {"total": report.total, "list": report.list}
    content: dict[str, Any] = {
        "subject": report.subject,
        "region": report.region,
        "account_plan": report.plan,
        "prices_checked": report.prices_checked,
        "lines": [_line(line) for line in report.lines],
        "totals": {key: exact_text(amount) for key, amount in totals.items()},
    }
    if report.what_if:
        content["what_if"] = {key: exact_text(number) for key, number in report.what_if.items()}
    if report.is_system:
        content["variants"] = [
            {"variant": v.name, "summary": v.summary, "total": exact_text(v.total)}
            for v in report.variants
        ]
    if report.is_fleet or len(report.parts) > 1:
        content["apps"] = [
            {
                "app": part.app,
                "environment": part.environment,
                **{key: exact_text(value) for key, value in part.figures._asdict().items()},
            }
            for part in report.parts
        ]
    return json.dumps(content, indent=2, ensure_ascii=False)


def _line(line: Line) -> dict[str, Any]:
    item, pool = line.item, line.pool
    return {
        "app": line.app,
        "environment": line.environment,
        "resource": line.resource,
        "service": item.service,
        "item": item.name,
        "quantity": exact_text(line.quantity),
        "unit": item.unit,
        "derivation": line.derivation,
        "list": exact_text(line.list),
        "pays": exact_text(line.pays),
        "shared": line.shared,
        "pool": pool
        and {"used": exact_text(pool.used), "free": exact_text(pool.amount), "unit": pool.unit},
        "price": {
            "usd": exact_text(item.usd_per),
            "per": item.per,
            "source": list(item.source),
            "checked": str(item.checked),
        },
    }
