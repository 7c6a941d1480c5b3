"""What every registry does, whatever it is kept in: who may have a name, and what is read back."""

from __future__ import annotations

import os
import re
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tenner import exact_yaml
from tenner.errors import InputError, TennerError
from tenner.registry import Contents, NameTakenError, Registration
from tests.registrations import (
    HOSTILE,
    LATER,
    NOW,
    make_repo,
    manifest_text,
    registration,
)

if TYPE_CHECKING:
    from tenner.registry import Registry
    from tests.registries import Backend


@pytest.fixture
def todo(tmp_path: Path) -> Registration:
    """The repo of the app todo."""
    return registration(make_repo(tmp_path / "todo"), root_commit="a" * 40)


def test_a_first_registration_creates_the_record(registry: Registry, todo: Registration) -> None:
    """The record says where the repo is and how it was made."""
    done = registry.register(todo, NOW)
    assert done.outcome == "created"
    record = done.record
    assert (record.revision, record.registered, record.updated) == (1, NOW, NOW)
    assert record.where.root_commit == "a" * 40
    assert record.template.version == "v0.1.0"
    assert registry.contents() == Contents([record], [])
    (entry,) = registry.entries().entries
    assert (entry.record, entry.repo) == (record, str(todo.repo))


def test_the_same_repo_again_is_an_update(registry: Registry, todo: Registration) -> None:
    """A changed manifest takes the place of the old one, one revision later."""
    registry.register(todo, NOW)
    changed = registration(todo.repo, manifest_text(owner="somebody else"), root_commit="a" * 40)
    done = registry.register(changed, LATER)
    assert done.outcome == "updated"
    assert (done.record.revision, done.record.registered, done.record.updated) == (2, NOW, LATER)
    assert [record.manifest.owner for record in registry.contents().records] == ["somebody else"]


def test_nothing_new_changes_nothing(backend: Backend, todo: Registration) -> None:
    """Registering what is registered writes nothing: no revision, no time."""
    backend.open().register(todo, NOW)
    before = backend.texts()
    done = backend.open().register(todo, LATER)
    assert done.outcome == "unchanged"
    assert (done.record.revision, done.record.updated) == (1, NOW)
    assert backend.texts() == before


def test_a_repo_that_has_moved_is_the_same_one(
    registry: Registry, todo: Registration, tmp_path: Path
) -> None:
    """Its first commit is known, and nothing is at its old place: that is an update."""
    registry.register(todo, NOW)
    moved = todo.repo.rename(tmp_path / "elsewhere")
    done = registry.register(registration(moved, root_commit="a" * 40), LATER)
    assert done.outcome == "updated"
    assert [entry.repo for entry in registry.entries().entries] == [str(moved)]


@pytest.mark.parametrize(
    ("root_commit", "is_old_place_there"),
    [("b" * 40, False), ("", False), ("a" * 40, True), ("b" * 40, True)],
    ids=["another-commit", "no-commit", "a-copy", "another-repo"],
)
def test_another_repo_with_the_name_is_refused(
    backend: Backend,
    todo: Registration,
    tmp_path: Path,
    root_commit: str,
    is_old_place_there: bool,
) -> None:
    """A name belongs to one repo: the sentence says to which, and how to free it."""
    registry = backend.open()
    registry.register(todo, NOW)
    before = backend.texts()
    if not is_old_place_there:
        todo.repo.rename(tmp_path / "gone")
    other = registration(make_repo(tmp_path / "other"), root_commit=root_commit)
    sentence = (
        f'The name "todo" is taken: {registry.place} has it for {tmp_path / "todo"}. '
        f"Choose another name, or free it with: tenner unregister todo --registry {registry.place}"
    )
    for attempt in (
        lambda: registry.register(other, LATER),
        lambda: registry.check_free(other),
        lambda: registry.check_name("todo", other.repo),
    ):
        with pytest.raises(NameTakenError) as caught:
            attempt()
        assert str(caught.value) == sentence
    assert backend.texts() == before


