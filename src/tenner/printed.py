"""What a document printed: a figure, where it stands, how Tenner computes it, and why they differ.

A figure agrees where the computed one, rounded to as many digits as were printed, is the same; or
lies within the bounds, where a range was printed.
"""

from __future__ import annotations

import re
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Annotated, NamedTuple, Self

from pydantic import Field, PlainValidator, model_validator

from tenner.expression import Formula, FormulaError, Lookup
from tenner.money import plain, rounded
from tenner.service import Checked, Text
from tenner.shown import key_part, shown
from tenner.validation import Strict, plain_error, plain_errors

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_NUMBER = r"-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,10})?"
_RANGE = re.compile(rf"(?P<low>{_NUMBER}) to (?P<high>{_NUMBER})\Z")
_FROM = re.compile(rf"(?P<low>{_NUMBER}) or more\Z")
_UNDER = re.compile(rf"under (?P<high>{_NUMBER})\Z")
_OF_VARIANT = frozenset({"list", "pays", "legacy", "quantity"})
_OF_RESOURCE = frozenset({"alert", "field"})
_LOOKUPS = frozenset({*_OF_VARIANT, *_OF_RESOURCE, "price", "free", "given"})
_CENTS_COUNT_BELOW = 100
_WORDS_OF_FIELD, _LAST_LINE, _LONGEST_FORMULA = 3, 1_000_000, 500


class Bounds(NamedTuple):
    """What was printed: one number (`low` is `high`), a range, or only one bound of it."""

    low: Decimal | None
    high: Decimal | None

    def agrees(self, computed: Decimal, *, money: bool) -> bool:
        """Tell whether a computed figure is the printed one, in as many digits as it has.

        Below $100 the cents count even where none were printed: $0.28 is not $0.
        """
        low, high = self
        if low is not None and low == high:
            return _at(computed, low, money=money) == low
        if low is not None and _at(computed, low, money=money) < low:
            return False
        if low is None and high is not None:
            return computed < high
        return high is None or _at(computed, high, money=money) <= high

    def distance(self, computed: Decimal) -> Decimal:
        """Give how far the computed figure is above (or, negative, below) what was printed."""
        if self.low is not None and computed < self.low:
            return computed - self.low
        if self.high is not None and computed > self.high:
            return computed - self.high
        return Decimal(0)

    @property
    def digits(self) -> int:
        """Count the decimals that were printed, cents at least."""
        known = [bound.as_tuple().exponent for bound in self if bound is not None]
        return max(2, *(-exponent for exponent in known if isinstance(exponent, int)))

    def text(self, unit: str | None) -> str:
        """Write it as it was printed: $1.20, $2 to $5, $15 or more, under $10, 25 GB."""
        sign, after = ("$", "") if unit is None else ("", f" {unit}")
        low, high = (
            None if bound is None else f"{'-' * (bound < 0)}{sign}{abs(bound):,f}" for bound in self
        )
        if low is None:
            return f"under {high}{after}"
        if high is None:
            return f"{low} or more{after}"
        return f"{low}{after}" if low == high else f"{low} to {high}{after}"


def _at(computed: Decimal, printed: Decimal, *, money: bool) -> Decimal:
    """Round a computed figure to the digits of a printed one."""
    exponent = printed.as_tuple().exponent
    digits = min(exponent, 0) if isinstance(exponent, int) else 0
    if money and abs(printed) < _CENTS_COUNT_BELOW:
        digits = min(digits, -2)
    return rounded(computed, Decimal(1).scaleb(digits))


def _bounds(value: object) -> Bounds:
    if isinstance(value, Decimal) and re.fullmatch(_NUMBER, f"{value:f}"):
        return Bounds(value, value)
    if isinstance(value, str):
        if match := _RANGE.match(value):
            low, high = Decimal(match["low"]), Decimal(match["high"])
            if low < high:
                return Bounds(low, high)
        elif match := _FROM.match(value):
            return Bounds(Decimal(match["low"]), None)
        elif match := _UNDER.match(value):
            return Bounds(None, Decimal(match["high"]))
    message = f'given {shown(value)}, expected a number, "2 to 5", "15 or more" or "under 10"'
    raise plain_error(message)


def _formula(value: object) -> Formula:
    if isinstance(value, Decimal):
        value = f"{value:f}"
    if not isinstance(value, str) or not value.isprintable() or len(value) > _LONGEST_FORMULA:
        raise plain_error(f"given {shown(value)}, expected a formula such as list[production] * 12")
    try:
        return Formula(value)
    except FormulaError as error:
        raise plain_error(f"given {shown(value)}: {error}") from None


def _lines(value: object) -> tuple[int, ...]:
    found = []
    for number in value if isinstance(value, list) else [value]:
        if not isinstance(number, Decimal) or number not in range(1, _LAST_LINE):
            message = f"given {shown(number)}, expected a line's number, or a list of them"
            raise plain_error(message)
        found.append(int(number))
    if not found:
        raise plain_error("given an empty list, expected a line's number, or a list of them")
    return tuple(found)


