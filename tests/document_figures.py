"""Finds the amounts of money that a document prints, so that a test can count them.

A percentage or a factor (4.0x) on the same line as an amount counts too: a share, a saving, a
growth. The documents themselves are not in this repository, only their figures, one a line:
`tests/documents/<document>.txt` has `<line> <low> <high>`, and `%` or `x` where it is no amount.
Write it anew with `python -m tests.document_figures DOCUMENT < the document`.
"""

from __future__ import annotations

import re
import sys
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(__file__).parent / "documents"
_AMOUNT = r"[0-9][0-9,]*(?:\.[0-9]+)?"
_FIGURE = re.compile(
    rf"(?P<sign>[<>]?)\s?\$(?P<low>{_AMOUNT})(?:\s?-\s?\$?(?P<high>{_AMOUNT}))?(?P<more>\+?)"
)
_SHARE = re.compile(
    rf"(?<![0-9.,$])(?P<low>-?{_AMOUNT})(?:\s?-\s?(?P<high>{_AMOUNT}))?\s?(?P<unit>%|x\b)"
)


class Figure(NamedTuple):
    """A figure on a line of a document, in USD, % or x; an open end is None."""

    line: int
    low: Decimal | None
    high: Decimal | None
    unit: str = "$"


def figures_in(text: str) -> list[Figure]:
    """Find all amounts ($1.20, $2-5, $15+, >$50, <$10), and what stands beside one (4%, 2.5x)."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        if _FIGURE.search(line):
            found += list(_shares_in(line, number))
        for match in _FIGURE.finditer(line):
            low = Decimal(match["low"].replace(",", ""))
            high = Decimal(match["high"].replace(",", "")) if match["high"] else low
            if match["sign"] == "<":
                found.append(Figure(number, None, high))
            elif match["sign"] == ">" or match["more"]:
                found.append(Figure(number, low, None))
            else:
                found.append(Figure(number, low, high))
    return found


def _shares_in(line: str, number: int) -> Iterator[Figure]:
    for match in _SHARE.finditer(line):
        low = Decimal(match["low"].replace(",", ""))
        yield Figure(number, low, Decimal(match["high"] or low), match["unit"])


def recorded(document: str) -> list[Figure]:
    """Read the figures of a document that were found once."""
    rows = (FOLDER / f"{document}.txt").read_text(encoding="utf-8").splitlines()
    found = []
    for row in rows:
        line, low, high, *unit = row.split()
        bounds = [None if bound == "-" else Decimal(bound) for bound in (low, high)]
        found.append(Figure(int(line), bounds[0], bounds[1], *unit))
    return found


def main() -> None:
    """Write the figures of the document on stdin."""
    rows = [
        f"{line} {'-' if low is None else low} {'-' if high is None else high}"
        f"{'' if unit == '$' else f' {unit}'}\n"
        for line, low, high, unit in figures_in(sys.stdin.read())
    ]
    (FOLDER / f"{sys.argv[1]}.txt").write_text("".join(rows), encoding="utf-8")


if __name__ == "__main__":
    main()
