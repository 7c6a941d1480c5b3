"""Reports, compared with golden files: `make test ARGS=--update-golden` writes them anew."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tenner.cost import write_table
from tenner.errors import TennerError
from tenner.estimate import Bill
from tenner.load import load_manifest
from tenner.manifest import parse_manifest
from tenner.report import as_json, fleet_report, report_of
from tenner.report_text import as_markdown, as_text, human, write
from tenner.workload import workloads_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tenner.catalog import Catalog
    from tenner.report import Report

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture(scope="session")
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compare a text with a golden file, or write it where that was asked for."""

    def compare(name: str, text: str) -> None:
        path = GOLDEN / name
        if request.config.getoption("--update-golden"):
            path.write_text(text + "\n", encoding="utf-8")
        assert text + "\n" == path.read_text(encoding="utf-8")

    return compare


@pytest.fixture(scope="session")
def todo_text(generated_todo: Path) -> str:
    """The manifest of the example app."""
    return (generated_todo / "app.yaml").read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def todo(generated_todo: Path, catalog: Catalog) -> Report:
    """The example app, alone."""
    manifest = load_manifest(generated_todo).manifest
    return report_of(Bill(catalog, workloads_of(manifest, catalog)), [0], "todo")


@pytest.fixture(scope="session")
def todo_of_twelve(todo_text: str, catalog: Catalog) -> Report:
    """The example app in a fleet of twelve alike, as DESIGN shows it."""
    workloads = []
    for number in range(12):
        name = "todo" if number == 0 else f"app-{number:02}"
        text = todo_text.replace('app: "todo"', f'app: "{name}"')
        workloads += workloads_of(parse_manifest(text, "app.yaml"), catalog)
    bill = Bill(catalog, workloads)
    return report_of(bill, bill.numbers_of("todo"), "todo")


@pytest.fixture(scope="session")
def everything(everything_text: str, catalog: Catalog) -> Report:
    """An app with every feature in all three environments."""
    manifest = parse_manifest(everything_text, "app.yaml")
    return report_of(Bill(catalog, workloads_of(manifest, catalog)), [0, 1, 2], "everything")


@pytest.fixture(scope="session")
def fleet(hundred_registry: Path, catalog: Catalog) -> Report:
    """The fleet of a hundred apps."""
    from tenner.registry_folder import FolderRegistry

    records = FolderRegistry(hundred_registry).contents().records
    return fleet_report(
        Bill(catalog, [w for r in records for w in workloads_of(r.manifest, catalog)])
    )


@pytest.mark.parametrize("name", ["todo", "todo_of_twelve", "everything", "fleet"])
@pytest.mark.parametrize(
    ("format_", "ending"), [("text", "txt"), ("markdown", "md"), ("json", "json")]
)
def test_reports(
    name: str,
    format_: str,
    ending: str,
    golden: Callable[[str, str], None],
    request: pytest.FixtureRequest,
) -> None:
    """Each report in each format is what the golden file says."""
    golden(f"{name}.{ending}", write(request.getfixturevalue(name), format_))


@pytest.mark.parametrize("name", ["todo", "todo_of_twelve", "everything", "fleet"])
def test_text_fits_80_columns(name: str, request: pytest.FixtureRequest) -> None:
    """No line of a text report is longer than 80 characters, or ends in spaces."""
    for line in as_text(request.getfixturevalue(name)).splitlines():
        assert len(line) <= 80
        assert line == line.rstrip()


def test_text_says_why_a_line_is_nothing(todo_of_twelve: Report) -> None:
    """A service at $0.00 says whether a pool, sharing or its price is the reason."""
    lines = as_text(todo_of_twelve).splitlines()
    why = {
        line.split("  ")[1]: line.rpartition("$0.00")[2].strip()
        for line in lines
        if "$0.00" in line
    }
    assert why["Lambda"] == "pool 12% full"
    assert why["Parameter Store"] == "no charge"
    secrets = next(line for line in lines if "Secrets Manager" in line)
    assert secrets.endswith("billed once")


