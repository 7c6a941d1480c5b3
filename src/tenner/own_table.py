"""The capacity of a table of one's own: on demand, or provisioned with auto scaling."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Literal, NamedTuple

from tenner.money import ceiling_division, exact, plain
from tenner.pricing import list_cost
from tenner.usage import Usage, facts_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tenner.catalog import AutoScaling, Catalog, Profile

Mode = Literal["on_demand", "provisioned"]
_ZERO, _HUNDRED = Decimal(0), Decimal(100)
_ON_DEMAND = {"read": "dynamodb/on_demand_reads", "write": "dynamodb/on_demand_writes"}
_PROVISIONED = {"read": "dynamodb/provisioned_rcu", "write": "dynamodb/provisioned_wcu"}
NO_OTHER = "it has no other"
_SIDES = 2
"""Reads and writes of a table, and of each index, scale each by themselves."""


class Capacity(NamedTuple):
    """What was chosen for a table, why, and what each way costs.

    `on_demand` and `provisioned` are USD a month at list price, without free tiers, which belong
    to all apps of a payer; `usage` replaces the requests where the choice is `provisioned`.
    """

    mode: Mode
    why: str
    on_demand: Decimal
    provisioned: Decimal
    usage: Sequence[Usage]
    has_table: bool

    @property
    def said(self) -> str:
        """Say in words what was chosen."""
        return self.mode.replace("_", " ")

    def applied(self, found: Iterable[Usage]) -> list[Usage]:
        """Put provisioned capacity in the place of requests, where it was chosen."""
        if self.mode == "on_demand":
            return list(found)
        requests = set(_ON_DEMAND.values())
        return [*(each for each in found if each.item not in requests), *self.usage]


def capacity_of(
    found: Sequence[Usage],
    profile: Profile,
    catalog: Catalog,
    region: str,
    indexes: int = 1,
    name: str = "table",
) -> Capacity:
    """Choose the capacity of a table for the requests that are in the usage `found`.

    `name` is the table's in that usage. Raises InputError where the catalog lacks a price.
    """
    units = {side: _sum(found, item) for side, item in _ON_DEMAND.items()}
    has_table = any(each.resource == name for each in found)
    scaling = profile.auto_scaling
    with exact():
        paid = sum((_list(catalog, region, _ON_DEMAND[side], units[side]) for side in units), _ZERO)
        if not has_table or scaling is None:
            return Capacity("on_demand", NO_OTHER, paid, paid, (), has_table)
        usage, beyond = _provisioned(units, scaling, catalog, indexes)
        usage = [each._replace(resource=name) for each in usage]
        other = sum((_list(catalog, region, each.item, each.quantity) for each in usage), _ZERO)
    mode, why = _chosen(profile, paid, other, beyond)
    return Capacity(mode, why, paid, other, usage, has_table)


def _chosen(profile: Profile, paid: Decimal, other: Decimal, beyond: str) -> tuple[Mode, str]:
    if profile.table_capacity != "cheaper":
        return profile.table_capacity, "so it is stated"
    if beyond:
        return "on_demand", beyond
    if other < paid:
        return "provisioned", "it is cheaper for the stated load"
    return "on_demand", "provisioned is not cheaper for the stated load"


def _provisioned(
    units: dict[str, Decimal], scaling: AutoScaling, catalog: Catalog, indexes: int
) -> tuple[list[Usage], str]:
    """Derive what auto scaling provides, and say where the load is beyond its limits."""
    facts, found, beyond = facts_of(catalog), [], ""
    limits = {
        "read": (Decimal(scaling.least_read_units), Decimal(scaling.most_read_units)),
        "write": (Decimal(scaling.least_write_units), Decimal(scaling.most_write_units)),
    }
    percent = Decimal(scaling.target_percent)
    for side, (least, most) in limits.items():
        wanted = ceiling_division(units[side] * _HUNDRED, facts.month_s * percent)
        if wanted > most and not beyond:
            needs = f"the stated load needs {plain(wanted)} {side} units"
            beyond = f"{needs}, and {plain(most)} is the limit"
        table = min(max(wanted, least), most)
        found.append(_held(side, units[side], (table, percent, least, most), indexes, facts.hours))
    each, targets = catalog.assumption("auto_scaling_alarms_per_target"), _SIDES * (1 + indexes)
    sentence = "{} scaled targets × {} alarms of auto scaling"
    terms = (Decimal(targets), each)
    found.append(Usage("cloudwatch/alarm_standard", each * targets, "table", sentence, terms))
    return found, beyond


def _held(
    side: str, units: Decimal, held: tuple[Decimal, ...], indexes: int, hours: Decimal
) -> Usage:
    """Derive the unit hours of one side; `held` are the table's units, and how they came about."""
    table, percent, least, most = held
    needs = "{} units, for {} {} units a month at {} % of capacity, from {} to {}"
    terms = (table, units, side, percent, least, most)
    if not indexes:
        return Usage(_PROVISIONED[side], table * hours, "table", f"{needs}, × {{}} hours",
                     (*terms, hours))  # fmt: skip
    of_indexes = least * indexes
    sentence = f"({needs}, + {{}} of the index) × {{}} hours"
    quantity = (table + of_indexes) * hours
    return Usage(_PROVISIONED[side], quantity, "table", sentence, (*terms, of_indexes, hours))


def _sum(found: Iterable[Usage], item: str) -> Decimal:
    with exact():
        return sum((each.quantity for each in found if each.item == item), _ZERO)


def _list(catalog: Catalog, region: str, key: str, quantity: Decimal) -> Decimal:
    return list_cost(catalog.item(key, region), quantity)
