"""`tenner doctor`: what is wrong between the registry and the repos, one line each, and mending."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import TYPE_CHECKING, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings

from tenner.cli import main
from tenner.errors import OutsideError
from tenner.load import load_manifest
from tenner.registry_folder import FolderRegistry
from tenner.repo_facts import registration_of
from tests.mutations import mutated
from tests.registrations import NOW, make_repo, manifest_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class Said(NamedTuple):
    """What the doctor answered."""

    code: int
    lines: list[str]
    err: str


@pytest.fixture
def doctor(fleet_home: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """The doctor, called in the shared infrastructure's folder."""

    def run(*arguments: str) -> Said:
        code = main(["doctor", *arguments])
        said = capsys.readouterr()
        assert "Traceback" not in said.out + said.err
        return Said(code, said.out.splitlines(), said.err)

    return run


def answers(folder: Path, source: str, version: str = "v0.1.0") -> Path:
    """Write Copier's answers into a folder."""
    path = folder / ".copier-answers.yml"
    text = f"# Written by Copier.\n_commit: {version}\n_src_path: {source}\nkind: app\n"
    path.write_text(text, encoding="utf-8")
    return path


def commit(folder: Path) -> None:
    """Make a folder a git repo with one commit."""
    for arguments in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "-m", "first"]):
        identity = ["-c", "user.name=me", "-c", "user.email=me@example.org"]
        subprocess.run(["git", *identity, *arguments], cwd=folder, check=True)


def test_nothing_is_wrong(doctor: Callable[..., Said]) -> None:
    """Where all is well, one line says so."""
    assert doctor() == Said(0, ["Nothing is wrong with the 3 apps of apps."], "")


def test_a_folder_that_is_gone(doctor: Callable[..., Said], fleet_home: Path) -> None:
    """It is put back or the app is taken out by name; --fix deletes nothing."""
    shutil.rmtree(fleet_home.parent / "pip")
    (fleet_home.parent / "todo" / "app.yaml").unlink()
    expected = [
        f"{app}: {what} any more. Put it back, or if the app is gone too: "
        f"tenner unregister {app} --registry apps"
        for app, what in (
            ("pip", "no folder ../pip"),
            ("todo", "no app.yaml in its folder ../todo"),
        )
    ]
    assert doctor() == Said(1, expected, "")
    assert doctor("--fix") == Said(1, expected, "")
    assert (fleet_home / "apps" / "pip.yaml").exists()


def test_a_folder_that_can_be_cloned_again(doctor: Callable[..., Said], fleet_home: Path) -> None:
    """A record that knows its URL says how."""
    record = fleet_home / "apps" / "pip.yaml"
    url = "https://example.org/pip.git"
    record.write_text(record.read_text().replace('url: ""', f'url: "{url}"'), encoding="utf-8")
    shutil.rmtree(fleet_home.parent / "pip")
    (line,) = doctor().lines
    assert line.startswith(
        f"pip: no folder ../pip any more. Clone it again: git clone {url} ../pip, or if"
    )


def test_a_manifest_that_differs(doctor: Callable[..., Said], fleet_home: Path) -> None:
    """What differs is named, and --fix brings the record up to date."""
    text = manifest_text("pip", owner="you").replace("memory_mb: 256", "memory_mb: 512")
    (fleet_home.parent / "pip" / "app.yaml").write_text(text, encoding="utf-8")
    expected = (
        "pip: ../pip differs from its record in owner, functions. Bring the record up to date: "
        "tenner doctor --fix, or tenner register ../pip"
    )
    assert doctor() == Said(1, [expected], "")
    mended = doctor("--fix")
    assert mended.code == 0
    assert mended.lines == [
        "mended: pip: updated in apps/pip.yaml",
        "Nothing is wrong with the 3 apps of apps.",
    ]
    records = {
        each.manifest.app: each for each in FolderRegistry(fleet_home / "apps").contents().records
    }
    assert records["pip"].manifest.owner == "you"
    assert records["pip"].revision == 2


def test_a_template_version_that_differs(doctor: Callable[..., Said], fleet_home: Path) -> None:
    """An update that was never registered is found by its version."""
    answers(fleet_home.parent / "pip", "https://example.com/tenner.git", "v0.2.0")
    (line,) = doctor().lines
    assert line.startswith("pip: ../pip differs from its record in template version. Bring the ")
    assert doctor("--fix").code == 0


