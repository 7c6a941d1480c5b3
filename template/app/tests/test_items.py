"""Items, apart from AWS."""

from datetime import UTC, datetime

import pytest

from functions.api import items
from functions.shared.inputs import Refused

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def test_ids_sort_by_time() -> None:
    """A later item has a greater id, so that a list is in order without an index."""
    later = datetime(2026, 11, 20, 12, 0, 1, tzinfo=UTC)
    assert items.new_id(NOW) < items.new_id(later)
    assert items.new_id(NOW) != items.new_id(NOW)


def test_a_row_expires_unless_told_to_stay() -> None:
    """Rows live for so many days; zero keeps them."""
    row = items.row("pk", {"title": "Milk"}, NOW, days=30)
    assert row["expires_at"] == int(NOW.timestamp()) + 30 * 86_400
    assert items.shown(row)["expires_at"] == "2026-12-20T12:00:00+00:00"
    assert items.shown(items.row("pk", {"title": "Milk"}, NOW, days=0))["expires_at"] is None


def test_a_cursor_goes_there_and_back() -> None:
    """A cursor leads to the key it was made from."""
    key = items.sort_key(items.new_id(NOW))
    assert items.after(items.cursor(key)) == key
    assert items.cursor(None) is None
    assert items.after(None) is None


@pytest.mark.parametrize("cursor", ["", "=", "AAAA", "A" * 400, "AZqZ 8gAAAAAAAAAAAA"])
def test_a_made_up_cursor_is_refused(cursor: str) -> None:
    """A cursor that carries anything but an id is refused."""
    with pytest.raises(Refused, match="cursor must be"):
        items.after(cursor)
