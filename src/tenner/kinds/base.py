"""What every kind of resource is: fields that carry their unit, how it grows, and its usage."""

from __future__ import annotations

from abc import abstractmethod
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, NamedTuple, Self

from pydantic import BeforeValidator, Field, model_validator

from tenner.money import ceiling_division, exact
from tenner.shown import key_part, shown
from tenner.usage import Usage
from tenner.validation import Exact, Strict, Whole, plain_errors

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tenner.catalog import Catalog
    from tenner.usage import Facts

_MICRO = 6
_MOST = 10**15
GIGA, HUNDRED, ONE, ZERO = Decimal(10) ** 9, Decimal(100), Decimal(1), Decimal(0)

Amount = Annotated[Exact, Field(ge=0, le=_MOST, decimal_places=_MICRO)]
"""A quantity in the unit that its field's name says."""
Count = Annotated[Whole, Field(ge=0, le=1_000_000_000)]
"""How many whole things."""
Percent = Annotated[Exact, Field(ge=0, le=100, decimal_places=_MICRO)]
Hours = Annotated[Exact, Field(ge=0, le=744, decimal_places=_MICRO)]
"""Hours of a month, of which the longest has 744."""
Architecture = Literal["arm64", "x86_64"]


class Growth(Strict):
    """How a resource grows when a driver, such as the number of users, does.

    `fixed`: not at all. `linear`: what flows in a month grows as the driver does. `per_peak`: what
    is held ready for the peak does too, rounded up to whole ones. `stepped`: one is held ready for
    every `one_per` of the driver, and never fewer than are stated. `percent` of 60 says that only
    60 % of the driver's growth arrives here.
    """

    how: Literal["fixed", "linear", "per_peak", "stepped"]
    by: Annotated[str, Field(min_length=1, max_length=60)] | None = None
    one_per: Annotated[Exact, Field(gt=0, le=_MOST, decimal_places=_MICRO)] | None = None
    percent: Annotated[Exact, Field(gt=0, le=1000, decimal_places=_MICRO)] = HUNDRED

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.how == "fixed") != (self.by is None):
            words = "none with fixed" if self.how == "fixed" else "the driver that it grows by"
            raise plain_errors([("by", f"given {shown(self.by)}, expected {words}")])
        if (self.how == "stepped") != (self.one_per is not None):
            raise plain_errors([("one_per", "expected with stepped, and only there")])
        return self


def _growth(value: object) -> object:
    return {"how": "fixed"} if value == "fixed" else value


class Setting(NamedTuple):
    """Where usage is derived: the resource's name, the catalog's assumptions, and the catalog."""

    name: str
    facts: Facts
    catalog: Catalog

    def use(self, item: str, quantity: Decimal | int, sentence: str, *terms: Any) -> Usage:
        """Make the usage of an item, with the figures of its sentence."""
        figures = tuple(Decimal(term) if isinstance(term, int) else term for term in terms)
        return Usage(item, Decimal(quantity), self.name, sentence, figures)

    def used(self, service: str, *rows: tuple[str, Decimal | int, str]) -> list[Usage]:
        """Make the usage of those items of a service of which there is any."""
        return [
            self.use(f"{service}/{item}", amount, sentence, amount)
            for item, amount, sentence in rows
            if amount
        ]

    def addresses(self, count: Decimal | int, hours: Decimal) -> Usage:
        """Make the usage of public IPv4 addresses."""
        return self.use("vpc/public_ipv4", count * hours, "{} addresses × {} hours", count, hours)

    def hours(self, given: Decimal | None) -> Decimal:
        """Give the stated hours, or those of a whole month."""
        return self.facts.hours if given is None else given


class Resource(Strict):
    """One resource of a system; `FLOWS` grow with use, `PEAKS` are held ready for the peak."""

    FLOWS: ClassVar[tuple[str, ...]] = ()
    PEAKS: ClassVar[tuple[str, ...]] = ()

    grows: Annotated[Growth, BeforeValidator(_growth)]
    note: Annotated[str, Field(max_length=1000)] = ""

    @abstractmethod
    def usage(self, at: Setting) -> list[Usage]:
        """Derive the usage of a month: priced items, quantities and their sentences."""

    def growth_problem(self, drivers: Iterable[str]) -> tuple[str, str] | None:
        """Say what is wrong with how it grows beside its system's drivers: key and sentence."""
        how, by = self.grows.how, self.grows.by
        if by is None:
            return None
        if by not in drivers:
            known = ", ".join(map(key_part, drivers)) or "none, since the system has no drivers"
            return "by", f"given {shown(by)}, expected one of {known}"
        possible = ["linear"] * bool(self.FLOWS) + ["per_peak", "stepped"] * bool(self.PEAKS)
        if how in possible or (how == "per_peak" and self.FLOWS):
            return None
        words = " or ".join(["fixed", *possible])
        return "how", f"given {shown(how)}, which no field of this kind follows; expected {words}"

    def grown(self, base: Mapping[str, Decimal], drivers: Mapping[str, Decimal]) -> Self:
        """Give this resource as it is when the drivers are no longer those that it is stated for.

        Amounts are rounded up to a millionth, whole things to whole ones.
        """
        growth = self.grows
        if growth.by is None or base[growth.by] == drivers[growth.by]:
            return self
        old, new = base[growth.by], drivers[growth.by]
        with exact():
            arriving = old + (new - old) * growth.percent / 100
            if growth.one_per is not None:
                least = ceiling_division(max(arriving, ZERO), growth.one_per)
                changed = {name: max(getattr(self, name), least) for name in self.PEAKS}
            else:
                peaks = self.PEAKS if growth.how == "per_peak" else ()
                changed = {
                    name: _times(getattr(self, name), arriving, old, whole=name in peaks)
                    for name in (*self.FLOWS, *peaks)
                }
        counts = {name for name in changed if isinstance(getattr(self, name), int)}
        return self.model_copy(
            update={name: int(v) if name in counts else v for name, v in changed.items()}
        )


def _times(value: Decimal | int, new: Decimal, old: Decimal, *, whole: bool) -> Decimal:
    digits = 0 if whole or isinstance(value, int) else _MICRO
    return ceiling_division((value * max(new, ZERO)).scaleb(digits), old).scaleb(-digits)
