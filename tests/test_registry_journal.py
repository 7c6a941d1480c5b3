"""The journal of every registry: each entry once, in order, none lost; and the command for it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tenner.cli import main
from tenner.dynamodb_journal import journal_item
from tenner.dynamodb_table import size_of
from tenner.errors import InputError, OutsideError
from tenner.folder_journal import FILE
from tenner.journal import parse_entry
from tenner.registry_dynamodb import DynamoDBRegistry
from tenner.registry_place import TablePlace
from tests.dynamodb_server import TABLE, DynamoDBServer, Fault
from tests.registrations import (
    HOSTILE,
    LATER,
    NOW,
    journal_entry,
    make_repo,
    manifest_text,
    registration,
)
from tests.registries import ROOT, Backend

if TYPE_CHECKING:
    from pathlib import Path

    from tenner.registry import Registry


def test_an_entry_is_appended_once(backend: Backend) -> None:
    """The same entry again, also at another time, is the one that is there."""
    registry = backend.open()
    assert registry.journal() == ([], [])
    assert registry.append([journal_entry()]) == 1
    assert backend.open().append([journal_entry(at=LATER), journal_entry(at=LATER)]) == 0
    assert backend.open().journal() == ([journal_entry()], [])
    assert registry.append([]) == 0


@pytest.mark.parametrize("key", ["app", "outcome", "template", "base", "commit"])
def test_what_makes_an_entry_another_one(registry: Registry, key: str) -> None:
    """Another app, outcome, version or commit is another entry; another time or reason is not."""
    assert registry.append([journal_entry(), journal_entry(**{key: "other"})]) == 2
    assert registry.append([journal_entry(reason="x"), journal_entry(**{key: "other"})]) == 0
    assert len(registry.journal().entries) == 2


def test_entries_are_in_order(registry: Registry) -> None:
    """The oldest first; those of one second as they were added; one from elsewhere in its place."""
    same = [journal_entry("todo", NOW, commit=f"{number}") for number in (3, 1, 2)]
    for entry in same:
        registry.append([entry])
    newer, older = journal_entry("ant", LATER), journal_entry("zoo", "2020-01-01T00:00:00+00:00")
    registry.append([newer, older])
    assert list(registry.journal().entries) == [older, *same, newer]


def test_fields_of_a_newer_tenner_stay(registry: Registry) -> None:
    """An entry may have more than this version writes."""
    entry = journal_entry(shard={"of": [1, 2]})
    registry.append([entry])
    assert list(registry.journal().entries) == [entry]


TEXTS = st.text(st.characters(), max_size=50) | st.sampled_from([each[:300] for each in HOSTILE])


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(reason=TEXTS, file=TEXTS)
def test_any_text_comes_back(registry: Registry, reason: str, file: str) -> None:
    """Line ends of every kind, and what is no text at all, as a file's name may be."""
    entry = journal_entry(reason=reason, conflicts=[[file, "lines 1-5"]], commit=f"{reason} {file}")
    registry.append([entry])
    registry.append([entry])
    assert registry.journal().entries.count(entry) == 1
    assert list(registry.journal().problems) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "not JSON"),
        ("[" * 100_000, "not an object of JSON"),
        ("[]", "not an object of JSON"),
        ('{"at": 1}', "at: expected text"),
        (json.dumps({**journal_entry(), "reason": None}), "reason: expected text"),
        (
            json.dumps({**journal_entry(), "conflicts": [[]]}),
            "conflicts: expected a list of lists: the file, and the lines in it",
        ),
    ],
)
def test_an_entry_of_nonsense_does_not_hide_the_others(
    backend: Backend, text: str, words: str
) -> None:
    """What somebody has edited is one sentence that says where; all others are read."""
    registry = backend.open()
    registry.append([journal_entry()])
    start = backend.spoil_journal(text)
    registry.append([journal_entry("ant", LATER)])
    entries, problems = registry.journal()
    assert [entry["app"] for entry in entries] == ["todo", "ant"]
    assert [
        problem.startswith(f"{start}{words}; expected what tenner ") for problem in problems
    ] == [True]


def test_a_record_and_its_entry(registry: Registry, tmp_path: Path) -> None:
    """An entry goes into the journal with the record, once, also where the record is unchanged."""
    todo = registration(make_repo(tmp_path / "todo"))
    registry.register(todo, NOW)
    assert list(registry.journal().entries) == []
    changed = registration(todo.repo, manifest_text(owner="x"))
    done = registry.register(changed, LATER, journal_entry(at=LATER))
    assert (done.outcome, done.record.revision) == ("updated", 2)
    assert registry.register(changed, LATER, journal_entry(commit="d")).outcome == "unchanged"
    again = registration(todo.repo, manifest_text(owner="y"))
    assert registry.register(again, LATER, journal_entry()).record.revision == 3
    assert [entry["commit"][0] for entry in registry.journal().entries] == ["d", "c"]


