"""Writes docs/independent-check.md: what others publish beside what Tenner computes."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from tenner.money import cents, plain
from tests.published_cases import at_digits_of, compared

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tenner.catalog import Catalog
    from tests.published_cases import Case, Compared, Published

_INTRODUCTION = """# An independent check

What other tools and vendors publish for one resource, beside what Tenner computes for the same use
with its own kinds and prices, without free tiers unless it says so. Only facts are taken: figures,
units, and where they stand. A figure agrees when the computed one, rounded to its digits, is the
same. Made from `tests/published_cases.yaml`; a test keeps it true.
"""


def write_page(published: Published, catalog: Catalog) -> str:
    """Write all cases by the kind of resource, with the counts and the sources first."""
    found = [(case, compared(case, catalog)) for case in published.cases]
    sections = (
        _section(kind, [each for each in found if each[0].kind == kind])
        for kind in sorted({case.kind for case, _ in found})
    )
    return "\n".join(
        [_INTRODUCTION, _counts(found), _sources(published), *sections, _links(published)]
    )


def _counts(found: Iterable[tuple[Case, list[Compared]]]) -> str:
    rows = {"resources": [0, 0], "figures": [0, 0]}
    for _, figures in found:
        rows["resources"][all(figure.agrees for figure in figures)] += 1
        for figure in figures:
            rows["figures"][figure.agrees] += 1
    lines = ["| | compared | agree | differ and say why |", "|---|---:|---:|---:|"]
    lines += [
        f"| {what} | {sum(numbers)} | {numbers[True]} | {numbers[False]} |"
        for what, numbers in rows.items()
    ]
    return _block(lines)


def _sources(published: Published) -> str:
    lines = ["| source | what is taken | licence |", "|---|---|---|"]
    lines += [
        f"| [{source.tool}]({source.link}) | {source.about} | {source.licence} |"
        for source in published.sources.values()
    ]
    return _block(lines)


def _section(kind: str, found: Iterable[tuple[Case, list[Compared]]]) -> str:
    lines = [
        f"## {kind}",
        "",
        "| resource | line | published | computed | difference and reason | source |",
        "|---|---|---:|---:|---|---|",
    ]
    left = []
    for case, figures in found:
        for figure in figures:
            cells = (
                *(_resource(case), _cell(figure.row.line), *_figures(figure), _why(figure)),
                f"[{case.source}][{_link(case)}]",
            )
            lines.append(f"| {' | '.join(cells)} |")
        if case.left_out:
            names = "; ".join(dict.fromkeys(case.left_out))
            left.append(f"- {_cell(case.resource)}: {case.why_left_out} Left out: {names}.")
    return _block([*lines, *([""] if left else []), *left])


def _resource(case: Case) -> str:
    """Name the resource, and what is not as everywhere else."""
    unusual = [] if case.region == "us-east-1" else [case.region]
    if case.plan != "list":
        unusual.append("with free tiers")
    if case.priced_on is not None:
        unusual.append(f"prices of {case.priced_on}")
    return _cell(case.resource) + (f" ({', '.join(unusual)})" if unusual else "")


def _link(case: Case) -> str:
    return f"{case.source}:{case.path.rpartition('/')[2] or case.path}"


def _links(published: Published) -> str:
    links = {
        _link(case): published.sources[case.source].link + case.path for case in published.cases
    }
    return _block(f"[{name}]: {link}" for name, link in sorted(links.items()))


def _figures(figure: Compared) -> tuple[str, str]:
    row = figure.row
    if row.price is not None:
        return _price(row.price, row.unit), _price(_shown(row.price, figure.price), row.unit)
    usd = _ZERO if figure.usd is None else figure.usd
    if row.usd is None:
        return "", cents(usd)
    published, computed = cents(row.usd), cents(usd)
    if row.quantity is not None and figure.quantity is not None:
        quantity = row.quantity if figure.quantity_agrees else _shown(row.quantity, figure.quantity)
        published = f"{plain(row.quantity)} × {row.unit}: {published}"
        computed = f"{plain(quantity)} × {row.unit}: {computed}"
    return published, computed


_ZERO = Decimal(0)


def _shown(stated: Decimal, found: Decimal | None) -> Decimal:
    return at_digits_of(stated, _ZERO if found is None else found)


def _price(usd: Decimal, unit: str) -> str:
    return f"${usd:f} per {unit}"


def _why(figure: Compared) -> str:
    if figure.agrees:
        return ""
    row, difference = figure.row, ""
    if row.usd is not None and figure.usd is not None:
        difference = f"{cents(figure.usd - row.usd)}: "
    return f"{difference}{row.because or 'not explained'}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _block(lines: Iterable[str]) -> str:
    return "\n".join(lines) + "\n"