def test_a_manifest_of_nonsense(doctor: Callable[..., Said], fleet_home: Path) -> None:
    """One line, however many defects it has; its record stays, and the others are looked at."""
    path = fleet_home.parent / "pip" / "app.yaml"
    path.write_text(manifest_text("pip").replace("me", "", 1) + "luck: 7\n", encoding="utf-8")
    (fleet_home.parent / "todo" / "app.yaml").write_text("schema_version: 2\n", encoding="utf-8")
    said = doctor("--fix")
    assert said.code == 1
    first, second = said.lines
    assert first.startswith("pip: its manifest can't be read: ")
    assert second.startswith("todo: its manifest can't be read: ")
    assert "this manifest is from a newer Tenner, so update the tenner command" in second
    assert second.endswith(" more). Its record stays as it was")


def test_another_app_in_the_folder(doctor: Callable[..., Said], fleet_home: Path) -> None:
    """A name that a person changed is no change of the record."""
    (fleet_home.parent / "pip" / "app.yaml").write_text(manifest_text("pop"), encoding="utf-8")
    expected = (
        'pip: the app.yaml in ../pip is of "pop". An app keeps its name: write it back, or '
        "tenner unregister pip --registry apps and tenner register ../pip"
    )
    assert doctor("--fix") == Said(1, [expected], "")


def test_repos_that_are_not_registered(doctor: Callable[..., Said], fleet_home: Path) -> None:
    """A new app, and a copy of one that is registered; other programs' app.yaml is no app."""
    place = fleet_home.parent
    make_repo(place / "new", manifest_text("new"))
    make_repo(place / "pip-copy", manifest_text("pip"))
    make_repo(place / "other", "runtime: python39\n")
    make_repo(place / ".draft", manifest_text("draft"))
    answers(make_repo(place / "broken", "app: [\n"), "https://example.com/tenner.git")
    said = doctor("--fix")
    assert said.code == 1
    broken, new, copy = said.lines
    assert broken.startswith("../broken: not registered, and its manifest can't be read: ")
    assert new == ("../new: its app new is not registered. Register it: tenner register ../new")
    assert copy == (
        "../pip-copy: its app.yaml says pip, and that name belongs to ../pip. Give it another one, "
        "or take the folder away if it is a copy"
    )


def test_a_repo_that_moved(doctor: Callable[..., Said], fleet_home: Path) -> None:
    """The same first commit in another folder is the same app; its record follows."""
    place = fleet_home.parent
    commit(place / "pip")
    registry = FolderRegistry(fleet_home / "apps")
    file = load_manifest(place / "pip")
    registry.register(registration_of(file), NOW)
    (place / "pip").rename(place / "pipette")
    expected = (
        "pip: moved from ../pip to ../pipette. Let its record follow: tenner doctor --fix, or "
        "tenner register ../pipette"
    )
    assert doctor() == Said(1, [expected], "")
    assert doctor("--fix").code == 0
    (record,) = (each for each in registry.contents().records if each.manifest.app == "pip")
    assert record.where.path == "../../pipette"


def test_a_repo_that_may_have_moved(doctor: Callable[..., Said], fleet_home: Path) -> None:
    """Without a first commit to compare, a person decides."""
    (fleet_home.parent / "pip").rename(fleet_home.parent / "pipette")
    said = doctor("--fix")
    assert (said.code, len(said.lines)) == (1, 2)
    assert said.lines[1] == (
        "../pipette: its app.yaml says pip, which was at ../pip. If it is the same app: "
        "tenner unregister pip --registry apps && tenner register ../pipette"
    )


def test_a_relative_template(doctor: Callable[..., Said], fleet_home: Path) -> None:
    """Where one template can be meant, --fix makes it absolute, and its record knows."""
    place = fleet_home.parent
    (place / "tenner").mkdir()
    (place / "tenner" / "copier.yml").write_text("", encoding="utf-8")
    path = answers(place / "pip", "../tenner")
    lines = doctor().lines
    assert lines[-1] == (
        'pip: `_src_path` in ../pip/.copier-answers.yml is "../tenner", which means another '
        f"folder elsewhere. Make it {place}/tenner: tenner doctor --fix"
    )
    said = doctor("--fix")
    assert said.code == 0
    assert said.lines[:2] == [
        f"mended: pip: its template is {place}/tenner now; commit ../pip/.copier-answers.yml",
        "mended: pip: updated in apps/pip.yaml",
    ]
    assert path.read_text() == (
        f'# Written by Copier.\n_commit: v0.1.0\n_src_path: "{place}/tenner"\nkind: app\n'
    )


def test_a_relative_template_that_nobody_knows(
    doctor: Callable[..., Said], fleet_home: Path
) -> None:
    """Where none or several can be meant, a person writes it."""
    path = answers(fleet_home.parent / "pip", ".")
    before = path.read_text()
    said = doctor("--fix")
    assert said.code == 1
    assert said.lines[-1] == (
        'pip: `_src_path` in ../pip/.copier-answers.yml is ".", which means another folder '
        "elsewhere. Write the template's URL or absolute path there"
    )
    assert path.read_text() == before


