"""The registry as a folder: who may have a name, and what is read back."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tenner import exact_yaml
from tenner.errors import OutsideError, TennerError
from tenner.load import load_manifest, open_registry
from tenner.registry_folder import FolderRegistry
from tenner.repo_facts import registration_of
from tests.registrations import LATER, NOW, make_repo, quoted, registration

if TYPE_CHECKING:
    from tenner.registry import Registration


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


def test_nothing_new_changes_nothing(registry: FolderRegistry, todo: Registration) -> None:
    """Registering what is registered writes nothing: no revision, no time."""
    registry.register(todo, NOW)
    path = registry.folder / "todo.yaml"
    before = path.stat()
    done = registry.register(todo, LATER)
    assert done.outcome == "unchanged"
    assert (done.record.revision, done.record.updated) == (1, NOW)
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


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


def test_quoted_text_is_what_it_was() -> None:
    """The helper of these tests writes YAML that says the text."""
    assert exact_yaml.parse(quoted("a\"'\n😀"), "x").content == "a\"'\n😀"
