"""`copier update` between two versions of the template, with a person's edits in between."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tenner.apis import put_api
from tenner.registry_folder import FolderRegistry
from tests.fixtures_fleet import FLEET
from tests.person import NEW_CODE_LINE, NEW_MANIFEST_LINE, NEW_README_LINE

if TYPE_CHECKING:
    import subprocess

    from tenner.registry import Record
    from tests.person import Person

pytest_plugins = ["tests.fixtures_person"]


@pytest.fixture
def app(person: Person, git_template: Path) -> Path:
    """The app todo as v0.1.0 of the template makes it, committed and registered."""
    done = person.copier(
        "copy", "--trust", "--defaults", "-q", "--vcs-ref=v0.1.0", str(git_template), "todo"
    )
    assert done.returncode == 0, done.stderr
    return person.place / "todo"


def update(person: Person, app: Path) -> subprocess.CompletedProcess[str]:
    """Update to the newest version as a person does, which always exits 0 here."""
    done = person.copier("update", "--trust", "--defaults", cwd=app)
    assert done.returncode == 0, done.stderr
    return done


def edit(path: Path, old: str, new: str) -> None:
    """Change a file where `old` stands."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def commit(person: Person, app: Path) -> None:
    """Commit everything."""
    person.git(app, "add", "--all")
    person.git(app, "commit", "--quiet", "--message=mine")


def record_of(person: Person) -> Record:
    """Give the only record of the registry."""
    contents = FolderRegistry(person.apps).contents()
    assert list(contents.problems) == []
    (record,) = contents.records
    return record


def tree(folder: Path) -> dict[str, bytes]:
    """Give all files of an app but git's own."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and ".git" not in path.relative_to(folder).parts
    }


def test_an_update_keeps_edits_and_brings_the_new_version(person: Person, app: Path) -> None:
    """A person's edits in the files that the template changes are kept, and all is registered."""
    edit(app / "README.md", "# todo\n", "# todo\n\nA line of mine.\n")
    edit(app / "app.yaml", "memory_mb: 256", "memory_mb: 512  # mine")
    table = app / "functions" / "shared" / "table.py"
    table.write_text("# Mine.\n" + table.read_text(encoding="utf-8"), encoding="utf-8")
    (app / "mine.txt").write_text("mine\n", encoding="utf-8")
    commit(person, app)
    done = update(person, app)
    readme, manifest = (app / "README.md").read_text(), (app / "app.yaml").read_text()
    code = table.read_text()
    assert "\nA line of mine.\n" in readme
    assert readme.endswith(NEW_README_LINE)
    assert manifest.startswith(NEW_MANIFEST_LINE)
    assert "memory_mb: 512  # mine" in manifest
    assert "stored_gb: 40\n" in manifest
    assert code.startswith("# Mine.\n")
    assert code.endswith(NEW_CODE_LINE)
    assert (app / "mine.txt").read_text() == "mine\n"
    assert person.git(app, "ls-files", "--unmerged") == ""
    assert person.git(app, "diff", "--check") == ""
    assert person.git(app, "log", "--format=%s").splitlines()[0] == "mine"
    record = record_of(person)
    assert (record.template.version, record.revision) == ("v0.2.0", 2)
    assert record.manifest.functions["api"].memory_mb == 512
    # Tasks run three times in an update; what registers and prints runs once.
    assert (done.stdout + done.stderr).count("registered in") == 1
    assert done.stdout.count("todo adds to the bill") == 1
    change = re.search(r"  before the update it added \$(\S+), now \$(\S+)\n", done.stdout)
    assert change is not None
    was, is_now = Decimal(change[1]), Decimal(change[2])
    assert is_now - was == (40 - 25) * Decimal("0.25")  # 25 GB of a table are free
    assert "Mend the conflicts" not in done.stderr


def test_an_update_without_edits_is_a_fresh_generation(
    person: Person, app: Path, git_template: Path
) -> None:
    """Nothing of the old version stays behind."""
    update(person, app)
    other = person.place / "fresh" / "todo"
    done = person.copier("copy", "--defaults", "--skip-tasks", "-q", str(git_template), str(other))
    assert done.returncode == 0, done.stderr
    old, fresh = tree(app), tree(other)
    table = re.compile(rb"(?s)<!-- cost -->.*<!-- /cost -->")  # --skip-tasks writes none
    assert b"| Lambda | " in old["README.md"]
    old["README.md"], fresh["README.md"] = (
        table.sub(b"", files["README.md"]) for files in (old, fresh)
    )
    assert old == fresh
    assert "_commit: v0.2.0\n" in (app / ".copier-answers.yml").read_text()


