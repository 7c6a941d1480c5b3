"""Reports as CSV: one row a line of the estimate, money as exact decimals, units in the headers."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from tenner.money import exact_text

if TYPE_CHECKING:
    from tenner.lines import Line
    from tenner.report import Report

HEADERS = (
    "app",
    "environment",
    "resource",
    "service",
    "item",
    "quantity",
    "unit",
    "list_usd_per_month",
    "pays_usd_per_month",
    "price_usd",
    "price_for_units",
    "shared_by_apps",
    "pool_used_units",
    "pool_free_units",
    "derivation",
    "source",
    "checked",
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet takes a text that starts with one of these for a formula."""


def as_csv(report: Report) -> str:
    """Write a report's lines as CSV (RFC 4180, with line feeds).

    The environment of a system is its variant.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADERS)
    variant = report.subject.partition(", ")[2] if report.is_system else ""
    writer.writerows(_row(line, variant or line.environment) for line in report.lines)
    return text.getvalue().rstrip("\n")


def _row(line: Line, environment: str) -> list[str]:
    item, pool = line.item, line.pool
    return [
        _text(line.app),
        _text(environment),
        _text(line.resource),
        _text(item.service),
        _text(item.name),
        exact_text(line.quantity),
        _text(item.unit),
        exact_text(line.list),
        exact_text(line.pays),
        exact_text(item.usd_per),
        str(item.per),
        str(line.shared or 1),
        exact_text(pool.used) if pool else "",
        exact_text(pool.amount) if pool else "",
        _text(line.derivation),
        _text(item.link),
        str(item.checked),
    ]


def _text(text: str) -> str:
    """Write a text so that no spreadsheet runs it."""
    return f"'{text}" if text.startswith(_FORMULA) else text
