"""Checks the price book: what the reader of one file can't see, and which prices are old."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from tenner.money import exact

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date
    from decimal import Decimal

    from tenner.service import Item, Pool, Price, Service, Until

UNITS = frozenset(
    (
        "ACU-hour, GB, GB-hour, GB-month, GB-second, LCU-hour, MAU, RCU-hour, WCU-hour, "
        "address-hour, alarm-metric-month, alarm-month, budget, budget-day, call, "
        "dashboard-month, delivery, distribution-month, endpoint-hour, event, hour, interaction, "
        "invocation, key-month, message, metric-month, minute, object-month, operation, "
        "parameter-hour, parameter-month, path, query, read, read request unit, report, request, "
        "rule-month, scan, secret-month, token, transition, vCPU-hour, "
        "write request unit, zone-month"
    ).split(", ")
)
"""The units that items and pools are counted in; a new one is added here, so that a slip shows."""


class Defect(NamedTuple):
    """What is wrong in one service's file: the key path and one sentence."""

    key: str
    message: str


class Stale(NamedTuple):
    """How many facts of one service were checked too long ago, and the oldest of them."""

    service: str
    old: int
    of: int
    oldest_key: str
    oldest: date


def defects(service: Service, today: date) -> Iterator[Defect]:
    """Find what is wrong in a service that could be read: units, sources, dates, tiers, pools."""
    drawn = Counter(item.pool for item in service.items.values())
    for key, pool in service.pools.items():
        yield from _fact_defects(f"pools.{key}", pool, today)
        yield from _unit_defects(f"pools.{key}", pool.unit)
        if not drawn[key]:
            yield Defect(f"pools.{key}", "no item draws on it, so it would never be counted")
    for key, item in service.items.items():
        yield from _unit_defects(f"items.{key}", item.unit)
        yield from _discount_defects(f"items.{key}", item, service)
        for region, price in item.regions.items():
            path = f"items.{key}.regions.{region}"
            yield from _fact_defects(path, price, today)
            rates = [tier.usd for tier in price.tiers]
            if rates != sorted(rates, reverse=True):
                message = "a later tier is dearer than an earlier one; expected falling prices"
                yield Defect(f"{path}.tiers", message)
            if item.hand_kept and price.price_list:
                message = "given beside hand_kept, expected one of them"
                yield Defect(f"{path}.price_list", message)


def stale(service_id: str, service: Service, today: date, max_age_days: int) -> Stale | None:
    """Say which facts of a service were checked more than so many days ago, if any were."""
    facts = _facts(service)
    old = [(fact.checked, key) for key, fact in facts if (today - fact.checked).days > max_age_days]
    if not old:
        return None
    oldest, key = min(old)
    return Stale(service_id, len(old), len(facts), key, oldest)


def _facts(service: Service) -> Sequence[tuple[str, Pool | Price]]:
    found: list[tuple[str, Pool | Price]] = list(service.pools.items())
    found += [
        (key, price) for key, item in service.items.items() for price in item.regions.values()
    ]
    return found


def _unit_defects(path: str, unit: str) -> Iterator[Defect]:
    if unit not in UNITS:
        yield Defect(f"{path}.unit", f'given "{unit}", which no other price has; mend or add it')


def _fact_defects(path: str, fact: Pool | Price, today: date) -> Iterator[Defect]:
    if not any(source.startswith("https://") for source in fact.source):
        yield Defect(f"{path}.source", "expected a page that can be opened, beginning https://")
    if fact.checked > today:
        yield Defect(f"{path}.checked", f"given {fact.checked}, expected no day after {today}")
    history: Sequence[Until] = fact.history
    for index, past in enumerate(history):
        if past.until > today:
            message = f"given {past.until}, expected no day after {today}"
            yield Defect(f"{path}.history.{index}.until", message)


def _discount_defects(path: str, item: Item, service: Service) -> Iterator[Defect]:
    """Check that a discounted price is the other item's, less the smallest discount."""
    discount = item.discount
    if discount is None:
        return
    full = service.items.get(discount.of)
    if full is None or (full.unit, full.per) != (item.unit, item.per):
        message = f"given {discount.of}, expected an item of this file with the same unit and per"
        yield Defect(f"{path}.discount.of", message)
        return
    if discount.percent_from > discount.percent_to:
        yield Defect(f"{path}.discount", "percent_from is above percent_to")
    for region, price in item.regions.items():
        expected = _less(full.regions, region, discount.percent_from)
        if expected is not None and price.tiers[0].usd != expected:
            message = f"given {price.tiers[0].usd:f}, expected {expected:f}: the full price less "
            yield Defect(
                f"{path}.regions.{region}.tiers.0.usd", f"{message}{discount.percent_from:f} %"
            )


def _less(prices: Mapping[str, Price], region: str, percent: Decimal) -> Decimal | None:
    price = prices.get(region)
    if price is None:
        return None
    with exact():
        return (price.tiers[0].usd * (100 - percent) / 100).normalize()