def test_json_is_exact(todo: Report) -> None:
    """Money is written as exact decimals, and the lines add up to the marginal figure."""
    content = json.loads(as_json(todo), parse_float=pytest.fail)
    assert list(content) == [
        "subject",
        "region",
        "account_plan",
        "prices_checked",
        "lines",
        "totals",
    ]
    assert set(content["totals"]) == {"list", "marginal", "share", "alone"}
    expected = {
        "resource",
        "service",
        "item",
        "quantity",
        "unit",
        "derivation",
        "list",
        "pays",
        "shared",
        "price",
    }
    for line in content["lines"]:
        assert expected <= set(line)
        assert set(line["price"]) == {"usd", "per", "source", "checked"}
        assert "E" not in line["list"]
    assert sum(Decimal(line["pays"]) for line in content["lines"]) == Decimal(
        content["totals"]["marginal"]
    )
    assert sum(Decimal(line["list"]) for line in content["lines"]) == Decimal(
        content["totals"]["list"]
    )


def test_every_figure_can_be_traced(everything: Report) -> None:
    """Every line has a sentence, a price, a source and the date it was checked."""
    for line in json.loads(as_json(everything))["lines"]:
        assert line["derivation"]
        assert line["price"]["source"]
        assert line["price"]["checked"] >= "2024-01-01"
        amount = Decimal(line["quantity"]) * Decimal(line["price"]["usd"]) / line["price"]["per"]
        assert abs(amount - Decimal(line["list"])) < Decimal("1e-20")


def test_markdown_derives_every_line(everything: Report) -> None:
    """The Markdown report has a row with its sentence and its price's link for each line."""
    text = as_markdown(everything)
    for line in everything.lines:
        assert line.derivation in text
        assert f"]({line.item.link})" in text


@pytest.mark.parametrize(
    ("quantity", "text"),
    [
        ("0", "0"),
        ("1", "1"),
        ("12", "12"),
        ("1.25", "1.3"),
        ("99.95", "100"),
        ("100.4", "100"),
        ("1234567.8", "1,234,568"),
        ("0.5", "0.5"),
        ("0.0084951", "0.0085"),
        ("0.000293253", "0.00029"),
        ("0.999", "1"),
    ],
)
def test_quantities_for_people(quantity: str, text: str) -> None:
    """Small quantities show two figures, large ones none after the point."""
    assert human(Decimal(quantity)) == text


def test_cost_table_of_a_readme(tmp_path: Path, catalog: Catalog, todo_text: str) -> None:
    """The table is written between the marks, whole, and nothing else is touched."""
    manifest = parse_manifest(todo_text, "app.yaml")
    bill = Bill(catalog, workloads_of(manifest, catalog))
    readme = tmp_path / "README.md"
    readme.write_text("# todo\n\n<!-- cost -->\nold\n<!-- /cost -->\n\nmine\n", encoding="utf-8")
    write_table(readme, bill, "todo")
    text = readme.read_text(encoding="utf-8")
    assert text.startswith("# todo\n\n<!-- cost -->\n\n| dev | use in a month | list price |\n")
    assert "| Secrets Manager | 3 secrets, 1,683 calls | $1.21 |\n" in text
    assert "\nAlone, after the free tiers, todo would cost $1.22 a month.\n" in text
    assert text.endswith("\n\n<!-- /cost -->\n\nmine\n")
    write_table(readme, bill, "todo")
    assert readme.read_text(encoding="utf-8") == text
    assert [path.name for path in tmp_path.iterdir()] == ["README.md"]


@pytest.mark.parametrize("text", ["# todo\n", "<!-- /cost --> <!-- cost -->\n"])
def test_cost_table_needs_its_marks(
    tmp_path: Path, catalog: Catalog, todo_text: str, text: str
) -> None:
    """Without the marks, in their order, the file is left as it is."""
    bill = Bill(catalog, workloads_of(parse_manifest(todo_text, "app.yaml"), catalog))
    readme = tmp_path / "README.md"
    readme.write_text(text, encoding="utf-8")
    with pytest.raises(TennerError) as caught:
        write_table(readme, bill, "todo")
    assert str(caught.value) == (
        f"{readme}: expected <!-- cost --> and <!-- /cost --> around the cost table"
    )
    assert readme.read_text(encoding="utf-8") == text
