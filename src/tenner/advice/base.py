"""What a rule of advice is: it looks at a workload, changes it, and both are estimated.

No rule states a saving: it is always the difference of two estimates.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar

from pydantic import ValidationError

from tenner.errors import Problem, UnavailableError
from tenner.kinds.base import HUNDRED, ONE, Growth, Resource
from tenner.money import ceiling_division, plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from tenner.catalog import Catalog
    from tenner.usage import Facts

Effort = Literal["minutes", "hours", "days"]
Risk = Literal["low", "medium", "high"]
State = TypeVar("State")
Kind = TypeVar("Kind", bound=Resource)
FIXED = Growth(how="fixed")
HIPAA = ("hipaa",)
BEDROCK_MODEL_RISKS = (
    "answers differ, and where data is kept may too: compare them for your own prompts first"
)


@dataclass(frozen=True, slots=True)
class Change(Generic[State]):
    """One thing to change: what exactly, on what, and how things are afterwards."""

    do: str
    where: tuple[str, ...]
    state: State


@dataclass(frozen=True, slots=True)
class Rule(Generic[State]):
    """A rule: how it finds changes, and what they ask of people.

    `since` is the template's version that brings the change by itself; `against` names what
    compliance would forbid it.
    """

    name: str
    find: Callable[[State], Iterator[Change[State]]]
    effort: Effort
    risk: Risk
    risks: str
    since: str = ""
    against: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """The resources of a system at its size; `stated` are the same before they grew."""

    resources: Mapping[str, Resource]
    stated: Mapping[str, Resource]
    environment: Literal["dev", "staging", "prod"]
    region: str
    catalog: Catalog
    facts: Facts

    @property
    def is_production(self) -> bool:
        """Tell whether customers use it."""
        return self.environment == "prod"

    def of(self, kind: type[Kind]) -> list[tuple[str, Kind]]:
        """Give all resources of one kind by name."""
        return [(name, each) for name, each in self.resources.items() if isinstance(each, kind)]

    def assumed(self, name: str) -> Decimal:
        """Give an assumption of the catalog by its name."""
        return self.catalog.assumption(name)

    def change(self, do: str, changed: Mapping[str, Resource | None]) -> Change[Scene]:
        """Make a change of resources by name; None takes one away, a new name adds one."""
        after = {name: each for name, each in self.resources.items() if name not in changed}
        after |= {name: each for name, each in changed.items() if each is not None}
        where = tuple(sorted(name for name in changed if name in self.resources))
        return Change(do, where, replace(self, resources=after))


def having(resource: Kind, **fields: Any) -> Kind:
    """Give a resource with some fields changed."""
    return resource.model_copy(update=fields)


def made(kind: type[Kind], /, **fields: object) -> Kind:
    """Make a resource, as a system's file would: every number is a Decimal there.

    Raises UnavailableError where it would be beyond the limits of its kind.
    """
    content = {n: Decimal(v) if type(v) is int else v for n, v in fields.items()}
    try:
        return kind.model_validate(content)
    except ValidationError as error:
        problems = [
            Problem(".".join(map(str, each["loc"])), each["msg"]) for each in error.errors()
        ]
        raise UnavailableError(kind.__name__, problems) from None


def millionths(amount: Decimal) -> Decimal:
    """Round an amount up to a millionth, as fine as a resource's may be."""
    return ceiling_division(amount.scaleb(6), ONE).scaleb(-6)


def percent_of(amount: Decimal, percent: Decimal) -> Decimal:
    """Give so many percent of an amount, rounded up to a millionth."""
    return ceiling_division((amount * percent).scaleb(6), HUNDRED).scaleb(-6)


def words(names: Iterable[object]) -> str:
    """Join names for a sentence: `a`, `a and b`, `a, b and c`."""
    *first, last = [str(name) for name in names]
    return f"{', '.join(first)} and {last}" if first else last


def figure(number: Decimal | int) -> str:
    """Write a number for a sentence."""
    return f"{number:,}" if isinstance(number, int) else plain(number)
