"""A document's figures beside those that Tenner computes, each difference with its reason."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from tenner.catalog import ASKED, BOOK
from tenner.errors import InputError, Problem
from tenner.estimate import AccountPlan, Bill
from tenner.expression import FormulaError, Lookup
from tenner.kinds.operations import Budget
from tenner.lines import Line, subject_lines
from tenner.money import exact
from tenner.printed import place_of

if TYPE_CHECKING:
    from datetime import date

    from tenner.catalog import Catalog
    from tenner.printed import Place, Printed
    from tenner.system import System

_ZERO = Decimal(0)
_PLANS: dict[str, AccountPlan] = {
    "list": "list",
    "quantity": "list",
    "legacy": "legacy-12-months",
}


class Compared(NamedTuple):
    """One printed figure and what is computed; `today` where older prices were taken for it."""

    printed: Printed
    computed: Decimal
    today: Decimal | None

    @property
    def agrees(self) -> bool:
        """Tell whether both are the same, in as many digits as were printed."""
        return self.printed.agrees(self.computed)

    @property
    def is_explained(self) -> bool:
        """Tell whether both are the same, or the reason is said."""
        return self.agrees or self.printed.because is not None


class Comparison:
    """Evaluates formulas over one system; each estimate is made once."""

    def __init__(self, system: System, catalog: Catalog) -> None:
        self.system = system
        self._catalog = catalog
        self._lines: dict[tuple[object, ...], list[Line]] = {}

    def figures(self) -> list[Compared]:
        """Compare every figure that the document printed, in the order of the system's file."""
        return [
            self.compared(figure, f"printed.{index}")
            for index, figure in enumerate(self.system.printed)
        ]

    def compared(self, figure: Printed, key: str) -> Compared:
        """Compute one printed figure; raises InputError, naming the key, where it has no value."""
        today = self.value(figure, None, key)
        if figure.priced_on is None:
            return Compared(figure, today, None)
        return Compared(figure, self.value(figure, figure.priced_on, key), today)

    def value(self, figure: Printed, on: date | None, key: str) -> Decimal:
        """Compute a figure's formula with the prices of a day, or with today's."""
        catalog = self._catalog if on is None else replace(self._catalog, on=on)
        try:
            return figure.computed.value(lambda lookup: self._look(lookup, catalog))
        except (FormulaError, InputError) as error:
            if isinstance(error, InputError) and error.source not in {ASKED, BOOK}:
                raise
            message = f"{figure.computed.text}: {error}"
            raise InputError(self.system.source, [Problem(f"{key}.computed", message)]) from None

    def _look(self, lookup: Lookup, catalog: Catalog) -> Decimal:
        words = lookup.words
        if lookup.name == "given":
            return {**self.system.givens, **self.system.drivers}[words[0]]
        if lookup.name == "price":
            return catalog.item(words[0], self.system.region).usd_per
        if lookup.name == "free":
            item = catalog.item(words[0], self.system.region)
            return item.free or _ZERO
        if lookup.name == "field":
            return self._field(*words)
        if lookup.name == "alert":
            return self._alert(*words)
        place = place_of(lookup)
        plan = _PLANS.get(lookup.name, self.system.account_plan)
        return self._sum(lookup, self._lines_of(place, plan, catalog))

    def _field(self, variant: str, resource: str, field: str) -> Decimal:
        value = getattr(self.system.variants[variant].resources[resource], field, None)
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            message = f"{resource} has no number {field}"
            raise FormulaError(message)
        return Decimal(value)

    def _alert(self, variant: str, resource: str, percent: str) -> Decimal:
        """Give the spending at which a budget tells somebody."""
        budget = self.system.variants[variant].resources[resource]
        for known in budget.alerts_at_percent if isinstance(budget, Budget) else ():
            if percent == f"{known:f}":
                return self._field(variant, resource, "limit_usd") * known / 100
        message = f"{resource} has no alert at {percent} %"
        raise FormulaError(message)

    def _lines_of(self, place: Place, plan: AccountPlan, catalog: Catalog) -> list[Line]:
        key = (place.variant, tuple(sorted(place.drivers.items())), plan, catalog.on)
        if key not in self._lines:
            variant = self.system.variants[place.variant]
            workload = self.system.workload(catalog, variant, place.drivers)
            bill = Bill(catalog, [workload], plan)
            self._lines[key] = subject_lines(bill, [0])
        return self._lines[key]

    def _sum(self, lookup: Lookup, lines: list[Line]) -> Decimal:
        place = place_of(lookup)
        chosen = [line for line in lines if place.has(line.resource, line.item.key)]
        if not chosen:
            raise FormulaError(f"{lookup} names no line of the estimate")
        units = dict.fromkeys(line.item.unit for line in chosen)
        if lookup.name == "quantity" and len(units) > 1:
            raise FormulaError(f"{lookup} adds up unlike units: {', '.join(units)}")
        with exact():
            if lookup.name == "quantity":
                return sum((line.quantity for line in chosen), _ZERO)
            return sum((line.pays for line in chosen), _ZERO)
