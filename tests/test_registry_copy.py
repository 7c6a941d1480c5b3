"""All records go from one registry to another, and nothing that is there is written over."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tenner.cli import main
from tenner.errors import OutsideError, TennerError
from tenner.load import registry_at
from tenner.registry_copy import Copied, copy_records
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

NAMES = ["hub", "pip", "todo"]


@pytest.fixture
def folder(tmp_path: Path) -> Backend:
    """A folder with three apps, one of them updated once."""
    backend = Backend(str(tmp_path / "infra" / "apps"), None)
    registry = backend.open()
    for app in NAMES:
        repo = make_repo(tmp_path / app)
        registry.register(registration(repo, manifest_text(app), root_commit=app), NOW)
    todo = registration(tmp_path / "todo", manifest_text(description="x: 😀\n"), root_commit="todo")
    registry.register(todo, LATER)
    return backend


@pytest.fixture
def table(dynamodb: DynamoDBServer) -> Backend:
    """An empty table."""
    return Backend(f"dynamodb://{TABLE}", dynamodb)


def test_there_and_back_is_the_same_to_the_byte(
    folder: Backend, table: Backend, tmp_path: Path
) -> None:
    """Revisions, times, texts and numbers stay; paths are meant from where the registry is."""
    assert copy_records(folder.open(), table.open()) == Copied(3, 0, [])
    assert [entry.repo for entry in table.open().entries().entries] == [
        str(tmp_path / app) for app in NAMES
    ]
    back = Backend(str(tmp_path / "back" / "apps"), None)
    assert copy_records(table.open(), back.open()) == Copied(3, 0, [])
    assert back.texts() == folder.texts()


def test_copying_again_changes_nothing(folder: Backend, table: Backend) -> None:
    """Each way, what is there stays as it is, and an app that is new goes along."""
    copy_records(folder.open(), table.open())
    before, here = table.texts(), folder.texts()
    assert copy_records(folder.open(), table.open()) == Copied(0, 3, [])
    assert copy_records(table.open(), folder.open()) == Copied(0, 3, [])
    assert (table.texts(), folder.texts()) == (before, here)
    folder.open().unregister("pip")
    assert copy_records(table.open(), folder.open()) == Copied(1, 2, [])
    assert folder.texts() == here


def test_a_copied_app_registers_as_before(folder: Backend, table: Backend, tmp_path: Path) -> None:
    """Its record is its own there: nothing changed, so nothing changes."""
    copy_records(folder.open(), table.open())
    again = registration(tmp_path / "pip", manifest_text("pip"), root_commit="pip")
    assert table.open().register(again, LATER).outcome == "unchanged"


@pytest.mark.parametrize("is_back", [False, True])
def test_a_name_that_is_taken_is_told_and_stays(
    folder: Backend, table: Backend, tmp_path: Path, is_back: bool
) -> None:
    """Another repo's name, and another record of the same repo: one sentence each."""
    other = registration(make_repo(tmp_path / "other"), manifest_text("hub"), root_commit="other")
    newer = registration(tmp_path / "pip", manifest_text("pip", owner="we"), root_commit="pip")
    copy_records(folder.open(), table.open())
    source, target = (table, folder) if is_back else (folder, table)
    target.open().unregister("hub")
    target.open().register(other, NOW)
    target.open().register(newer, LATER)
    before, place = target.texts(), target.open().place
    assert copy_records(source.open(), target.open()) == Copied(
        0,
        1,
        [
            (
                f'The name "hub" is taken: {place} has it for {tmp_path}/other. Choose another '
                f"name, or free it with: tenner unregister hub --registry {place}"
            ),
            (
                f"pip: {place} has another record of the same repo, revision 2 of {LATER}, which "
                f"stays. To bring it up to date: tenner register {tmp_path}/pip --registry {place}"
            ),
        ],
    )
    assert target.texts() == before


def test_a_record_that_is_nonsense_does_not_keep_the_others(
    folder: Backend, table: Backend
) -> None:
    """It is named, at either end."""
    table.spoil("hub", "revision: 1")
    folder.spoil("pip", "[")
    done = copy_records(folder.open(), table.open())
    assert (done.copied, done.there) == (1, 0)
    assert [problem.split(" line")[0] for problem in done.problems] == [
        f"{folder.source('pip')}:",
        "dynamodb://fleet: hub:",
    ]
    assert table.texts()["hub"] == "revision: 1"


def test_a_copy_that_breaks_off_goes_on(
    folder: Backend, table: Backend, dynamodb: DynamoDBServer
) -> None:
    """After trouble with AWS the same command does the rest."""
    left = [None, Fault("AccessDeniedException")]
    dynamodb.fault = lambda asked, _: left.pop(0) if asked == "PutItem" else None
    with pytest.raises(OutsideError):
        copy_records(folder.open(), table.open())
    dynamodb.fault = lambda _asked, _: None
    assert copy_records(folder.open(), table.open()) == Copied(2, 1, [])


