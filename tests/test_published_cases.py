"""What other tools and vendors publish is computed too, and each difference says why."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tests.fixtures_generated import ROOT
from tests.published_cases import compared, load, uncounted
from tests.published_page import write_page

if TYPE_CHECKING:
    from tenner.catalog import Catalog
    from tests.published_cases import Case

PAGE = ROOT / "docs" / "independent-check.md"
PUBLISHED = load()


@pytest.fixture(
    params=PUBLISHED.cases, ids=lambda case: f"{case.source}:{case.path}:{case.resource}"
)
def case(request: pytest.FixtureRequest) -> Case:
    """Each resource that is published."""
    found: Case = request.param
    return found


def test_every_figure_agrees_or_says_why(case: Case, catalog: Catalog) -> None:
    """A published figure is computed to its last digit, or one sentence says why not.

    A reason where the figures agree is out of date, and fails too.
    """
    wrong = [
        f"{figure.row.line}: {figure.row.usd or figure.row.price} is {figure.usd or figure.price}"
        for figure in compared(case, catalog)
        if figure.agrees == bool(figure.row.because)
    ]
    assert wrong == []


def test_nothing_is_charged_beside_the_rows(case: Case, catalog: Catalog) -> None:
    """What Tenner charges and the other tool does not is a row of its own, with its reason."""
    assert uncounted(case, catalog) == []


def test_there_are_enough() -> None:
    """Many resources of many services are compared, each once, and most of them agree."""
    assert len(PUBLISHED.cases) >= 140
    assert len({case.kind for case in PUBLISHED.cases}) >= 27
    items = {row.item.partition("/")[0] for case in PUBLISHED.cases for row in case.rows}
    assert len(items - {""}) >= 20
    named = Counter((case.source, case.path, case.resource) for case in PUBLISHED.cases)
    assert named.most_common(1)[0][1] == 1
    assert {case.source for case in PUBLISHED.cases} == set(PUBLISHED.sources)


def test_most_agree(catalog: Catalog) -> None:
    """More than four of five published figures are computed to their last digit."""
    figures = [figure for case in PUBLISHED.cases for figure in compared(case, catalog)]
    agreeing = sum(figure.agrees for figure in figures)
    assert agreeing * 10 > len(figures) * 8


def test_a_reason_is_one_sentence() -> None:
    """A reason starts with a capital and ends with its only full stop."""
    for each in PUBLISHED.cases:
        for row in (*each.rows, *each.book):
            if row.because:
                assert row.because[0].isupper() or row.because[0].isdigit()
                assert row.because.endswith(".")
                assert ". " not in row.because


def test_page(request: pytest.FixtureRequest, catalog: Catalog) -> None:
    """docs/independent-check.md has every published figure beside the computed one."""
    text = write_page(PUBLISHED, catalog)
    if request.config.getoption("--update-golden"):
        PAGE.write_text(text, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == text
    assert "not explained" not in text
