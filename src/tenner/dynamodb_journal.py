"""The journal of a registry that is a table: one item for each entry, written only once.

An item's key is made of what its entry says, so the same entry is one item, whoever writes it.
"""

from __future__ import annotations

import json
import time
import uuid
from hashlib import sha256
from typing import TYPE_CHECKING

from tenner.journal import Journal, entry_text, identity, in_order, parse_entry

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tenner.dynamodb_table import Item
    from tenner.journal import JournalEntry

JOURNAL = "tenner#journal"
_LONGEST_NAME = 100


def journal_item(entry: JournalEntry) -> Item:
    """Make the item of an entry; `added` sorts those that were written in one second."""
    digest = sha256(json.dumps(identity(entry)).encode()).hexdigest()
    return {
        "pk": JOURNAL,
        "sk": f"{entry['app'][:_LONGEST_NAME]}#{digest}",
        "at": entry["at"],
        "added": f"{time.time_ns():020}",
        "entry": entry_text(entry),
        "token": str(uuid.uuid4()),
    }


def journal_of(items: Iterable[Item], place: str) -> Journal:
    """Read the entries of items; `place` names the table in sentences about those that are none."""
    entries, problems = list["JournalEntry"](), list[str]()
    for item in sorted(items, key=lambda item: (item.get("added", ""), item["sk"])):
        try:
            entries.append(parse_entry(item.get("entry", "")))
        except ValueError as error:
            problems.append(
                f"{place}: {JOURNAL} {item['sk']}: entry: {error}; expected what tenner rollout "
                "writes: mend the item, or delete it"
            )
    return Journal(in_order(entries), problems)