def test_a_name_that_is_taken_has_no_entry(registry: Registry, tmp_path: Path) -> None:
    """Where the record is refused, the journal stays as it is."""
    registry.register(registration(make_repo(tmp_path / "todo")), NOW)
    with pytest.raises(Exception, match='The name "todo" is taken'):
        registry.register(registration(tmp_path / "other"), NOW, journal_entry())
    assert list(registry.journal().entries) == []


@pytest.mark.parametrize("count", [300, pytest.param(10_000, marks=pytest.mark.slow)])
def test_thousands_of_entries_are_listed(backend: Backend, count: int) -> None:
    """All are there once and in order, however many pages the answer has."""
    entries = [
        journal_entry(
            f"app-{number % 100:03}",
            f"2026-11-21T{number // 3600:02}:{number // 60 % 60:02}:{number % 60:02}+00:00",
            commit=f"{number:040}",
            reason="x" * 500,
        )
        for number in range(count)
    ]
    for entry in reversed(entries):
        backend.fill_journal(entry)
    assert list(backend.open().journal().entries) == entries
    if backend.server:
        assert backend.server.requests.count("Query") >= count * 500 // 10**6


# --- A folder ------------------------------------------------------------------------------


@pytest.mark.parametrize("cut", [1, 20, -1])
def test_half_a_line_of_a_killed_process(tmp_path: Path, cut: int) -> None:
    """It is no entry, and the next writer takes it away; a whole one without its end stays."""
    registry = Backend(str(tmp_path), None).open()
    path = tmp_path / FILE
    registry.append([journal_entry("ant"), journal_entry("bee")])
    whole = path.read_bytes()
    start = whole.index(b"\n") + 1
    is_whole = cut == -1
    path.write_bytes(whole[:-1] if is_whole else whole[: start + cut])
    left = ["ant", "bee"] if is_whole else ["ant"]
    assert [entry["app"] for entry in registry.journal().entries] == left
    assert list(registry.journal().problems) == []
    registry.append([journal_entry("cat")])
    assert [json.loads(line)["app"] for line in path.read_text().splitlines()] == [*left, "cat"]


def test_writers_that_are_killed(tmp_path: Path) -> None:
    """After each of five SIGKILLs every line but the last is whole, and none was lost."""
    code = (
        "import sys; from tenner.load import registry_at; "
        "from tests.registrations import journal_entry\n"
        "registry, number = registry_at(sys.argv[1]), int(sys.argv[2])\n"
        "while True:\n"
        "    registry.append([journal_entry(commit=str(number), reason='x' * 9000)])\n"
        "    print(number, flush=True); number += 1\n"
    )
    done = 0
    for turn in range(5):
        with subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path), str(done)],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": f"{ROOT}/src"},
            stdout=subprocess.PIPE,
            text=True,
        ) as writer:
            assert writer.stdout is not None
            first = int(writer.stdout.readline())
            assert first == done
            time.sleep(0.005 * turn)
            writer.send_signal(signal.SIGKILL)
            said = [first, *map(int, writer.stdout.read().split())]
        journal = Backend(str(tmp_path), None).open().journal()
        assert list(journal.problems) == []
        commits = [int(entry["commit"]) for entry in journal.entries]
        assert commits == list(range(len(commits)))
        assert len(commits) in {said[-1] + 1, said[-1] + 2}
        done = len(commits)


def test_a_journal_that_can_not_be_used(tmp_path: Path) -> None:
    """Trouble with the disk is one sentence; here the file is a folder."""
    registry = Backend(str(tmp_path), None).open()
    (tmp_path / FILE).mkdir()
    for act in (registry.journal, lambda: registry.append([journal_entry()])):
        with pytest.raises(OutsideError) as caught:
            act()
        place = f"{registry.place}/{FILE}"
        assert str(caught.value) == f"The journal {place} can't be used: Is a directory"


# --- A table -------------------------------------------------------------------------------


@pytest.fixture
def table(dynamodb: DynamoDBServer) -> Backend:
    """The table, empty."""
    return Backend(f"dynamodb://{TABLE}", dynamodb)


@pytest.mark.parametrize("code", ["ThrottlingException", "InternalServerError"])
@pytest.mark.parametrize("operation", ["PutItem", "Query"])
def test_throttling_passes(
    table: Backend, dynamodb: DynamoDBServer, operation: str, code: str
) -> None:
    """More refusals than botocore takes by itself, and then it goes well."""
    dynamodb.fail(operation, *[Fault(code)] * 4)
    assert table.open().append([journal_entry()]) == 1
    assert list(table.open().journal().entries) == [journal_entry()]
    assert dynamodb.requests.count(operation) >= 5


@pytest.mark.parametrize("is_done", [False, True], ids=["not-written", "written"])
@pytest.mark.parametrize("times", [1, 4])
def test_a_lost_answer_is_one_entry(
    table: Backend, dynamodb: DynamoDBServer, tmp_path: Path, times: int, is_done: bool
) -> None:
    """Alone or with a record: who asks again knows its own write, and it is there once."""
    registry = table.open()
    dynamodb.fail("PutItem", *[Fault(is_done=is_done)] * times)
    assert registry.append([journal_entry()]) == 1
    dynamodb.fail("TransactWriteItems", *[Fault(is_done=is_done)] * times)
    todo = registration(make_repo(tmp_path / "todo"))
    assert registry.register(todo, NOW, journal_entry("ant")).outcome == "created"
    assert [record.revision for record in registry.contents().records] == [1]
    assert [entry["app"] for entry in registry.journal().entries] == ["todo", "ant"]


