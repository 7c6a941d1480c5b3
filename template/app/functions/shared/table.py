"""The rows of the one shared table that belong to this app.

Every key starts with the app's name and #: the app's role can reach no other row.
A row is text and whole numbers. One with `expires_at` (epoch seconds) in the past is gone,
even while DynamoDB has not deleted it yet, which takes up to some days.
"""

import functools
import os
import time
from typing import Any

from functions.shared import settings

Row = dict[str, str | int]

DAY_S = 86_400
MOST_QUERIES = 5  # for one page: expired rows are skipped, so one query may find too few


def key(*parts: str) -> str:
    """Join the app's name and the parts into a key."""
    return "#".join((settings.app_name(), *parts))


def expires_at(now_s: float, days: int) -> int | None:
    """Say when a row made now is to go; None for 0 days, which keeps it."""
    return int(now_s) + days * DAY_S if days else None


def ttl_days() -> int:
    """Say how many days a row lives: `table.ttl_days` of app.yaml."""
    return int(os.environ["TTL_DAYS"])


def insert(row: Row) -> bool:
    """Write a row unless one with its keys is there; say whether it was written."""
    try:
        client().put_item(
            TableName=os.environ["TABLE_NAME"],
            Item=_wire(row),
            ConditionExpression="attribute_not_exists(pk) OR expires_at <= :now",
            ExpressionAttributeValues={":now": {"N": str(int(time.time()))}},
        )
    except client().exceptions.ConditionalCheckFailedException:
        return False
    return True


def overwrite(row: Row) -> None:
    """Write a row, whatever was there."""
    client().put_item(TableName=os.environ["TABLE_NAME"], Item=_wire(row))


def read(pk: str, sk: str) -> Row | None:
    """Read one row; eventually consistent, for half the price."""
    answer = client().get_item(TableName=os.environ["TABLE_NAME"], Key=_wire({"pk": pk, "sk": sk}))
    if "Item" not in answer:
        return None
    row = _plain(answer["Item"])
    expiry = row.get("expires_at")
    return None if expiry is not None and int(expiry) <= time.time() else row


def page(pk: str, limit: int, after: str | None = None) -> tuple[list[Row], str | None]:
    """Read up to `limit` rows of one partition, last key first, and where to go on."""
    rows: list[Row] = []
    for _ in range(MOST_QUERIES):
        request: dict[str, Any] = {
            "TableName": os.environ["TABLE_NAME"],
            "KeyConditionExpression": "pk = :pk",
            "FilterExpression": "attribute_not_exists(expires_at) OR expires_at > :now",
            "ExpressionAttributeValues": _wire({":pk": pk, ":now": int(time.time())}),
            "ScanIndexForward": False,
            "Limit": limit - len(rows),
        }
        if after is not None:
            request["ExclusiveStartKey"] = _wire({"pk": pk, "sk": after})
        answer = client().query(**request)
        rows += [_plain(item) for item in answer["Items"]]
        if "LastEvaluatedKey" not in answer:
            return rows, None
        after = str(_plain(answer["LastEvaluatedKey"])["sk"])
        if len(rows) >= limit:
            break
    return rows, after


def remove(pk: str, sk: str) -> None:
    """Delete a row; if there is none, that is as good."""
    client().delete_item(TableName=os.environ["TABLE_NAME"], Key=_wire({"pk": pk, "sk": sk}))


@functools.cache
def client() -> Any:
    """Make the DynamoDB client once: boto3 is loaded by the first request that needs it."""
    import boto3
    from botocore.config import Config

    retries = {"mode": "standard", "total_max_attempts": 3}
    return boto3.client(
        "dynamodb", config=Config(connect_timeout=2, read_timeout=3, retries=retries)
    )


def _wire(row: Row) -> dict[str, dict[str, str]]:
    return {
        name: {"N": str(value)} if isinstance(value, int) else {"S": value}
        for name, value in row.items()
    }


def _plain(item: dict[str, dict[str, str]]) -> Row:
    return {
        name: int(value["N"]) if "N" in value else value["S"]
        for name, value in item.items()
        if "N" in value or "S" in value
    }
