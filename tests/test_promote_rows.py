"""Rows of an app that go from one table to another: whole, exact, and on after a kill."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from threading import Event
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenner import promote_rows
from tenner.aws import Account
from tenner.errors import OutsideError, TennerError
from tenner.promote_checkpoint import Checkpoint
from tenner.promote_rows import Copy
from tenner.promote_tables import Table
from tenner.rows import Sum, is_gone
from tests.dynamodb_server import KEYS, TABLE, DynamoDBServer, Fault

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator
    from pathlib import Path

OWN = "todo-prod"
MANY = 40_000.0  # units a second: tests don't wait
ROWS, OTHERS, PAGE = 60, 4, 12
PAGES = 6  # of all rows: (60 + 3 × 4) / 12


Item = st.fixed_dictionaries(
    {"pk": st.builds(lambda text: {"S": text}, st.text(max_size=5))},
    optional={
        "n": st.builds(lambda number: {"N": str(number)}, st.integers()),
        "b": st.builds(lambda content: {"B": content}, st.binary(max_size=4)),
        "ss": st.builds(
            lambda texts: {"SS": list(texts)}, st.sets(st.text(max_size=2), min_size=1)
        ),
        "ns": st.builds(
            lambda numbers: {"NS": [*map(str, numbers)]}, st.sets(st.integers(), min_size=1)
        ),
        "bs": st.builds(
            lambda contents: {"BS": list(contents)}, st.sets(st.binary(max_size=3), min_size=1)
        ),
        "l": st.just({"L": [{"NULL": True}, {"M": {"x": {"BOOL": False}}}]}),
    },
)


@given(st.lists(Item, max_size=8), st.randoms())
def test_a_sum_knows_no_order(items: list[dict[str, Any]], shuffle: random.Random) -> None:
    """In any order, and in any parts, rows have the same sum; sets have no order either."""
    mixed = [
        {
            name: {kind: content[::-1]} if kind in {"SS", "NS", "BS"} else value
            for name, value in each.items()
            for kind, content in value.items()
        }
        for each in items
    ]
    shuffle.shuffle(mixed)
    half = len(mixed) // 2
    assert Sum().plus(items) == Sum().plus(mixed[:half]).plus(mixed[half:])


@given(st.lists(Item, min_size=1, max_size=5), st.integers(0, 4))
def test_a_sum_notices_a_change(items: list[dict[str, Any]], at: int) -> None:
    """A row more, a row less, a row twice or another value is another sum."""
    whole, at = Sum().plus(items), at % len(items)
    rest = items[:at] + items[at + 1 :]
    assert Sum().plus(rest) != whole
    assert Sum().plus([*items, items[at]]) != whole
    assert Sum().plus([*rest, {**items[at], "more": {"S": ""}}]).total != whole.total


@pytest.mark.parametrize(("at", "gone"), [("99", True), ("100", True), ("101", False)])
def test_rows_that_are_gone(at: str, gone: bool) -> None:
    """A row whose second has come is not copied, whether DynamoDB has deleted it or not."""
    assert is_gone({"expires_at": {"N": at}}, 100) == gone
    assert not is_gone({"pk": {"S": "x"}}, 100)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[DynamoDBServer]:
    """A DynamoDB with a shared table and an app's own, both empty."""
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    found = DynamoDBServer()
    found.reset()
    found.make_table(OWN)
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", found.url)
    yield found
    found.stop()


class Here(Account):
    """The emulator's account, without asking for it: it has no STS."""

    id = "123456789012"


@pytest.fixture
def job(server: DynamoDBServer, tmp_path: Path) -> Copy:
    """A copy of 60 rows of todo, which lie between those of todo2 and of tod."""
    for number in range(ROWS):
        server.fill({"pk": f"todo#{number % 7}", "sk": f"{number:05}", "text": "x" * 50})
    for app in ("todo2", "tod", "pip"):
        for number in range(OTHERS):
            server.fill({"pk": f"{app}#1", "sk": f"{number:05}"})
    return job_in(tmp_path / "s" / "copy.json")


