"""Writes `docs/documents.md`: every figure of every document beside the computed one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tenner.comparison import Comparison
from tenner.estimate import Bill
from tenner.money import cents
from tenner.report_printed import counts_of, row_of
from tenner.report_text import render

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tenner.catalog import Catalog
    from tenner.estimate import AccountPlan
    from tenner.system import System, Variant


def write_documents(systems: Iterable[System], catalog: Catalog) -> str:
    """Write all systems that have a document, in the order of their documents, as Markdown.

    Raises InputError where a figure has no value.
    """
    parts = [
        _part(system, catalog)
        for system in sorted(systems, key=lambda system: system.document or "")
        if system.document
    ]
    kinds = ("all", "agree", "explained", "unexplained")
    total = {kind: sum(part["counts"][kind] for part in parts) for kind in kinds}
    return render("documents_markdown.jinja", parts=parts, total=total) + "\n"


def _part(system: System, catalog: Catalog) -> dict[str, Any]:
    figures = Comparison(system, catalog).figures()
    return {
        "system": system,
        "counts": counts_of(figures),
        "rows": [row_of(figure) for figure in figures],
        "variants": [
            {
                "variant": variant,
                "list": cents(_bill(system, variant, catalog, "list").total),
                "pays": cents(_bill(system, variant, catalog, system.account_plan).total),
            }
            for variant in system.variants.values()
        ],
    }


def _bill(system: System, variant: Variant, catalog: Catalog, plan: AccountPlan) -> Bill:
    return Bill(catalog, [system.workload(catalog, variant)], plan)
