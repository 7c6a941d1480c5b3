"""Copies an app's rows from one table to another, in steps that can be cut off and gone on with."""

from __future__ import annotations

import json
import random
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from tenner.errors import OutsideError, TennerError
from tenner.promote_side import BusyError, Side
from tenner.rows import Sum, is_gone
from tenner.write import write_whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

_BATCH = 25
_FIRST_WAIT_S, _LONGEST_WAIT_S, _MOST_WAITS = 0.05, 20.0, 60


class Table(NamedTuple):
    """A table in an account."""

    side: Side
    name: str

    def __str__(self) -> str:
        """Name it with its account."""
        return f"{self.name} in {self.side}"


class Copy(NamedTuple):
    """What is copied: the rows whose keys start with `app#`.

    `units_per_s` is the most to read, `page` how many rows of the table are read at once.
    """

    app: str
    source: Table
    target: Table
    checkpoint: Path
    units_per_s: float
    page: int = 500

    @property
    def identity(self) -> dict[str, str]:
        """Say what a checkpoint belongs to."""
        return {"app": self.app, "source": str(self.source), "target": str(self.target)}


def patiently(do: Callable[[], Mapping[str, Any]]) -> Mapping[str, Any]:
    """Do it again, later each time, while AWS throttles; raises OutsideError after some minutes."""
    wait_s = _FIRST_WAIT_S
    for _ in range(_MOST_WAITS):
        try:
            return do()
        except BusyError as error:
            busy = error
            time.sleep(wait_s * random.uniform(0.5, 1))  # noqa: S311 - no secret
            wait_s = min(wait_s * 2, _LONGEST_WAIT_S)
    raise OutsideError(f"AWS throttles still, after {_MOST_WAITS} tries: {busy}. Try again later")


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
            lambda given=given: table.side.call(  # type: ignore[misc]
                "dynamodb",
                "scan",
                TableName=table.name,
                ConsistentRead=True,
                FilterExpression="begins_with(pk, :prefix)",
                ExpressionAttributeValues={":prefix": {"S": f"{app}#"}},
                ReturnConsumedCapacity="TOTAL",
                Limit=limit,
                **given,
            )
        )
        after = page.get("LastEvaluatedKey")
        yield page["Items"], after
        if not after:
            return
        used = page.get("ConsumedCapacity", {}).get("CapacityUnits", 0)
        time.sleep(max(0, used / units_per_s - (time.monotonic() - began)))


def copy(job: Copy, told: Callable[[int], None]) -> int:
    """Copy all rows that are not gone; give how many. A second run goes on where one was cut off.

    Raises TennerError where the target has rows of the app that no run of this has put there.
    """
    done = _read_checkpoint(job)
    if done is None:
        _refuse_rows(job)
        done = {"after": None, "rows": 0, "is_done": False}
        _write_checkpoint(job, done)
    if done["is_done"]:
        done = {"after": None, "rows": 0, "is_done": False}  # anew: it takes in what changed since
    for items, after in pages(job.source, job.app, job.units_per_s, done["after"], job.page):
        kept = [item for item in items if not is_gone(item, time.time())]
        put(job.target, kept)
        done = {"after": after, "rows": done["rows"] + len(kept), "is_done": not after}
        _write_checkpoint(job, done)
        told(done["rows"])
    return int(done["rows"])


def put(table: Table, items: list[Mapping[str, Any]]) -> None:
    """Write rows, whatever was there; what AWS leaves undone is written again."""
    for start in range(0, len(items), _BATCH):
        waiting = [{"PutRequest": {"Item": item}} for item in items[start : start + _BATCH]]
        while waiting:
            given = {table.name: waiting}

            def write(given: Any = given) -> Mapping[str, Any]:
                answer = table.side.call("dynamodb", "batch_write_item", RequestItems=given)
                left = answer.get("UnprocessedItems", {}).get(table.name, [])
                if len(left) == len(given[table.name]):
                    raise BusyError("nothing of a batch was written")
                return {"left": left}

            waiting = list(patiently(write)["left"])


def sum_of(table: Table, app: str, units_per_s: float, now_s: float) -> Sum:
    """Count and sum up an app's rows that are not gone."""
    found = Sum()
    for items, _ in pages(table, app, units_per_s):
        found = found.plus(item for item in items if not is_gone(item, now_s))
    return found


def check_tables(job: Copy) -> tuple[int, int]:
    """See that both tables are there with the same keys; give the source's rows and bytes, about.

    Raises TennerError or OutsideError; changes nothing.
    """
    described = []
    for table in (job.source, job.target):
        answer = patiently(
            lambda table=table: table.side.call(  # type: ignore[misc]
                "dynamodb", "describe_table", TableName=table.name
            )
        )
        described.append(answer["Table"])
    keys = [sorted((key["AttributeName"], key["KeyType"]) for key in each["KeySchema"])
            for each in described]  # fmt: skip
    if keys[0] != keys[1]:
        message = (
            f"{job.target} has the keys {keys[1]}, expected {keys[0]} as {job.source} has them"
        )
        raise TennerError(message)
    return int(described[0].get("ItemCount", 0)), int(described[0].get("TableSizeBytes", 0))


def _refuse_rows(job: Copy) -> None:
    for items, _ in pages(job.target, job.app, job.units_per_s):
        if items:
            raise TennerError(
                f"{job.target} has rows of {job.app} already, and {job.checkpoint} does not say "
                "that a copy was begun. Expected none, since newer rows would be lost; with "
                "--again those of the source take their place"
            )


def _read_checkpoint(job: Copy) -> dict[str, Any] | None:
    try:
        found = json.loads(job.checkpoint.read_text(encoding="utf-8"))
        state = found["state"]
        if found["copy"] == job.identity and set(state) == {"after", "rows", "is_done"}:
            return dict(state)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError):
        pass
    message = f"{job.checkpoint} is of no copy from {job.source} to {job.target}; delete it"
    raise TennerError(message)


def _write_checkpoint(job: Copy, state: Mapping[str, Any]) -> None:
    try:
        job.checkpoint.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise OutsideError(f"{job.checkpoint.parent}: {error.strerror or error}") from None
    write_whole(job.checkpoint, json.dumps({"copy": job.identity, "state": state}))


def begin_again(job: Copy) -> None:
    """Agree that rows in the target are replaced, unless a copy is going on already."""
    if _read_checkpoint(job) is None:
        _write_checkpoint(job, {"after": None, "rows": 0, "is_done": False})


def shared_table(side: Side, environment: str) -> str:
    """Ask which table the shared infrastructure of an environment has published."""
    name = f"/shared/{environment}/table-name"
    found = side.call("ssm", "get_parameters", Names=[name])["Parameters"]
    if not found:
        raise TennerError(
            f"{name} is not published in {side}; expected the account of the shared "
            "infrastructure, or --from-table"
        )
    return str(found[0]["Value"])
