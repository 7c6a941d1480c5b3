"""Key figures of the reference systems, rebuilt by hand from the price list."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from tenner.estimate import AccountPlan, Bill
from tenner.money import cents
from tenner.system_cost import load_system

if TYPE_CHECKING:
    from tenner.catalog import Catalog

FREE: AccountPlan = "always-free"
LIST: AccountPlan = "list"


def total(catalog: Catalog, name: str, plan: AccountPlan, **drivers: int) -> str:
    """Price a system's variant, given as `system/variant`, at a size."""
    system_name, _, variant = name.partition("/")
    system = load_system(system_name)
    sizes = {driver: Decimal(value) for driver, value in drivers.items()}
    workload = system.workload(catalog, system.variants[variant], sizes)
    return cents(Bill(catalog, [workload], plan).total)


@pytest.mark.parametrize(
    ("name", "plan", "usd"),
    [
        # 28 RCU × 0.0949 + 53 WCU × 0.4745; 32 alarms × 0.10; a dashboard
        ("bedrock-budgeteer/floor", LIST, "$34.01"),
        # 3 RCU and 28 WCU above the free 25; 22 alarms above the free 10
        ("bedrock-budgeteer/floor", FREE, "$15.77"),
        ("bedrock-budgeteer/ceiling", LIST, "$275.72"),  # 265 × 0.0949 + 515 × 0.4745 + 6.20
        ("bedrock-budgeteer/ceiling", FREE, "$257.48"),  # 240 × 0.0949 + 490 × 0.4745 + 2.20
        ("bedrock-budgeteer/archive", LIST, "$0.80"),  # 0.23 + 0.25 + 0.324
        # 108.1203 + 73 + 16.425 + 1.468 × 5.84 + 7.30 + 6.25 + 2.30 + 0.0044 + 10.0005 + 2
        ("commerce-link-hub/before-optimizations", LIST, "$233.97"),
        ("commerce-link-hub/production", LIST, "$179.91"),  # 54.06015 less
        # 2.50 of rows, 0.40 of alarms, 0.075 of logs and 0.0044 of the function are free
        ("commerce-link-hub/production", FREE, "$176.93"),
        ("codelearn/target", FREE, "$0.58"),  # 0.175 + 0.00625 + 0.046 + 0.30 + 0.057
        ("codelearn/sonnet", LIST, "$22.80"),  # 1,000 × (100 × 0.000003 + 1,500 × 0.000015)
        ("codelearn/haiku-200", LIST, "$0.38"),  # 200 × (100 × 0.00000025 + 1,500 × 0.00000125)
        ("codelearn/cached-profiles", LIST, "$14.61"),  # 3,000 × 0.0000035 + 730 × 0.02
    ],
)
def test_by_hand(catalog: Catalog, name: str, plan: AccountPlan, usd: str) -> None:
    """What a person computes from the price list is what the system costs."""
    assert total(catalog, name, plan) == usd


@pytest.mark.parametrize(("percent", "usd"), [(1, "$27.81"), (50, "$135.04"), (100, "$269.52")])
def test_tables_of_the_budgeteer(catalog: Catalog, percent: int, usd: str) -> None:
    """Between floor and ceiling the tables cost what their load needs; twice the load no more."""
    system = load_system("bedrock-budgeteer")
    workload = system.workload(
        catalog, system.variants["ceiling"], {"load_percent": Decimal(percent)}
    )
    lines = [usage for usage in workload.usage if usage.item.startswith("dynamodb/provisioned")]
    price = {"dynamodb/provisioned_rcu": "0.00013", "dynamodb/provisioned_wcu": "0.00065"}
    money = sum(usage.quantity * Decimal(price[usage.item]) for usage in lines)
    assert cents(Decimal(money)) == usd
