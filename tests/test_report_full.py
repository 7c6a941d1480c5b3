"""A system's whole report: its parts, its figures, and what the command says about it."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest

from tenner.cli import main
from tenner.lines import subject_lines
from tenner.load import load_catalog
from tenner.money import cents
from tenner.report_full import as_full_markdown
from tenner.system_cost import SystemRequest, answer_for_system, load_system, system_names

GOLDEN = Path(__file__).parent / "golden" / "healthcare-backend.full.md"
PARTS = [
    "Summary",
    "Distribution",
    "Metrics",
    "Components",
    "Growth with users",
    "Variants",
    "Optimisations by impact",
    "Free pools",
    "Assumptions",
    "Not included",
    "Needs review",
    "Prices",
]


def full(name: str, *usage: str) -> str:
    """Write a system's whole report."""
    system = load_system(name)
    return as_full_markdown(answer_for_system(SystemRequest(system, "", usage, None, None)))


def test_golden(request: pytest.FixtureRequest) -> None:
    """The report of document 001's system is what the golden file says."""
    text = full("healthcare-backend") + "\n"
    if request.config.getoption("--update-golden"):
        GOLDEN.write_text(text, encoding="utf-8")
    assert text == GOLDEN.read_text(encoding="utf-8")


def test_parts() -> None:
    """It has the parts of document 001, in an order that starts with the answer."""
    text = full("healthcare-backend")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == PARTS
    system = load_system("healthcare-backend")
    for sentence in (*system.assumes, *system.excludes, *system.needs_review):
        assert f"- {sentence}\n" in text
    for name in load_catalog().assumptions:
        assert f"| {name.replace('_', ' ')} |" in text


def test_figures_agree_with_the_short_report() -> None:
    """The distribution adds up to the total, and every use has its sentence and its price."""
    system = load_system("healthcare-backend")
    answer = answer_for_system(SystemRequest(system, "", (), None, None))
    text = as_full_markdown(answer)
    assert f"It costs **{cents(answer.report.total)}** a month" in text
    rows = re.findall(r"^\| ([^|*]+) \| \$([\d.,]+) \| [\d.]+ % \|", text, re.MULTILINE)
    parts = sum(Decimal(amount.replace(",", "")) for _, amount in rows)
    assert abs(parts - answer.report.total) < Decimal("0.05")
    for line in answer.report.lines:
        assert line.derivation in text
        assert f"]({line.item.link})" in text


def test_growth_is_what_a_bigger_system_costs() -> None:
    """The column of five times the users has the total of `--usage users=50000`."""
    bigger = answer_for_system(
        SystemRequest(load_system("healthcare-backend"), "", ["users=50000"], None, None)
    )
    assert f"**{cents(bigger.report.total)}**" in full("healthcare-backend")
    assert "| sized for | 50,000 users |" in full("healthcare-backend", "users=50000")


@pytest.mark.parametrize("name", system_names())
def test_every_table_is_whole(name: str) -> None:
    """In every system's report each row of a table has as many cells as its heading."""
    width = 0
    for line in full(name).splitlines():
        cells = len(re.findall(r"(?<!\\)\|", line)) if line.startswith("|") else 0
        assert not width or not cells or cells == width, line
        width = cells


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ["healthcare-backend", "--full"],
            "--full: given --format text, expected --format markdown\n",
        ),
        (
            [".", "--full", "--format", "markdown"],
            "--full: expected one system of the catalog, by its name\n",
        ),
        (
            ["healthcare-backend", "--as-printed", "--format", "csv"],
            "--as-printed: given --format csv, expected text, markdown or json\n",
        ),
    ],
)
def test_refusals(arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What can't be had is said in one sentence."""
    assert main(["cost", *arguments]) == 2
    assert capsys.readouterr().err == sentence


def test_command(capsys: pytest.CaptureFixture[str]) -> None:
    """The command prints it."""
    assert main(["cost", "codelearn", "--format", "markdown", "--full"]) == 0
    assert capsys.readouterr().out == full("codelearn") + "\n"


@pytest.mark.parametrize("name", system_names())
def test_no_use_pays_more_than_its_list_price(name: str) -> None:
    """A free pool is the cheaper item's, so that no line pays for what another gets free."""
    answer = answer_for_system(SystemRequest(load_system(name), "", (), None, None))
    lines = subject_lines(answer.bill, [0])
    assert all(Decimal(0) <= line.pays <= line.list for line in lines)
    assert sum(line.pays for line in lines) == answer.bill.total