@pytest.mark.slow
def test_a_second_update_changes_nothing(person: Person, app: Path) -> None:
    """Up to date is up to date: no change, no revision."""
    update(person, app)
    commit(person, app)
    update(person, app)
    assert person.git(app, "status", "--porcelain") == ""
    assert record_of(person).revision == 2


@pytest.mark.slow
def test_an_update_can_add_and_take_features(person: Person, app: Path) -> None:
    """New answers bring new files and take old ones; an edit elsewhere stays."""
    edit(app / "README.md", "# todo\n", "# todo\n\nA line of mine.\n")
    commit(person, app)
    done = person.copier(
        "update", "--trust", "--defaults", "--data=features=[http_api, worker]", cwd=app
    )
    assert done.returncode == 0, done.stderr
    assert (app / "functions" / "worker" / "handler.py").exists()
    assert "\nA line of mine.\n" in (app / "README.md").read_text()
    assert list(record_of(person).manifest.functions) == ["api", "worker"]
    commit(person, app)
    done = person.copier("update", "--trust", "--defaults", "--data=features=[worker]", cwd=app)
    assert done.returncode == 0, done.stderr
    assert not (app / "functions" / "api").exists()
    record = record_of(person)
    assert list(record.manifest.functions) == ["worker"]
    assert record.revision == 3


def test_a_conflict_is_shown_as_a_conflict(person: Person, app: Path) -> None:
    """Both lines are there between markers, git knows, the sentence says it; nothing is lost."""
    readme = app / "README.md"
    readme.write_text(readme.read_text() + "\nA line of mine at the end.\n", encoding="utf-8")
    commit(person, app)
    done = update(person, app)
    text = readme.read_text()
    assert "<<<<<<< before updating\n" in text
    assert "A line of mine at the end.\n" in text
    assert NEW_README_LINE.strip() in text
    assert set(re.findall(r"\t(\S+)", person.git(app, "ls-files", "--unmerged"))) == {"README.md"}
    assert "Mend the conflicts between <<<<<<< and >>>>>>> in: README.md\n" in done.stderr
    assert person.git(app, "log", "--format=%s").splitlines()[0] == "mine"
    # app.yaml is whole, so the record follows it.
    assert (record_of(person).template.version, record_of(person).revision) == ("v0.2.0", 2)


def test_a_conflict_in_the_manifest_keeps_the_record(person: Person, app: Path) -> None:
    """An app.yaml with markers can't be read: a sentence, and the record is as it was."""
    manifest = app / "app.yaml"
    manifest.write_text("# A line of mine.\n" + manifest.read_text(), encoding="utf-8")
    commit(person, app)
    before = (person.apps / "todo.yaml").read_bytes()
    done = update(person, app)
    text = manifest.read_text()
    assert "<<<<<<< before updating\n# A line of mine.\n" in text
    assert NEW_MANIFEST_LINE in text
    assert "Traceback" not in done.stderr
    assert "Mend the conflicts between <<<<<<< and >>>>>>> in: app.yaml\n" in done.stderr
    assert re.search(rf"^{app}/app\.yaml: line \d+: not YAML: \S.*$", done.stderr, re.MULTILINE)
    assert (
        "\nThe update is kept, but the registry has the app as it was. "
        f"When that is mended: tenner register {app}\n"
    ) in done.stderr
    assert (person.apps / "todo.yaml").read_bytes() == before
    edit(manifest, "<<<<<<< before updating\n", "")
    edit(manifest, "=======\n", "")
    manifest.write_text(re.sub(r"(?m)^>>>>>>> .*\n", "", manifest.read_text()), encoding="utf-8")
    assert person.tenner("register", str(app)).returncode == 0
    assert (record_of(person).template.version, record_of(person).revision) == ("v0.2.0", 2)