def test_the_journal_goes_along(folder: Backend, table: Backend, tmp_path: Path) -> None:
    """There and back it is the same, in order, and nothing of it is there twice."""
    entries = [
        journal_entry(app, f"2026-11-2{number}T10:00:00+00:00", shard=number)
        for number, app in enumerate([*NAMES, "gone"])
    ]
    folder.open().append(entries)
    table.open().append([journal_entry("pip", LATER)])
    assert copy_records(folder.open(), table.open()) == Copied(3, 0, [], 3, 1)
    assert [entry["app"] for entry in table.open().journal().entries] == [
        *("hub", "pip", "todo", "gone")
    ]
    back = Backend(str(tmp_path / "back" / "apps"), None)
    assert copy_records(table.open(), back.open()) == Copied(3, 0, [], 4, 0)
    assert copy_records(table.open(), back.open()) == Copied(0, 3, [], 0, 4)
    assert back.open().journal() == table.open().journal()


def test_a_journal_of_nonsense_does_not_keep_the_rest(
    folder: Backend, table: Backend, capsys: pytest.CaptureFixture[str]
) -> None:
    """The line is named, all else is copied, and a person is needed."""
    start = folder.spoil_journal("{")
    folder.open().append([journal_entry()])
    assert main(["registry", "copy", folder.given, table.given]) == 1
    out, problems = capsys.readouterr()
    assert out.endswith(
        " to dynamodb://fleet: 3 copied, 0 there already, 0 not copied\n"
        "journal: 1 copied, 0 there already, 1 not copied\n"
    )
    assert problems.startswith(start)
    assert list(table.open().journal().entries) == [journal_entry()]


def test_a_lost_answer_copies_once(
    folder: Backend, table: Backend, dynamodb: DynamoDBServer
) -> None:
    """The record is known as the one just written."""
    dynamodb.fail("PutItem", Fault(is_done=True))
    assert copy_records(folder.open(), table.open()) == Copied(3, 0, [])


def test_two_tables_are_two_registries(folder: Backend) -> None:
    """One registry twice is no copy."""
    with pytest.raises(TennerError) as caught:
        copy_records(folder.open(), registry_at(folder.given))
    place = folder.open().place
    assert str(caught.value) == f"given {place} twice, expected two registries"


def test_the_command(folder: Backend, table: Backend, capsys: pytest.CaptureFixture[str]) -> None:
    """It says how many, and exits with 1 where a person must see to one."""
    place = folder.open().place
    assert main(["registry", "copy", folder.given, table.given]) == 0
    assert capsys.readouterr() == (
        f"{place} to dynamodb://fleet: 3 copied, 0 there already, 0 not copied\n",
        "",
    )
    table.spoil("pip", "[")
    assert main(["registry", "copy", folder.given, table.given]) == 1
    said = capsys.readouterr()
    assert said.out == f"{place} to dynamodb://fleet: 0 copied, 2 there already, 1 not copied\n"
    assert said.err.startswith("dynamodb://fleet: pip: line 1: not YAML: ")


def test_a_source_that_is_not_there(table: Backend, capsys: pytest.CaptureFixture[str]) -> None:
    """A path that leads nowhere is a mistake, and not an empty registry."""
    assert main(["registry", "copy", "gone", table.given]) == 2
    assert capsys.readouterr().err == (
        'FROM: given "gone", which is not there; expected a folder, or dynamodb://TABLE\n'
    )


def test_other_commands_take_a_table(
    table: Backend,
    dynamodb: DynamoDBServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """By `--registry`, by TENNER_REGISTRY and by the manifest's own field."""
    monkeypatch.delenv("TENNER_REGISTRY", raising=False)
    text = manifest_text() + f'registry: "{table.given}"\n'
    repo = make_repo(tmp_path / "todo", text)
    assert main(["register", str(repo)]) == 0
    assert capsys.readouterr().out == "todo: created in dynamodb://fleet\n"
    assert main(["apps", "--registry", table.given]) == 0
    assert capsys.readouterr().out.startswith("todo  ")
    assert main(["cost", str(repo)]) == 0
    assert "its share of the whole (1 app" in capsys.readouterr().out
    monkeypatch.setenv("TENNER_REGISTRY", table.given)
    monkeypatch.chdir(tmp_path)
    assert main(["fleet"]) == 0
    assert main(["unregister", "todo"]) == 0
    assert capsys.readouterr().out.endswith(
        f"todo: taken out of dynamodb://fleet; its repo stays at {repo}\n"
    )
