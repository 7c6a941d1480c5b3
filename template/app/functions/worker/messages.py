"""Messages: what one is and how it is stored. No AWS in here."""

from datetime import datetime

from functions.shared import table
from functions.shared.inputs import Refused, json_object, text

MOST_BYTES = 16 * 1024


def parse(body: str, fields: tuple[str, ...]) -> tuple[str, str]:
    """Read a message of exactly one known field; say which, and its text."""
    message = json_object(body, MOST_BYTES)
    if len(message) != 1 or not set(message) <= set(fields):
        raise Refused(400, f"A message has exactly one of the fields {', '.join(fields)}.")
    [(field, value)] = message.items()
    return field, text(value, field, MOST_BYTES)


def row(message_id: str, content: str, now: datetime, days: int) -> table.Row:
    """Make the row of a message. SQS may deliver it twice: its id makes it the same row."""
    made: table.Row = {
        "pk": table.key("messages"),
        "sk": table.key("message", message_id),
        "text": content,
        "received_at": int(now.timestamp()),
    }
    if expiry := table.expires_at(now.timestamp(), days):
        made["expires_at"] = expiry
    return made
