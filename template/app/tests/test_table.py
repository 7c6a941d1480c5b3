"""The app's part of the shared table."""

import time
from typing import Any

import pytest

from functions.shared import table

PK = table.key("things")


def thing(name: str, expires_in_s: int | None = None) -> table.Row:
    row: table.Row = {"pk": PK, "sk": table.key("thing", name), "name": name}
    if expires_in_s is not None:
        row["expires_at"] = int(time.time()) + expires_in_s
    return row


def test_a_row_comes_back(dynamodb: Any) -> None:
    """What was written is read, text as text and numbers as numbers."""
    row = thing("a", expires_in_s=60)
    assert table.insert(row) is True
    assert table.read(PK, table.key("thing", "a")) == row


def test_nothing_is_overwritten_by_chance(dynamodb: Any) -> None:
    """A second insert is refused and leaves the first row."""
    table.insert(thing("a"))
    assert table.insert(thing("a") | {"name": "b"}) is False
    assert table.read(PK, table.key("thing", "a")) == thing("a")
    table.overwrite(thing("a") | {"name": "b"})
    assert table.read(PK, table.key("thing", "a")) == thing("a") | {"name": "b"}


def test_an_expired_row_is_gone(dynamodb: Any) -> None:
    """A row past its time is neither read nor listed nor in the way, though still stored."""
    table.insert(thing("a", expires_in_s=-1))
    assert table.read(PK, table.key("thing", "a")) is None
    assert table.page(PK, 10) == ([], None)
    assert table.insert(thing("a")) is True


def test_a_page_is_full_despite_expired_rows(dynamodb: Any) -> None:
    """Expired rows don't make a page shorter while there are others."""
    for name in "abcdef":
        table.insert(thing(name, expires_in_s=-1 if name in "bdf" else 60))
    rows, after = table.page(PK, 2)
    assert [row["name"] for row in rows] == ["e", "c"]
    rows, after = table.page(PK, 2, after)
    assert [row["name"] for row in rows] == ["a"]
    assert after is None


def test_a_partition_is_alone(dynamodb: Any) -> None:
    """A page shows no row of another partition."""
    table.insert(thing("a") | {"pk": table.key("others")})
    assert table.page(PK, 10) == ([], None)


@pytest.mark.parametrize(("days", "expiry"), [(30, 2_593_000), (0, None)])
def test_days_become_seconds(days: int, expiry: int | None) -> None:
    """A lifetime in days is an expiry in epoch seconds; zero is none."""
    assert table.expires_at(1000.9, days) == expiry
