"""The registry as a DynamoDB table: what goes wrong on the way to AWS, and what its items are."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest

from tenner.dynamodb_table import MOST_BYTES, Table, size_of
from tenner.errors import InputError, OutsideError, TennerError
from tenner.load import registry_at
from tenner.registry import NameTakenError, Registration, Where, record_text
from tenner.registry_copy import copy_records
from tenner.registry_dynamodb import RECORDS, DynamoDBRegistry
from tenner.registry_place import TablePlace
from tests.dynamodb_server import TABLE, DynamoDBServer, Fault
from tests.registrations import (
    LATER,
    NOW,
    journal_entry,
    make_repo,
    manifest_text,
    registration,
)
from tests.registries import Backend

if TYPE_CHECKING:
    from pathlib import Path

CONDITIONS = ("PutItem", "TransactWriteItems", "DeleteItem")


@pytest.fixture
def table(dynamodb: DynamoDBServer) -> Backend:
    """The table, empty."""
    return Backend(f"dynamodb://{TABLE}", dynamodb)


@pytest.fixture
def registry(table: Backend) -> DynamoDBRegistry:
    """The registry that is in it."""
    opened = table.open()
    assert isinstance(opened, DynamoDBRegistry)
    return opened


@pytest.fixture
def todo(tmp_path: Path) -> Registration:
    """The repo of the app todo."""
    return registration(make_repo(tmp_path / "todo"), root_commit="a" * 40)


def test_no_app_has_a_key_of_the_registry(
    table: Backend, registry: DynamoDBRegistry, todo: Registration
) -> None:
    """All keys start with `tenner#`, which no app's role reaches, and an app's rows stay apart."""
    table.put({"pk": "todo#1", "sk": "todo#1", "record": "an app's"})
    registry.register(todo, NOW, journal_entry())
    items = table.client.scan(TableName=TABLE)["Items"]
    keys = sorted((item["pk"]["S"], item["sk"]["S"][:5]) for item in items)
    assert keys == [
        ("tenner#journal", "todo#"),
        ("tenner#registry", "todo"),
        ("todo#1", "todo#"),
    ]
    assert len(registry.contents().records) == 1


def test_a_transaction_that_is_refused_writes_neither(
    table: Backend, registry: DynamoDBRegistry, todo: Registration, dynamodb: DynamoDBServer
) -> None:
    """Another took the name between look and write: no record and no journal entry of ours."""
    other = registration(make_repo(todo.repo.parent / "other"), root_commit="b" * 40)
    winner = table.open()
    dynamodb.fault = once("TransactWriteItems", lambda: winner.register(other, NOW))
    with pytest.raises(NameTakenError):
        registry.register(todo, NOW, journal_entry())
    assert list(registry.journal().entries) == []
    assert [entry.repo for entry in registry.entries().entries] == [str(other.repo)]


def once(operation: str, act: Any) -> Any:
    """Let something happen just before the first request of an operation is answered."""
    done: list[str] = []

    def fault(asked: str, _content: Any) -> Fault | None:
        if asked == operation and not done:
            done.append(asked)
            return Fault("TransactionConflictException", meanwhile=act)
        return None

    return fault


@pytest.mark.parametrize(
    "code",
    ["ThrottlingException", "ProvisionedThroughputExceededException", "InternalServerError"],
)
@pytest.mark.parametrize("operation", ["GetItem", "TransactWriteItems", "Query"])
def test_throttling_passes(
    registry: DynamoDBRegistry,
    todo: Registration,
    dynamodb: DynamoDBServer,
    operation: str,
    code: str,
) -> None:
    """More refusals than botocore takes by itself, and then it goes well."""
    dynamodb.fail(operation, *[Fault(code)] * 4)
    assert registry.register(todo, NOW, journal_entry()).outcome == "created"
    assert len(registry.contents().records) == 1
    assert dynamodb.requests.count(operation) >= 5
    assert len(registry.journal().entries) == 1


def test_throttling_without_end_is_one_sentence(
    todo: Registration, dynamodb: DynamoDBServer
) -> None:
    """Patience has an end, and nothing is written."""
    registry = DynamoDBRegistry(TablePlace(TABLE), patience_s=0.5)
    dynamodb.fault = lambda asked, _: (
        Fault("ThrottlingException") if asked == "TransactWriteItems" else None
    )
    with pytest.raises(OutsideError) as caught:
        registry.register(todo, NOW, journal_entry())
    assert str(caught.value) == (
        "The registry dynamodb://fleet can't be used: AWS throttles it: An error occurred "
        "(ThrottlingException) when calling the TransactWriteItems operation (reached max retries: "
        "2): not now"
    )
    assert registry.contents().records == []


@pytest.mark.parametrize("is_done", [False, True], ids=["not-written", "written"])
@pytest.mark.parametrize("times", [1, 4])
def test_a_lost_answer_is_no_lost_record(
    registry: DynamoDBRegistry,
    todo: Registration,
    dynamodb: DynamoDBServer,
    is_done: bool,
    times: int,
) -> None:
    """Created, updated, taken out: whoever asks again knows its own write, and makes it once."""
    dynamodb.fail("TransactWriteItems", *[Fault(is_done=is_done)] * times)
    assert registry.register(todo, NOW, journal_entry()).outcome == "created"
    changed = registration(todo.repo, manifest_text(owner="x"), root_commit="a" * 40)
    dynamodb.fail("PutItem", *[Fault(is_done=is_done)] * times)
    done = registry.register(changed, LATER)
    assert (done.outcome, done.record.revision) == ("updated", 2)
    assert [record.revision for record in registry.contents().records] == [2]
    assert len(registry.journal().entries) == 1
    dynamodb.fail("DeleteItem", *[Fault(is_done=is_done)] * times)
    assert registry.unregister("todo") == done.record
    assert registry.contents().records == []


def test_a_lost_answer_and_another_writer(
    table: Backend, registry: DynamoDBRegistry, todo: Registration, dynamodb: DynamoDBServer
) -> None:
    """Our write arrived, then another's update of it: neither is lost."""
    registry.register(todo, NOW)
    ours = registration(todo.repo, manifest_text(owner="us"), root_commit="a" * 40)
    theirs = registration(todo.repo, manifest_text(owner="they"), root_commit="a" * 40)
    other = table.open()
    other.check_free(todo)
    waiting = [Fault(is_done=True)]

    def fault(asked: str, _content: Any) -> Fault | None:
        return waiting.pop() if asked == "PutItem" and waiting else None

    dynamodb.fault = fault
    waiting[0] = waiting[0]._replace(meanwhile=lambda: other.register(theirs, LATER))
    assert registry.register(ours, LATER).record.revision == 4
    assert [record.manifest.owner for record in registry.contents().records] == ["us"]


