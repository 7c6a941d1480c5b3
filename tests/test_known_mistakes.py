"""What other tools get wrong, each as a case with its right figure computed by hand."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from tenner.estimate import Bill
from tenner.lines import fleet_lines, subject_lines
from tenner.system import parse_system
from tests.test_kinds import system_text
from tests.workloads import workload

if TYPE_CHECKING:
    from tenner.catalog import Catalog
    from tenner.estimate import AccountPlan


def paid(catalog: Catalog, resources: str, plan: AccountPlan = "always-free") -> Decimal:
    """Price a system of the given resources."""
    text = f"system: one\ntitle: One\nresources:\n{resources}variants:\n  a: {{summary: all}}\n"
    system = parse_system(text, "one.yaml")
    return Bill(catalog, [system.workload(catalog, system.first)], plan).total


def several(number: int, kind: str, fields: str) -> str:
    """Write several resources of one kind."""
    return "".join(
        f"  {kind.replace('_', '-')}{n}: {{kind: {kind}, grows: fixed, {fields}}}\n"
        for n in range(number)
    )


def test_free_requests_are_not_taken_once_a_function(catalog: Catalog) -> None:
    """Three functions with 600,000 requests each pay for 800,000, not for none."""
    fields = "memory_mb: 128, duration_ms: 1, requests_per_month: 600000"
    assert paid(catalog, several(3, "function", fields)) == Decimal("0.16")


def test_free_duration_is_not_taken_once_a_function(catalog: Catalog) -> None:
    """Two functions with 400,000 GB-seconds each pay for 400,000 of them."""
    fields = "memory_mb: 1024, duration_ms: 1000, requests_per_month: 400000"
    expected = 400_000 * Decimal("0.0000166667")
    assert paid(catalog, several(2, "function", fields)) == expected


def test_free_publishes_are_not_taken_once_a_topic(catalog: Catalog) -> None:
    """Two topics with 1,000,000 publishes each pay for one million."""
    assert paid(catalog, several(2, "topic", "publishes_per_month: 1000000")) == Decimal("0.50")


def test_free_users_are_not_taken_once_a_pool(catalog: Catalog) -> None:
    """Two pools with 10,000 users each pay for 10,000 of them."""
    fields = "plan: essentials, monthly_active_users: 10000"
    assert paid(catalog, several(2, "user_pool", fields)) == 150


def test_free_storage_is_not_taken_once_a_table(catalog: Catalog) -> None:
    """Two tables with 20 GB each pay for 15 GB."""
    fields = "read_units_per_month: 0, write_units_per_month: 0, stored_gb: 20"
    assert paid(catalog, several(2, "table_on_demand", fields)) == Decimal("3.75")


def test_on_demand_requests_are_not_in_the_free_capacity(catalog: Catalog) -> None:
    """The free 25 RCU and WCU are for provisioned tables; on demand pays from the first unit."""
    fields = "read_units_per_month: 1000000, write_units_per_month: 1000000, stored_gb: 0"
    assert paid(catalog, several(1, "table_on_demand", fields)) == Decimal("0.75")


@pytest.mark.parametrize("requests", [0, 1, 999_999, 1_000_000])
def test_no_cost_is_negative(catalog: Catalog, requests: int) -> None:
    """Use below a free tier costs nothing, never less than nothing, in total and in each line."""
    bill = Bill(
        catalog,
        [
            workload("todo", {"lambda/requests": requests, "lambda/duration_arm64": 1}),
            workload("pip", {"sns/publishes": requests}),
        ],
    )
    assert bill.total == 0
    for line in [*fleet_lines(bill), *subject_lines(bill, [0]), *subject_lines(bill, [1])]:
        assert line.pays == 0
        assert line.list >= 0


@pytest.mark.parametrize(
    ("kind", "fields", "addresses"),
    [
        ("public_ipv4", "addresses: 1", 1),
        ("nat_gateway", "gateways: 1, data_gb_per_month: 0", 1),
        ("load_balancer", "balancers: 1, lcu: 0", 2),
        ("fargate_service", "tasks: 3, vcpu: 1, memory_gb: 1, public_ipv4_per_task: 1", 3),
    ],
)
def test_an_attached_address_is_not_free(
    catalog: Catalog, kind: str, fields: str, addresses: int
) -> None:
    """An address in use costs $3.65 a month, since 2024-02-01; no free tier counts for it."""
    system = parse_system(system_text(kind, fields.replace(", ", "\n")), "one.yaml")
    bill = Bill(catalog, [system.workload(catalog, system.first)])
    (line,) = [line for line in subject_lines(bill, [0]) if line.item.key == "vpc/public_ipv4"]
    assert line.pays == addresses * Decimal("3.65")


def test_data_events_are_not_two_dollars(catalog: Catalog) -> None:
    """A million data events cost $1.00; $20.00 is the price of copied management events."""
    assert paid(catalog, several(1, "cloudtrail", "data_events_per_month: 1000000")) == 1
    fields = "copied_management_events_per_month: 1000000"
    assert paid(catalog, several(1, "cloudtrail", fields)) == 20


def test_compute_seconds_are_not_ten_times_as_many(catalog: Catalog) -> None:
    """Document 001's functions are 799,725 GB-seconds a month, not 5.7 million."""
    rows = [
        (256, 200, 1_000_000),
        (256, 200, 500_000),
        (256, 200, 800_000),
        (256, 250, 600_000),
        (256, 300, 400_000),
        (512, 500, 2_000_000),
        (256, 150, 500_000),
        (256, 300_000, 1),
        (1024, 900_000, 1),
    ]
    text = "".join(
        f"  f{n}: {{kind: function, grows: fixed, memory_mb: {memory}, duration_ms: {duration}, "
        f"added_duration_ms: {50 if duration < 300_000 else 0}, requests_per_month: {requests}}}\n"
        for n, (memory, duration, requests) in enumerate(rows)
    )
    by_hand = sum(
        Decimal(memory) / 1024 * (duration + (50 if duration < 300_000 else 0)) / 1000 * requests
        for memory, duration, requests in rows
    )
    assert by_hand == Decimal(799725)
    expected = by_hand * Decimal("0.0000166667") + Decimal(5800002) * Decimal("0.0000002")
    assert paid(catalog, text, "list") == expected


