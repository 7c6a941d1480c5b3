"""Reads Cost Explorer's answers as AWS gives them: what was spent, used, credited, and unusual."""

from __future__ import annotations

import calendar
import json
from collections import defaultdict
from datetime import date, timedelta
from decimal import Context, Decimal, InvalidOperation, localcontext
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from tenner.errors import InputError, Problem
from tenner.money import exact, rounded
from tenner.shown import shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

TAG = "app"
UNTAGGED = ""
_APP = ("TAG", TAG)
_BY_SERVICE = frozenset({_APP, ("DIMENSION", "SERVICE")})
_BY_USAGE = frozenset({_APP, ("DIMENSION", "USAGE_TYPE")})
_BY_RECORD = frozenset({("DIMENSION", "RECORD_TYPE")})
_EXPECTED = (
    "expected answers of Cost Explorer: GetCostAndUsage by tag app and SERVICE, by tag app and "
    "USAGE_TYPE, by RECORD_TYPE, or GetAnomalies"
)
_COST, _QUANTITY, _USD = "UnblendedCost", "UsageQuantity", "USD"
_MOST_DIGITS, _LONGEST = 40, 300
_TEN_DIGITS, _SCALING = Decimal("0.0000000001"), Context(prec=100)
CREDITS = ("Credit", "Refund")
"""Record types that Tenner asks to be left out of the costs, so that they hide nothing."""


class Anomaly(NamedTuple):
    """A cost that AWS did not expect; amounts in USD, `what` names service, region and usage."""

    start: str
    what: str
    impact: Decimal
    actual: Decimal
    expected: Decimal


class Spent(NamedTuple):
    """What AWS says of some days: `end` is the day after the last.

    `costs` by app and service, `usage` (a quantity) and `usage_costs` by app and usage type,
    `records` by record type; `anomalies` is None where AWS was not asked for them. `is_estimated`
    where AWS says that the amounts may still change.
    """

    start: date
    end: date
    costs: Mapping[tuple[str, str], Decimal]
    usage: Mapping[tuple[str, str], Decimal]
    usage_costs: Mapping[tuple[str, str], Decimal]
    records: Mapping[str, Decimal]
    anomalies: Sequence[Anomaly] | None
    is_estimated: bool

    @property
    def days(self) -> int:
        """Count the days."""
        return (self.end - self.start).days


def days_of_month(day: date) -> int:
    """Count the days of a day's month."""
    return calendar.monthrange(day.year, day.month)[1]


def per_month(amount: Decimal, days: int, of: int) -> Decimal:
    """Scale an amount of some days to a month of `of` days, rounded to ten digits as AWS does."""
    if days == of:
        return amount
    with localcontext(_SCALING):
        return rounded(amount * of / days, _TEN_DIGITS)


def parse_answers(text: str) -> Any:
    """Read JSON without losing a digit; raises ValueError where it is none."""
    return json.loads(text, parse_float=Decimal, parse_int=Decimal, parse_constant=_no_constant)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def spent_of(answers: Sequence[Any], source: str) -> Spent:
    """Read answers, of one page or many; raises InputError that names the first defect."""
    with exact():
        return _Reader(source).read(answers)