def test_an_answer_that_comes_too_late(
    registry: DynamoDBRegistry,
    todo: Registration,
    dynamodb: DynamoDBServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A time-out is a lost answer: the record is there once."""
    monkeypatch.setattr("tenner.dynamodb_table._READ_S", 0.3)
    slow = Fault("InternalServerError", is_done=True, wait_s=0.8)
    dynamodb.fail("TransactWriteItems", slow)
    assert registry.register(todo, NOW, journal_entry()).outcome == "created"
    assert [record.revision for record in registry.contents().records] == [1]
    assert len(registry.journal().entries) == 1


def test_answers_that_never_come_are_one_sentence(
    todo: Registration, dynamodb: DynamoDBServer
) -> None:
    """What became of the write can't be known; to register again is safe."""
    registry = DynamoDBRegistry(TablePlace(TABLE), patience_s=0.1)
    dynamodb.fault = lambda asked, _: Fault() if asked == "PutItem" else None
    with pytest.raises(OutsideError) as caught:
        registry.register(todo, NOW)
    assert str(caught.value) == (
        "The registry dynamodb://fleet can't be used: Connection was closed before we received a "
        f'valid response from endpoint URL: "{dynamodb.url}/". Whether it was written is not '
        "known; to do it again is safe"
    )
    assert caught.value.exit_code == 3


def test_another_repo_at_the_same_path_of_another_machine(
    registry: DynamoDBRegistry, todo: Registration
) -> None:
    """First commits decide where both are known: `/workspaces/todo` is on many machines."""
    registry.register(todo, NOW)
    with pytest.raises(NameTakenError):
        registry.register(registration(todo.repo, root_commit="b" * 40), LATER)


def test_a_clone_on_another_machine_is_the_same_repo(
    registry: DynamoDBRegistry, todo: Registration, tmp_path: Path
) -> None:
    """A colleague's update of the same repo is an update, wherever it is."""
    elsewhere = registration(tmp_path / "on-another-machine", root_commit="a" * 40)
    registry.register(elsewhere, NOW)
    assert registry.register(todo, LATER).outcome == "updated"


def without_boto3(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where Tenner is installed without its extra `aws`."""
    monkeypatch.setitem(sys.modules, "boto3", None)


def without_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """No credentials anywhere."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(name, "/nowhere")


def without_region(monkeypatch: pytest.MonkeyPatch) -> None:
    """No region anywhere."""
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")


def without_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody listens there."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")


def with_another_profile(monkeypatch: pytest.MonkeyPatch) -> None:
    """A profile that there is not."""
    monkeypatch.setenv("AWS_PROFILE", "gone")


TROUBLES = [
    (without_boto3, 'boto3 is missing: pip install "tenner[aws]"'),
    (
        without_keys,
        (
            "Unable to locate credentials. Expected credentials: set AWS_PROFILE, or "
            "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
        ),
    ),
    (
        without_region,
        (
            "no AWS region is given. Expected one: dynamodb://fleet?region=us-east-1, or set "
            "AWS_DEFAULT_REGION"
        ),
    ),
    (
        without_network,
        ('AWS can\'t be reached: Could not connect to the endpoint URL: "http://127.0.0.1:9/"'),
    ),
    (with_another_profile, "The config profile (gone) could not be found"),
]


@pytest.mark.parametrize(("spoil", "reason"), TROUBLES)
def test_aws_that_can_not_be_asked_is_one_sentence(
    todo: Registration,
    dynamodb: DynamoDBServer,
    monkeypatch: pytest.MonkeyPatch,
    spoil: Any,
    reason: str,
) -> None:
    """Reading, looking and writing say the same, and only the first of them waits."""
    spoil(monkeypatch)
    registry = registry_at(f"dynamodb://{TABLE}")
    for attempt in (
        registry.contents,
        lambda: registry.check_free(todo),
        lambda: registry.register(todo, NOW),
        lambda: registry.unregister("todo"),
    ):
        with pytest.raises(OutsideError) as caught:
            attempt()
        assert str(caught.value) == f"The registry dynamodb://fleet can't be used: {reason}"


def test_a_table_that_is_not_there(todo: Registration, dynamodb: DynamoDBServer) -> None:
    """The sentence says which table, where, and what keys it needs."""
    with pytest.raises(OutsideError) as caught:
        registry_at("dynamodb://gone?region=eu-west-1").register(todo, NOW)
    assert str(caught.value) == (
        "The registry dynamodb://gone?region=eu-west-1 can't be used: there is no table gone in "
        "eu-west-1. Expected a table with the text keys pk and sk, such as the one that the shared "
        "infrastructure has"
    )


def test_a_table_with_other_keys(
    table: Backend, todo: Registration, dynamodb: DynamoDBServer
) -> None:
    """A table of something else is left alone."""
    table.client.create_table(
        TableName="other",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    with pytest.raises(OutsideError) as caught:
        registry_at("dynamodb://other").register(todo, NOW)
    assert str(caught.value) == (
        "The registry dynamodb://other can't be used: the table other has other keys. Expected the "
        "text keys pk and sk"
    )


def test_what_aws_refuses_is_said_in_its_words(
    registry: DynamoDBRegistry, todo: Registration, dynamodb: DynamoDBServer
) -> None:
    """A role that may not write, for example."""
    dynamodb.fail("PutItem", Fault("AccessDeniedException"))
    with pytest.raises(OutsideError) as caught:
        registry.register(todo, NOW)
    assert str(caught.value) == (
        "The registry dynamodb://fleet can't be used: An error occurred (AccessDeniedException) "
        "when calling the PutItem operation: not now"
    )
    assert registry.register(todo, NOW).outcome == "created"


def test_an_item_without_a_record_is_named(table: Backend, registry: DynamoDBRegistry) -> None:
    """Somebody made an item by hand: it is named, and not written over."""
    table.put({"pk": "tenner#registry", "sk": "todo"})
    assert registry.contents().problems == [
        (
            "dynamodb://fleet: todo: record: missing; expected the record's text; mend the item or "
            "delete it"
        )
    ]


def test_a_record_of_the_greatest_size(
    registry: DynamoDBRegistry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One byte more than an item may have is our own sentence before AWS's; nothing is written."""
    assert MOST_BYTES == 400 * 1024
    monkeypatch.setattr("tenner.registry_dynamodb.MOST_BYTES", 10_000)
    repo = make_repo(tmp_path / "todo")

    def sized(size: int) -> Registration:
        """Make a registration whose item has so many bytes."""
        text = record_text(registration(repo), Where(path=str(repo)), (NOW, NOW, 1))
        item = {"pk": RECORDS, "sk": "todo", "record": text, "token": "x" * 36}
        more = "x" * (size - size_of(item))
        return registration(repo, manifest_text(description="A small app." + more))

    with pytest.raises(InputError) as caught:
        registry.register(sized(10_001), NOW)
    assert str(caught.value) == (
        "dynamodb://fleet: todo: its record is 10,001 bytes, expected at most 10,000, the most "
        "that DynamoDB takes in one item; shorten its app.yaml, or keep the registry in a folder"
    )
    folder = Backend(str(tmp_path / "apps"), None).open()
    folder.register(sized(20_000), NOW)
    assert len(copy_records(folder, registry).problems) == 1
    assert registry.contents().records == []
    assert registry.register(sized(10_000), NOW).outcome == "created"


def test_pages_follow_one_another(dynamodb: DynamoDBServer) -> None:
    """A page may be empty and still have a next one."""
    pages = [
        {"Items": [{"sk": {"S": "a"}}], "LastEvaluatedKey": {"pk": {"S": "1"}}},
        {"Items": [], "LastEvaluatedKey": {"pk": {"S": "2"}}},
        {"Items": [{"sk": {"S": "b"}, "more": {"N": "1"}}]},
    ]
    asked = []
    table = Table(TablePlace(TABLE))

    class Client:
        def query(self, **given: Any) -> Any:
            asked.append(given.get("ExclusiveStartKey"))
            return pages[len(asked) - 1]

    table._client = Client()
    assert list(table.each("x")) == [{"sk": "a"}, {"sk": "b"}]
    assert asked == [None, {"pk": {"S": "1"}}, {"pk": {"S": "2"}}]


def test_a_folder_registry_imports_nothing_of_aws(tmp_path: Path) -> None:
    """Hooks run where boto3 is missing, and need not wait for it where it is not."""
    import subprocess

    code = (
        "import sys; from tenner import hooks, generate, load; "
        "load.open_registry('apps').contents(); "
        "print([m for m in ('boto3', 'botocore', 'tenner.registry_dynamodb') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


@pytest.mark.parametrize(
    "given",
    [
        "dynamodb:",
        "dynamodb:fleet",
        "dynamodb://",
        "dynamodb://ab",
        f"dynamodb://{'x' * 256}",
        "dynamodb://fleet/",
        "dynamodb://fleet?region=",
        "dynamodb://fleet?region=moon",
        "dynamodb://fleet?region=us-east-1&x=1",
        "dynamodb://fleet\n",
        "dynamodb://flé",
    ],
)
def test_a_url_that_is_none(given: str) -> None:
    """The sentence has what was given and how a table is written."""
    with pytest.raises(TennerError) as caught:
        registry_at(given)
    words = str(caught.value)
    assert words.startswith('registry: given "dynamodb:')
    assert words.endswith(
        "expected dynamodb://TABLE or dynamodb://TABLE?region=REGION, with a table's name of 3 to "
        "255 letters, digits, _ . and -"
    )


@pytest.mark.parametrize(
    "given",
    ["dynamodb://abc", "dynamodb://A_b.c-1?region=us-gov-west-1", f"dynamodb://{'x' * 255}"],
)
def test_a_url_is_the_place(given: str) -> None:
    """What is written is what `--registry` takes again; AWS is not asked for it."""
    assert registry_at(given).place == given
