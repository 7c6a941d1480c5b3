"""Graduated tiers and pools, with the expected money rebuilt by hand."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from tenner.estimate import Bill
from tenner.pricing import Group, graduated
from tests.workloads import workload

if TYPE_CHECKING:
    from tenner.catalog import Catalog, PricedItem
    from tenner.estimate import AccountPlan

ARM_1, ARM_2, ARM_3 = Decimal("0.0000133334"), Decimal("0.0000120001"), Decimal("0.0000106667")
ARM_END_1, ARM_END_2 = 7_500_000_000, 18_750_000_000


@pytest.fixture(scope="session")
def arm64(catalog: Catalog) -> PricedItem:
    """Lambda's duration on arm64, which has three tiers."""
    return catalog.item("lambda/duration_arm64", "us-east-1")


@pytest.mark.parametrize(
    ("quantity", "expected"),
    [
        (0, Decimal(0)),
        (1, ARM_1),
        (ARM_END_1 - 1, ARM_1 * (ARM_END_1 - 1)),
        (ARM_END_1, ARM_1 * ARM_END_1),
        (ARM_END_1 + 1, ARM_1 * ARM_END_1 + ARM_2),
        (ARM_END_2, ARM_1 * ARM_END_1 + ARM_2 * (ARM_END_2 - ARM_END_1)),
        (ARM_END_2 + 1, ARM_1 * ARM_END_1 + ARM_2 * (ARM_END_2 - ARM_END_1) + ARM_3),
        (
            2 * ARM_END_2,
            ARM_1 * ARM_END_1 + ARM_2 * (ARM_END_2 - ARM_END_1) + ARM_3 * ARM_END_2,
        ),
    ],
)
def test_each_unit_costs_the_rate_of_its_tier(
    arm64: PricedItem, quantity: int, expected: Decimal
) -> None:
    """Tiers are graduated: on both sides of each boundary only the units beyond cost less."""
    assert graduated(arm64, Decimal(quantity)) == expected


def test_start_moves_through_the_tiers(arm64: PricedItem) -> None:
    """Units that begin at a tier's end cost the next tier's rate."""
    assert graduated(arm64, Decimal(2), Decimal(ARM_END_1 - 1)) == ARM_1 + ARM_2