def job_in(file: Path, app: str = "todo", page: int = PAGE) -> Copy:
    """A copy of an app's rows whose checkpoint is in a file."""
    account = Here("us-east-1", "", "--from-profile")
    source, target = Table(account, TABLE, "--from-table"), Table(account, OWN, "--to-table")
    checkpoint = Checkpoint(file, app, str(source), str(target))
    return Copy(app, source, target, checkpoint, MANY, page)


def sums(job: Copy) -> tuple[Sum, Sum]:
    """What both tables have of the app."""
    return (
        promote_rows.sum_of(job.source, "todo", MANY, time.time()),
        promote_rows.sum_of(job.target, "todo", MANY, time.time()),
    )


def silent(_rows: int) -> None:
    """Tell nobody."""


def test_all_rows_of_the_app_and_no_others(server: DynamoDBServer, job: Copy) -> None:
    """The copy has each row of the app, none of another whose name begins so, and the same sum."""
    assert promote_rows.copy(job, silent) == ROWS
    source, target = sums(job)
    assert source == target
    assert source.rows == ROWS
    assert server.client.scan(TableName=OWN, Select="COUNT")["Count"] == ROWS


EXACT: dict[str, Any] = {
    "pk": {"S": "todo#exact"},
    "sk": {"S": "ünï\u2028"},
    "number": {"N": "1.10000000000000000000000000000000000001"},
    "minus": {"N": "-1E-120"},
    "bytes": {"B": bytes(range(256))},
    "texts": {"SS": ["a", "b"]},
    "numbers": {"NS": ["1", "2.5"]},
    "contents": {"BS": [b"\x00", b"\xff"]},
    "list": {"L": [{"NULL": True}, {"M": {"deep": {"L": [{"B": b"\x80"}, {"BOOL": False}]}}}]},
    "nothing": {"S": ""},
    "expires_at": {"N": "4102444800"},
}


def test_every_type_stays_exact(server: DynamoDBServer, job: Copy) -> None:
    """Each of DynamoDB's types arrives as it was, digit by digit and byte by byte."""
    server.client.put_item(TableName=TABLE, Item=EXACT)
    promote_rows.copy(job, silent)
    key = {"pk": EXACT["pk"], "sk": EXACT["sk"]}
    here, there = (server.client.get_item(TableName=name, Key=key)["Item"] for name in (TABLE, OWN))
    assert here == there
    assert {name: there[name] for name in ("bytes", "list", "nothing")} == {
        name: EXACT[name] for name in ("bytes", "list", "nothing")
    }
    for name, kind in (("texts", "SS"), ("numbers", "NS"), ("contents", "BS")):
        assert sorted(there[name][kind]) == sorted(EXACT[name][kind])


def test_rows_whose_time_is_up_stay_behind(server: DynamoDBServer, job: Copy) -> None:
    """A row that is gone is not copied and not counted; one that still lives keeps its time."""
    now_s = int(time.time())
    for name, at in (("gone", now_s - 1), ("lives", now_s + 3600)):
        item = {"pk": {"S": "todo#ttl"}, "sk": {"S": name}, "expires_at": {"N": str(at)}}
        server.client.put_item(TableName=TABLE, Item=item)
    assert promote_rows.copy(job, silent) == ROWS + 1
    source, target = sums(job)
    assert (source, target.rows) == (target, ROWS + 1)
    found = server.client.query(
        TableName=OWN,
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": "todo#ttl"}},
    )["Items"]
    assert [(each["sk"]["S"], each["expires_at"]["N"]) for each in found] == [
        ("lives", str(now_s + 3600))
    ]


