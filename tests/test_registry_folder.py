"""The registry as a folder: who may have a name, and what is read back."""

from __future__ import annotations

import os
import re
from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tenner import exact_yaml
from tenner.errors import InputError, OutsideError, TennerError
from tenner.load import load_manifest, open_registry, registration_of
from tenner.registry import NameTakenError, Registration
from tenner.registry_folder import FolderRegistry
from tests.registrations import LATER, NOW, make_repo, manifest_text, quoted, registration

HOSTILE = (
    "'\"`$ {{ 7*7 }} {% if x %} ${x} %{x} # : - yes 1e3 null ~ 010 0x10 1:30",
    "1e3",
    "1_000",
    ".5",
    "yes",
    "null",
    "~",
    "2026-11-21",
    "=",
    "<<",
    "\n",
    " two\r\nlines\t\n",
    "\u2028\u2029\x85",
    "\ufeff",
    "\x00\x07\x1b[31m\x7f",
    "\u202etxt.exe",
    "😀👨‍👩‍👧",
    "- a\n- b",
    "---\n...\n",
    "!!python/object:os.system",
    "&a *a",
    "x" * 20_000,
)


@pytest.fixture
def registry(tmp_path: Path) -> FolderRegistry:
    """A registry that is not there yet."""
    return FolderRegistry(tmp_path / "aws-shared-infra" / "apps")


@pytest.fixture
def todo(tmp_path: Path) -> Registration:
    """The repo of the app todo."""
    return registration(make_repo(tmp_path / "todo"), root_commit="a" * 40)


def test_a_first_registration_creates_the_record(
    registry: FolderRegistry, todo: Registration
) -> None:
    """The folder is made, and the record says where the repo is and how it was made."""
    done = registry.register(todo, NOW)
    assert done.outcome == "created"
    assert Path(done.place).resolve() == registry.folder / "todo.yaml"
    record = done.record
    assert (record.revision, record.registered, record.updated) == (1, NOW, NOW)
    assert record.where.path == "../../todo"
    assert record.where.root_commit == "a" * 40
    assert record.template.version == "v0.1.0"
    assert registry.contents() == registry.contents().__class__([record], [])


def test_the_same_repo_again_is_an_update(registry: FolderRegistry, todo: Registration) -> None:
    """A changed manifest takes the place of the old one, one revision later."""
    registry.register(todo, NOW)
    changed = registration(todo.repo, manifest_text(owner="somebody else"), root_commit="a" * 40)
    done = registry.register(changed, LATER)
    assert done.outcome == "updated"
    assert (done.record.revision, done.record.registered, done.record.updated) == (2, NOW, LATER)
    assert [record.manifest.owner for record in registry.contents().records] == ["somebody else"]


def test_nothing_new_changes_nothing(registry: FolderRegistry, todo: Registration) -> None:
    """Registering what is registered writes nothing: no revision, no time."""
    registry.register(todo, NOW)
    path = registry.folder / "todo.yaml"
    before = path.stat()
    done = registry.register(todo, LATER)
    assert done.outcome == "unchanged"
    assert (done.record.revision, done.record.updated) == (1, NOW)
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_a_repo_that_has_moved_is_the_same_one(
    registry: FolderRegistry, todo: Registration, tmp_path: Path
) -> None:
    """Its first commit is known, and nothing is at its old place: that is an update."""
    registry.register(todo, NOW)
    moved = todo.repo.rename(tmp_path / "elsewhere")
    done = registry.register(registration(moved, root_commit="a" * 40), LATER)
    assert done.outcome == "updated"
    assert done.record.where.path == "../../elsewhere"


@pytest.mark.parametrize(
    ("root_commit", "is_old_place_there"),
    [("b" * 40, False), ("", False), ("a" * 40, True), ("b" * 40, True)],
    ids=["another-commit", "no-commit", "a-copy", "another-repo"],
)
def test_another_repo_with_the_name_is_refused(
    registry: FolderRegistry,
    todo: Registration,
    tmp_path: Path,
    root_commit: str,
    is_old_place_there: bool,
) -> None:
    """A name belongs to one repo: the sentence says to which, and how to free it."""
    registry.register(todo, NOW)
    before = (registry.folder / "todo.yaml").read_bytes()
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
    assert (registry.folder / "todo.yaml").read_bytes() == before


