"""One self-contained HTML page: no network, no file beside it, everything escaped."""

from __future__ import annotations

import base64
import hashlib
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jinja2
from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup

from tenner import charts
from tenner.money import cents, cents_or_less, exact_text, plain
from tenner.page import price_key
from tenner.report_fleet import ends_sentences, fillers
from tenner.report_text import human

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tenner.catalog import PricedItem
    from tenner.lines import Line
    from tenner.page import Page

_TEMPLATES = Path(__file__).parent / "report_templates"
_MOST_BARS = 12


def as_html(page: Page, problems: Sequence[str] = ()) -> str:
    """Write the page; `problems` are sentences about what is not counted in it."""
    style, early, script = (_read(name) for name in ("page.css", "page_early.js", "page.js"))
    return (
        _environment()
        .get_template("page.html.jinja")
        .render(
            page=page,
            report=page.report,
            problems=problems,
            style=Markup(style),  # noqa: S704 - the program's own file
            early=Markup(early),  # noqa: S704
            script=Markup(script),  # noqa: S704
            derivations=htmlsafe_json_dumps(_derivations(page), separators=(",", ":")),
            csp=_policy([style], [early, script]),
            price_ids={key: f"p{number}" for key, number in _numbers(page).items()},
            bars=_bars(page),
            curves=_curves(page),
            ends=ends_sentences(page.fleet) if page.fleet else [],
        )
    )


def _numbers(page: Page) -> dict[str, int]:
    return {price_key(item): number for number, item in enumerate(page.prices)}


def _derivations(page: Page) -> dict[str, Any]:
    """Give every row's lines for the page's script, each text once: many apps are alike."""
    numbers, texts = _numbers(page), _Texts()
    pays = "pays" if page.report.is_system else "adds"
    return {
        "headings": ["what, and how much of it", "list", pays],
        "prices": [[f"{i.service}: {i.name}", price_text(i)] for i in page.prices],
        "rows": [
            [
                [
                    numbers[price_key(line.item)],
                    texts.number(line.resource),
                    texts.number(f"{line.derivation} = {plain(line.quantity)} {line.item.unit}"),
                    cents_or_less(line.list),
                    cents_or_less(line.pays),
                    texts.number(more_of(line)),
                ]
                for line in row.lines
            ]
            for row in page.rows
        ],
        "texts": list(texts),
    }


class _Texts(dict[str, int]):
    """Texts by their number, each kept once."""

    def number(self, text: str) -> int:
        return self.setdefault(text, len(self))


def price_text(item: PricedItem) -> str:
    """Say a price, such as `$0.20 for 1,000,000 request`."""
    return f"${plain(item.usd_per)} for {item.per:,} {item.unit}"


def more_of(line: Line) -> str:
    """Say who shares a line's thing, and how full its pool is."""
    shared = f", billed once for {line.shared}" if line.shared > 1 else ""
    return shared + (f", pool {line.pool.percent}% full" if line.pool and line.quantity else "")


def many(unit: str, amount: Decimal) -> str:
    """Say a unit in the plural: `request a second` is `requests a second`."""
    noun, _, rest = unit.partition(" a ")
    is_symbol = noun.isupper() or noun.partition("-")[0].isupper()
    plural = noun if amount == 1 or is_symbol else f"{noun}s"
    return f"{plural} a {rest}" if rest else plural


def _bars(page: Page) -> Markup:
    """Draw the services that cost something; the table beside has all of them."""
    paid = [(each.row.what, each.row.pays) for each in page.services if each.row.pays]
    rest = sum((amount for _, amount in paid[_MOST_BARS:]), Decimal(0))
    shown = paid[:_MOST_BARS] + ([("all others", rest)] if rest else [])
    if not shown:
        return Markup()
    return Markup(charts.bars("What each service costs; the table has the same figures", shown))  # noqa: S704


def _curves(page: Page) -> Markup:
    if not page.growth:
        return Markup()
    return Markup(charts.curves("Cost by size; the table has the same figures", page.growth))  # noqa: S704


def _policy(styles: Sequence[str], scripts: Sequence[str]) -> str:
    """Allow exactly the page's own style and scripts, and no request at all."""
    return "; ".join(
        [
            "default-src 'none'",
            "img-src data:",
            f"style-src {' '.join(map(_hash, styles))}",
            f"script-src {' '.join(map(_hash, scripts))}",
            "base-uri 'none'",
            "form-action 'none'",
        ]
    )


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def _read(name: str) -> str:
    return (_TEMPLATES / name).read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=True,
    )
    environment.filters.update(money=cents_or_less, cents=cents, plain=plain, human=human)
    environment.filters.update(exact_text=exact_text, many=many, price=price_text, more=more_of)
    environment.globals.update(price_key=price_key, fillers=fillers)
    return environment
