"""The reference system of document 001: what each part costs, rebuilt by hand."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from tenner.estimate import AccountPlan, Bill
from tenner.lines import subject_lines
from tenner.money import cents
from tenner.system_cost import load_system

if TYPE_CHECKING:
    from tenner.catalog import Catalog

_CASES = [
    # 6,480 × 0.12 + 500 × 0.10 + 200 × 0.20; its backups are free. Then 3.5 and 6 times that.
    ("rds", "production", "list", "$867.60"),
    ("rds", "users-50000", "list", "$3,036.60"),
    ("rds", "users-100000", "list", "$5,205.60"),
    # 6,480 × 0.16 + 500 × 0.225
    ("rds", "io-optimized", "list", "$1,149.30"),
    # 730 and 58,400 ACU-hours × 0.12, and 90 of storage and requests
    ("rds", "database-floor", "list", "$177.60"),
    ("rds", "database-ceiling", "list", "$7,098.00"),
    # 5.800002 × 0.20 + 249,725 × 0.0000166667 + 13,140,000 × 0.0000041667 + 550,000 × 0.0000097222
    ("lambda", "production", "list", "$65.42"),
    # a million requests and 400,000 GB-s are free
    ("lambda", "production", "always-free", "$61.06"),
    # 28.000002 × 0.20 + 844,725 × 0.0000166667 + 54.75 + 2,750,000 × 0.0000097222
    ("lambda", "users-50000", "always-free", "$101.17"),
    # 57.000002 × 0.20 + 2,088,475 × 0.0000166667 + 54.75 + 5,500,000 × 0.0000097222
    ("lambda", "users-100000", "always-free", "$154.43"),
    # 4.800002 × 0.20 + (249,725 + 550,000 - 400,000) × 0.0000166667
    ("lambda", "without-provisioned", "always-free", "$7.62"),
    # 4.800002 × 0.20 + 13,140,000 × 0.0000033334 + 550,000 × 0.0000077778
    ("lambda", "arm64", "always-free", "$49.04"),
    ("api_gateway", "users-100000", "always-free", "$100.00"),
    ("api_gateway", "rest-api", "always-free", "$35.00"),
    # the smallest cache: 730 × 0.02
    ("api_gateway", "cached-rest-api", "always-free", "$49.60"),
    # 50,000 users are free; 50,000 × 0.05, and 50,000 × 0.0055 + 2,500 + 50,000 × 0.035
    ("cognito", "production", "list", "$555.00"),
    ("cognito", "production", "always-free", "$500.00"),
    ("cognito", "users-50000", "always-free", "$2,500.00"),
    ("cognito", "users-100000", "always-free", "$4,525.00"),
    ("cognito", "plus-logins", "always-free", "$200.00"),
    # 730 × 0.045 + 100 × 0.045 + 730 × 0.005; with two gateways 2 × 36.50 + 1,000 × 0.045
    ("vpc", "production", "always-free", "$41.00"),
    ("vpc", "users-100000", "always-free", "$118.00"),
    # 400 and 900 GB above the free 100
    ("data_transfer", "users-50000", "always-free", "$36.00"),
    ("data_transfer", "users-100000", "always-free", "$81.00"),
    # 2 + 480,000 × 0.03 / 10,000; 2 + 4,980,000 × 0.03 / 10,000
    ("kms", "production", "always-free", "$3.44"),
    ("kms", "users-100000", "always-free", "$16.94"),
    ("secrets_manager", "users-50000", "always-free", "$3.70"),
    ("cloudwatch_logs", "production", "list", "$28.00"),
    ("cloudwatch", "production", "always-free", "$12.00"),
    ("cloudtrail", "production", "always-free", "$1.00"),
    ("ecr", "production", "always-free", "$1.00"),
]


def _by_service(catalog: Catalog, variant: str, plan: AccountPlan) -> dict[str, Decimal]:
    system = load_system("healthcare-backend")
    bill = Bill(catalog, [system.workload(catalog, system.variants[variant])], plan)
    found: defaultdict[str, Decimal] = defaultdict(Decimal)
    for line in subject_lines(bill, [0]):
        found[line.item.key.partition("/")[0]] += line.pays
    return found


@pytest.mark.parametrize(("service", "variant", "plan", "usd"), _CASES)
def test_each_part_by_hand(
    catalog: Catalog, service: str, variant: str, plan: AccountPlan, usd: str
) -> None:
    """What a person computes from the price list is what the part costs."""
    assert cents(_by_service(catalog, variant, plan)[service]) == usd


def test_budgets_cost_nothing(catalog: Catalog) -> None:
    """Budgets that only tell somebody are free."""
    assert _by_service(catalog, "production", "list")["budgets"] == 0
