"""Every amount that a document prints is computed too, and each difference says why."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from tenner.comparison import Comparison
from tenner.report_documents import write_documents
from tenner.system_cost import load_system, system_names
from tests.document_figures import Figure, figures_in, recorded
from tests.fixtures_generated import ROOT

if TYPE_CHECKING:
    from tenner.catalog import Catalog
    from tenner.system import System

PAGE = ROOT / "docs" / "documents.md"
COUNTS = {
    "bedrock-budgeteer": 32,
    "codelearn": 88,
    "commerce-link-hub": 90,
    "healthcare-backend": 313,
    "multi-app-account": 69,
}
"""How many figures each system's document printed, those in other units than USD too."""


@pytest.fixture(params=system_names())
def system(request: pytest.FixtureRequest) -> System:
    """Each system of the catalog."""
    return load_system(request.param)


def test_every_system_is_counted() -> None:
    """A new document has to say how many figures it prints."""
    assert sorted(COUNTS) == [name for name in system_names() if load_system(name).document]


def test_every_amount_of_the_document_is_there(system: System) -> None:
    """Each amount, and each share and factor beside one, is an entry of the system's file.

    No entry has an amount that the document does not print on that line; FREE is one too.
    """
    if system.document is None:
        return
    entered = Counter(
        Figure(line, *figure.figure, "$" if figure.unit is None else figure.unit[0])
        for figure in system.printed
        for line in figure.lines
    )
    printed = Counter(recorded(system.document))
    assert printed - entered == Counter()
    free = Decimal(0)
    extra = [figure for figure in entered - printed if figure.unit == "$" and figure.high != free]
    assert extra == []


def test_every_difference_is_explained(system: System, catalog: Catalog) -> None:
    """Every printed figure is reproduced, or the system's file says why not."""
    figures = Comparison(system, catalog).figures()
    unexplained = [
        f"{figure.printed.lines}: {figure.printed.what}: {figure.computed}"
        for figure in figures
        if not figure.is_explained
    ]
    assert unexplained == []
    assert sum(len(figure.printed.lines) for figure in figures) == COUNTS.get(system.name, 0)


def test_documents_page(request: pytest.FixtureRequest, catalog: Catalog) -> None:
    """docs/documents.md has every document's figures, as they are computed today."""
    text = write_documents(map(load_system, system_names()), catalog)
    if request.config.getoption("--update-golden"):
        PAGE.write_text(text, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == text
    assert "not explained" not in text


def test_amounts_are_found() -> None:
    """Amounts, ranges and bounds are found, shares and factors only on a line with an amount."""
    text = "<$10 for all\n5% of 2x\n| $1.20 | $0 | 5% |\n$2-5, $18.73 - $21.73\n$15+ and >$1,050.5"
    text += "\n| $878 | 3.5x |\n$10 | -95% | +40%\nup to $8 (9-49% less)"
    assert figures_in(text) == [
        Figure(1, None, Decimal(10)),
        Figure(3, Decimal(5), Decimal(5), "%"),
        Figure(3, Decimal("1.20"), Decimal("1.20")),
        Figure(3, Decimal(0), Decimal(0)),
        Figure(4, Decimal(2), Decimal(5)),
        Figure(4, Decimal("18.73"), Decimal("21.73")),
        Figure(5, Decimal(15), None),
        Figure(5, Decimal("1050.5"), None),
        Figure(6, Decimal("3.5"), Decimal("3.5"), "x"),
        Figure(6, Decimal(878), Decimal(878)),
        Figure(7, Decimal(-95), Decimal(-95), "%"),
        Figure(7, Decimal(40), Decimal(40), "%"),
        Figure(7, Decimal(10), Decimal(10)),
        Figure(8, Decimal(9), Decimal(49), "%"),
        Figure(8, Decimal(8), Decimal(8)),
    ]
