"""What the HTML page shows, computed: rows with their derivations, pools, quotas and growth."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from tenner.lines import subject_lines
from tenner.money import exact
from tenner.pools import pools_of
from tenner.report_text import Row, rows_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tenner.catalog import Catalog, PricedItem
    from tenner.estimate import Bill
    from tenner.lines import Line
    from tenner.next_change import NextChange
    from tenner.outlook import Curve
    from tenner.overview import Overview
    from tenner.pools import PoolRow
    from tenner.quotas import Standing
    from tenner.report import Report
    from tenner.system import System, Variant

_ZERO = Decimal(0)
_MOST_POOLS = 40


class Traced(NamedTuple):
    """A row with figures in USD a month, and the lines of the estimate that they come from."""

    name: str
    note: str
    figures: Sequence[Decimal]
    lines: Sequence[Line]


class ServiceRow(NamedTuple):
    """What a service costs, its part of the whole in percent, and its lines."""

    row: Row
    percent: Decimal
    lines: Sequence[Line]


@dataclass(frozen=True, slots=True)
class Page:
    """All that the page shows; without a `next_change` or a `fleet` it has no such parts."""

    report: Report
    title: str
    columns: Sequence[str]
    explained: str
    rows: Sequence[Traced]
    services: Sequence[ServiceRow]
    pools: Sequence[PoolRow]
    growth: Sequence[Curve]
    quotas: Sequence[Standing] = ()
    pools_left_out: int = 0
    next_change: NextChange | None = None
    notes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    fleet: Overview | None = None

    @property
    def prices(self) -> list[PricedItem]:
        """Give every price that a line was computed with, once."""
        lines = [line for row in self.rows for line in row.lines]
        lines += [line for service in self.services for line in service.lines]
        found = {price_key(line.item): line.item for line in lines}
        return [found[key] for key in sorted(found)]


def price_key(item: PricedItem) -> str:
    """Name a price: an item may cost another amount in another region."""
    return f"{item.key} {item.usd_per} {item.per}"


def page_of_apps(
    report: Report, bill: Bill, numbers: Sequence[int], growth: Sequence[Curve]
) -> Page:
    """Make the page of some apps of a fleet, or of the whole fleet: a row for each workload."""
    with exact():
        rows = [
            Traced(
                part.app,
                part.environment,
                part.figures,
                subject_lines(bill, [number]),
            )
            for number, part in zip(numbers, report.parts, strict=True)
        ]
        pools = pools_of(bill)
    return Page(
        report=report,
        title=report.subject,
        columns=("adds", "share", "alone"),
        explained=(
            "“Adds” is what the bill would fall by without it, “share” its part of the whole, and "
            "“alone” what it would cost with nobody to share with."
        ),
        rows=rows,
        services=_services(report),
        pools=pools[:_MOST_POOLS],
        pools_left_out=len(pools[_MOST_POOLS:]),
        growth=growth,
    )


def page_of_system(
    report: Report, bill: Bill, system: System, variant: Variant, growth: Sequence[Curve]
) -> Page:
    """Make the page of one variant of a system: a row for each resource."""
    resources: dict[str, list[Line]] = {}
    for line in report.lines:
        resources.setdefault(line.resource, []).append(line)
    with exact():
        rows = [
            Traced(
                name,
                variant.resources[name].note if name in variant.resources else "",
                (_sum_of(lines, "list"), _sum_of(lines, "pays")),
                lines,
            )
            for name, lines in resources.items()
        ]
    notes = {
        "Assumptions": system.assumes,
        "Not included": system.excludes,
        "Needs review": system.needs_review,
    }
    return Page(
        report=report,
        title=f"{system.title}: {variant.name}",
        columns=("list", "pays"),
        explained="“List” is without any free tier, “pays” with those that the account has.",
        rows=rows,
        services=_services(report),
        pools=pools_of(bill),
        growth=growth,
        notes={name: texts for name, texts in notes.items() if texts},
    )


def with_quotas(page: Page, quotas: Sequence[Standing]) -> Page:
    """Add how near the account's quotas are."""
    return replace(page, quotas=quotas)


def with_fleet(page: Page, fleet: Overview) -> Page:
    """Add the budget, how many more apps each quota allows, and fleets of other sizes."""
    return replace(page, fleet=fleet, quotas=[room.standing for room in fleet.rooms])


def _sum_of(lines: Sequence[Line], figure: str) -> Decimal:
    return sum((getattr(line, figure) for line in lines), _ZERO)


def _services(report: Report) -> list[ServiceRow]:
    """Give the services, the dearest first."""
    whole = sum((line.pays for line in report.lines), _ZERO)
    found = [
        ServiceRow(
            row,
            row.pays * 100 / whole if whole else _ZERO,
            [line for line in report.lines if line.item.service == row.what],
        )
        for row in rows_of(report.lines)
    ]
    return sorted(found, key=lambda each: (-each.row.pays, -each.row.list))


def sources_of(catalog: Catalog) -> Sequence[tuple[str, str, str]]:
    """Give the assumptions behind every estimate: what, its value with unit, and why."""
    return [
        (name.replace("_", " "), f"{each.value:,f} {each.unit}", each.why)
        for name, each in catalog.assumptions.items()
    ]
