"""Reports for people: a table of services in 80 columns, and Markdown with every derivation."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import jinja2

from tenner.money import cents, exact, plain, rounded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tenner.catalog import PricedItem
    from tenner.lines import Line
    from tenner.report import Report

_ZERO, _WIDTH = Decimal(0), 80
_MARKS = re.compile(r"[\\|\[\]`<]")
_WORDS = {
    "alarm-metric-month": ("alarm", "alarms"),
    "dashboard-month": ("dashboard", "dashboards"),
    "key-month": ("key", "keys"),
    "metric-month": ("metric", "metrics"),
    "query": ("query", "queries"),
    "zone-month": ("zone", "zones"),
    "GB-second": ("GB-s", "GB-s"),
    "GB-month": ("GB kept", "GB kept"),
    "MAU": ("active user", "active users"),
    "parameter-month": ("parameter", "parameters"),
    "read request unit": ("read", "reads"),
    "secret-month": ("secret", "secrets"),
    "write request unit": ("write", "writes"),
}
_WORDS_OF_ITEM = {
    "cloudfront/data_transfer_out": ("GB out", "GB out"),
    "cloudwatch_logs/ingest_lambda": ("GB in", "GB in"),
    "cloudwatch_logs/storage": ("GB kept", "GB kept"),
    "data_transfer/out_to_internet": ("GB out", "GB out"),
    "dynamodb/pitr": ("GB recoverable", "GB recoverable"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One service of the text report, and in a few words why it costs what it costs."""

    what: str
    use: str
    list: Decimal
    pays: Decimal
    why: str


def as_text(report: Report) -> str:
    """Write a report for a terminal: at most 80 columns, numbers aligned."""
    groups = [
        (environment, rows_of([line for line in report.lines if _is_of(line, environment)]))
        for environment in (("",) if report.is_fleet else report.environments)
    ]
    return _render("text.jinja", report, groups=[(name, _table(rows)) for name, rows in groups])


def as_markdown(report: Report) -> str:
    """Write a report as Markdown, with the derivation, price and source of every figure."""
    return _render("markdown.jinja", report)


def write(report: Report, format_: str) -> str:
    """Write a report as `text`, `markdown`, `json` or `csv`."""
    if format_ == "json":
        from tenner.report import as_json  # noqa: PLC0415 - report imports nothing from here

        return as_json(report)
    if format_ == "csv":
        from tenner.report_csv import as_csv  # noqa: PLC0415 - few ask for it

        return as_csv(report)
    return as_markdown(report) if format_ == "markdown" else as_text(report)


def as_table(report: Report) -> str:
    """Write a report as a short Markdown table for a README: services, use and list price."""
    groups = [
        (environment, rows_of([line for line in report.lines if _is_of(line, environment)]))
        for environment in report.environments
    ]
    return _render("table.jinja", report, groups=groups)


def as_shared_table(alone: Report, whole: Report, budget: Decimal) -> str:
    """Write what the shared infrastructure costs as Markdown: alone, and with all its apps."""
    return _render("shared.jinja", alone, rows=rows_of(alone.lines), whole=whole, budget=budget)


def rows_of(lines: Sequence[Line]) -> list[Row]:
    """Sum lines up to one row for each service, in the order of the lines."""
    services: dict[str, list[Line]] = {}
    for line in lines:
        services.setdefault(line.item.service, []).append(line)
    with exact():
        return [
            Row(
                service,
                _use(own),
                sum((line.list for line in own), _ZERO),
                sum((line.pays for line in own), _ZERO),
                _why(own),
            )
            for service, own in services.items()
        ]


def human(quantity: Decimal) -> str:
    """Write a quantity for people: whole from 100 up, else two figures that say something."""
    if quantity == 0 or quantity == quantity.to_integral_value() or quantity >= 100:  # noqa: PLR2004
        return plain(rounded(quantity, Decimal(1)))
    if quantity >= 1:
        return plain(rounded(quantity, Decimal("0.1")))
    return plain(rounded(quantity, Decimal(1).scaleb(quantity.adjusted() - 1)))


def _is_of(line: Line, environment: str) -> bool:
    return environment in {"", line.environment}


