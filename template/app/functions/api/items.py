"""Items: what one is, how it is stored and shown. No AWS in here."""

import base64
import re
import secrets
from datetime import UTC, datetime
from typing import Any

from functions.shared import table
from functions.shared.inputs import Refused, json_object, only, text

MOST_BYTES = 16 * 1024  # of the request
MOST_TITLE_CHARACTERS = 200
MOST_PER_PAGE = 100
PER_PAGE = 20

_ID = re.compile(r"[0-9a-f]{28}")


def new_id(now: datetime) -> str:
    """Make an id that sorts by time (12 digits of milliseconds) and can't be guessed."""
    return f"{int(now.timestamp() * 1000):012x}{secrets.token_hex(8)}"


def parse(body: str) -> dict[str, str]:
    """Read a title and perhaps notes from a request's body; anything else is refused."""
    fields = json_object(body, MOST_BYTES)
    only(fields, ("title", "notes"))
    item = {"title": text(fields.get("title"), "title", MOST_TITLE_CHARACTERS)}
    if "notes" in fields:
        item["notes"] = text(fields["notes"], "notes", MOST_BYTES)
    return item


def row(pk: str, item: dict[str, str], now: datetime, days: int) -> table.Row:
    """Make the row of a new item that lives for so many days; 0 keeps it."""
    item_id = new_id(now)
    made: table.Row = {"pk": pk, "sk": sort_key(item_id), "id": item_id, **item}
    made["created_at"] = int(now.timestamp())
    if expiry := table.expires_at(now.timestamp(), days):
        made["expires_at"] = expiry
    return made


def shown(row: table.Row) -> dict[str, Any]:
    """Show a row as the API does: without its keys, times as ISO 8601 in UTC."""
    return {
        "id": row["id"],
        "title": row["title"],
        "notes": row.get("notes"),
        "created_at": _iso(row["created_at"]),
        "expires_at": _iso(row["expires_at"]) if "expires_at" in row else None,
    }


def sort_key(item_id: str) -> str:
    """Make an item's second key; 404 for what can't be an id, before anything is read."""
    if not _ID.fullmatch(item_id):
        raise missing()
    return table.key("item", item_id)


def missing() -> Refused:
    """Say that there is no such item, be it gone, expired or never there."""
    return Refused(404, "There is no item with this id.")


def page_size(limit: str | None) -> int:
    """Read how many items one page may have."""
    if limit is None:
        return PER_PAGE
    if not re.fullmatch(r"[0-9]{1,3}", limit) or not 1 <= int(limit) <= MOST_PER_PAGE:
        raise Refused(400, f"limit must be a whole number from 1 to {MOST_PER_PAGE}.")
    return int(limit)


def cursor(sk: str | None) -> str | None:
    """Make the cursor that goes on after a row. It carries an item's id and no more."""
    return _encoded(sk.rpartition("#")[2]) if sk else None


def after(cursor: str | None) -> str | None:
    """Read a cursor back into a second key: it can't point into another partition."""
    if cursor is None:
        return None
    try:
        item_id = base64.urlsafe_b64decode(cursor + "==").hex()
    except ValueError:
        item_id = ""
    if not _ID.fullmatch(item_id) or _encoded(item_id) != cursor:
        raise Refused(400, "cursor must be the `next` of an earlier page.")
    return sort_key(item_id)


def _encoded(item_id: str) -> str:
    return base64.urlsafe_b64encode(bytes.fromhex(item_id)).decode().rstrip("=")


def _iso(seconds: str | int) -> str:
    return datetime.fromtimestamp(int(seconds), UTC).isoformat()
