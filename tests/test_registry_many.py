"""A hundred processes at one registry, at the same moment, on every backend."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tests.registrations import NOW, registration
from tests.registries import Backend, run_workers

if TYPE_CHECKING:
    from pathlib import Path


def test_a_hundred_processes_register_at_once(backend: Backend, tmp_path: Path) -> None:
    """A hundred apps that register at the same moment make a hundred whole records."""
    said = run_workers("register", tmp_path, 100, backend.given)
    assert said == ["created"] * 100
    contents = backend.open().contents()
    assert list(contents.problems) == []
    assert [record.manifest.app for record in contents.records] == [
        f"app-{number:03}" for number in range(100)
    ]
    assert {record.manifest.description for record in contents.records} == {"x" * 5000}
    assert len(backend.texts()) == 100


def test_a_hundred_processes_claim_one_name(backend: Backend, tmp_path: Path) -> None:
    """Exactly one of a hundred gets the name, and the record is the winner's."""
    said = run_workers("claim", tmp_path, 100, backend.given)
    winners = [words for words in said if words != "NameTakenError"]
    assert len(said) == 100
    assert len(winners) == 1
    registry = backend.open()
    assert [entry.repo for entry in registry.entries().entries] == [str(tmp_path / winners[0])]
    assert [record.revision for record in registry.contents().records] == [1]
    assert list(backend.texts()) == ["todo"]


@pytest.mark.slow
def test_a_hundred_processes_update_one_record(backend: Backend, tmp_path: Path) -> None:
    """No update is lost: each has a revision of its own, one after the other."""
    backend.open().register(registration(tmp_path / "todo"), NOW)
    said = [words.split() for words in run_workers("update", tmp_path, 100, backend.given)]
    revisions = {int(revision): process for revision, process in said}
    assert sorted(revisions) == list(range(2, 102))
    (record,) = backend.open().contents().records
    assert record.revision == 101
    assert record.manifest.description == f"from process {revisions[101]}"


@pytest.mark.slow
def test_processes_that_register_and_unregister_one_app(backend: Backend, tmp_path: Path) -> None:
    """Whatever the order, each ends in a way that it may, and a record is whole or absent."""
    said = Counter(run_workers("unregister", tmp_path, 40, backend.given))
    assert set(said) <= {"created", "unchanged", "todo", "TennerError"}
    contents = backend.open().contents()
    assert list(contents.problems) == []
    assert len(contents.records) <= said["created"]


@pytest.mark.slow
def test_a_hundred_processes_append_to_the_journal(backend: Backend, tmp_path: Path) -> None:
    """What is the same is there once, whoever was first; of the others none is lost or torn."""
    said = run_workers("append", tmp_path, 100, backend.given)
    entries, problems = backend.open().journal()
    assert list(problems) == []
    assert sum(map(int, said)) == len(entries) == 3 + 100 * 7
    counts = Counter(entry["app"] for entry in entries)
    assert counts == {"todo": 3} | {f"app-{number:03}": 7 for number in range(100)}


@pytest.mark.slow
def test_processes_that_update_a_record_and_the_journal(backend: Backend, tmp_path: Path) -> None:
    """Each update has its revision and its entry, both or neither."""
    backend.open().register(registration(tmp_path / "todo"), NOW)
    said = run_workers("note", tmp_path, 40, backend.given)
    assert sorted(map(int, said)) == list(range(2, 42))
    entries = backend.open().journal().entries
    assert sorted(entry["commit"] for entry in entries) == [f"{each:040}" for each in range(40)]
