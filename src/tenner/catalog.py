"""The catalog: prices, free tiers, environment profiles and assumptions, all facts with sources."""

from __future__ import annotations

from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from tenner import exact_yaml
from tenner.errors import InputError, Problem, UnavailableError
from tenner.service import Checked, Figure, Service, Sources, Text
from tenner.shown import key_part, shown
from tenner.validation import Strict, Whole, read

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from decimal import Decimal

    from tenner.service import Pool

_WHOLE = 100  # percent
Units = Annotated[Whole, Field(ge=1, le=40_000)]
Key = Literal["aws_owned", "aws_managed", "customer"]
_MORE_THAN_A_PART = frozenset({"half_memory_duration_percent"})
ASKED = "app.yaml"
"""The source of a defect that is not the catalog's: what was asked for is not in it."""
BOOK = "catalog"
"""The source of a defect of the price book as a whole: it lacks an item."""


class AutoScaling(Strict):
    """How a table's provisioned capacity follows its load; its index has the same limits."""

    target_percent: Annotated[Whole, Field(ge=20, le=90)]
    cooldown_s: Annotated[Whole, Field(ge=0, le=3600)]
    least_read_units: Units
    most_read_units: Units
    least_write_units: Units
    most_write_units: Units


class Archive(Strict):
    """After how many days what is under `archive/` of the bucket moves to a cheaper class."""

    infrequent_access_days: Annotated[Whole, Field(ge=30)]
    glacier_days: Annotated[Whole, Field(ge=60)]
    deep_archive_days: Annotated[Whole, Field(ge=150)]


class Profile(Strict):
    """What an environment brings; an app's manifest may choose otherwise where it says so."""

    summary: Text
    account: Literal["shared", "own"]
    log_retention_days: Annotated[Whole, Field(ge=1, le=3653)]
    shared_secrets: Literal["shared", "own"]
    app_secrets: Literal["parameter_store", "secrets_manager"]
    secret_rotation_days: Annotated[Whole, Field(ge=0, le=1000)]
    table_capacity: Literal["on_demand", "provisioned", "cheaper"]
    auto_scaling: AutoScaling | None
    point_in_time_recovery: bool
    deletion_protection: bool
    key: Key
    alarms: bool
    dashboard: bool
    custom_domain: bool
    budget_usd: Annotated[Whole, Field(ge=0, le=1_000_000)]
    archive: Archive | None
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


class Assumed(dict[str, Assumption]):
    """The assumptions of a file, which is named where one is missing."""

    def __init__(self, found: Mapping[str, Assumption], source: str) -> None:
        super().__init__(found)
        self.source = source


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
    free: Decimal | None
    free_counts_toward_tiers: bool
    source: tuple[str, ...]
    checked: date

    @property
    def link(self) -> str:
        """Give the first source that a reader can open, or the first of all."""
        return next((text for text in self.source if text.startswith("https://")), self.source[0])


@dataclass(frozen=True, eq=False)
class Catalog:
    """Everything that an estimate needs to know; `services` by the name of their file.

    `on` is the day of which the prices are; today's without one.
    """

    services: Mapping[str, Service]
    environments: Mapping[str, Profile]
    assumptions: Mapping[str, Assumption]
    on: date | None = None
    _found: dict[tuple[str, str], PricedItem] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def item(self, key: str, region: str) -> PricedItem:
        """Find an item by its key, such as `lambda/requests`, and its price in a region.

        Raises InputError where the catalog has no such item, UnavailableError where no price there.
        """
        found = self._found.get((key, region))
        if found is None:
            found = self._found[key, region] = self._priced(key, region)
        return found

    def _priced(self, key: str, region: str) -> PricedItem:
        service_id, _, item_id = key.partition("/")
        service = self.services.get(service_id)
        item = service.items.get(item_id) if service else None
        if service is None or item is None:
            raise InputError(BOOK, [Problem(key, "the price book has no such item")])
        listed = item.regions.get(region)
        if listed is None:
            known = ", ".join(sorted(item.regions))
            message = f"given {shown(region)}, where {key} has no price; expected one of {known}"
            raise UnavailableError(ASKED, [Problem("region", message)])
        price = listed.on(self.on)
        pool = service.pools.get(item.pool)
        return PricedItem(
            key=key,
            service=service.service,
            name=item.name,
            unit=item.unit,
            per=item.per,
            usd_per=price.tiers[0].usd,
            tiers=tuple((tier.up_to, tier.usd / item.per) for tier in price.tiers),
            pool_key=f"{service_id}/{item.pool}" if item.pool else "",
            pool=pool,
            free=pool.amount_on(self.on) if pool else None,
            free_counts_toward_tiers=item.free_counts_toward_tiers,
            source=price.source,
            checked=price.checked,
        )

    def assumption(self, name: str) -> Decimal:
        """Give the value of an assumption, in the unit that the catalog states."""
        if name not in self.assumptions:
            source = getattr(self.assumptions, "source", "catalog/assumptions.yaml")
            message = "missing, expected this assumption"
            raise InputError(source, [Problem(f"assumptions.{name}", message)])
        return self.assumptions[name].value

    def model_item(self, model: str) -> str:
        """Find the key prefix of a Bedrock model's items, such as `bedrock/nova_micro`.

        Raises InputError where the price book does not know the model.
        """
        service = self.services.get("bedrock")
        for key, item in service.items.items() if service else ():
            if model in item.model_ids and key.endswith("_input"):
                return f"bedrock/{key.removesuffix('_input')}"
        known = {
            identity
            for item in (service.items.values() if service else ())
            for identity in item.model_ids
        }
        near = get_close_matches(model, sorted(known), n=3, cutoff=0)
        message = (
            f"given {shown(model)}, expected one of the {len(known)} models of the price book, "
            f"such as {', '.join(near)}"
        )
        raise InputError(ASKED, [Problem("ai.model", message)])


def parse_service(text: str, source: str) -> Service:
    """Read one service's file; raises InputError with every defect."""
    return read(Service, exact_yaml.parse(text, source))


def parse_environments(text: str, source: str) -> Mapping[str, Profile]:
    """Read the environment profiles; raises InputError with every defect."""
    return dict(read(Environments, exact_yaml.parse(text, source)).environments.items())


def parse_assumptions(text: str, source: str) -> Mapping[str, Assumption]:
    """Read the assumptions; raises InputError with every defect."""
    document = exact_yaml.parse(text, source)
    found = read(Assumptions, document).assumptions
    problems = [
        document.problem(
            f"assumptions.{key_part(name)}.value",
            f"given {shown(each.value)}, expected at most 100: it is a part of a whole",
        )
        for name, each in found.items()
        if each.unit == "percent" and each.value > _WHOLE and name not in _MORE_THAN_A_PART
    ]
    if problems:
        raise InputError(source, problems)
    return Assumed(found, source)