def test_a_repo_without_a_first_commit_never_counts_as_moved(
    registry: FolderRegistry, tmp_path: Path
) -> None:
    """Two repos without a commit are not the same one because both have none."""
    old = make_repo(tmp_path / "todo")
    registry.register(registration(old), NOW)
    old.rename(tmp_path / "gone")
    with pytest.raises(NameTakenError):
        registry.register(registration(tmp_path / "other"), LATER)


def test_a_record_is_never_made_over_another_where_locks_do_not_hold(
    registry: FolderRegistry, todo: Registration, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a disk without locks a record may appear after the look: the disk itself refuses then."""
    record = Path(registry.register(todo, NOW).place).resolve()
    before = record.read_bytes()
    monkeypatch.setattr(registry, "_get", lambda _app: None)
    with pytest.raises(OutsideError) as caught:
        registry.register(registration(todo.repo.parent / "other"), LATER)
    assert "can't be used: File exists" in str(caught.value)
    assert record.read_bytes() == before
    assert list(registry.folder.iterdir()) == [record]


def test_looking_whether_a_name_is_free_writes_nothing(
    registry: FolderRegistry, todo: Registration
) -> None:
    """Not even the folder is made."""
    registry.check_free(todo)
    registry.check_name("todo", todo.repo)
    assert not registry.folder.parent.exists()
    assert registry.contents().records == []


def test_unregister_takes_the_record_out(registry: FolderRegistry, todo: Registration) -> None:
    """The record goes, the repo stays, and another repo may have the name."""
    registered = registry.register(todo, NOW).record
    assert registry.unregister("todo") == registered
    assert list(registry.folder.iterdir()) == []
    assert (todo.repo / "app.yaml").exists()
    other = registration(todo.repo.parent / "other")
    assert registry.register(other, LATER).outcome == "created"


@pytest.mark.parametrize("app", ["pip", "", "TODO", "../../todo", ".todo.yaml", "todo.yaml", "/"])
def test_unregister_knows_only_registered_names(
    registry: FolderRegistry, todo: Registration, app: str
) -> None:
    """A name that is not registered, or is no name, is one sentence, and no file is touched."""
    record = Path(registry.register(todo, NOW).place)
    outside = todo.repo.parent / "todo.yaml"
    outside.write_bytes(record.read_bytes())
    with pytest.raises(TennerError) as caught:
        registry.unregister(app)
    assert str(caught.value) == (
        f'given "{app}", expected a registered app of {registry.place}: todo'
    )
    assert record.exists()
    assert outside.exists()


def test_unregister_in_no_registry_says_so(registry: FolderRegistry) -> None:
    """Where there is no registry, no app is known, and none is made."""
    with pytest.raises(TennerError) as caught:
        registry.unregister("todo")
    assert str(caught.value) == (
        f'given "todo", expected a registered app of {registry.place}: none yet'
    )
    assert not registry.folder.exists()


def test_a_record_that_cannot_be_read_does_not_hide_the_others(
    registry: FolderRegistry, todo: Registration
) -> None:
    """Each bad file is one sentence that names it; the others are read."""
    registry.register(todo, NOW)
    good = (registry.folder / "todo.yaml").read_text(encoding="utf-8")
    (registry.folder / "bad-yaml.yaml").write_text("a: [1", encoding="utf-8")
    (registry.folder / "bad-bytes.yaml").write_bytes(b"a: \xff")
    (registry.folder / "bad-key.yaml").write_text(good + "more: 1\n", encoding="utf-8")
    (registry.folder / "pip.yaml").write_text(good, encoding="utf-8")
    (registry.folder / "folder.yaml").mkdir()
    (registry.folder / "notes.txt").write_text("not a record", encoding="utf-8")
    contents = registry.contents()
    unknown_key = "unknown key; take it away or mend its spelling"
    place, lines = registry.folder, good.count("\n")
    assert [record.manifest.app for record in contents.records] == ["todo"]
    assert list(contents.problems) == [
        f"{place}/bad-bytes.yaml: not UTF-8 text at byte 3",
        f"{place}/bad-key.yaml: line {lines + 1}: more: {unknown_key}",
        contents.problems[2],
        f"The registry {registry.place} can't be used: Is a directory ({place}/folder.yaml)",
        f'{place}/pip.yaml: manifest.app: given "todo", expected "pip" as the file is named',
    ]
    assert re.match(rf"{place}/bad-yaml\.yaml: line \d: not YAML: .+\Z", contents.problems[2])


def test_a_bad_record_is_not_written_over(registry: FolderRegistry, todo: Registration) -> None:
    """Whose it is can't be known, so registering says what is wrong with it."""
    registry.folder.mkdir(parents=True)
    path = registry.folder / "todo.yaml"
    path.write_text("revision: 1", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        registry.register(todo, NOW)
    assert str(caught.value).startswith(f"{path}: line 1: schema_version: missing; ")
    assert path.read_text(encoding="utf-8") == "revision: 1"


def test_what_could_not_be_read_back_is_not_written(
    registry: FolderRegistry, tmp_path: Path
) -> None:
    """A record is read before it is written: here the repo's URL is too long."""
    with pytest.raises(InputError) as caught:
        registry.register(registration(tmp_path / "todo", url="x" * 2001), NOW)
    assert "where.url: given " in str(caught.value)
    assert list(registry.folder.iterdir()) == []


def test_a_path_that_is_not_text_is_refused(registry: FolderRegistry, tmp_path: Path) -> None:
    """A folder may have any bytes as its name, a record has only text."""
    repo = make_repo(Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff")))
    with pytest.raises(TennerError) as caught:
        registry.register(registration(repo), NOW)
    assert str(caught.value) == (
        "The repo's path is '../../\\udcff'. Expected a path that is UTF-8 text."
    )
    assert list(registry.folder.iterdir()) == []


@pytest.mark.parametrize("name", ["two\nlines", "a: b", "emoji 😀", "'\"", " x "])
def test_a_path_may_be_any_text(registry: FolderRegistry, tmp_path: Path, name: str) -> None:
    """A repo in an odd folder is found again."""
    repo = make_repo(tmp_path / name)
    registry.register(registration(repo), NOW)
    (record,) = registry.contents().records
    assert record.where.path == f"../../{name}"
    assert registry.register(registration(repo), LATER).outcome == "unchanged"


def test_a_registry_below_a_file_is_one_sentence(tmp_path: Path, todo: Registration) -> None:
    """Whatever the disk says is said in one sentence: registering, looking, taking out."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    registry = FolderRegistry(tmp_path / "file" / "apps")
    sentence = f"The registry {registry.place} can't be used: Not a directory"
    with pytest.raises(OutsideError) as caught:
        registry.register(todo, NOW)
    assert str(caught.value) == f"{sentence} ({tmp_path}/file/apps)"
    with pytest.raises(OutsideError) as caught:
        registry.check_free(todo)
    assert str(caught.value) == f"{sentence} ({tmp_path}/file/apps/todo.yaml)"
    assert registry.contents().records == []


def test_a_registry_that_may_not_be_written_is_one_sentence(todo: Registration) -> None:
    """Nobody, not even root, may make a folder in /sys."""
    with pytest.raises(OutsideError) as caught:
        FolderRegistry(Path("/sys/tenner/apps")).register(todo, NOW)
    assert str(caught.value).startswith("The registry /sys/tenner/apps can't be used: ")
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 3


def test_a_registry_with_a_nul_is_refused() -> None:
    """No system call takes a NUL, so the sentence comes before one."""
    with pytest.raises(TennerError) as caught:
        FolderRegistry(Path("apps\0"))
    assert str(caught.value) == (
        "The registry has a NUL character in it. Expected the path of a folder."
    )


def test_a_registry_behind_a_link_is_the_same_registry(tmp_path: Path, todo: Registration) -> None:
    """By either path it is the same folder, and paths in it lead to the repo."""
    (tmp_path / "far" / "away").mkdir(parents=True)
    (tmp_path / "apps").symlink_to(tmp_path / "far" / "away")
    linked, real = FolderRegistry(tmp_path / "apps"), FolderRegistry(tmp_path / "far" / "away")
    assert linked.register(todo, NOW).record.where.path == "../../todo"
    assert real.register(todo, LATER).outcome == "unchanged"
    assert (real.folder / real.contents().records[0].where.path / "app.yaml").exists()


def test_a_repo_behind_a_link_has_the_registry_beside_its_real_place(tmp_path: Path) -> None:
    """`../aws-shared-infra/apps` is meant from the repo, by whatever path one comes to it."""
    repo = make_repo(tmp_path / "data" / "todo")
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "todo").symlink_to(repo)
    file = load_manifest(tmp_path / "work" / "todo")
    done = open_registry(None, file).register(registration_of(file), NOW)
    place = Path(done.place).resolve()
    assert place == tmp_path / "data" / "aws-shared-infra" / "apps" / "todo.yaml"
    again = load_manifest(repo)
    assert open_registry(None, again).register(registration_of(again), LATER).outcome == "unchanged"
    assert list((tmp_path / "work").iterdir()) == [tmp_path / "work" / "todo"]


def test_a_file_of_a_killed_process_is_swept(registry: FolderRegistry, todo: Registration) -> None:
    """The next write takes away what a killed one left, and nothing else."""
    registry.folder.mkdir(parents=True)
    (registry.folder / ".todo.yaml.12345.tmp").write_text("half", encoding="utf-8")
    (registry.folder / ".mine.tmp").write_text("a person's", encoding="utf-8")
    assert registry.contents().records == []
    registry.register(todo, NOW)
    assert {path.name for path in registry.folder.iterdir()} == {".mine.tmp", "todo.yaml"}


AMOUNTS = st.decimals(min_value=0, max_value=10**15, places=9) | st.sampled_from(
    [Decimal(text) for text in ("0", "0.0", "5.0", "0.000000001", "1000000000000000", "1.50")]
)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=300) | st.sampled_from(HOSTILE)
OWNERS = st.from_regex(r"\A[\w.:/=+@-]([\w.:/=+@ -]{0,98}[\w.:/=+@-])?\Z").filter(str.isprintable)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(description=TEXTS, owner=OWNERS, requests=AMOUNTS, reads=AMOUNTS)
def test_a_record_says_back_exactly_what_the_manifest_said(
    tmp_path: Path, description: str, owner: str, requests: Decimal, reads: Decimal
) -> None:
    """Any text and any number come back the same, also through another YAML reader."""
    use = f"      requests_per_month: {requests:f}\n      reads_per_request: {reads:f}\n"
    text = manifest_text(description=description, owner=owner)
    text = text.replace("      requests_per_month: 10000\n", use)
    given_ = registration(tmp_path / "todo", text)
    registry = FolderRegistry(tmp_path / "apps")
    place = Path(registry.register(given_, NOW).place)
    (record,) = registry.contents().records
    assert record.manifest == given_.manifest
    assert record.manifest.description == description
    assert record.manifest.owner == owner
    assert record.manifest.functions["api"].use.requests_per_month == requests
    written = place.read_text(encoding="utf-8")
    assert exact_yaml.parse(written, "record").content["manifest"] == given_.manifest_content
    plain = yaml.safe_load(written)["manifest"]
    assert (plain["description"], plain["owner"]) == (description, owner)
    assert registry.register(given_, LATER).outcome == "unchanged"


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_url_and_version_come_back(tmp_path: Path, text: str) -> None:
    """What git and Copier say of a repo is text like any other."""
    text = text[:2000]
    registry = FolderRegistry(tmp_path / "apps")
    registry.register(registration(tmp_path / "todo", url=text, version=text), NOW)
    (record,) = registry.contents().records
    assert (record.where.url, record.template.version) == (text, text)


def test_quoted_text_is_what_it_was() -> None:
    """The helper of these tests writes YAML that says the text."""
    assert exact_yaml.parse(quoted("a\"'\n😀"), "x").content == "a\"'\n😀"
