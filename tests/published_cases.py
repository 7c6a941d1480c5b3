"""Reads what other tools and vendors publish, and computes the same with Tenner's kinds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import ROUND_DOWN, Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, model_validator

from tenner import exact_yaml
from tenner.estimate import AccountPlan, Bill
from tenner.kinds import KINDS
from tenner.lines import Line, subject_lines
from tenner.money import exact, rounded
from tenner.pricing import graduated
from tenner.service import Checked
from tenner.system import parse_system
from tenner.validation import Exact, Strict, read

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tenner.catalog import Catalog

CASES = Path(__file__).with_suffix(".yaml")
_REGION = "us-east-1"
_ONE, _ZERO = Decimal(1), Decimal(0)
_Text = Annotated[str, Field(min_length=1, max_length=300)]


class Source(Strict):
    """One tool or vendor: what it is called, where its figures stand, and how to find a file."""

    tool: _Text
    about: _Text
    licence: _Text
    link: _Text


class Row(Strict):
    """One figure as it is published; `item` is empty where it is for the whole resource.

    `quantity` is in `unit`, each of which is `per` units of Tenner's item; `usd` is what a month
    costs, `price` what one `unit` costs. A row with neither is what the other tool does not count.
    """

    line: _Text
    item: str = ""
    unit: str = ""
    per: Exact = _ONE
    quantity: Exact | None = None
    usd: Exact | None = None
    price: Exact | None = None
    because: str = ""


class Case(Strict):
    """One resource: where it is published, what it is given, and its figures.

    `inputs` are in the words of the other tool, `fields` in Tenner's. What is published but not
    compared is named in `left_out`. `book` has rows that no field of a kind leads to: there, the
    price book alone is compared.
    """

    resource: _Text
    source: _Text
    path: _Text
    region: _Text = _REGION
    inputs: dict[str, Any] = Field(default_factory=dict)
    kind: _Text
    fields: dict[str, Any]
    plan: AccountPlan = "list"
    priced_on: Checked | None = None
    rows: Annotated[tuple[Row, ...], Field(strict=False, min_length=1)]
    book: Annotated[tuple[Row, ...], Field(strict=False)] = ()
    left_out: Annotated[tuple[str, ...], Field(strict=False)] = ()
    why_left_out: str = ""

    @model_validator(mode="after")
    def _known(self) -> Case:
        assert self.kind in KINDS, self.kind
        assert bool(self.left_out) == bool(self.why_left_out), self.resource
        return self


class Published(Strict):
    """The whole file."""

    sources: dict[str, Source]
    cases: Annotated[tuple[Case, ...], Field(strict=False)]


@dataclass(frozen=True)
class Compared:
    """One published figure beside Tenner's; what was not published is None in both."""

    case: Case
    row: Row
    quantity: Decimal | None
    usd: Decimal | None
    price: Decimal | None

    @property
    def agrees(self) -> bool:
        """Tell whether all that is published is the same, in the digits that it has."""
        row = self.row
        if row.usd is None and row.price is None:
            return False
        return self.quantity_agrees and _same(row.usd, self.usd) and _same(row.price, self.price)

    @property
    def quantity_agrees(self) -> bool:
        """Tell whether the quantity is the same; infracost cuts its digits and rounds none."""
        stated, found = self.row.quantity, self.quantity
        if stated is None or found is None:
            return stated is found
        cut = found.quantize(_last_digit(stated), ROUND_DOWN)
        return stated in (cut, at_digits_of(stated, found))


def _same(stated: Decimal | None, found: Decimal | None) -> bool:
    if stated is None or found is None:
        return stated is None
    return at_digits_of(stated, found) == stated


def at_digits_of(stated: Decimal, found: Decimal) -> Decimal:
    """Round a figure to the digits of the stated one."""
    return rounded(found, _last_digit(stated))


def _last_digit(stated: Decimal) -> Decimal:
    return Decimal(1).scaleb(int(stated.as_tuple().exponent))


def load() -> Published:
    """Read the file of published cases."""
    return read(Published, exact_yaml.parse(CASES.read_text(encoding="utf-8"), CASES.name))


def compared(case: Case, catalog: Catalog) -> list[Compared]:
    """Compute every figure of a case."""
    catalog = replace(catalog, on=case.priced_on)
    lines = estimated(case, catalog)
    with exact():
        return [
            *_in_order(case, lines, catalog),
            *(_from_book(case, row, catalog) for row in case.book),
        ]


def estimated(case: Case, catalog: Catalog) -> list[Line]:
    """Estimate a system of which the case is the only resource."""
    text = "\n".join(
        [
            "system: one",
            "title: One resource",
            "resources:",
            "  thing:",
            f"    kind: {case.kind}",
            "    grows: fixed",
            *(f"    {name}: {_yaml(value)}" for name, value in case.fields.items()),
            "variants: {only-one: {summary: alone}}",
        ]
    )
    system = parse_system(text, case.resource)
    bill = Bill(catalog, [system.workload(catalog, system.first)], case.plan)
    return subject_lines(bill, [0])


def uncounted(case: Case, catalog: Catalog) -> list[str]:
    """List items that Tenner charges and that no row of the case names."""
    named = {row.item for row in case.rows}
    lines = estimated(case, replace(catalog, on=case.priced_on))
    if "" in named:
        return []
    return [line.item.key for line in lines if line.pays and line.item.key not in named]


def _yaml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:f}" if isinstance(value, Decimal) else f'"{value}"'


def _in_order(case: Case, lines: Sequence[Line], catalog: Catalog) -> Iterator[Compared]:
    """Compare rows; several rows of one item are its tiers, of which the last takes the rest."""
    taken: dict[str, Decimal] = {}
    last = {row.item: index for index, row in enumerate(case.rows)}
    for index, row in enumerate(case.rows):
        chosen = [line for line in lines if row.item in ("", line.item.key)]
        usd = sum((line.pays for line in chosen), _ZERO)
        if not row.item:
            yield Compared(case, row, None, usd, None)
            continue
        item, start = catalog.item(row.item, _REGION), taken.get(row.item, _ZERO)
        quantity = sum((line.quantity for line in chosen), _ZERO) - start
        if last[row.item] != index:
            assert row.quantity is not None, f"{case.resource}: {row.line}: no quantity of a tier"
            quantity = min(quantity, row.quantity * row.per)
        if start or last[row.item] != index:
            assert case.plan == "list", f"{case.resource}: tiers are compared at list prices"
            usd = graduated(item, quantity, start)
        taken[row.item] = start + quantity
        yield Compared(
            case,
            row,
            _divided(quantity, row.per) if row.quantity is not None else None,
            usd if row.price is None else None,
            graduated(item, row.per) if row.price is not None else None,
        )


def _from_book(case: Case, row: Row, catalog: Catalog) -> Compared:
    item = catalog.item(row.item, _REGION)
    if row.quantity is None:
        return Compared(case, row, None, None, graduated(item, row.per))
    return Compared(case, row, row.quantity, graduated(item, row.quantity * row.per), None)


def _divided(quantity: Decimal, per: Decimal) -> Decimal:
    """Divide to more digits than any published quantity has."""
    digits = Decimal("0.00000001")
    return rounded(Decimal((quantity / digits) // per) * digits, digits)
