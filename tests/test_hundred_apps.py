"""A hundred dev apps with the default use, 3 shared secrets and 5 parameters each, by hand."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from tenner.cli import main
from tenner.estimate import Bill
from tenner.lines import fleet_lines
from tenner.load import load_manifest
from tenner.report import fleet_report
from tenner.workload import workloads_of

if TYPE_CHECKING:
    from pathlib import Path

    from tenner.catalog import Catalog

REQUESTS = 10_000  # a month and app, the default of copier.yml
COLD = 500  # 5 % of them
# A secret is read at each cold start and when its cache of 12 hours has expired:
# 730 h × 3600 s ÷ 43,200 s = 60.83, so 61 times.
READS = COLD + 61
APPS = 100

# item → (quantity, list price, what is paid), each worked out from the price in the comment
BY_HAND = {
    # $0.20 a million; 1,000,000 free: exactly full
    "lambda/requests": ("1000000", "0.20", "0"),
    # (10,000 × 0.1 s + 500 × 0.4 s) × 0.25 GB = 300 GB-s; $0.0000133334; 400,000 free
    "lambda/duration_arm64": ("30000", "0.400002", "0"),
    # $1.00 a million; free only in the first 12 months of an old account
    "api_gateway/http_requests": ("1000000", "1.00", "1.00"),
    # 10,000 × 2,000 bytes = 0.02 GB; $0.09; 100 GB free
    "data_transfer/out_to_internet": ("2", "0.18", "0"),
    # 10,000 × (500 + 340) + 500 × 190 = 8,495,000 bytes; $0.50; 5 GB free
    "cloudwatch_logs/ingest_lambda": ("0.8495", "0.42475", "0"),
    # 8,495,000 × 0.15 × 7 × 24 ÷ 730 = 293,252.05, so 293,253 bytes; $0.03; within the 5 GB
    "cloudwatch_logs/storage": ("0.0293253", "0.000879759", "0"),
    # one read a request; $0.125 a million
    "dynamodb/on_demand_reads": ("1000000", "0.125", "0.125"),
    # half a write a request; $0.625 a million
    "dynamodb/on_demand_writes": ("500000", "0.3125", "0.3125"),
    # 0.01 GB an app; $0.25; 25 GB free
    "dynamodb/storage_standard": ("1", "0.25", "0"),
    # 3 secrets for all apps; $0.40
    "secrets_manager/secret": ("3", "1.20", "1.20"),
    # 3 × 561 reads an app; $0.05 for 10,000
    "secrets_manager/api_calls": ("168300", "0.8415", "0.8415"),
    # 5 standard parameters an app; $0
    "parameter_store/standard_parameter": ("500", "0", "0"),
    # 2 SecureStrings × 561 reads an app; $0.03 for 10,000; 20,000 free: 92,200 are paid
    "kms/symmetric_requests": ("112200", "0.3366", "0.2766"),
}
TOTAL = Decimal("3.7556")  # the sum of what is paid
# One app alone: $0.01 + $0.00125 + $0.003125 + 3 × $0.40 + 1,683 × $0.000005; its 1,122 KMS
# requests are within the free 20,000.
ALONE = Decimal("0.01") + Decimal("0.004375") + Decimal("1.20") + Decimal("0.008415")


@pytest.fixture(scope="session")
def hundred(hundred_registry: Path, catalog: Catalog) -> Bill:
    """The bill of the hundred apps."""
    from tenner.registry_folder import FolderRegistry

    contents = FolderRegistry(hundred_registry).contents()
    assert contents.problems == []
    workloads = [w for r in contents.records for w in workloads_of(r.manifest, catalog)]
    return Bill(catalog, workloads)


def test_the_constants_are_the_default_use(generated_todo: Path) -> None:
    """The figures above begin with what the questions' defaults say."""
    use = load_manifest(generated_todo).manifest.functions["api"].use
    assert use.requests_per_month == REQUESTS
    assert use.requests_per_month * use.cold_start_percent / 100 == COLD


def test_each_line_by_hand(hundred: Bill) -> None:
    """Every item's quantity, list price and payment is what the price list gives by hand."""
    found = {line.item.key: (line.quantity, line.list, line.pays) for line in fleet_lines(hundred)}
    expected = {
        key: tuple(Decimal(number) for number in numbers) for key, numbers in BY_HAND.items()
    }
    assert found == expected


def test_the_total_by_hand(hundred: Bill) -> None:
    """The hundred apps cost $3.76 a month, under ten dollars."""
    assert hundred.total == TOTAL
    assert sum(Decimal(paid) for _, _, paid in BY_HAND.values()) == TOTAL
    assert sum(Decimal(listed) for _, listed, _ in BY_HAND.values()) == Decimal("5.271231759")
    assert hundred.total < 10


def test_nothing_shared_by_hand(hundred: Bill) -> None:
    """The same apps, each alone and sharing nothing, cost $122.28."""
    assert fleet_report(hundred).figures.alone == ALONE * APPS == Decimal("122.279")


def test_each_app_adds_and_shares_by_hand(hundred: Bill) -> None:
    """Each app has the same share; what one adds is what is paid beyond the free pools."""
    share = TOTAL / APPS
    assert [part.figures.share for part in fleet_report(hundred).parts] == [share] * APPS
    # Without one app: 10,000 HTTP requests, its reads, writes, calls and 1,122 KMS requests
    # less; the secrets stay, and the pools that it used were free.
    marginal = (
        Decimal("0.01") + Decimal("0.004375") + Decimal("0.008415") + 1122 * Decimal("0.000003")
    )
    assert hundred.marginal([0]) == marginal


def test_the_command_says_the_same(
    hundred_registry: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`tenner cost --fleet --format json` gives these totals."""
    arguments = ["cost", "--fleet", "--registry", str(hundred_registry), "--format", "json"]
    assert main(arguments) == 0
    content = json.loads(capsys.readouterr().out)
    assert content["subject"] == "fleet of 100 apps"
    assert content["totals"] == {"total": "3.7556", "list": "5.271231759", "alone": "122.279"}
    assert len(content["apps"]) == APPS
    assert sum(Decimal(app["share"]) for app in content["apps"]) == TOTAL