@pytest.mark.slow
def test_the_largest_rows(server: DynamoDBServer, job: Copy) -> None:
    """A whole batch of rows of 400 KB is below what one call may have, and arrives."""
    rows = [
        {"pk": {"S": "todo#big"}, "sk": {"S": f"{number:02}"}, "text": {"S": "x" * 404_000}}
        for number in range(25)
    ]  # 405,000 bytes are moto's most
    sizes = list[int]()

    def note(operation: str, content: Any) -> None:
        if operation == "BatchWriteItem":
            sizes.append(len(json.dumps(content)))

    server.fault = note
    promote_rows.put(job.source, rows)
    assert 10_000_000 < sizes[0] < 16 * 1024 * 1024
    assert promote_rows.copy(job, silent) == ROWS + 25
    assert len(set(sums(job))) == 1


def test_what_a_batch_left_undone_is_written(server: DynamoDBServer, job: Copy) -> None:
    """Where AWS takes only some rows of a batch, or none, the others are written again."""
    server.unprocessed = [5, 5, 1]
    assert promote_rows.copy(job, silent) == ROWS
    assert server.unprocessed == []
    assert len(set(sums(job))) == 1
    assert server.client.scan(TableName=OWN, Select="COUNT")["Count"] == ROWS


def test_rows_that_are_there_are_not_written_over(server: DynamoDBServer, job: Copy) -> None:
    """A table that has rows of the app already is refused, and keeps them, unless it is agreed."""
    newer = {"pk": {"S": "todo#1"}, "sk": {"S": "00001"}, "text": {"S": "newer"}}
    server.client.put_item(TableName=OWN, Item=newer)
    with pytest.raises(TennerError) as caught:
        promote_rows.copy(job, silent)
    assert str(caught.value) == (
        "todo-prod in account 123456789012, us-east-1 has rows of todo already, and by "
        f"{job.checkpoint.file} no copy was begun. Expected none, since newer rows would be lost; "
        "with --again those of the source take their place"
    )
    assert server.client.scan(TableName=OWN)["Items"] == [newer]
    assert not job.checkpoint.file.exists()
    promote_rows.copy(job._replace(is_agreed=True), silent)
    assert len(set(sums(job))) == 1


def test_a_change_meanwhile_is_noticed_and_taken_in(server: DynamoDBServer, job: Copy) -> None:
    """The old app goes on: what it wrote after the copy shows in the sums, and comes --again."""
    promote_rows.copy(job, silent)
    server.fill({"pk": "todo#3", "sk": "new"})
    source, target = sums(job)
    assert (source.rows, target.rows) == (ROWS + 1, ROWS)
    promote_rows.copy(job._replace(is_agreed=True), silent)
    assert len(set(sums(job))) == 1


