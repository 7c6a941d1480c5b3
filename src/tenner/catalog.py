"""The catalog: prices, free tiers, environment profiles and assumptions, all facts with sources."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Annotated, Literal, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, field_validator

from tenner import exact_yaml
from tenner.errors import InputError, Problem
from tenner.shown import key_part, shown
from tenner.validation import Exact, Strict, Whole, plain_error, plain_errors, read

if TYPE_CHECKING:
    from collections.abc import Mapping
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


class Price(Strict):
    """What one item costs in one region: ascending tiers, in USD for `per` units."""

    tiers: Annotated[tuple[Tier, ...], Field(strict=False), AfterValidator(_not_empty)]
    source: Sources
    checked: Checked

    @field_validator("tiers")
    @classmethod
    def _ascending(cls, tiers: tuple[Tier, ...]) -> tuple[Tier, ...]:
        bounds = [tier.up_to for tier in tiers]
        if bounds[-1] is not None:
            raise plain_error("the last tier has an up_to, expected none")
        closed = [bound for bound in bounds if bound is not None]
        if len(closed) != len(bounds) - 1 or closed != sorted(set(closed)):
            raise plain_error("expected ascending up_to, and none only in the last tier")
        return tiers


class Pool(Strict):
    """A free amount a month that all apps of one scope share."""

    amount: Annotated[Figure, Field(gt=0)]
    unit: Text
    scope: Scope
    term: Term
    note: str = ""
    source: Sources
    checked: Checked


class Item(Strict):
    """One priced item of a service."""

    name: Annotated[str, Field(min_length=1, max_length=40)]
    unit: Text
    per: Whole = 1
    pool: str = ""
    free_counts_toward_tiers: bool = False
    note: str = ""
    model_ids: Annotated[tuple[Text, ...], Field(strict=False)] = ()
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


class Profile(Strict):
    """What an environment brings."""

    summary: Text
    account: Literal["shared", "own"]
    log_retention_days: Annotated[Whole, Field(ge=1, le=3653)]
    shared_secrets: Literal["shared", "own"]
    app_secrets: Literal["parameter_store", "secrets_manager"]
    point_in_time_recovery: bool
    source: Sources
    checked: Checked


class Assumption(Strict):
    """One figure that no manifest states and no price list has."""

    value: Annotated[Figure, Field(gt=0)]  # several of them divide
    unit: Text
    why: Text
    source: Sources
    checked: Checked


class Environments(Strict):
    """The environment profiles by name."""

    environments: dict[Literal["dev", "staging", "prod"], Profile] = Field(min_length=3)


class Assumptions(Strict):
    """The assumptions by name."""

    assumptions: dict[str, Assumption] = Field(min_length=1)


@dataclass(frozen=True, slots=True, eq=False)
class PricedItem:
    """One item in one region, ready to multiply: `usd` in a tier is for one unit."""

    key: str
    service: str
    name: str
    unit: str
    per: int
    usd_per: Decimal
    tiers: tuple[tuple[Decimal | None, Decimal], ...]
    pool_key: str
    pool: Pool | None
    free_counts_toward_tiers: bool
    source: tuple[str, ...]
    checked: date

    @property
    def link(self) -> str:
        """Give the first source that a reader can open, or the first of all."""
        return next((text for text in self.source if text.startswith("https://")), self.source[0])


@dataclass(frozen=True, eq=False)
class Catalog:
    """Everything that an estimate needs to know; `services` by the name of their file."""

    services: Mapping[str, Service]
    environments: Mapping[str, Profile]
    assumptions: Mapping[str, Assumption]

    def item(self, key: str, region: str) -> PricedItem:
        """Find an item by its key, such as `lambda/requests`, and its price in a region.

        Raises InputError where the catalog has no such item or no price there.
        """
        service_id, _, item_id = key.partition("/")
        service = self.services.get(service_id)
        item = service.items.get(item_id) if service else None
        if service is None or item is None:
            raise InputError("catalog", [Problem(key, "the price book has no such item")])
        price = item.regions.get(region)
        if price is None:
            known = ", ".join(sorted(item.regions))
            message = f"given {shown(region)}, where {key} has no price; expected one of {known}"
            raise InputError("app.yaml", [Problem("region", message)])
        return PricedItem(
            key=key,
            service=service.service,
            name=item.name,
            unit=item.unit,
            per=item.per,
            usd_per=price.tiers[0].usd,
            tiers=tuple((tier.up_to, tier.usd / item.per) for tier in price.tiers),
            pool_key=f"{service_id}/{item.pool}" if item.pool else "",
            pool=service.pools.get(item.pool),
            free_counts_toward_tiers=item.free_counts_toward_tiers,
            source=price.source,
            checked=price.checked,
        )

    def assumption(self, name: str) -> Decimal:
        """Give the value of an assumption, in the unit that the catalog states."""
        if name not in self.assumptions:
            message = f"expected the assumption {name}"
            raise InputError("catalog/assumptions.yaml", [Problem(name, message)])
        return self.assumptions[name].value

    def model_item(self, model: str) -> str:
        """Find the key prefix of a Bedrock model's items, such as `bedrock/nova_micro`.

        Raises InputError where the price book does not know the model.
        """
        service = self.services.get("bedrock")
        for key, item in service.items.items() if service else ():
            if model in item.model_ids and key.endswith("_input"):
                return f"bedrock/{key.removesuffix('_input')}"
        known = sorted(
            identity
            for item in (service.items.values() if service else ())
            for identity in item.model_ids
        )
        message = f"given {shown(model)}, expected a model of the price book: {', '.join(known)}"
        raise InputError("app.yaml", [Problem("ai.model", message)])


def parse_service(text: str, source: str) -> Service:
    """Read one service's file; raises InputError with every defect."""
    return read(Service, exact_yaml.parse(text, source))


def parse_environments(text: str, source: str) -> Mapping[str, Profile]:
    """Read the environment profiles; raises InputError with every defect."""
    return dict(read(Environments, exact_yaml.parse(text, source)).environments.items())


def parse_assumptions(text: str, source: str) -> Mapping[str, Assumption]:
    """Read the assumptions; raises InputError with every defect."""
    return read(Assumptions, exact_yaml.parse(text, source)).assumptions
