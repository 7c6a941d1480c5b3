"""The plan gate: plan × guardrails × catalog → what is refused, what it costs, what to do instead.

Pure: no file, no clock, Decimal only. The guardrails themselves are facts of the catalog.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple, Self, get_args

from pydantic import Field, StrictBool, StrictStr, model_validator

from tenner import exact_yaml
from tenner.errors import InputError, Problem
from tenner.money import exact
from tenner.pricing import list_cost
from tenner.service import Checked, Sources, Text
from tenner.validation import Exact, Strict, plain_error, read
from tenner.workload import SHARED_APP

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tenner.catalog import Catalog, PricedItem, Profile
    from tenner.plan import Plan, PlannedResource

Environment = Literal["dev", "staging", "prod"]
Texts = Annotated[tuple[Text, ...], Field(strict=False)]
DEFAULT_ENVIRONMENT: Environment = "dev"
EVERY_TYPE = "*"
_TAG_OF_ENVIRONMENT, _ALL = "environment", "all"
"""What the shared infrastructure has once, for all environments, bears the tag `all`."""


class Match(Strict):
    """What an attribute is, or how its text begins; a dot leads into it: `tags_all.app`."""

    attribute: Text
    is_: StrictBool | StrictStr | None = Field(default=None, alias="is")
    one_of: Texts = ()
    starts_with: str = ""

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        if (self.is_ is not None) + bool(self.one_of) + bool(self.starts_with) != 1:
            raise plain_error("expected one of `is`, `one_of` and `starts_with`")
        return self

    def fits(self, resource: PlannedResource) -> bool:
        """Tell whether a resource is so; what is not known before apply is not."""
        name, _, inner = self.attribute.partition(".")
        value = resource.known(name)
        if inner:
            value = value.get(inner) if isinstance(value, dict) else None
        if self.starts_with:
            return isinstance(value, str) and value.startswith(self.starts_with)
        if self.one_of:
            return isinstance(value, str) and value in self.one_of
        return type(value) is type(self.is_) and bool(value == self.is_)

    def may_fit(self, resource: PlannedResource) -> bool:
        """Tell whether a resource is so, or may turn out to be so when it is applied."""
        return resource.unknown.get(self.attribute) is True or self.fits(resource)


class Charge(Strict):
    """A part of a fixed monthly cost: so much of an item, `times` an assumption of the catalog."""

    item: Text
    quantity: Annotated[Exact, Field(gt=0, le=1_000_000)]
    times: str = ""
    unless: Match | None = None


class Guardrail(Strict):
    """One thing that a plan may not have, unless it is all that `unless` says.

    `fixed` is what it costs each month, `variable` what is billed by use on top.
    """

    name: Text
    types: Annotated[Texts, Field(min_length=1)]
    environments: Annotated[tuple[Environment, ...], Field(strict=False, min_length=1)]
    refuse: Literal["exists", "kept_longer_than_profile", "lacks_tags"]
    attribute: str = ""
    tags: Texts = ()
    only: Match | None = None
    unless: Annotated[tuple[Match, ...], Field(strict=False)] = ()
    why: Text
    instead: Text
    priced_as: str = ""
    fixed: Annotated[tuple[Charge, ...], Field(strict=False)] = ()
    variable: Texts = ()
    source: Sources
    checked: Checked

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if bool(self.attribute) != (self.refuse == "kept_longer_than_profile"):
            raise plain_error("attribute: needed by kept_longer_than_profile, and by nothing else")
        if bool(self.tags) != (self.refuse == "lacks_tags"):
            raise plain_error("tags: needed by lacks_tags, and by nothing else")
        if bool(self.priced_as) != bool(self.fixed):
            raise plain_error("priced_as: needed where there is a fixed cost, and only there")
        return self

    def covers(self, resource: PlannedResource, environment: Environment) -> bool:
        """Tell whether this guardrail has anything to say of a resource."""
        return (
            environment in self.environments
            and (resource.type in self.types or EVERY_TYPE in self.types)
            and (self.only is None or self.only.may_fit(resource))
            and not (self.unless and all(match.fits(resource) for match in self.unless))
        )


class Guardrails(Strict):
    """The guardrails by their ids."""

    guardrails: dict[str, Guardrail] = Field(min_length=1)


class PricedCharge(NamedTuple):
    """A part of a fixed monthly cost, in USD a month."""

    item: PricedItem
    quantity: Decimal
    usd: Decimal


@dataclass(frozen=True, slots=True)
class Finding:
    """One resource that one guardrail refuses."""

    resource: PlannedResource
    guardrail: str
    what: str
    why: str
    instead: str
    priced_as: str
    charges: tuple[PricedCharge, ...]
    variable: tuple[PricedItem, ...]
    source: tuple[str, ...]
    checked: str

    @property
    def usd(self) -> Decimal:
        """Give the fixed cost in USD a month."""
        with exact():
            return sum((charge.usd for charge in self.charges), Decimal(0))


def parse_guardrails(text: str, source: str) -> Mapping[str, Guardrail]:
    """Read the guardrails; raises InputError with every defect."""
    return read(Guardrails, exact_yaml.parse(text, source)).guardrails


def environment_of(plan: Plan) -> Environment:
    """Find the one environment that the tags of a plan name; dev where they name none.

    Raises InputError where they name several, because their rules differ.
    """
    named = {_tags(resource).get(_TAG_OF_ENVIRONMENT) for resource in plan.resources}
    found: list[Environment] = [name for name in get_args(Environment) if name in named]
    if len(found) > 1:
        message = f"the tags name {' and '.join(found)}; say which is meant with --environment"
        raise InputError(plan.source, [Problem("", message)])
    return found[0] if found else DEFAULT_ENVIRONMENT


def findings_of(
    plan: Plan,
    guardrails: Mapping[str, Guardrail],
    catalog: Catalog,
    environment: Environment,
    region: str = "us-east-1",
) -> list[Finding]:
    """Find all that the guardrails refuse, in the order of the plan.

    Raises InputError where a guardrail names what the catalog lacks.
    """
    profile = catalog.environments[environment]
    words = {"days": str(profile.log_retention_days), "environment": environment}
    return [
        Finding(
            resource=resource,
            guardrail=key,
            what=what,
            why=rule.why,
            instead=_filled(rule.instead, words),
            priced_as=rule.priced_as,
            charges=tuple(_charges(rule.fixed, resource, catalog, region)),
            variable=tuple(catalog.item(item, region) for item in rule.variable),
            source=rule.source,
            checked=str(rule.checked),
        )
        for resource in plan.resources
        for key, rule in guardrails.items()
        if rule.covers(resource, environment)
        if (what := _refused(rule, resource, environment, profile))
    ]


def _refused(
    rule: Guardrail, resource: PlannedResource, environment: Environment, profile: Profile
) -> str:
    """Say what is refused of a resource, or nothing where it passes."""
    if rule.refuse == "exists":
        return f"{rule.name} in {environment}"
    if rule.refuse == "lacks_tags":
        problem = _tags_problem(resource, rule.tags, environment)
    else:
        problem = _retention_problem(resource, rule.attribute, profile.log_retention_days)
        problem = problem and f"{problem} in {environment}"
    return problem and f"{rule.name} {problem}"


def _retention_problem(resource: PlannedResource, attribute: str, most: int) -> str:
    days = resource.known(attribute)
    if resource.unknown.get(attribute) is True:
        return f"kept for a time known only after apply, expected at most {most} days"
    if isinstance(days, bool) or not isinstance(days, int) or days <= 0:
        return f"kept for ever, expected at most {most} days"
    return f"kept {days} days, expected at most {most}" if days > most else ""


def _tags_problem(
    resource: PlannedResource, expected: Iterable[str], environment: Environment
) -> str:
    """Say which tags a resource lacks; one that can't have tags lacks none."""
    if "tags_all" not in resource.after and "tags_all" not in resource.unknown:
        return ""
    if resource.unknown.get("tags") is True:
        return "with tags known only after apply, expected them in the plan"
    tags = _tags(resource)
    if missing := [name for name in expected if not tags.get(name)]:
        return f"without the tag{'s' * (len(missing) > 1)} {', '.join(missing)}"
    known = {environment, _ALL} if tags.get("app") == SHARED_APP else {environment}
    if _TAG_OF_ENVIRONMENT in expected and tags[_TAG_OF_ENVIRONMENT] not in known:
        return f"of which the tag {_TAG_OF_ENVIRONMENT} is not {environment}"
    return ""


def _tags(resource: PlannedResource) -> Mapping[str, Any]:
    """Give a resource's tags, the provider's default ones among them where they are known."""
    for name in ("tags_all", "tags"):
        tags = resource.known(name)
        if isinstance(tags, dict):
            return {key: value for key, value in tags.items() if isinstance(value, str)}
    return {}


def _charges(
    charges: Iterable[Charge], resource: PlannedResource, catalog: Catalog, region: str
) -> Iterator[PricedCharge]:
    for charge in charges:
        if charge.unless is not None and charge.unless.fits(resource):
            continue
        item = catalog.item(charge.item, region)
        with exact():
            factor = catalog.assumption(charge.times) if charge.times else Decimal(1)
            quantity = charge.quantity * factor
            yield PricedCharge(item, quantity, list_cost(item, quantity))


def _filled(sentence: str, words: Mapping[str, str]) -> str:
    for word, text in words.items():
        sentence = sentence.replace(f"{{{word}}}", text)
    return sentence
