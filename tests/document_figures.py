"""Finds the amounts of money that a document prints, so that a test can count them.

The documents themselves are not in this repository, only their figures, one a line:
`tests/documents/<document>.txt` has `<line> <figure>`. Write it anew with
`python -m tests.document_figures DOCUMENT < the document`.
"""

from __future__ import annotations

import re
import sys
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parent / "documents"
_AMOUNT = r"[0-9][0-9,]*(?:\.[0-9]+)?"
_FIGURE = re.compile(
    rf"(?P<sign>[<>]?)\s?\$(?P<low>{_AMOUNT})(?:\s?-\s?\$?(?P<high>{_AMOUNT}))?(?P<more>\+?)"
)


class Figure(NamedTuple):
    """An amount in USD on a line of a document; an open end is None."""

    line: int
    low: Decimal | None
    high: Decimal | None


def figures_in(text: str) -> list[Figure]:
    """Find all amounts: $1.20, $2-5, $15+, >$50, <$10."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
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


def recorded(document: str) -> list[Figure]:
    """Read the figures of a document that were found once."""
    rows = (FOLDER / f"{document}.txt").read_text(encoding="utf-8").splitlines()
    return [
        Figure(int(line), *(None if bound == "-" else Decimal(bound) for bound in bounds))
        for line, *bounds in (row.split() for row in rows)
    ]


def main() -> None:
    """Write the figures of the document on stdin."""
    rows = [
        f"{line} {'-' if low is None else low} {'-' if high is None else high}\n"
        for line, low, high in figures_in(sys.stdin.read())
    ]
    (FOLDER / f"{sys.argv[1]}.txt").write_text("".join(rows), encoding="utf-8")


if __name__ == "__main__":
    main()