def test_a_done_copy_does_not_write_over_newer_rows(server: DynamoDBServer, job: Copy) -> None:
    """Typed once more by mistake, when prod lives, the command loses none of prod's rows."""
    promote_rows.copy(job, silent)
    newer = {"pk": {"S": "todo#1"}, "sk": {"S": "00001"}, "text": {"S": "of prod"}}
    server.client.put_item(TableName=OWN, Item=newer)
    with pytest.raises(TennerError, match=r"by .*copy\.json a copy is done\. Expected none"):
        promote_rows.copy(job, silent)
    key = {"pk": newer["pk"], "sk": newer["sk"]}
    assert server.client.get_item(TableName=OWN, Key=key)["Item"] == newer


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits long: botocore tries once, and what is waited for here is short."""
    monkeypatch.setattr("tenner.aws._ATTEMPTS", 1)
    monkeypatch.setattr(promote_rows, "_LONGEST_WAIT_S", 0.001)
    monkeypatch.setattr(promote_rows, "_FIRST_WAIT_S", 0.001)
    monkeypatch.setattr(promote_rows, "_MOST_WAITS", 5)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("operation", ["Scan", "BatchWriteItem"])
@pytest.mark.parametrize("code", ["ProvisionedThroughputExceededException", "ThrottlingException"])
def test_throttling_is_waited_for(
    operation: str, code: str, server: DynamoDBServer, job: Copy
) -> None:
    """Requests that AWS throttles are made again, up to the last try, and nothing is left out."""
    server.fail(operation, *[Fault(code=code)] * (promote_rows._MOST_WAITS - 1))
    promote_rows.copy(job, silent)
    assert len(set(sums(job))) == 1


@pytest.mark.usefixtures("impatient")
def test_throttling_without_an_end(server: DynamoDBServer, job: Copy) -> None:
    """It is given up in a sentence; the same command goes on where it was."""
    server.fail("BatchWriteItem", *[Fault(code="ThrottlingException")] * promote_rows._MOST_WAITS)
    with pytest.raises(OutsideError) as caught:
        promote_rows.copy(job, silent)
    assert str(caught.value) == (
        "todo-prod in account 123456789012, us-east-1: AWS throttles still, after 5 tries: "
        "ThrottlingException. Type the same command again later: it goes on where it was"
    )
    assert promote_rows.copy(job, silent) == ROWS
    assert len(set(sums(job))) == 1


def test_a_credential_that_expires_meanwhile(server: DynamoDBServer, job: Copy) -> None:
    """It says what to do; with new credentials the copy goes on, and no page is read anew."""
    asked = list[str]()

    def fault(operation: str, _content: Any) -> Fault | None:
        asked.append(operation)
        return Fault(code="ExpiredTokenException") if asked.count("Scan") == 4 else None

    server.fault = fault
    with pytest.raises(OutsideError) as caught:
        promote_rows.copy(job, silent)
    assert str(caught.value) == (
        "--from-profile: AWS does not know these credentials, or no longer: ExpiredTokenException."
        " Expected credentials: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
    )
    server.fault = lambda _operation, _content: None
    server.requests.clear()
    assert promote_rows.copy(job, silent) == ROWS
    assert server.requests.count("Scan") == PAGES - 2  # the first of four looked for rows there
    assert len(set(sums(job))) == 1


def test_a_checkpoint_that_is_none(job: Copy) -> None:
    """One between other tables, of another app, torn or of another form is refused, and kept."""
    promote_rows.copy(job, silent)
    whole = job.checkpoint.file.read_text(encoding="utf-8")
    torn = (whole[:-9], "", "[]", whole.replace("rows", "lines"), whole.replace("todo-prod", "x"))
    for text in torn:
        job.checkpoint.file.write_text(text, encoding="utf-8")
        with pytest.raises(TennerError) as caught:
            promote_rows.copy(job, silent)
        assert str(caught.value) == (
            f"{job.checkpoint.file} is not of a copy of todo from fleet in account 123456789012, "
            "us-east-1 to todo-prod in account 123456789012, us-east-1. Expected what Tenner "
            "wrote; delete it, and the copy begins anew"
        )
        assert job.checkpoint.file.read_text(encoding="utf-8") == text


COPYING = """
import sys
from pathlib import Path
from tests.test_promote_rows import job_in, promote_rows
promote_rows.copy(job_in(Path(sys.argv[1])), lambda rows: print(rows, flush=True))
"""


def test_killed_halfway_and_resumed(server: DynamoDBServer, job: Copy) -> None:
    """After SIGKILL in the middle of a copy another process goes on, and reads no page anew."""
    command = [sys.executable, "-c", COPYING, str(job.checkpoint.file)]
    reached, killed, batches = Event(), Event(), list[str]()

    def fault(operation: str, _content: Any) -> Fault | None:
        batches.extend([operation] * (operation == "BatchWriteItem"))
        if len(batches) < 3:
            return None
        reached.set()
        killed.wait(60)
        return Fault()

    server.fault = fault
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    assert reached.wait(60)
    process.send_signal(signal.SIGKILL)
    process.wait()
    killed.set()
    server.fault = lambda _operation, _content: None
    assert 0 < promote_rows.sum_of(job.target, "todo", MANY, time.time()).rows < ROWS
    server.requests.clear()
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.split()[-1] == str(ROWS)
    assert server.requests.count("Scan") == PAGES - 2
    assert len(set(sums(job))) == 1
