"""A system's whole report as Markdown: for people who have to decide, and to check it."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from tenner import outlook
from tenner.advise import Counsel, counsel_for_system, scene_of
from tenner.lines import subject_lines
from tenner.money import cents_or_less, exact, plain, rounded
from tenner.page import page_of_system, sources_of
from tenner.report_advice import advice_table
from tenner.report_text import render

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tenner.kinds.base import Growth, Resource
    from tenner.page import Page
    from tenner.system_cost import SystemAnswer

_ZERO, _ONE, _HUNDRED = Decimal(0), Decimal(1), Decimal(100)
_TENTH, _MILLION = Decimal("0.1"), Decimal(1_000_000)


class Metric(NamedTuple):
    """What one unit of something costs; `size` says how many of them there are."""

    name: str
    usd: Decimal
    size: str


class Scaling(NamedTuple):
    """One driver at several sizes: each service's cost in USD a month, and the total."""

    driver: str
    sizes: Sequence[Decimal]
    services: Mapping[str, Sequence[Decimal]]
    totals: Sequence[Decimal]

    def factor(self, index: int) -> str:
        """Say how many times the first total another is."""
        first = self.totals[0]
        return f"{rounded(self.totals[index] / first, _TENTH)}×" if first else "–"

    def per_unit(self, index: int) -> Decimal:
        """Give the cost of one unit of the driver."""
        return self.totals[index] / self.sizes[index]


def as_full_markdown(answer: SystemAnswer) -> str:
    """Write everything that Tenner knows about one variant of a system."""
    page = page_of_system(answer.report, answer.bill, answer.system, answer.variant, ())
    scalings = [_scaling(answer, driver, page) for driver in _drivers(answer)]
    return render(
        "full_markdown.jinja",
        **advice_table(_counsel(answer)),
        page=page,
        report=answer.report,
        system=answer.system,
        variant=answer.variant,
        total=answer.report.total,
        metrics=_metrics(answer),
        scalings=scalings,
        fixed=_fixed(answer),
        assumptions=sources_of(answer.bill.catalog),
        growth=_growth,
        percent=_percent,
        money=cents_or_less,
    )


def _counsel(answer: SystemAnswer) -> Counsel:
    """Advise on the variant at its size."""
    catalog, variant = answer.bill.catalog, answer.variant
    scene = scene_of(answer.system, variant, catalog, variant.drivers)
    return counsel_for_system(answer.system, scene, variant.name, answer.bill.plan, "")


def _drivers(answer: SystemAnswer) -> Mapping[str, Decimal]:
    return {**answer.system.drivers, **answer.variant.drivers}


def _metrics(answer: SystemAnswer) -> list[Metric]:
    """Say what one unit of each driver costs, and a million calls of the APIs."""
    total = answer.report.total
    found = [
        Metric(f"{name.replace('_', ' ')}, each", total / size, plain(size))
        for name, size in _drivers(answer).items()
    ]
    calls = sum(
        (line.quantity for line in answer.report.lines if _is_api_call(line.item.key)), _ZERO
    )
    if calls:
        found.append(Metric("API requests, a million", total / calls * _MILLION, plain(calls)))
    return found


def _is_api_call(key: str) -> bool:
    service, _, item = key.partition("/")
    return service == "api_gateway" and item.endswith("_requests")


def _fixed(answer: SystemAnswer) -> Decimal:
    """Give what is paid for uses that stay the same at twice every driver, in USD a month."""
    double = {name: size * 2 for name, size in _drivers(answer).items()}
    plan, catalog = answer.bill.plan, answer.bill.catalog
    bigger = outlook.at_size(answer.system, answer.variant, catalog, plan, double)
    then = {(each.resource, each.item.key): each.quantity for each in subject_lines(bigger, [0])}
    with exact():
        return sum(
            (
                now.pays
                for now in answer.report.lines
                if now.quantity == then.get((now.resource, now.item.key))
            ),
            _ZERO,
        )


def _scaling(answer: SystemAnswer, driver: str, page: Page) -> Scaling:
    """Estimate one driver's sizes anew, and add up each service."""
    size = _drivers(answer)[driver]
    sizes = [size * factor for factor in outlook.FACTORS]
    services: dict[str, list[Decimal]] = {each.row.what: [] for each in page.services}
    totals: list[Decimal] = []
    for each in sizes:
        bill = outlook.at_size(
            answer.system,
            answer.variant,
            answer.bill.catalog,
            answer.bill.plan,
            {**_drivers(answer), driver: each},
        )
        with exact():
            costs = dict.fromkeys(services, _ZERO)
            for line in subject_lines(bill, [0]):
                costs[line.item.service] = costs.get(line.item.service, _ZERO) + line.pays
        for name, cost in costs.items():
            services.setdefault(name, [_ZERO] * len(totals)).append(cost)
        totals.append(bill.total)
    return Scaling(driver, sizes, services, totals)


def _growth(resource: Resource) -> str:
    """Say in a few words how a resource grows."""
    growth: Growth = resource.grows
    if growth.by is None:
        return "stays as it is"
    by = growth.by.replace("_", " ")
    part = "" if growth.percent == _HUNDRED else f", by {plain(growth.percent)} % of that"
    words = {
        "linear": f"what flows grows with {by}",
        "per_peak": f"what flows and what is held ready grow with {by}",
        "stepped": f"one for every {plain(growth.one_per or _ONE)} {by}",
    }
    return words[growth.how] + part


def _percent(part: Decimal, whole: Decimal) -> str:
    return f"{rounded(part * _HUNDRED / whole, _TENTH)} %" if whole else "–"