def _use(lines: Sequence[Line]) -> str:
    """Say how much of each item of a service is used, summed over its resources."""
    amounts: dict[str, Decimal] = {}
    shared: dict[str, int] = {}
    items = {line.item.key: line.item for line in lines}
    for line in lines:
        key = line.item.key
        amounts[key] = amounts.get(key, _ZERO) + line.quantity
        shared[key] = max(shared.get(key, 0), line.shared)
    words = [
        f"{human(amount)} {unit_of(items[key], amount)}"
        + (f" shared by {shared[key]}" if shared[key] > 1 else "")
        for key, amount in amounts.items()
        if amount
    ]
    return ", ".join(words) or "nothing"


def unit_of(item: PricedItem, amount: Decimal) -> str:
    """Say an item's unit as people do, in the plural where there is one."""
    if item.unit == "token":
        return "tokens in" if item.key.endswith("_input") else "tokens out"
    one, many = _WORDS_OF_ITEM.get(item.key) or _WORDS.get(
        item.unit, (item.unit, item.unit if item.unit.isupper() else f"{item.unit}s")
    )
    return one if amount == 1 else many


def _why(lines: Sequence[Line]) -> str:
    """Say in a few words why a service costs nothing, or less than its list price."""
    reasons = []
    if any(line.shared > 1 for line in lines):
        reasons.append("billed once")
    full = [line.pool.percent for line in lines if line.pool and line.quantity]
    if full:
        reasons.append(f"pool {max(full)}% full")
    if not reasons and not any(line.list for line in lines):
        reasons.append("no charge")
    return ", ".join(reasons)


def _table(rows: Sequence[Row]) -> str:
    """Set rows in columns; a long use goes on in the next line."""
    header = ("what", "use in a month", "list", "you pay", "")
    cells = [header, *((r.what, r.use, cents(r.list), cents(r.pays), r.why) for r in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(5)]
    widths[0], widths[4] = min(widths[0], 20), min(max(widths[4], 1), 14)
    widths[1] = max(_WIDTH - 2 - widths[0] - widths[2] - widths[3] - widths[4] - 6, 16)
    found = []
    for what, use, listed, pays, why in cells:
        columns = [
            textwrap.wrap(what, widths[0]),
            textwrap.wrap(use, widths[1]),
            [listed],
            [pays],
            textwrap.wrap(why, widths[4]),
        ]
        for index in range(max(len(column) for column in columns)):
            part = [column[index] if index < len(column) else "" for column in columns]
            found.append(
                f"  {part[0]:<{widths[0]}}  {part[1]:<{widths[1]}} {part[2]:>{widths[2]}} "
                f"{part[3]:>{widths[3]}}  {part[4]}".rstrip()
            )
    return "\n".join(found)


def columns(rows: Sequence[Sequence[str]], left: set[int]) -> str:
    """Set rows in columns, numbers to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        (
            "  "
            + "  ".join(
                cell.ljust(width) if column in left else cell.rjust(width)
                for column, (cell, width) in enumerate(zip(row, widths, strict=True))
            )
        ).rstrip()
        for row in rows
    )


def wrapped(text: str, indent: int = 2) -> str:
    """Wrap a sentence for a terminal, its further lines deeper; words stay whole."""
    return textwrap.fill(
        text,
        _WIDTH,
        initial_indent=" " * indent,
        subsequent_indent=" " * (indent + 2),
        break_long_words=False,
        break_on_hyphens=False,
    )


def _amount_line(words: str, amount: Decimal) -> str:
    """Set a sentence and its amount at the two ends of a line."""
    text = cents(amount)
    lines = textwrap.wrap(words, _WIDTH - 4 - len(text) - 2)
    last = f"  {lines[-1]:<{_WIDTH - 2 - len(text) - 1}}{text}"
    return "\n".join([*(f"  {line}" for line in lines[:-1]), last])


def _markdown(text: str) -> str:
    """Write a text so that it stays in its cell of a table, and is no link, code or tag."""
    return _MARKS.sub(r"\\\g<0>", " ".join(text.split()))


@lru_cache(maxsize=1)
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent / "report_templates"),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
        autoescape=False,  # noqa: S701 - text and Markdown; names are validated, texts escaped
    )
    environment.filters.update(cents=cents, plain=plain, human=human, md=_markdown)
    environment.globals.update(amount_line=_amount_line)
    return environment


def render(name: str, **values: object) -> str:
    """Fill in a report's template by its name."""
    return _environment().get_template(name).render(**values).rstrip("\n")


def _render(name: str, report: Report, **more: object) -> str:
    return render(name, report=report, **more)
