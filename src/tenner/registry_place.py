"""Where a registry is, as people write it: the path of a folder, or `dynamodb://<table>`. Pure."""

from __future__ import annotations

import re
from typing import NamedTuple

from tenner.shown import shown

_SCHEME = "dynamodb:"
_URL = re.compile(
    r"dynamodb://(?P<table>[A-Za-z0-9_.-]{3,255})"
    r"(\?region=(?P<region>[a-z]{2}(-[a-z]+)+-[0-9]{1,2}))?\Z"
)
"""The same as in questions/validate.jinja."""


class TablePlace(NamedTuple):
    """A DynamoDB table; without a region, the one of the AWS environment is meant."""

    table: str
    region: str = ""

    def __str__(self) -> str:
        """Write it as people do."""
        return f"dynamodb://{self.table}" + (f"?region={self.region}" if self.region else "")


def is_table(text: str) -> bool:
    """Tell whether a registry is meant to be a table, and not a folder."""
    return text.startswith(_SCHEME)


def table_problem(text: str) -> str:
    """Say what is wrong with the URL of a table, or nothing."""
    if _URL.match(text):
        return ""
    return (
        f"given {shown(text)}, expected dynamodb://TABLE or dynamodb://TABLE?region=REGION, with a "
        "table's name of 3 to 255 letters, digits, _ . and -"
    )


def parse_table(text: str) -> TablePlace:
    """Read the URL of a table; raises ValueError with the sentence of `table_problem`."""
    found = _URL.match(text)
    if not found:
        raise ValueError(table_problem(text))
    return TablePlace(found["table"], found["region"] or "")
