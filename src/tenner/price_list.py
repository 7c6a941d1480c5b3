"""Reads answers of the AWS Price List, and says what they would change in the price book. Pure."""

from __future__ import annotations

import json
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from tenner.money import exact, plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tenner.service import Item, Pool, Price, PriceList

Tiers = tuple[tuple[Decimal | None, Decimal], ...]
"""Upper bound in units (none for the last) and USD for one unit."""
_MOST_CHANGE = 10


class Outcome(NamedTuple):
    """What the Price List says of one price: `same`, `changed`, or `kept` and why."""

    key: str
    region: str
    what: str
    message: str
    tiers: Tiers = ()


def filters_of(price_list: PriceList, region: str) -> list[dict[str, str]]:
    """Make the filters of a GetProducts request for one price."""
    fields = {
        "regionCode": region,
        "usagetype": price_list.usage_type,
        **price_list.attributes,
    }
    return [
        {"Type": "TERM_MATCH", "Field": field, "Value": value} for field, value in fields.items()
    ]


def tiers_of(product: str) -> Tiers:
    """Read the on-demand tiers of one product, as GetProducts gives it: JSON in a text.

    Raises ValueError, in one sentence, where it has no price in USD or is not built as documented.
    """
    try:
        terms = json.loads(product, parse_float=Decimal)["terms"]["OnDemand"]
        (term,) = terms.values()
        rows = [_row(dimension) for dimension in term["priceDimensions"].values()]
    except (KeyError, TypeError, AttributeError, InvalidOperation, ValueError):
        message = "its answer is not built as documented"
        raise ValueError(message) from None
    rows.sort(key=lambda row: row[0])
    follows = all(before[1] == after[0] for before, after in pairwise(rows))
    if not rows or rows[0][0] or rows[-1][1] is not None or not follows:
        message = "its tiers don't follow one another"
        raise ValueError(message)
    return tuple((end, usd) for _, end, usd in rows)


def _row(dimension: Mapping[str, Any]) -> tuple[Decimal, Decimal | None, Decimal]:
    end = dimension["endRange"]
    usd = Decimal(dimension["pricePerUnit"]["USD"])
    begin = Decimal(dimension["beginRange"])
    bound = None if end == "Inf" else Decimal(end)
    if not usd.is_finite() or usd < 0 or not begin.is_finite():
        raise ValueError
    return begin, bound, usd


def outcome(
    key: str, region: str, item: Item, pool: Pool | None, products: Iterable[str]
) -> Outcome:
    """Compare one price with what the Price List gave for it.

    Only what is certain is taken: one price, no unit that looks like another.
    """
    price = item.regions[region]
    try:
        found = {_without_free(tiers_of(product), item, pool) for product in products}
    except ValueError as error:
        return Outcome(key, region, "kept", f"{error}")
    if not found:
        return Outcome(key, region, "kept", "the Price List has no such price")
    if len(found) > 1:
        return Outcome(key, region, "kept", f"the Price List has {len(found)} different prices")
    (tiers,) = found
    old = tiers_in_units(item, price)
    if tiers == old:
        return Outcome(key, region, "same", "", tiers)
    if _looks_like_another_unit(old, tiers):
        message = f"{_say(item, old)} would become {_say(item, tiers)}: is the unit another?"
        return Outcome(key, region, "kept", message)
    return Outcome(key, region, "changed", f"{_say(item, old)} becomes {_say(item, tiers)}", tiers)


def tiers_in_units(item: Item, price: Price) -> Tiers:
    """Give a price's tiers in USD for one unit."""
    with exact():
        return tuple((tier.up_to, (tier.usd / item.per).normalize()) for tier in price.tiers)


def _without_free(tiers: Tiers, item: Item, pool: Pool | None) -> Tiers:
    """Take away a first tier that is free: the price book has it as a pool."""
    tiers = tuple((bound, usd.normalize()) for bound, usd in tiers)
    if len(tiers) < 2 or tiers[0][1] or pool is None or tiers[0][0] is None:  # noqa: PLR2004
        return tiers
    less = Decimal(0) if item.free_counts_toward_tiers else tiers[0][0]
    return tuple((None if bound is None else bound - less, usd) for bound, usd in tiers[1:])


def _looks_like_another_unit(old: Tiers, new: Tiers) -> bool:
    before, after = old[0][1], new[0][1]
    if not before or not after:
        return bool(before) != bool(after)
    return not 1 < _MOST_CHANGE * before / after < _MOST_CHANGE**2


def _say(item: Item, tiers: Sequence[tuple[Decimal | None, Decimal]]) -> str:
    with exact():
        parts = [f"${plain(usd * item.per)}" for _, usd in tiers]
    return f"{', then '.join(parts)} for {item.per:,} {item.unit}"