class Printed(Strict):
    """One figure of a document, on each of `lines`; in USD, or a `number` with its `unit`."""

    lines: Annotated[tuple[int, ...], PlainValidator(_lines)]
    what: Text
    usd: Annotated[Bounds | None, PlainValidator(_bounds)] = None
    number: Annotated[Bounds | None, PlainValidator(_bounds)] = None
    unit: Annotated[str, Field(min_length=1, max_length=40)] | None = None
    computed: Annotated[Formula, PlainValidator(_formula)]
    priced_on: Checked | None = None
    because: Annotated[str, Field(min_length=10, max_length=500)] | None = None

    @model_validator(mode="after")
    def _one_figure(self) -> Self:
        if (self.usd is None) == (self.number is None):
            raise plain_errors([("usd", "expected either usd or number")])
        if (self.number is None) != (self.unit is None):
            raise plain_errors([("unit", "expected with number, and only there")])
        if self.priced_on is not None and self.because is None:
            message = "missing; expected why the prices of another day are taken"
            raise plain_errors([("because", message)])
        return self

    @property
    def is_money(self) -> bool:
        """Tell whether the figure is in USD."""
        return self.usd is not None

    def agrees(self, computed: Decimal) -> bool:
        """Tell whether a computed figure is the printed one."""
        return self.figure.agrees(computed, money=self.is_money)

    @property
    def figure(self) -> Bounds:
        """Give what was printed, in USD or in `unit`."""
        bounds = self.usd if self.usd is not None else self.number
        return bounds or Bounds(None, None)

    def problems(
        self,
        variants: Mapping[str, frozenset[str]],
        drivers: frozenset[str],
        givens: frozenset[str],
    ) -> Iterator[tuple[str, str]]:
        """Say what the formula looks up that its system does not have: key and sentence."""
        for lookup in self.computed.lookups:
            if lookup.name == "given":
                known = len(lookup.words) == 1 and lookup.words[0] in drivers | givens
                message = "" if known else "expected one of the system's drivers or givens"
            else:
                message = _lookup_problem(lookup, variants, drivers)
            if message:
                yield "computed", f"{lookup}: {message}"


class Place(NamedTuple):
    """What a lookup of a variant names: the variant, drivers set anew, resources and items."""

    variant: str
    drivers: Mapping[str, Decimal]
    resources: tuple[str, ...]
    items: tuple[str, ...]

    def has(self, resource: str, item: str) -> bool:
        """Tell whether a line of this resource and item is meant."""
        return (
            not self.resources or any(fnmatchcase(resource, name) for name in self.resources)
        ) and (not self.items or any(fnmatchcase(item, name) for name in self.items))


def place_of(lookup: Lookup) -> Place:
    """Read the words of `list[…]`: variant, then `driver=value`, resources, and items with a /."""
    variant, *rest = lookup.words
    drivers: dict[str, Decimal] = {}
    resources: list[str] = []
    items: list[str] = []
    for word in rest:
        name, sign, value = word.partition("=")
        if sign:
            drivers[name] = Decimal(value)
        else:
            (items if "/" in word else resources).append(word)
    return Place(variant, drivers, tuple(resources), tuple(items))


def _lookup_problem(
    lookup: Lookup, variants: Mapping[str, frozenset[str]], drivers: frozenset[str]
) -> str:
    name, words = lookup
    if name not in _LOOKUPS:
        return f"expected one of {', '.join(sorted(_LOOKUPS))}"
    if name in {"price", "free"}:
        known = len(words) == 1 and words[0].count("/") == 1
        return "" if known else "expected one item, such as lambda/requests"
    if not words or words[0] not in variants:
        return f"expected one of the variants first: {', '.join(map(key_part, variants))}"
    if name in _OF_RESOURCE:
        known = len(words) == _WORDS_OF_FIELD and words[1] in variants[words[0]]
        third = "a field" if name == "field" else "a percentage"
        return "" if known else f"expected a variant, one of its resources, and {third}"
    return _place_problem(words[1:], variants[words[0]], drivers)


def _place_problem(
    words: tuple[str, ...], resources: frozenset[str], drivers: frozenset[str]
) -> str:
    for word in words:
        name, sign, value = word.partition("=")
        if sign and (name not in drivers or not _is_positive(value)):
            return f"{word}: expected a driver of the system and a number above 0"
        if not sign and "/" not in word and not any(fnmatchcase(n, word) for n in resources):
            return f"{word}: expected one of the variant's resources"
    return ""


def _is_positive(text: str) -> bool:
    return re.fullmatch(_NUMBER, text) is not None and Decimal(text) > 0


def described(number: Decimal, *, money: bool, digits: int = 2) -> str:
    """Write a computed figure for people: USD to the cent, else four significant digits.

    `digits` are decimals of USD; what would vanish in them has two significant ones.
    """
    if money:
        digit = Decimal(1).scaleb(-digits)
        if number and abs(number) < digit / 2:
            digit = Decimal(1).scaleb(number.adjusted() - 1)
        result = rounded(number, digit)
        text = f"{abs(result):,f}"
        return f"-${text}" if result < 0 else f"${text}"
    digits = max(3 - number.adjusted(), 0) if number else 0
    return plain(rounded(number, Decimal(1).scaleb(-digits)))