@pytest.mark.parametrize(
    ("item", "quantity", "plan", "expected"),
    [
        # Lambda requests: 1,000,000 free, then $0.20 a million.
        ("lambda/requests", 999_999, "always-free", "0"),
        ("lambda/requests", 1_000_000, "always-free", "0"),
        ("lambda/requests", 1_000_001, "always-free", "0.0000002"),
        ("lambda/requests", 1_000_000, "list", "0.2"),
        # Durations: 400,000 GB-s free.
        ("lambda/duration_arm64", 400_000, "always-free", "0"),
        ("lambda/duration_arm64", 400_001, "always-free", "0.0000133334"),
        ("lambda/duration_x86", 400_001, "always-free", "0.0000166667"),
        # HTTP API: free for 12 months in old accounts only; $0.90 from 300 million on.
        ("api_gateway/http_requests", 1, "always-free", "0.000001"),
        ("api_gateway/http_requests", 1_000_000, "legacy-12-months", "0"),
        ("api_gateway/http_requests", 1_000_001, "legacy-12-months", "0.000001"),
        ("api_gateway/http_requests", 300_000_000, "always-free", "300"),
        ("api_gateway/http_requests", 300_000_001, "always-free", "300.0000009"),
        # KMS: 20,000 requests free, then $0.03 for 10,000.
        ("kms/symmetric_requests", 20_000, "always-free", "0"),
        ("kms/symmetric_requests", 20_001, "always-free", "0.000003"),
        # DynamoDB on demand has no free requests; storage has 25 GB.
        ("dynamodb/on_demand_reads", 1_000_000, "always-free", "0.125"),
        ("dynamodb/on_demand_writes", 1_000_000, "always-free", "0.625"),
        ("dynamodb/storage_standard", 25, "always-free", "0"),
        ("dynamodb/storage_standard", 26, "always-free", "0.25"),
        # Secrets Manager is never free.
        ("secrets_manager/secret", 1, "always-free", "0.4"),
        ("secrets_manager/api_calls", 10_000, "always-free", "0.05"),
        # SQS: 1,000,000 requests free.
        ("sqs/standard", 1_000_000, "always-free", "0"),
        ("sqs/standard", 1_000_001, "always-free", "0.0000004"),
        # Cognito Lite: the tier's bound of 100,000 counts the 10,000 free users.
        ("cognito/lite", 10_000, "always-free", "0"),
        ("cognito/lite", 10_001, "always-free", "0.0055"),
        ("cognito/lite", 100_000, "always-free", "495"),
        ("cognito/lite", 100_001, "always-free", "495.0046"),
        ("cognito/essentials", 10_001, "always-free", "0.015"),
        # Data transfer: 100 GB free, then $0.09.
        ("data_transfer/out_to_internet", 100, "always-free", "0"),
        ("data_transfer/out_to_internet", 101, "always-free", "0.09"),
        # S3's free storage is a 12-month offer, so it is not counted by default.
        ("s3/storage_standard", 5, "always-free", "0.115"),
        ("s3/storage_standard", 5, "legacy-12-months", "0"),
        # Scheduler: 14 million free.
        ("eventbridge/scheduler", 14_000_000, "always-free", "0"),
        ("eventbridge/scheduler", 14_000_001, "always-free", "0.000001"),
        # What the guardrails refuse, for the 730 hours of a month.
        ("vpc/nat_gateway", 730, "always-free", "32.85"),
        ("vpc/nat_gateway_data", 100, "always-free", "4.5"),
        ("vpc/public_ipv4", 730, "always-free", "3.65"),
        ("vpc/interface_endpoint", 730, "always-free", "7.3"),
        ("vpc/interface_endpoint_data", 100, "always-free", "1"),
        ("vpc/interface_endpoint_data", 1_048_576, "always-free", "10485.76"),
        ("vpc/interface_endpoint_data", 1_048_577, "always-free", "10485.766"),
        ("vpc/interface_endpoint_data", 5_242_880, "always-free", "35651.584"),
        ("vpc/interface_endpoint_data", 5_242_881, "always-free", "35651.588"),
        # FIFO requests: tiers at 100 and 200 thousand million.
        ("sqs/fifo", 100_000_000_000, "list", "50000"),
        ("sqs/fifo", 100_001_000_000, "list", "50000.4"),
        ("sqs/fifo", 200_001_000_000, "list", "90000.35"),
        ("elb/alb", 730, "always-free", "16.425"),
        ("elb/alb", 750, "legacy-12-months", "0"),
        ("elb/alb", 751, "legacy-12-months", "0.0225"),
        ("elb/alb_lcu", 730, "legacy-12-months", "5.84"),
        ("rds/db_t4g_micro", 730, "always-free", "11.68"),
        ("rds/storage_gp3", 20, "always-free", "2.3"),
        ("rds/aurora_serverless_acu", 365, "always-free", "43.8"),
        ("rds/aurora_storage", 10, "always-free", "1"),
        ("rds/aurora_io", 1_000_000, "always-free", "0.2"),
        ("kms/customer_managed_key", 1, "always-free", "1"),
        # CloudWatch Logs: 5 GB free.
        ("cloudwatch_logs/ingest_lambda", 5, "always-free", "0"),
        ("cloudwatch_logs/ingest_lambda", 6, "always-free", "0.5"),
    ],
)
def test_both_sides_of_every_boundary(
    catalog: Catalog, item: str, quantity: int, plan: AccountPlan, expected: str
) -> None:
    """One app that uses one item pays exactly this, at, below and above each boundary."""
    assert Bill(catalog, [workload("one", {item: quantity})], plan).total == Decimal(expected)


def test_a_pool_gives_its_free_units_to_the_cheaper_item(catalog: Catalog) -> None:
    """x86 and arm64 share 400,000 GB-s: arm64, the cheaper, takes them first."""
    bill = Bill(
        catalog,
        [workload("one", {"lambda/duration_x86": 300_000, "lambda/duration_arm64": 300_000})],
    )
    # arm64 takes 300,000 of the 400,000; x86 takes the other 100,000 and pays for 200,000.
    assert bill.total == 200_000 * Decimal("0.0000166667")


def test_group_without_a_pool_has_nothing_free(arm64: PricedItem) -> None:
    """A group with no pool charges from the first unit."""
    assert Group("", Decimal(0), (0,), (arm64,)).cost([Decimal(1)]) == ARM_1
