"""CSV: exact, one row a line, with units in the headers, and nothing that a spreadsheet runs."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from tenner import cli
from tenner.report import report_of
from tenner.report_csv import HEADERS, as_csv
from tests.pages import fleet_of, hostile_page, many

if TYPE_CHECKING:
    from tenner.report import Report


def rows(report: Report) -> list[dict[str, str]]:
    """Read a report's CSV as a program would."""
    return list(csv.DictReader(io.StringIO(as_csv(report))))


def test_exact_and_complete(everything_text: str) -> None:
    """Every line is one row, and the rows add up to the figures, to the last digit."""
    answer = fleet_of(many(everything_text, 2))
    bill = answer.fleet.bill
    report = report_of(bill, bill.numbers_of("app-0001"), "app-0001")
    found = rows(report)
    assert len(found) == len(report.lines)
    assert tuple(found[0]) == HEADERS
    assert sum(Decimal(row["pays_usd_per_month"]) for row in found) == report.figures.marginal
    assert sum(Decimal(row["list_usd_per_month"]) for row in found) == report.list
    for row in found:
        assert "E" not in row["pays_usd_per_month"]
        assert row["derivation"]
        assert row["source"].startswith("https://")
        product = Decimal(row["quantity"]) * Decimal(row["price_usd"])
        cost = product / Decimal(row["price_for_units"])
        assert abs(cost - Decimal(row["list_usd_per_month"])) < Decimal("1e-20")


def test_variants_of_a_system(capsys: pytest.CaptureFixture[str]) -> None:
    """A system's rows name its variant, of which several may be meant for one environment."""
    words = ["cost", "multi-app-account", "--format", "csv", "--environment", "one-app"]
    assert cli.main(words) == 0
    found = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert {row["environment"] for row in found} == {"one-app"}


def test_pools_and_sharing(everything_text: str) -> None:
    """A row says how full its pool is, and how many share its thing."""
    found = rows(fleet_of(many(everything_text, 3)).report)
    requests = next(row for row in found if (row["service"], row["item"]) == ("Lambda", "Requests"))
    assert Decimal(requests["pool_free_units"]) == 1_000_000
    assert Decimal(requests["pool_used_units"]) > 1_000_000
    secrets = next(row for row in found if row["item"] == "Secrets")
    assert int(secrets["shared_by_apps"]) > 1
    assert secrets["pool_free_units"] == ""


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", '=HYPERLINK("x";"y")'])
def test_no_formulas(name: str) -> None:
    """A text that a spreadsheet would run is written as text; figures stay figures."""
    page = hostile_page()
    lines = [line for row in page.rows for line in row.lines]
    from dataclasses import replace

    report = replace(page.report, lines=[replace(line, resource=name) for line in lines])
    for row in rows(report):
        assert row["resource"] == f"'{name}"
        Decimal(row["quantity"])