def test_a_repo_without_a_first_commit_never_counts_as_moved(
    registry: Registry, tmp_path: Path
) -> None:
    """Two repos without a commit are not the same one because both have none."""
    old = make_repo(tmp_path / "todo")
    registry.register(registration(old), NOW)
    old.rename(tmp_path / "gone")
    with pytest.raises(NameTakenError):
        registry.register(registration(tmp_path / "other"), LATER)


def test_looking_whether_a_name_is_free_writes_nothing(
    backend: Backend, todo: Registration
) -> None:
    """A look leaves no record."""
    registry = backend.open()
    registry.check_free(todo)
    registry.check_name("todo", todo.repo)
    assert backend.texts() == {}
    assert registry.contents().records == []


def test_unregister_takes_the_record_out(backend: Backend, todo: Registration) -> None:
    """The record goes, the repo stays, and another repo may have the name."""
    registry = backend.open()
    registered = registry.register(todo, NOW).record
    assert registry.unregister("todo") == registered
    assert backend.texts() == {}
    assert (todo.repo / "app.yaml").exists()
    other = registration(todo.repo.parent / "other")
    assert registry.register(other, LATER).outcome == "created"


@pytest.mark.parametrize("app", ["pip", "", "TODO", "../../todo", ".todo.yaml", "todo.yaml", "/"])
def test_unregister_knows_only_registered_names(
    backend: Backend, todo: Registration, app: str
) -> None:
    """A name that is not registered, or is no name, is one sentence, and nothing is touched."""
    registry = backend.open()
    registry.register(todo, NOW)
    before = backend.texts()
    with pytest.raises(TennerError) as caught:
        registry.unregister(app)
    assert str(caught.value) == (
        f'given "{app}", expected a registered app of {registry.place}: todo'
    )
    assert backend.texts() == before


def test_unregister_in_an_empty_registry_says_so(registry: Registry) -> None:
    """Where no app is registered, none is known."""
    with pytest.raises(TennerError) as caught:
        registry.unregister("todo")
    assert str(caught.value) == (
        f'given "todo", expected a registered app of {registry.place}: none yet'
    )


def test_a_record_that_cannot_be_read_does_not_hide_the_others(
    backend: Backend, todo: Registration
) -> None:
    """Each record that was edited into nonsense is one sentence that names it."""
    registry = backend.open()
    registry.register(todo, NOW)
    good = backend.texts()["todo"]
    newer = good.replace("  schema_version: 1\n", "  schema_version: 2\n")
    backend.spoil("bad-yaml", "a: [1")
    backend.spoil("bad-key", good + "more: 1\n")
    backend.spoil("empty", " ")
    backend.spoil("newer", newer)
    backend.spoil("pip", good)
    contents = registry.contents()
    assert [record.manifest.app for record in contents.records] == ["todo"]
    last = good.count("\n") + 1
    expected = [
        ("bad-key", f"line {last}: more: unknown key; take it away or mend its spelling"),
        ("bad-yaml", r"line \d: not YAML: .+"),
        ("empty", ".+"),
        ("newer", r"line \d+: manifest\.schema_version: given 2, expected 1; .+"),
        ("pip", 'manifest.app: given "todo", expected "pip" as .+'),
    ]
    assert len(contents.problems) == len(expected)
    for problem, (app, words) in zip(contents.problems, expected, strict=True):
        assert re.fullmatch(re.escape(backend.source(app)) + ": " + words, problem), problem
    assert list(registry.entries().problems) == list(contents.problems)


def test_a_bad_record_is_not_written_over(backend: Backend, todo: Registration) -> None:
    """Whose it is can't be known, so registering says what is wrong with it."""
    backend.spoil("todo", "revision: 1")
    with pytest.raises(InputError) as caught:
        backend.open().register(todo, NOW)
    start = f"{backend.source('todo')}: line 1: schema_version: missing; "
    assert str(caught.value).startswith(start)
    assert backend.texts() == {"todo": "revision: 1"}


def test_what_could_not_be_read_back_is_not_written(backend: Backend, tmp_path: Path) -> None:
    """A record is read before it is written: here the repo's URL is too long."""
    with pytest.raises(InputError) as caught:
        backend.open().register(registration(tmp_path / "todo", url="x" * 2001), NOW)
    assert "where.url: given " in str(caught.value)
    assert backend.texts() == {}