def test_an_entry_that_another_writes_meanwhile(
    table: Backend, dynamodb: DynamoDBServer, tmp_path: Path
) -> None:
    """The record is written all the same, and the entry is the other's."""
    registry, other = table.open(), table.open()
    other.journal()
    done: list[str] = []

    def fault(asked: str, _content: Any) -> Fault | None:
        if asked == "TransactWriteItems" and not done:
            done.append(asked)
            return Fault(
                "TransactionConflictException", meanwhile=lambda: other.append([journal_entry()])
            )
        return None

    dynamodb.fault = fault
    todo = registration(make_repo(tmp_path / "todo"))
    assert registry.register(todo, LATER, journal_entry(at=LATER)).outcome == "created"
    assert list(registry.journal().entries) == [journal_entry()]
    assert [record.revision for record in registry.contents().records] == [1]


def test_throttling_without_end_is_one_sentence(dynamodb: DynamoDBServer) -> None:
    """Patience has an end, and nothing is written."""
    registry = DynamoDBRegistry(TablePlace(TABLE), patience_s=0.3)
    dynamodb.fault = lambda asked, _: Fault("ThrottlingException") if asked == "PutItem" else None
    with pytest.raises(
        OutsideError, match=r"^The registry dynamodb://fleet can't be used: AWS thr"
    ):
        registry.append([journal_entry()])
    assert list(registry.journal().entries) == []


def test_an_entry_of_the_greatest_size(table: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    """One byte more than an item may have is our own sentence before AWS's."""
    monkeypatch.setattr("tenner.registry_dynamodb.MOST_BYTES", 10_000)
    registry = table.open()
    room = 10_000 - size_of(journal_item(journal_entry()))
    assert registry.append([journal_entry(reason="x" * room)]) == 1
    with pytest.raises(InputError) as caught:
        registry.append([journal_entry(reason="x" * (room + 1))])
    assert str(caught.value) == (
        "dynamodb://fleet: todo: its journal entry is 10,001 bytes, expected at most 10,000, the "
        "most that DynamoDB takes in one item; keep the registry in a folder"
    )


# --- The command ---------------------------------------------------------------------------


def test_the_command(backend: Backend, capsys: pytest.CaptureFixture[str]) -> None:
    """A line for each entry, the oldest first; conflicts name their file."""
    registry = backend.open()
    conflict = journal_entry(
        "ant", LATER, outcome="conflicts", commit="", conflicts=[["README.md", "lines 1-5"], ["x"]]
    )
    registry.append([journal_entry(), conflict])
    assert main(["registry", "journal", "--registry", backend.given]) == 0
    assert capsys.readouterr() == (
        f"""\
  when                       app   outcome    from    to      commit
  {NOW}  todo  updated    v0.1.0  v0.2.0  cccccccccc
  {LATER}  ant   conflicts  v0.1.0  v0.2.0              README.md and 1 more
""",
        "",
    )
    assert main(["registry", "journal", "ant", "--registry", backend.given, "--format=json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said == {"registry": registry.place, "entries": [conflict]}


def test_the_command_without_entries(
    backend: Backend, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A registered app that no rollout has met has none; another name is a mistake."""
    registry = backend.open()
    registry.register(registration(make_repo(tmp_path / "todo")), NOW)
    for app in ([], ["todo"]):
        assert main(["registry", "journal", *app, "--registry", backend.given]) == 0
        assert capsys.readouterr().out == (f"No rollout is in the journal of {registry.place}.\n")
    assert main(["registry", "journal", "ant", "--registry", backend.given]) == 2
    assert capsys.readouterr().err == (
        f'APP: given "ant", expected a registered app, or one of the journal of {registry.place}: '
        "none yet\n"
    )


def test_the_command_and_nonsense(backend: Backend, capsys: pytest.CaptureFixture[str]) -> None:
    """What can't be read is told, and the exit code says so; no letter acts on the terminal."""
    registry = backend.open()
    registry.append([journal_entry(reason="\x1b[31m red\u202e\ud800" + "x" * 99)])
    start = backend.spoil_journal("[]")
    assert main(["registry", "journal", "--registry", backend.given]) == 1
    said = capsys.readouterr()
    assert said.out.splitlines()[1].endswith(f" [31m red {'x' * 50}…")
    assert said.err.startswith(start)


def test_an_entry_of_the_journal_is_an_outcome() -> None:
    """What a rollout writes is what the journal takes."""
    from tenner.rollout import Conflict, Outcome
    from tenner.rollout_journal import entry_of, outcome_of

    outcome = Outcome("ant", "conflicts", "v1", "v2", conflicts=(Conflict("x", ("lines 1-2",)),))
    entry = parse_entry(json.dumps(entry_of(outcome, "a" * 40, NOW)))
    assert outcome_of(entry).conflicts == outcome.conflicts
