"""Copies an app's rows from one table to another, in steps that can be cut off and gone on with."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from tenner.aws import Refused
from tenner.errors import OutsideError, TennerError
from tenner.rows import Sum, is_gone

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from tenner.promote_checkpoint import Checkpoint
    from tenner.promote_tables import Table

_BATCH = 25
_FIRST_WAIT_S, _LONGEST_WAIT_S, _MOST_WAITS = 0.05, 20.0, 60
_BUSY = frozenset(
    "ProvisionedThroughputExceededException ThrottlingException RequestLimitExceeded "
    "InternalServerError".split()
)


class Copy(NamedTuple):
    """What is copied: the rows whose keys start with `app#`.

    `units_per_s` is the most to read, `page` how many rows of the table are read at once. With
    `is_agreed` rows that are in the target already are written over.
    """

    app: str
    source: Table
    target: Table
    checkpoint: Checkpoint
    units_per_s: float
    page: int = 500
    is_agreed: bool = False


class Busy(Exception):  # noqa: N818 - a reason to wait, and no error before the last try
    """Not all was written: the rest is to be asked for again later."""


def patiently(do: Callable[[], Mapping[str, Any]], table: Table) -> Mapping[str, Any]:
    """Do it again, later each time, while AWS throttles; raises OutsideError after some minutes."""
    wait_s, why = _FIRST_WAIT_S, ""
    for _ in range(_MOST_WAITS):
        try:
            return do()
        except Busy as busy:
            why = str(busy)
        except Refused as error:
            if error.code not in _BUSY:
                raise table.outside(error) from None
            why = error.code
        time.sleep(wait_s * random.uniform(0.5, 1))  # noqa: S311 - no secret
        wait_s = min(wait_s * 2, _LONGEST_WAIT_S)
    raise OutsideError(
        f"{table}: AWS throttles still, after {_MOST_WAITS} tries: {why}. Type the same command "
        "again later: it goes on where it was"
    )


def pages(
    table: Table, app: str, units_per_s: float, after: Any = None, limit: int = 500
) -> Iterator[tuple[list[Mapping[str, Any]], Any]]:
    """Give an app's rows page by page, with the key after which the next page begins.

    A key begins with the app's name, and DynamoDB finds no rows by the beginning of a key: the
    whole table is read, at most so fast.
    """
    while True:
        given = {"ExclusiveStartKey": after} if after else {}
        began = time.monotonic()
        page = patiently(
            lambda given=given: table.ask(  # type: ignore[misc]
                "scan",
                ConsistentRead=True,
                FilterExpression="begins_with(pk, :prefix)",
                ExpressionAttributeValues={":prefix": {"S": f"{app}#"}},
                ReturnConsumedCapacity="TOTAL",
                Limit=limit,
                **given,
            ),
            table,
        )
        after = page.get("LastEvaluatedKey")
        yield page["Items"], after
        if not after:
            return
        used = page.get("ConsumedCapacity", {}).get("CapacityUnits", 0)
        time.sleep(max(0, used / units_per_s - (time.monotonic() - began)))


def copy(job: Copy, told: Callable[[int], None]) -> int:
    """Copy all rows that are not gone; give how many. A second run goes on where one was cut off.

    Raises TennerError where the target has rows that would be lost: those that no run of this has
    put there, or that may be newer, since a copy was done before.
    """
    done = job.checkpoint.read()
    if done is None or done.is_done:
        if not job.is_agreed:
            _refuse_rows(job, is_done=done is not None)
        done = job.checkpoint.begin()
    for items, after in pages(job.source, job.app, job.units_per_s, done.after, job.page):
        kept = [item for item in items if not is_gone(item, time.time())]
        put(job.target, kept)
        done = job.checkpoint.note(after, done.rows + len(kept))
        told(done.rows)
    return done.rows


def put(table: Table, items: Sequence[Mapping[str, Any]]) -> None:
    """Write rows, whatever was there; what AWS leaves undone is written again."""
    for start in range(0, len(items), _BATCH):
        waiting = [{"PutRequest": {"Item": item}} for item in items[start : start + _BATCH]]
        while waiting:
            waiting = list(patiently(lambda given=waiting: _written(table, given), table)["left"])  # type: ignore[misc]


def _written(table: Table, requests: list[Any]) -> Mapping[str, Any]:
    answer = table.account.ask("dynamodb", "batch_write_item", RequestItems={table.name: requests})
    left = answer.get("UnprocessedItems", {}).get(table.name, [])
    if len(left) == len(requests):
        raise Busy("nothing of a batch was written")
    return {"left": left}


def sum_of(table: Table, app: str, units_per_s: float, now_s: float) -> Sum:
    """Count and sum up an app's rows that are not gone."""
    found = Sum()
    for items, _ in pages(table, app, units_per_s):
        found = found.plus(item for item in items if not is_gone(item, now_s))
    return found


def _refuse_rows(job: Copy, *, is_done: bool) -> None:
    for items, _ in pages(job.target, job.app, job.units_per_s):
        if items:
            why = "a copy is done" if is_done else "no copy was begun"
            raise TennerError(
                f"{job.target} has rows of {job.app} already, and by {job.checkpoint.file} {why}. "
                "Expected none, since newer rows would be lost; with --again those of the source "
                "take their place"
            )
