"""Reports of a document's figures: printed, computed, the difference and its reason."""

from __future__ import annotations

import json
import textwrap
from typing import TYPE_CHECKING, Any

from tenner.money import exact_text
from tenner.printed import described
from tenner.report_text import render

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tenner.comparison import Compared
    from tenner.system import System

_WIDTH, _FIGURE = 80, 12


def write_printed(system: System, figures: Sequence[Compared], format_: str) -> str:
    """Write the comparison as `text`, `markdown` or `json`."""
    if format_ == "json":
        return _json(system, figures)
    counts = counts_of(figures)
    rows = [row_of(compared) for compared in figures]
    if format_ == "markdown":
        return render("printed_markdown.jinja", system=system, rows=rows, counts=counts)
    text = "\n".join(_text_of(row) for row in rows)
    return render("printed_text.jinja", system=system, rows=text, counts=counts)


def counts_of(figures: Sequence[Compared]) -> dict[str, int]:
    """Count figures, one for each line of the document on which it stands."""
    counts = {"all": 0, "agree": 0, "explained": 0, "unexplained": 0}
    for compared in figures:
        number = len(compared.printed.lines)
        kind = "agree" if compared.agrees else "unexplained"
        if kind == "unexplained" and compared.is_explained:
            kind = "explained"
        counts[kind] += number
        counts["all"] += number
    return counts


def row_of(compared: Compared) -> dict[str, str]:
    """Write one figure's line, what, printed, computed, difference and reason."""
    printed, money = compared.printed, compared.printed.is_money
    digits = printed.figure.digits
    difference = ""
    if not compared.agrees:
        difference = described(
            printed.figure.distance(compared.computed), money=money, digits=digits
        )
    reason = printed.because or ""
    if compared.today is not None and printed.priced_on is not None:
        today = described(compared.today, money=money, digits=digits)
        reason += f" (with the prices of {printed.priced_on}; today {today})"
    elif not compared.agrees and not reason:
        reason = "not explained"
    return {
        "lines": ", ".join(str(line) for line in printed.lines),
        "what": printed.what,
        "printed": printed.figure.text(printed.unit),
        "computed": described(compared.computed, money=money, digits=digits),
        "difference": difference,
        "reason": reason,
    }


def _text_of(row: dict[str, str]) -> str:
    """Set one figure: what it is, then three amounts, then the reason."""
    first = f"  {row['lines']}: {row['what']}"
    amounts = "".join(f" {row[key]:>{_FIGURE}}" for key in ("printed", "computed", "difference"))
    room = _WIDTH - len(amounts)
    found = textwrap.wrap(first, _WIDTH - 2, subsequent_indent="    ", initial_indent="  ")
    if len(found) == 1 and len(found[0]) < room:
        found = [f"{found[0]:<{room}}{amounts}".rstrip()]
    else:
        found.append(f"{'':<{room}}{amounts}".rstrip())
    indent = " " * 6
    found += textwrap.wrap(row["reason"], _WIDTH, initial_indent=indent, subsequent_indent=indent)
    return "\n".join(found)


def _json(system: System, figures: Sequence[Compared]) -> str:
    content: dict[str, Any] = {
        "system": system.name,
        "document": system.document,
        "dated": str(system.dated) if system.dated else None,
        "counts": counts_of(figures),
        "figures": [
            {
                "lines": list(compared.printed.lines),
                "what": compared.printed.what,
                "printed": compared.printed.figure.text(compared.printed.unit),
                "unit": compared.printed.unit or "USD",
                "formula": compared.printed.computed.text,
                "computed": exact_text(compared.computed),
                "agrees": compared.agrees,
                "priced_on": str(compared.printed.priced_on)
                if compared.printed.priced_on
                else None,
                "today": None if compared.today is None else exact_text(compared.today),
                "because": compared.printed.because,
            }
            for compared in figures
        ],
    }
    return json.dumps(content, indent=2, ensure_ascii=False)