def test_a_provisioned_function_does_not_pay_its_duration_twice(catalog: Catalog) -> None:
    """Requests on provisioned instances have their own price in place of the on-demand one."""
    fields = (
        "memory_mb: 1024, duration_ms: 1000, requests_per_month: 1000, provisioned_instances: 1"
    )
    expected = (
        1000 * Decimal("0.0000002")
        + 730 * 3600 * Decimal("0.0000041667")
        + 1000 * Decimal("0.0000097222")
    )
    assert paid(catalog, several(1, "function", fields), "list") == expected


def test_a_backup_of_the_size_of_its_cluster_is_free(catalog: Catalog) -> None:
    """Aurora bills only what backups have above the size of the cluster, from the next GB on."""
    fields = "acu_hours_per_month: 0, stored_gb: 500, io_requests_per_month: 0, backup_gb: "
    assert paid(catalog, several(1, "aurora_serverless", f"{fields}500")) == 50
    assert paid(catalog, several(1, "aurora_serverless", f"{fields}501")) == Decimal("50.021")


def test_a_task_is_not_a_vcpu(catalog: Catalog) -> None:
    """Two tasks of half a vCPU and 1 GB cost $36.04, not the $59.10 of two whole vCPUs."""
    total = paid(catalog, several(1, "fargate_service", "tasks: 2, vcpu: 0.5, memory_gb: 1"))
    assert total == 730 * (Decimal("0.04048") + 2 * Decimal("0.004445"))
    assert round(total, 2) == Decimal("36.04")