@pytest.mark.parametrize(
    "source",
    ["https://example.com/tenner.git", "gh:acme/tenner", "git@example.com:acme/tenner.git"],
)
def test_a_template_elsewhere(doctor: Callable[..., Said], fleet_home: Path, source: str) -> None:
    """A URL is not looked for on this machine."""
    answers(fleet_home, source)
    assert doctor().code == 0


def test_a_template_that_is_gone(doctor: Callable[..., Said], fleet_home: Path) -> None:
    """Also that of the shared infrastructure itself."""
    answers(fleet_home, "/nowhere/tenner")
    expected = (
        'shared infrastructure: `_src_path` in ./.copier-answers.yml is "/nowhere/tenner", and '
        "no template is there. Write there where it is now: its URL or absolute path"
    )
    assert doctor() == Said(1, [expected], "")


def test_records_that_can_not_be_read(doctor: Callable[..., Said], fleet_home: Path) -> None:
    """Each is one line, and its repo is not said to be unregistered too."""
    (fleet_home / "apps" / "pip.yaml").write_text("manifest: [\n", encoding="utf-8")
    (fleet_home / "apps" / "todo.yaml").write_text("schema_version: 9\n", encoding="utf-8")
    said = doctor()
    assert said.code == 1
    assert [line.partition(": ")[0] for line in said.lines] == ["apps", "apps"]
    assert "/apps/pip.yaml: " in said.lines[0]
    for line in said.lines[:2]:
        assert line.endswith(
            ". Put the record right, or remove it and run tenner register in the app's folder"
        )


def test_what_can_not_be_mended(
    doctor: Callable[..., Said], fleet_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that says no is one sentence for that app, and the others are mended."""
    for app in ("links", "pip"):
        text = manifest_text(app, owner="you")
        (fleet_home.parent / app / "app.yaml").write_text(text, encoding="utf-8")
    register = FolderRegistry.register

    def refuse_links(self: FolderRegistry, registration: object, now: str) -> object:
        if registration.manifest.app == "links":  # type: ignore[attr-defined]
            raise OSError(28, "No space left on device")
        return register(self, registration, now)  # type: ignore[arg-type]

    monkeypatch.setattr(FolderRegistry, "register", refuse_links)
    said = doctor("--fix")
    assert said.code == 1
    assert said.err == "links: not mended: No space left on device\n"
    assert said.lines[0] == "mended: pip: updated in apps/pip.yaml"
    assert said.lines[1].startswith("links: ../links differs from its record in owner. ")
    assert len(said.lines) == 2


def test_json(doctor: Callable[..., Said], fleet_home: Path) -> None:
    """For machines: kinds, places and whether --fix would do."""
    (fleet_home.parent / "pip" / "app.yaml").write_text(
        manifest_text("pip", owner="you"), encoding="utf-8"
    )
    said = doctor("--format", "json")
    content = json.loads("\n".join(said.lines))
    assert said.code == 1
    assert (content["registry"], content["apps"], content["mended"]) == ("apps", 3, [])
    (finding,) = content["findings"]
    assert finding == {
        "kind": "changed",
        "subject": "pip",
        "place": "../pip",
        "sentence": "../pip differs from its record in owner. Bring the record up to date: "
        "tenner doctor --fix, or tenner register ../pip",
        "is_mended_by_fix": True,
    }


def test_a_registry_that_is_not_there(doctor: Callable[..., Said]) -> None:
    """Wrong input is exit code 2."""
    assert doctor("--registry", "nowhere") == Said(
        2, [], '--registry: given "nowhere", which is not there; expected a folder\n'
    )


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=mutated(manifest_text("pip")))
def test_hostile_manifests(doctor: Callable[..., Said], fleet_home: Path, text: str) -> None:
    """Whatever stands in a manifest, each thing found is one line."""
    (fleet_home.parent / "pip" / "app.yaml").write_text(
        text, encoding="utf-8", errors="surrogatepass"
    )
    said = doctor()
    assert said.code in {0, 1}
    assert len(said.lines) == 1
    assert said.err == ""


def test_a_read_only_folder(
    doctor: Callable[..., Said], fleet_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Answers that can't be written are one sentence, and stay whole."""
    place = fleet_home.parent
    (place / "tenner").mkdir()
    (place / "tenner" / "copier.yml").write_text("", encoding="utf-8")
    path = answers(place / "pip", "../tenner")
    before = path.read_text()

    def refuse(folder: Path, source: str) -> bool:
        raise OutsideError(f"{folder}/.copier-answers.yml can't be written: Read-only file system")

    monkeypatch.setattr("tenner.template_source.write_source", refuse)
    said = doctor("--fix")
    assert said.code == 1
    assert said.err == (
        "pip: not mended: ../pip/.copier-answers.yml can't be written: Read-only file system\n"
    )
    assert path.read_text() == before
