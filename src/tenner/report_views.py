"""Reports beside the cost itself: environments side by side, and compliance notes."""

from __future__ import annotations

import json
import textwrap
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from tenner.money import cents, exact_text
from tenner.report_text import columns

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tenner.compliance import Regime, ServiceNote
    from tenner.side_by_side import Column, SideBySide

_ZERO, _WIDTH, _MOST_COLUMNS = Decimal(0), 80, 3
_STATUS = {"eligible": "eligible", "not_eligible": "NOT ELIGIBLE", "no_data": "carries no data"}


class Safeguards(NamedTuple):
    """What a rule forbids to take away: what that costs in USD a month, and what it is."""

    cost: Decimal
    names: Sequence[str]


def write_side_by_side(found: SideBySide, format_: str) -> str:
    """Write the comparison as `text`, `markdown` or `json`; text in blocks of three columns."""
    if format_ == "json":
        return _json(found)
    if format_ == "markdown":
        header, *rows = _rows(found, found.columns)
        lines = [header, ["---", *("---:" for _ in header[1:])], *rows]
        table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
        told = "".join(f"\n\n{each}" for each in _changes(found, "- {}: {}"))
        return f"# {found.subject}, side by side\n\nUSD a month.\n\n{table}{told}"
    blocks = [
        columns(_rows(found, found.columns[start : start + _MOST_COLUMNS]), left={0})
        for start in range(0, len(found.columns), _MOST_COLUMNS)
    ]
    notes = [_fill(line, "  ", "    ") for line in _changes(found, "{}: {}")]
    return "\n\n".join([f"{found.subject}, side by side", *blocks, *notes])


def _changes(found: SideBySide, form: str) -> list[str]:
    """Say in one line for each column what its environment changes."""
    return [form.format(name, "; ".join(all_)) for name, all_ in found.changes.items() if all_]


def _rows(found: SideBySide, chosen: Sequence[Column]) -> list[list[str]]:
    """Give the header, what each brings, each service's cost, and the total."""
    rows = [["", *(column.name for column in chosen)]]
    rows += [[name, *(column.facts[name] for column in chosen)] for name in chosen[0].facts]
    for service in found.services:
        costs = [column.costs.get(service) for column in chosen]
        rows.append([service, *("–" if cost is None else cents(cost) for cost in costs)])
    rows.append(["a month", *(cents(column.total) for column in chosen)])
    return rows


def _json(found: SideBySide) -> str:
    content = {
        "subject": found.subject,
        "columns": [
            {
                "name": column.name,
                **column.facts,
                **({"changes": list(found.changes[column.name])} if found.changes else {}),
                "services": {name: exact_text(cost) for name, cost in column.costs.items()},
                "total": exact_text(column.total),
            }
            for column in found.columns
        ],
    }
    return json.dumps(content, indent=2, ensure_ascii=False)


def write_compliance(
    regime: Regime, subject: str, services: Mapping[str, str], kept: Safeguards | None, format_: str
) -> str:
    """Write what a rule asks of the services that are used, by the names of their files.

    `kept` is what advice would take away if the rule did not forbid it.
    """
    notes = regime.of(services)
    if format_ == "json":
        return _compliance_json(regime, subject, notes, kept)
    paid = (
        f"Safeguards that it forbids to take away cost {cents(kept.cost)} a month here: "
        f"{', '.join(kept.names)}."
        if kept and kept.cost
        else ""
    )
    if format_ == "markdown":
        head = f"# {regime.title} and {subject}\n\n{regime.summary}\n\n"
        everywhere = "\n".join(f"- {text}" for text in regime.everywhere)
        rows = "\n".join(
            f"| {services[name]} | {_status(note)} | {' '.join(note.forces) if note else ''} |"
            for name, note in notes.items()
        )
        table = f"| service | status | what it forces |\n|---|---|---|\n{rows}"
        return "\n\n".join(part for part in (head + everywhere, table, paid) if part)
    lines = [f"{regime.title} and {subject}", "", _fill(regime.summary, "  ")]
    lines += [_fill(f"- {text}", "  ", "    ") for text in regime.everywhere]
    for name, note in notes.items():
        lines += ["", f"  {services[name]}: {_status(note)}"]
        lines += [_fill(f"- {text}", "    ", "      ") for text in (note.forces if note else ())]
    return "\n".join([*lines, *(["", _fill(paid, "  ")] if paid else [])])


def _status(note: ServiceNote | None) -> str:
    return _STATUS[note.status] if note else "UNKNOWN: ask AWS"


def _fill(text: str, indent: str, further: str = "  ") -> str:
    return textwrap.fill(
        text, _WIDTH, initial_indent=indent, subsequent_indent=further, break_on_hyphens=False
    )


def _compliance_json(
    regime: Regime,
    subject: str,
    notes: Mapping[str, ServiceNote | None],
    kept: Safeguards | None,
) -> str:
    content = {
        "rule": regime.title,
        "subject": subject,
        "everywhere": list(regime.everywhere),
        "services": {
            name: {"status": note.status if note else "unknown", "forces": list(note.forces)}
            if note
            else {"status": "unknown", "forces": []}
            for name, note in notes.items()
        },
        "safeguards_cost": exact_text(kept.cost if kept else _ZERO),
        "safeguards": list(kept.names) if kept else [],
        "source": list(regime.source),
        "checked": str(regime.checked),
    }
    return json.dumps(content, indent=2, ensure_ascii=False)