class _Reader:
    def __init__(self, source: str) -> None:
        self.source = source
        self.costs: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
        self.usage: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
        self.usage_costs: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
        self.records: dict[str, Decimal] = defaultdict(Decimal)
        self.anomalies: list[Anomaly] | None = None
        self.periods: dict[frozenset[tuple[str, str]], set[tuple[date, date]]] = defaultdict(set)
        self._last_pages: dict[str, int] = {}
        self._is_estimated = False

    def read(self, answers: Sequence[Any]) -> Spent:
        for number, answer in enumerate(answers):
            self._answer(answer, str(number))
        for question, last_pages in self._last_pages.items():
            if not last_pages:
                self._refuse("", f"{question} goes on: it has a NextPageToken; expected all pages")
            if last_pages > 1:
                self._refuse("", f"given {question} {last_pages} times, expected it once")
        start, end = self._period()
        return Spent(
            start=start,
            end=end,
            costs=self.costs,
            usage=self.usage,
            usage_costs=self.usage_costs,
            records=self.records,
            anomalies=self.anomalies,
            is_estimated=self._is_estimated,
        )

    def _answer(self, answer: Any, key: str) -> None:
        if not isinstance(answer, dict):
            self._refuse(key, f"given {shown(answer)}, {_EXPECTED}")
        if "Anomalies" in answer:
            self._page("GetAnomalies", answer)
            self.anomalies = self.anomalies or []
            for number, each in enumerate(self._list(answer, "Anomalies", key)):
                self.anomalies.append(self._anomaly(each, f"{key}.Anomalies.{number}"))
            return
        if "ResultsByTime" not in answer:
            self._refuse(key, _EXPECTED)
        groups = [
            (self._text(each, "Type", key), self._text(each, "Key", key))
            for each in self._list(answer, "GroupDefinitions", key)
        ]
        kind = frozenset(groups)
        if kind not in {_BY_SERVICE, _BY_USAGE, _BY_RECORD}:
            given = " and ".join(f"{type_} {name}" for type_, name in groups) or "nothing"
            self._refuse(f"{key}.GroupDefinitions", f"given {given}, {_EXPECTED}")
        self._page(" and ".join(f"{type_} {name}" for type_, name in sorted(groups)), answer)
        for number, each in enumerate(self._list(answer, "ResultsByTime", key)):
            self._result(each, groups, f"{key}.ResultsByTime.{number}")

    def _page(self, question: str, answer: Mapping[str, Any]) -> None:
        is_last = not answer.get("NextPageToken")
        self._last_pages[question] = self._last_pages.get(question, 0) + is_last

    def _result(self, result: Any, groups: Sequence[tuple[str, str]], key: str) -> None:
        kind = frozenset(groups)
        period = self._mapping(result, "TimePeriod", key)
        days = (self._date(period, "Start", key), self._date(period, "End", key))
        self.periods[kind].add(days)
        self._is_estimated |= result.get("Estimated") is True
        for number, group in enumerate(self._list(result, "Groups", key)):
            place = f"{key}.Groups.{number}"
            names = [self._name(each, f"{place}.Keys") for each in self._list(group, "Keys", place)]
            if len(names) != len(groups):
                self._refuse(f"{place}.Keys", f"given {len(names)}, expected {len(groups)}")
            named = dict(zip(groups, names, strict=True))
            metrics = self._mapping(group, "Metrics", place)
            if kind == _BY_RECORD:
                record = named["DIMENSION", "RECORD_TYPE"]
                self.records[record] += self._amount(metrics, _COST, place, _USD)
                continue
            app = named.pop(_APP).removeprefix(f"{TAG}$")
            (other,) = named.values()
            if kind == _BY_SERVICE:
                self.costs[app, other] += self._amount(metrics, _COST, place, _USD)
            else:
                self.usage[app, other] += self._amount(metrics, _QUANTITY, place)
                if _COST in metrics:
                    self.usage_costs[app, other] += self._amount(metrics, _COST, place, _USD)

    def _anomaly(self, each: Any, key: str) -> Anomaly:
        impact = self._mapping(each, "Impact", key)
        causes = each.get("RootCauses")
        first = causes[0] if isinstance(causes, list) and causes else None
        cause = first if isinstance(first, dict) else {}
        place = f"{key}.RootCauses"
        named = [
            self._name(cause.get(name) or "", place) for name in ("Service", "Region", "UsageType")
        ]
        named[0] = named[0] or self._name(each.get("DimensionValue") or "unknown", key)
        return Anomaly(
            start=self._date(each, "AnomalyStartDate", key).isoformat(),
            what=", ".join(name for name in named if name),
            impact=self._number(impact.get("TotalImpact"), f"{key}.Impact.TotalImpact"),
            actual=self._number(impact.get("TotalActualSpend", "0"), f"{key}.Impact"),
            expected=self._number(impact.get("TotalExpectedSpend", "0"), f"{key}.Impact"),
        )

    def _period(self) -> tuple[date, date]:
        found = self.periods.get(_BY_SERVICE)
        if not found:
            self._refuse("", "given no costs by tag app and SERVICE, expected that answer at least")
        start, end = min(each[0] for each in found), max(each[1] for each in found)
        for periods in self.periods.values():
            other = min(each[0] for each in periods), max(each[1] for each in periods)
            if other != (start, end):
                given = f"{start} to {end} and {other[0]} to {other[1]}"
                self._refuse("", f"given answers of {given}, expected all of the same days")
        if start >= end or start.replace(day=1) != (end - timedelta(days=1)).replace(day=1):
            self._refuse("", f"given {start} to {end}, expected days of one month")
        return start, end

    def _amount(self, metrics: Mapping[str, Any], name: str, key: str, unit: str = "") -> Decimal:
        metric = self._mapping(metrics, name, key)
        place = f"{key}.Metrics.{name}"
        if unit and metric.get("Unit") != unit:
            self._refuse(place, f"given {shown(metric.get('Unit'))}, expected {unit}")
        return self._number(metric.get("Amount"), place)

    def _number(self, value: Any, key: str) -> Decimal:
        try:
            number = Decimal(value) if isinstance(value, str | Decimal) else Decimal("NaN")
        except InvalidOperation:
            number = Decimal("NaN")
        exponent = number.as_tuple().exponent
        if not isinstance(exponent, int) or max(-exponent, number.adjusted()) > _MOST_DIGITS:
            self._refuse(key, f"given {shown(value)}, expected an amount")
        return number

    def _date(self, mapping: Mapping[str, Any], name: str, key: str) -> date:
        value = mapping.get(name)
        try:
            return date.fromisoformat(str(value)[:10])
        except ValueError:
            self._refuse(f"{key}.{name}", f"given {shown(value)}, expected a date")

    def _name(self, value: Any, key: str) -> str:
        if not isinstance(value, str) or not value.isprintable() or len(value) > _LONGEST:
            self._refuse(key, f"given {shown(value)}, expected a name")
        return value

    def _text(self, mapping: Any, name: str, key: str) -> str:
        return str(mapping.get(name)) if isinstance(mapping, dict) else self._refuse(key, _EXPECTED)

    def _mapping(self, mapping: Any, name: str, key: str) -> Mapping[str, Any]:
        value = mapping.get(name) if isinstance(mapping, dict) else None
        if not isinstance(value, dict):
            self._refuse(f"{key}.{name}", f"given {shown(value)}, expected a mapping")
        return value

    def _list(self, mapping: Any, name: str, key: str) -> Iterator[Any]:
        value = mapping.get(name) if isinstance(mapping, dict) else None
        if not isinstance(value, list):
            self._refuse(f"{key}.{name}", f"given {shown(value)}, expected a list")
        return iter(value)

    def _refuse(self, key: str, message: str) -> NoReturn:
        raise InputError(self.source, [Problem(key, message)])
