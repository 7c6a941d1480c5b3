"""How cost grows: at each size, line by line, and where a choice flips; all by estimating again."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, partial
from itertools import pairwise
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from tenner.errors import UnavailableError
from tenner.money import rounded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

State = TypeVar("State")
_ZERO, _ONE, _HUNDRED = Decimal(0), Decimal(1), Decimal(100)


@dataclass(frozen=True, slots=True)
class Subject(Generic[State]):
    """What grows by one key: how it is at a size, what that costs, and what choices it has.

    `at` raises ValueError for a size that it can't have. It has each size so many `times`, where
    `where` says.
    """

    name: str
    region: str
    key: str
    farthest: Decimal
    at: Callable[[Decimal], State]
    total: Callable[[State], Decimal]
    rows: Callable[[State], Mapping[str, Decimal]]
    options: Callable[[State], Mapping[str, Mapping[str, State]]]
    declared: Mapping[str, str]
    times: Decimal = _ONE
    where: str = ""


class Revenue(NamedTuple):
    """What customers pay: USD a month each, and how many percent of all do."""

    per_user: Decimal
    conversion_percent: Decimal

    def at(self, size: Decimal) -> Decimal:
        """Give the revenue of a month at a size."""
        return size * self.per_user * self.conversion_percent / 100


class Size(NamedTuple):
    """One size: its cost and revenue in USD a month."""

    size: Decimal
    total: Decimal
    rows: Mapping[str, Decimal]
    revenue: Decimal | None
    times: Decimal = _ONE

    @property
    def per_unit(self) -> Decimal:
        """Give the cost of one of its units, such as a user, of all that there are."""
        return self.total / (self.size * (self.times or _ONE))

    @property
    def margin_percent(self) -> Decimal | None:
        """Give what is left of the revenue, in percent of it; nothing where there is none."""
        if not self.revenue:
            return None
        return (self.revenue - self.total) / self.revenue * _HUNDRED


class Row(NamedTuple):
    """One resource at the first and the last size, and how it grows."""

    name: str
    first: Decimal
    last: Decimal
    how: str


class Flip(NamedTuple):
    """From a size on another option is the cheapest; `size` None is the smallest size."""

    size: Decimal | None
    option: str


class Choice(NamedTuple):
    """A choice: its options, the present one first, and which is the cheapest from where on.

    `tied`: all cost the same at every size that was looked at.
    """

    name: str
    options: Sequence[str]
    flips: Sequence[Flip]
    tied: bool


@dataclass(frozen=True, slots=True)
class Growth:
    """All that `tenner scale` shows."""

    name: str
    region: str
    key: str
    sizes: Sequence[Size]
    rows: Sequence[Row]
    choices: Sequence[Choice]
    searched_from: Decimal
    searched_to: Decimal
    break_even: Sequence[Flip] | None
    times: Decimal
    where: str

    @property
    def unit(self) -> str:
        """Name what is counted: a key in words, or a field as it is written."""
        return self.key if "." in self.key else self.key.replace("_", " ")

    def factor(self, total: Decimal) -> Decimal | None:
        """Give a cost as a multiple of that at the first size; nothing where that is nothing."""
        first = self.sizes[0].total
        return total / first if first else None


def grow(subject: Subject[State], sizes: Sequence[Decimal], revenue: Revenue | None) -> Growth:
    """Estimate each size, and search for the points where something flips."""
    states = [subject.at(size) for size in sizes]
    found = [
        Size(
            size,
            subject.total(state),
            subject.rows(state),
            revenue and revenue.at(size * subject.times),
            subject.times,
        )
        for size, state in zip(sizes, states, strict=True)
    ]
    points = list(_points(subject, sizes))
    with_choice = list(_with_choice(subject, points))
    options = subject.options(subject.at(with_choice[0])) if len(with_choice) > 1 else {}
    names = dict.fromkeys(name for size in found for name in size.rows)
    return Growth(
        name=subject.name,
        region=subject.region,
        key=subject.key,
        sizes=found,
        rows=[_row(name, subject.declared.get(name, ""), found) for name in names],
        choices=[
            _choice(subject, name, list(forms), with_choice) for name, forms in options.items()
        ],
        searched_from=(with_choice or points)[0],
        searched_to=(with_choice or points)[-1],
        break_even=_break_even(subject, points, revenue) if revenue else None,
        times=subject.times,
        where=subject.where,
    )


def _choice(
    subject: Subject[State], name: str, options: Sequence[str], points: Sequence[Decimal]
) -> Choice:
    costs = cache(partial(_costs, subject, name))

    def best(size: Decimal) -> str:  # the present one where they cost the same
        return min(costs(size), key=lambda label: costs(size)[label])

    found = flips(points, best)
    tied = all(len(costs(point)) > 1 and len(set(costs(point).values())) == 1 for point in points)
    return Choice(name, options, found, tied)


def _costs(subject: Subject[State], name: str, size: Decimal) -> Mapping[str, Decimal]:
    """Estimate each option of a choice at a size.

    An option for which the price book lacks a price in the region is passed over.
    """
    costs: dict[str, Decimal] = {}
    for label, state in subject.options(subject.at(size))[name].items():
        with suppress(UnavailableError):
            costs[label] = subject.total(state)
    return costs


def _break_even(
    subject: Subject[State], points: Sequence[Decimal], revenue: Revenue
) -> Sequence[Flip]:
    def word(size: Decimal) -> str:
        earns = revenue.at(size * subject.times) >= subject.total(subject.at(size))
        return "earns" if earns else "loses"

    return flips(points, word)


def _points(subject: Subject[State], sizes: Sequence[Decimal]) -> Iterator[Decimal]:
    """Give the sizes to search between: those given, and doubling from 1 as far as can be."""
    size, found = _ONE, set(sizes)
    while size <= subject.farthest:
        found.add(size)
        size *= 2
    for point in sorted(found):
        try:
            subject.at(point)
        except ValueError:
            if point > max(sizes):
                return
        else:
            yield point


def _with_choice(subject: Subject[State], points: Sequence[Decimal]) -> Iterator[Decimal]:
    """Give the sizes at which every option can be: one may have a limit that another has not."""
    for point in points:
        try:
            subject.options(subject.at(point))
        except (ValueError, UnavailableError):
            continue
        yield point


def flips(points: Sequence[Decimal], word: Callable[[Decimal], str]) -> list[Flip]:
    """Find from which whole size on a word is another, by bisection between rising points.

    What changes and changes back between two points is not seen. Where a size between them can't
    be, the search ends, and the point itself is told.
    """
    found = [Flip(None, word(points[0]))]
    for low, high in pairwise(points):
        last, end = low, word(high)
        while found[-1].option != end:
            last = _first_change(last, high, word, found[-1].option)
            found.append(Flip(last, word(last)))
    return found


def _first_change(low: Decimal, high: Decimal, word: Callable[[Decimal], str], now: str) -> Decimal:
    """Find a whole size where the word is no longer `now`, and is at the size before."""
    with suppress(ValueError, UnavailableError):
        while high - low > 1:
            middle = max((low + high) // 2, low // 1 + 1)
            low, high = (middle, high) if word(middle) == now else (low, middle)
    return high


def _row(name: str, declared: str, sizes: Sequence[Size]) -> Row:
    costs = [size.rows.get(name, _ZERO) for size in sizes]
    observed = _observed(costs, [size.size for size in sizes])
    how = declared or observed
    if declared and observed in {"slower", "faster"}:
        how = f"{declared}, dearer as pools fill" if declared == "fixed" else f"{how}, {observed}"
    return Row(name, costs[0], costs[-1], how)


def _observed(costs: Sequence[Decimal], sizes: Sequence[Decimal]) -> str:
    """Say how a cost grew beside the sizes."""
    if not any(costs):
        return "free"
    if len(set(costs)) == 1:
        return "fixed"
    first, last = costs[0] * sizes[-1], costs[-1] * sizes[0]
    if rounded(first - last, Decimal("0.000001")) == 0:
        return "linear"
    return "slower" if last < first else "faster"