@pytest.mark.slow
def test_a_conflict_with_rejects_is_shown_too(person: Person, app: Path) -> None:
    """With `--conflict rej` the rejected part is in a file of its own, which the sentence names."""
    readme = app / "README.md"
    readme.write_text(readme.read_text() + "\nA line of mine at the end.\n", encoding="utf-8")
    commit(person, app)
    done = person.copier("update", "--trust", "--defaults", "--conflict=rej", cwd=app)
    assert done.returncode == 0, done.stderr
    assert "A line of mine at the end.\n" in (app / "README.md.rej").read_text()
    assert "Mend the conflicts that are in: README.md.rej\n" in done.stderr


@pytest.mark.slow
def test_an_update_with_a_taken_name_keeps_the_update(person: Person, app: Path) -> None:
    """Somebody else has registered the name since: said, and nothing of the update is undone."""
    record = person.apps / "todo.yaml"
    record.write_text(
        record.read_text().replace(person.git(app, "rev-parse", "HEAD").strip(), "f" * 40),
        encoding="utf-8",
    )
    edit(record, "../../todo", "../../other")
    before = record.read_bytes()
    done = update(person, app)
    assert f'The name "todo" is taken: {Path("..")}/aws-shared-infra/apps has it' in done.stderr
    assert "The update is kept, but the registry has the app as it was." in done.stderr
    assert (app / "README.md").read_text().endswith(NEW_README_LINE)
    assert record.read_bytes() == before


@pytest.mark.slow
def test_an_update_after_a_move_finds_its_record(person: Person, app: Path) -> None:
    """A repo that has moved beside its registry is updated and registered as the same one."""
    moved = app.rename(person.place / "renamed")
    update(person, moved)
    record = record_of(person)
    assert (record.where.path, record.revision) == ("../../renamed", 2)


@pytest.mark.slow
def test_a_deleted_file_stays_deleted(person: Person, app: Path) -> None:
    """What a person has taken away does not come back."""
    (app / "renovate.json").unlink()
    commit(person, app)
    update(person, app)
    assert not (app / "renovate.json").exists()


@pytest.mark.slow
def test_a_site_belongs_to_the_person(
    person: Person, git_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """An update leaves the site's content as it is, also where the template has changed it."""
    template = tmp_path_factory.mktemp("site") / "tenner"
    person.git(person.place, "clone", "--quiet", str(git_template), str(template))
    site = template / "template" / "app" / "site" / "index.html.jinja"
    site.write_text(site.read_text() + "<!-- v0.3.0 -->\n", encoding="utf-8")
    person.git(template, "commit", "--quiet", "--all", "--message=v0.3.0")
    person.git(template, "tag", "v0.3.0")
    features = "--data=features=[static_site]"
    done = person.copier(
        "copy", "--trust", "--defaults", "-q", "--vcs-ref=v0.1.0", features, str(template), "todo"
    )
    assert done.returncode == 0, done.stderr
    app = person.place / "todo"
    (app / "site" / "index.html").write_text("<p>mine</p>\n", encoding="utf-8")
    commit(person, app)
    update(person, app)
    assert (app / "site" / "index.html").read_text() == "<p>mine</p>\n"
    assert person.git(app, "ls-files", "--unmerged") == ""
    assert record_of(person).template.version == "v0.3.0"


def test_an_app_stays_on_its_api(person: Person, app: Path) -> None:
    """An update keeps the line, also where the lines around it change; a recopy brings it back."""
    path = app / "app.yaml"
    path.write_text(put_api(path.read_text(encoding="utf-8"), 2), encoding="utf-8")
    (person.apps.parent / "fleet.yaml").write_text(FLEET + "apis: 2\n", encoding="utf-8")
    commit(person, app)
    done = person.copier(
        "update", "--trust", "--defaults", "-d", "environments=[dev, staging]",
        "-d", "owner=you", cwd=app,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    text = path.read_text(encoding="utf-8")
    assert person.git(app, "ls-files", "--unmerged") == ""
    assert text.startswith(NEW_MANIFEST_LINE)
    assert "\napi: 2  # " in text
    assert "\n  staging: {}\n" in text
    assert (record_of(person).manifest.api, record_of(person).manifest.owner) == (2, "you")
    commit(person, app)
    done = person.copier("recopy", "--trust", "--defaults", "--overwrite", cwd=app)
    assert done.returncode == 0, done.stderr
    assert path.read_text(encoding="utf-8").count("\napi: 2  # ") == 1
    assert record_of(person).manifest.api == 2
