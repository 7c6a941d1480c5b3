"""The guard's rows in the shared table: each change is one transaction with its audit entry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tenner.guard_items import (
    AUDIT_PK,
    LEASE_SK,
    NOTE,
    PK,
    ROUTES,
    STATE_SK,
    Entry,
    Note,
    entry_of,
    item_of_note,
    item_of_routes,
    item_of_state,
    key_of,
    note_of,
    routes_of,
    state_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tenner.guard_items import Item
    from tenner.guard_stages import State

_NEW = "attribute_not_exists(pk)"
_FAILED = frozenset(["ConditionalCheckFailedException", "TransactionCanceledException"])


class CannotError(Exception):
    """One thing can't be brought to its stage; says why in one sentence."""


def code_of(error: Exception) -> str:
    """Give AWS's word for an error, such as ResourceNotFoundException; "" for one of no answer."""
    answer = getattr(error, "response", None) or {}
    return str(answer.get("Error", {}).get("Code", ""))


class GuardTable:
    """The rows of one environment's guard; `client` is boto3's of DynamoDB."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def state(self) -> State:
        """Read the state as it is now."""
        return state_of(self._get(key_of(STATE_SK)))

    def is_recorded(self, entry: Entry) -> bool:
        """Say whether the audit trail has this entry."""
        return self._get(entry.key) is not None

    def write_state(self, old: State, new: State, *entries: Entry) -> bool:
        """Write what is wanted now, with its audit entries; False where others were faster."""
        put: dict[str, Any] = {"Item": item_of_state(new), "ConditionExpression": _NEW}
        if old.version:
            put["ConditionExpression"] = "version = :old"
            put["ExpressionAttributeValues"] = {":old": {"N": str(old.version)}}
        return self._together({"Put": put}, *map(_appended, entries))

    def append(self, entry: Entry) -> bool:
        """Append to the audit trail; False where the entry is there already."""
        return self._together(_appended(entry))

    def take_lease(self, owner: str, now_s: float, until_s: float) -> bool:
        """Take the lease, or take it for longer; False while another guard has it."""
        item = {
            **key_of(LEASE_SK),
            "owner": {"S": owner},
            "until": {"N": str(int(until_s))},
        }
        return self._together(
            {
                "Put": {
                    "Item": item,
                    "ConditionExpression": f"{_NEW} OR #o = :o OR #u < :now",
                    "ExpressionAttributeNames": {"#o": "owner", "#u": "until"},
                    "ExpressionAttributeValues": {
                        ":o": {"S": owner},
                        ":now": {"N": str(int(now_s))},
                    },
                }
            }
        )

    def give_lease(self, owner: str) -> None:
        """Give the lease back, where it is still one's own."""
        self._together({"Delete": _lease_of(owner)})

    def finish(self, state: State, owner: str, entry: Entry | None) -> bool:
        """Say that `state` is reached, and give the lease back; False where it changed meanwhile.

        In one transaction: whoever wants something new either stops this, or finds no lease.
        """
        update = {
            "Key": key_of(STATE_SK),
            "UpdateExpression": "SET reached = :v",
            "ConditionExpression": "version = :v",
            "ExpressionAttributeValues": {":v": {"N": str(state.version)}},
        }
        entries = (_appended(entry),) if entry else ()
        return self._together({"Update": update}, {"Delete": _lease_of(owner)}, *entries)

    def notes(self) -> dict[str, Note]:
        """Read the notes of all functions that the brake has touched, by name."""
        found = (note_of(item) for item in self._each(PK, NOTE))
        return {note.function: note for note in found}

    def write_note(self, note: Note, entry: Entry | None) -> None:
        """Write how a function was, before it is touched."""
        entries = (_appended(entry),) if entry else ()
        self._surely({"Put": {"Item": item_of_note(note)}}, *entries)

    def remove_note(self, note: Note, entry: Entry) -> None:
        """Take a note out, after the function is as it was."""
        key = key_of(f"{NOTE}{note.function}")
        self._surely({"Delete": {"Key": key}}, _appended(entry))

    def routes(self, api: str) -> dict[str, dict[str, Any]]:
        """Read what the settings of an API's routes were before the brake shut them."""
        return routes_of(self._get(key_of(f"{ROUTES}{api}")))

    def write_routes(self, api: str, before: Mapping[str, Any], entry: Entry) -> None:
        """Write how an API's routes were, before they are shut; none takes the note out."""
        put: dict[str, Any] = {"Put": {"Item": item_of_routes(api, before)}}
        delete: dict[str, Any] = {"Delete": {"Key": key_of(f"{ROUTES}{api}")}}
        self._surely(put if before else delete, _appended(entry))

    def audit(self, most: int) -> list[dict[str, str]]:
        """Read the last entries of the audit trail, the oldest of them first."""
        page = self._client.query(
            TableName=self._table,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": AUDIT_PK}},
            ScanIndexForward=False,
            Limit=most,
        )
        return [entry_of(item) for item in reversed(page["Items"])]

    def _get(self, key: Item) -> Mapping[str, Mapping[str, str]] | None:
        answer = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True)
        found: Mapping[str, Mapping[str, str]] | None = answer.get("Item")
        return found

    def _each(self, pk: str, begin: str) -> Iterator[Mapping[str, Mapping[str, str]]]:
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :begin)",
            ExpressionAttributeValues={":pk": {"S": pk}, ":begin": {"S": begin}},
            ConsistentRead=True,
        )
        for page in pages:
            yield from page["Items"]

    def _surely(self, *writes: dict[str, dict[str, Any]]) -> None:
        """Write all, or raise: what is not written down must not be touched."""
        if not self._together(*writes):
            raise CannotError("others write the guard's rows at the same time")

    def _together(self, *writes: dict[str, dict[str, Any]]) -> bool:
        """Write all or nothing; False where a condition does not hold."""
        named = [
            {kind: {"TableName": self._table, **write}}
            for each in writes
            for kind, write in each.items()
        ]
        try:
            self._client.transact_write_items(TransactItems=named)
        except Exception as error:
            if code_of(error) not in _FAILED or not _is_condition(error):
                raise
            return False
        return True


def _appended(entry: Entry) -> dict[str, dict[str, Any]]:
    return {"Put": {"Item": entry.item, "ConditionExpression": _NEW}}


def _lease_of(owner: str) -> dict[str, Any]:
    return {
        "Key": key_of(LEASE_SK),
        "ConditionExpression": "#o = :o",
        "ExpressionAttributeNames": {"#o": "owner"},
        "ExpressionAttributeValues": {":o": {"S": owner}},
    }


def _is_condition(error: Any) -> bool:
    """Tell a condition that does not hold, or two writers at once, from other trouble."""
    reasons = error.response.get("CancellationReasons")
    codes = {str(reason.get("Code")) for reason in reasons or ()} - {"None"}
    return not reasons or codes <= {"ConditionalCheckFailed", "TransactionConflict"}
