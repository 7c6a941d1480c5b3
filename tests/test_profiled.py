"""Reference systems in dev and prod: what a profile changes, and the load at which tables flip."""

from __future__ import annotations

import json
from decimal import Decimal
from math import ceil
from typing import TYPE_CHECKING

import pytest

from tenner import cli
from tenner.estimate import Bill
from tenner.money import cents
from tenner.profiled import in_environment
from tenner.report_environments import write_environments
from tenner.system_cost import load_system, system_names
from tests.fixtures_generated import ROOT

if TYPE_CHECKING:
    from tenner.catalog import Catalog
    from tenner.manifest_environment import Environment

PAGE = ROOT / "docs/environments.md"
MONTH_S = 730 * 3600
READ, WRITE = Decimal("0.000000125"), Decimal("0.000000625")
RCU, WCU = 730 * Decimal("0.00013"), 730 * Decimal("0.00065")
ALARMS = 8 * Decimal("0.10")  # four of auto scaling for reads, four for writes


@pytest.mark.parametrize(
    ("name", "environment", "usd"),
    [
        # 1 % of 185.5 reads and of 360.5 writes a second: 0.6094 + 5.9212; nothing else is left
        ("bedrock-budgeteer", "dev", "$6.53"),
        # the same on demand in prod, as 34.01 of capacity is dearer; the dashboard is free
        ("bedrock-budgeteer", "prod", "$6.53"),
        # as stated: 0.175 + 0.00625 + 0.046 + 0.30 + 0.057; alarms and insights were free
        ("codelearn", "dev", "$0.58"),
        ("codelearn", "prod", "$0.60"),  # and 0.1 GB recoverable: 0.02
        (
            "commerce-link-hub",
            "dev",
            "$80.39",
        ),  # as its own development: its alarms were free
        # 176.9338 - 3.75 on demand + 2.00 to recover 10 GB + 2 alarms over the free 10 - 0.0012 of
        # logs; its 3 WCU and 6 RCU are free
        ("commerce-link-hub", "prod", "$175.38"),
        # 1,526.6476 - 1.20 - 0.50 of secrets - 3.44 of keys + 80,000 reads × 0.000003 - 4.4870 of
        # logs: of the free 5 GB, 1.7260 are kept and 3.2740 taken in, so 27.85 → 46.7260 × 0.50
        ("healthcare-backend", "dev", "$1,517.26"),
        # 1,526.6476 - (100 - 7.3973) × 0.03 of logs: 30 days of 50 GB at 15 %
        ("healthcare-backend", "prod", "$1,523.87"),
        ("multi-app-account", "dev", "$2.04"),  # 100 apps that share 3 secrets: as stated
        ("multi-app-account", "prod", "$0.81"),  # 2 secrets of its own: 0.80 + 0.0006 + 0.0098
    ],
)
def test_by_hand(catalog: Catalog, name: str, environment: Environment, usd: str) -> None:
    """What a person computes from the price list is what the system costs in that environment."""
    system = load_system(name)
    found = in_environment(system, environment, catalog)
    assert cents(Bill(catalog, [found.workload], system.account_plan).total) == usd


TABLES: dict[
    str, tuple[Decimal, Decimal, int, int, int, int]
] = {  # reads and writes a second at 100 %, least and most of both
    "user-budgets": (Decimal(28), Decimal(28), 5, 40, 5, 40),
    "usage-tracking": (Decimal(70), Decimal(140), 10, 100, 20, 200),
    "budget-alerts": (Decimal("17.5"), Decimal("17.5"), 3, 25, 3, 25),
    "audit-logs": (Decimal(70), Decimal(175), 10, 100, 25, 250),
}


def by_hand(name: str, percent: Decimal) -> tuple[Decimal, Decimal]:
    """What a table of the budgeteer costs a month on demand and provisioned, at list price."""
    reads, writes, least_r, most_r, least_w, most_w = TABLES[name]
    read, write = reads * percent / 100, writes * percent / 100
    on_demand = ceil(read * MONTH_S) * READ + ceil(write * MONTH_S) * WRITE
    rcu = min(max(ceil(read * 100 / 70), least_r), most_r)
    wcu = min(max(ceil(write * 100 / 70), least_w), most_w)
    return on_demand, rcu * RCU + wcu * WCU + ALARMS


@pytest.mark.parametrize(
    ("name", "flip"),
    [
        ("user-budgets", "6.608"),
        ("usage-tracking", "4.443"),
        ("budget-alerts", "7.271"),
        ("audit-logs", "4.384"),
    ],
)
def test_the_choice_flips_at_the_computed_load(catalog: Catalog, name: str, flip: str) -> None:
    """A thousandth of a percent of the load below it is on demand, above it provisioned."""
    system = load_system("bedrock-budgeteer")
    for percent in (Decimal(flip), Decimal(flip) + Decimal("0.001")):
        found = in_environment(system, "prod", catalog, {"load_percent": percent}).capacities[name]
        on_demand, provisioned = by_hand(name, percent)
        assert (found.on_demand, found.provisioned) == (on_demand, provisioned)
        above = percent != Decimal(flip)
        assert found.mode == ("provisioned" if above else "on_demand")
        assert (provisioned < on_demand) is above


def test_the_bill_follows_the_choice(catalog: Catalog) -> None:
    """At full load all four tables are provisioned, with their alarms, as the document has it."""
    system = load_system("bedrock-budgeteer")
    full = {"load_percent": Decimal(100)}
    found = in_environment(system, "prod", catalog, full)
    assert {each.mode for each in found.capacities.values()} == {"provisioned"}
    total = Bill(catalog, [found.workload], "list").total
    stated = system.workload(catalog, system.variants["ceiling"])
    assert (
        total
        == Bill(catalog, [stated], "list").total
        == 265 * RCU + 515 * WCU + 32 // 10 * 0 + (Decimal("3.20") + 3)
    )
    dev = in_environment(system, "dev", catalog, full)
    assert {each.mode for each in dev.capacities.values()} == {"on_demand"}
    writes, reads = Decimal("360.5") * MONTH_S, Decimal("185.5") * MONTH_S
    assert Bill(catalog, [dev.workload], "list").total == reads * READ + writes * WRITE


def test_the_page_is_as_computed(catalog: Catalog, request: pytest.FixtureRequest) -> None:
    """docs/environments.md has every reference system in dev, staging and prod, as of today."""
    text = write_environments([load_system(name) for name in system_names()], catalog)
    if request.config.getoption("--update-golden"):
        PAGE.write_text(text, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == text


def test_a_system_is_shown_in_its_environments(capsys: pytest.CaptureFixture[str]) -> None:
    """`tenner env SYSTEM` has the same figures, and says what the profile changes."""
    assert cli.main(["env", "commerce-link-hub"]) == 0
    text = capsys.readouterr().out
    assert "  a month                      $80.39  $117.75     $175.38" in text
    assert "  prod: logs: kept 30 days; table: provisioned, since it is cheaper for the" in text
    assert all(len(line) <= 80 for line in text.splitlines())
    assert cli.main(["env", "healthcare-backend", "--format", "json"]) == 0
    dev, _, prod = json.loads(capsys.readouterr().out)["columns"]
    assert "secrets: SecureString parameters" in dev["changes"]
    assert dev["services"]["Parameter Store"] == "0"
    assert "Parameter Store" not in prod["services"]
    assert cli.main(["env", "codelearn", "--format", "terraform"]) == 2
    assert capsys.readouterr().err == (
        "--format: given terraform, expected text or json of codelearn\n"
    )
