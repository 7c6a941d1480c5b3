"""Reports of growth: sizes with their cost, what grows how, where choices flip, break-even."""

from __future__ import annotations

import json
import textwrap
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tenner.money import HALF_A_CENT, cents, exact_text, plain, rounded
from tenner.printed import described
from tenner.report_text import columns, render

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tenner.growth import Choice, Flip, Growth, Size

_WIDTH, _HUNDREDTH, _TINY = 80, Decimal("0.01"), Decimal("0.0000000001")
_TENTH = Decimal("0.1")


def write_growth(growth: Growth, format_: str) -> str:
    """Write growth as `text`, `markdown` or `json`."""
    if format_ == "json":
        return _json(growth)
    header = [growth.unit, "a month", "factor", "for each"]
    if growth.break_even is not None:
        header += ["revenue", "margin"]
    sizes = [header, *(_cells(growth, size) for size in growth.sizes)]
    rows = [
        [row.name, cents(row.first), cents(row.last), _times(row.last, row.first), row.how]
        for row in growth.rows
        if row.first or row.last
    ]
    sentences = [_of_choice(growth, choice) for choice in growth.choices]
    values = {
        "growth": growth,
        "break_even": _of_break_even(growth),
        "first": plain(growth.sizes[0].size),
        "last": plain(growth.sizes[-1].size),
        "searched_from": plain(growth.searched_from),
        "searched_to": plain(growth.searched_to),
    }
    if format_ == "markdown":
        return render("scale_markdown.jinja", sizes=sizes, rows=rows, sentences=sentences, **values)
    text_rows = columns([["", *_ends(growth), "factor", "how"], *rows], left={0, 4})
    return render(
        "scale_text.jinja",
        sizes=columns(sizes, left=set()),
        rows=text_rows,
        sentences=[_wrapped(sentence) for sentence in sentences],
        **values,
    )


def _ends(growth: Growth) -> list[str]:
    return [plain(growth.sizes[0].size), plain(growth.sizes[-1].size)]


def _cells(growth: Growth, size: Size) -> list[str]:
    factor = growth.factor(size.total)
    found = [
        plain(size.size),
        cents(size.total),
        "–" if factor is None else f"{rounded(factor, _HUNDREDTH):f}",
        described(size.per_unit, money=True),
    ]
    if size.revenue is not None:
        margin = size.margin_percent
        shown = "–" if margin is None else f"{rounded(margin, _TENTH):,f} %"
        found += [cents(size.revenue), shown]
    return found


def _times(last: Decimal, first: Decimal) -> str:
    return f"{rounded(last / first, _HUNDREDTH):,f}" if first >= HALF_A_CENT else "–"


def _of_choice(growth: Growth, choice: Choice) -> str:
    """Say which option is the cheapest from where on."""
    first, *later = choice.flips
    name, unit = choice.name, growth.key.replace("_", " ")
    if choice.tied:
        return f"{name}: {' and '.join(choice.options)} cost the same at every size."
    if not later:
        other = [option for option in choice.options if option != first.option]
        return f"{name}: {first.option} is the cheapest at every size, never {' or '.join(other)}."
    parts = [f"{flip.option} from {plain(flip.size)} {unit} on" for flip in later if flip.size]
    return f"{name}: {first.option} is the cheapest at first, {', '.join(parts)}."


def _of_break_even(growth: Growth) -> str:
    """Say from where on revenue pays for the cost."""
    if growth.break_even is None:
        return ""
    unit = growth.unit
    words = {"earns": "pays for itself", "loses": "costs more than it earns"}
    first, *later = growth.break_even
    if not later:
        return f"It {words[first.option]} at every size up to {plain(growth.searched_to)} {unit}."
    return " ".join(
        f"It {words[flip.option]} from {plain(flip.size)} {unit} on." for flip in later if flip.size
    )


def _wrapped(text: str) -> str:
    return textwrap.fill(text, _WIDTH, initial_indent="  ", subsequent_indent="    ")


def _json(growth: Growth) -> str:
    content: dict[str, Any] = {
        "subject": growth.name,
        "region": growth.region,
        "key": growth.key,
        "times": exact_text(growth.times),
        "sizes": [_size(growth, size) for size in growth.sizes],
        "resources": [
            {
                "resource": row.name,
                "first": exact_text(row.first),
                "last": exact_text(row.last),
                "how": row.how,
            }
            for row in growth.rows
        ],
        "choices": [
            {
                "resource": choice.name,
                "now": choice.options[0],
                "tied": choice.tied,
                "cheapest": _flips(choice.flips),
            }
            for choice in growth.choices
        ],
        "searched_from": exact_text(growth.searched_from),
        "searched_to": exact_text(growth.searched_to),
    }
    if growth.break_even is not None:
        content["break_even"] = _flips(growth.break_even)
    return json.dumps(content, indent=2, ensure_ascii=False)


def _flips(flips: Sequence[Flip]) -> list[dict[str, str | None]]:
    return [
        {"from": None if flip.size is None else exact_text(flip.size), "option": flip.option}
        for flip in flips
    ]


def _size(growth: Growth, size: Size) -> dict[str, Any]:
    factor, margin = growth.factor(size.total), size.margin_percent
    found: dict[str, Any] = {
        "size": exact_text(size.size),
        "total": exact_text(size.total),
        "factor": None if factor is None else exact_text(rounded(factor, _TINY)),
        "for_each": exact_text(rounded(size.per_unit, _TINY)),
        "resources": {name: exact_text(cost) for name, cost in size.rows.items()},
    }
    if size.revenue is not None:
        found["revenue"] = exact_text(size.revenue)
        found["margin_percent"] = None if margin is None else exact_text(rounded(margin, _TINY))
    return found