def test_a_path_that_is_not_text_is_refused(backend: Backend, tmp_path: Path) -> None:
    """A folder may have any bytes as its name, a record has only text."""
    repo = make_repo(Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff")))
    with pytest.raises(TennerError) as caught:
        backend.open().register(registration(repo), NOW)
    sentence = r"The repo's path is '.+/\\udcff'\. Expected a path that is UTF-8 text\."
    assert re.fullmatch(sentence, str(caught.value))
    assert backend.texts() == {}


@pytest.mark.parametrize("name", ["two\nlines", "a: b", "emoji 😀", "'\"", " x "])
def test_a_path_may_be_any_text(registry: Registry, tmp_path: Path, name: str) -> None:
    """A repo in an odd folder is found again."""
    repo = make_repo(tmp_path / name)
    registry.register(registration(repo), NOW)
    assert [entry.repo for entry in registry.entries().entries] == [str(repo)]
    assert registry.register(registration(repo), LATER).outcome == "unchanged"


AMOUNTS = st.decimals(min_value=0, max_value=10**15, places=9) | st.sampled_from(
    [Decimal(text) for text in ("0", "0.0", "5.0", "0.000000001", "1000000000000000", "1.50")]
)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=300) | st.sampled_from(HOSTILE)
OWNERS = st.from_regex(r"\A[\w.:/=+@-]([\w.:/=+@ -]{0,98}[\w.:/=+@-])?\Z").filter(str.isprintable)


@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(description=TEXTS, owner=OWNERS, amounts=st.tuples(AMOUNTS, AMOUNTS))
def test_a_record_says_back_exactly_what_the_manifest_said(
    backend: Backend,
    registry: Registry,
    tmp_path: Path,
    description: str,
    owner: str,
    amounts: tuple[Decimal, Decimal],
) -> None:
    """Any text and any number come back the same, also through another YAML reader."""
    requests, reads = amounts
    use = f"      requests_per_month: {requests:f}\n      reads_per_request: {reads:f}\n"
    text = manifest_text(description=description, owner=owner)
    text = text.replace("      requests_per_month: 10000\n", use)
    given_ = registration(tmp_path / "todo", text)
    registry.register(given_, NOW)
    (record,) = registry.contents().records
    assert record.manifest == given_.manifest
    assert record.manifest.description == description
    assert record.manifest.owner == owner
    assert record.manifest.functions["api"].use.requests_per_month == requests
    written = backend.texts()["todo"]
    assert exact_yaml.parse(written, "record").content["manifest"] == given_.manifest_content
    plain = yaml.safe_load(written)["manifest"]
    assert (plain["description"], plain["owner"]) == (description, owner)
    assert registry.register(given_, LATER).outcome == "unchanged"


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_url_and_version_come_back(registry: Registry, tmp_path: Path, text: str) -> None:
    """What git and Copier say of a repo is text like any other."""
    text = text[:2000]
    registry.register(registration(tmp_path / "todo", url=text, version=text), NOW)
    (record,) = registry.contents().records
    assert (record.where.url, record.template.version) == (text, text)


@pytest.mark.parametrize("count", [300, pytest.param(10_000, marks=pytest.mark.slow)])
def test_thousands_of_records_are_listed(backend: Backend, todo: Registration, count: int) -> None:
    """All are there once and in order, however many pages the answer has."""
    registry = backend.open()
    registry.register(registration(todo.repo, manifest_text("todo", "x" * 5000)), NOW)
    text = backend.texts()["todo"]
    registry.unregister("todo")
    names = [f"app-{number:05}" for number in range(count)]
    for name in names:
        backend.fill(name, text.replace("app: todo\n", f"app: {name}\n"))
    contents = registry.contents()
    assert list(contents.problems) == []
    assert [record.manifest.app for record in contents.records] == names
    if backend.server:
        assert backend.server.requests.count("Query") >= count * 5000 // 10**6
