"""What a service's file says: items, prices by region with their history, and free pools."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import date
from typing import TYPE_CHECKING, Annotated, Literal, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, field_validator

from tenner.shown import key_part, shown
from tenner.validation import Exact, Strict, Whole, plain_error, plain_errors

if TYPE_CHECKING:
    from decimal import Decimal

Value = TypeVar("Value")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")


def _date(value: object) -> date:
    if isinstance(value, str) and _DATE.match(value) and value >= "2020":
        with suppress(ValueError):
            return date.fromisoformat(value)
    raise plain_error(f"given {shown(value)}, expected a date from 2020 on, such as 2026-11-20")


def _not_empty(values: tuple[Value, ...]) -> tuple[Value, ...]:
    if not values:
        raise plain_error("given an empty list, expected at least one")
    return values


Text = Annotated[str, Field(min_length=1, max_length=1000)]
Sources = Annotated[tuple[Text, ...], Field(strict=False), AfterValidator(_not_empty)]
Checked = Annotated[date, BeforeValidator(_date)]
Figure = Annotated[Exact, Field(max_digits=30, decimal_places=15)]
"""A figure of a length with which all arithmetic stays exact."""
Scope = Literal["payer", "payer_region", "account", "account_region"]
Term = Literal["always", "legacy_12_months"]
_POWERS = tuple(10**power for power in range(10))


class Tier(Strict):
    """One rate, for the units up to a bound; the last tier has none."""

    up_to: Annotated[Figure, Field(gt=0)] | None = None
    usd: Annotated[Figure, Field(ge=0, le=100_000)]


def _ascending(tiers: tuple[Tier, ...]) -> tuple[Tier, ...]:
    bounds = [tier.up_to for tier in tiers]
    if bounds[-1] is not None:
        raise plain_error("the last tier has an up_to, expected none")
    closed = [bound for bound in bounds if bound is not None]
    if len(closed) != len(bounds) - 1 or closed != sorted(set(closed)):
        raise plain_error("expected ascending up_to, and none only in the last tier")
    return tiers


Tiers = Annotated[
    tuple[Tier, ...], Field(strict=False), AfterValidator(_not_empty), AfterValidator(_ascending)
]


class Until(Strict):
    """What was true until a day: on `until` itself the next one is."""

    until: Checked
    source: Sources
    checked: Checked


class PastPrice(Until):
    """What an item cost until a day."""

    tiers: Tiers


class PastAmount(Until):
    """What was free until a day; 0 where nothing was."""

    amount: Annotated[Figure, Field(ge=0)]


Past = TypeVar("Past", bound=Until)


def _in_order(history: tuple[Past, ...]) -> tuple[Past, ...]:
    days = [past.until for past in history]
    if days != sorted(set(days)):
        raise plain_error("expected ascending until, each day once")
    return history


def _past(history: tuple[Past, ...], on: date | None) -> Past | None:
    """Find what was true on a day, or nothing where today's is."""
    return next((past for past in history if on is not None and on < past.until), None)


class PriceList(Strict):
    """Where a price stands in the AWS Price List."""

    service_code: Annotated[str, Field(min_length=1, max_length=60)]
    usage_type: Annotated[str, Field(min_length=1, max_length=120)]
    attributes: dict[str, Annotated[str, Field(min_length=1, max_length=120)]] = Field(
        default_factory=dict
    )


class Price(Strict):
    """What one item costs in one region: ascending tiers, in USD for `per` units."""

    price_list: PriceList | None = None
    tiers: Tiers
    source: Sources
    checked: Checked
    history: Annotated[tuple[PastPrice, ...], Field(strict=False), AfterValidator(_in_order)] = ()

    def on(self, day: date | None) -> Price | PastPrice:
        """Give the price of a day, or today's."""
        return _past(self.history, day) or self


class Pool(Strict):
    """A free amount a month that all apps of one scope share."""

    amount: Annotated[Figure, Field(gt=0)]
    unit: Text
    scope: Scope
    term: Term
    note: str = ""
    source: Sources
    checked: Checked
    history: Annotated[tuple[PastAmount, ...], Field(strict=False), AfterValidator(_in_order)] = ()

    def amount_on(self, day: date | None) -> Decimal:
        """Give what was free on a day, or is today, in `unit`."""
        past = _past(self.history, day)
        return self.amount if past is None else past.amount


class Discount(Strict):
    """A price that has no list price of its own: another item's, less a stated range."""

    of: Text
    percent_from: Annotated[Figure, Field(gt=0, lt=100)]
    percent_to: Annotated[Figure, Field(gt=0, lt=100)]


class Item(Strict):
    """One priced item of a service."""

    name: Annotated[str, Field(min_length=1, max_length=40)]
    unit: Text
    per: Whole = 1
    pool: str = ""
    free_counts_toward_tiers: bool = False
    note: str = ""
    model_ids: Annotated[tuple[Text, ...], Field(strict=False)] = ()
    hand_kept: bool = False
    discount: Discount | None = None
    regions: dict[str, Price] = Field(min_length=1)

    @field_validator("per")
    @classmethod
    def _exact_division(cls, per: int) -> int:
        if per not in _POWERS:
            raise plain_error(f"given {shown(per)}, expected 1, 10, 100, …, so that it is exact")
        return per


class Service(Strict):
    """All items and free tiers of one service."""

    service: Text
    pools: dict[str, Pool] = Field(default_factory=dict)
    items: dict[str, Item] = Field(min_length=1)

    @field_validator("items")
    @classmethod
    def _pools_exist(cls, items: dict[str, Item], info: ValidationInfo) -> dict[str, Item]:
        pools = info.data.get("pools")
        problems = []
        for key, item in items.items():
            if pools is None or not item.pool:
                continue
            pool = pools.get(item.pool)
            if pool is None:
                message = f"given {shown(item.pool)}, which pools lacks"
                problems.append((f"{key_part(key)}.pool", message))
            elif pool.unit != item.unit:
                message = f"given {shown(item.unit)}, expected {shown(pool.unit)} as its pool has"
                problems.append((f"{key_part(key)}.unit", message))
        if problems:
            raise plain_errors(problems)
        return items
