"""What happens after Copier has generated: by real Copier processes, with a real git."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import yaml

from tenner.registry_folder import FolderRegistry
from tests.fixtures_generated import plain_copy
from tests.registrations import NOW, make_repo, registration

if TYPE_CHECKING:
    from pathlib import Path

    from tests.person import Person

pytest_plugins = ["tests.fixtures_person"]


def assert_whole(folder: Path) -> None:
    """Assert that a generated app has what makes it one, and nothing that is half done."""
    names = {path.name for path in folder.iterdir()}
    assert {".copier-answers.yml", "app.yaml", "Makefile", "README.md", "functions"} <= names
    assert not list(folder.rglob("*.rej"))


def test_copy_makes_a_registered_repo(person: Person, git_template: Path) -> None:
    """One command: a repo with a first commit, its cost, its record, and what to do next."""
    done = person.copier("copy", "--trust", "--defaults", str(git_template), "todo")
    folder = person.place / "todo"
    assert done.returncode == 0, done.stderr
    assert_whole(folder)
    assert person.git(folder, "log", "--format=%s") == "Generate the app with Tenner\n"
    assert person.git(folder, "status", "--porcelain") == ""
    (record,) = FolderRegistry(person.apps).contents().records
    assert record.manifest.app == "todo"
    assert record.revision == 1
    assert record.where.path == "../../todo"
    assert record.where.root_commit == person.git(folder, "rev-parse", "HEAD").strip()
    assert record.template.version == "v0.2.0"
    assert record.template.source == str(git_template)
    lines = done.stdout.splitlines()
    cost = next(n for n, line in enumerate(lines) if "todo adds to the bill" in line)
    assert lines.index("  registered in ../aws-shared-infra/apps/todo.yaml") > cost
    assert "todo is ready in todo. Next:\n  cd todo\n  make test" in done.stderr


def test_a_relative_template_is_found_again(person: Person, git_template: Path) -> None:
    """`copier copy . ../todo` keeps where the template is, because an update starts elsewhere."""
    template = person.place / "tenner"
    person.git(person.place, "clone", "--quiet", str(git_template), str(template))
    done = person.copier("copy", "--trust", "--defaults", ".", "../todo", cwd=template)
    assert done.returncode == 0, done.stderr
    folder = person.place / "todo"
    answers = yaml.safe_load((folder / ".copier-answers.yml").read_text(encoding="utf-8"))
    assert answers["_src_path"] == str(template)
    assert person.git(folder, "status", "--porcelain") == ""
    (record,) = FolderRegistry(person.apps).contents().records
    assert record.template.source == str(template)
    update = person.copier("check-update", cwd=folder)
    assert "up-to-date" in update.stdout + update.stderr


def test_copy_into_a_repo_makes_no_second_one(person: Person, git_template: Path) -> None:
    """An app in a repo of its owner's: no nested repo, nothing committed, but registered."""
    person.git(person.place, "init", "--quiet")
    person.git(person.place, "commit", "--quiet", "--allow-empty", "--message=mine")
    done = person.copier("copy", "--trust", "--defaults", "-q", str(git_template), "apps/todo")
    assert done.returncode == 0, done.stderr
    assert not (person.place / "apps" / "todo" / ".git").exists()
    assert person.git(person.place, "log", "--format=%s") == "mine\n"
    registry = person.place / "apps" / "aws-shared-infra" / "apps"
    (record,) = FolderRegistry(registry).contents().records
    assert record.where.root_commit == person.git(person.place, "rev-parse", "HEAD").strip()


def test_copy_without_a_git_identity_is_said(person: Person, git_template: Path) -> None:
    """Who has told git no name gets the app, the record, and the lines to run."""
    person.forget_identity()
    done = person.copier("copy", "--trust", "--defaults", "-q", str(git_template), "todo")
    folder = person.place / "todo"
    assert done.returncode == 0
    assert (
        "The repo has no first commit yet, because git does not know who you are. Run:\n"
        '  git config --global user.name "Your Name"\n'
        "  git config --global user.email you@example.com\n"
        f"  git -C {folder} commit --all -m 'Generate the app with Tenner'\n"
    ) in done.stderr
    assert_whole(folder)
    (record,) = FolderRegistry(person.apps).contents().records
    assert record.where.root_commit == ""


def test_copy_without_trust_is_refused(person: Person, git_template: Path) -> None:
    """Copier asks for trust before it runs anything, and writes nothing."""
    done = person.copier("copy", "--defaults", str(git_template), "todo")
    assert done.returncode == 4
    assert "Template uses potentially unsafe feature: tasks." in done.stderr
    assert not (person.place / "todo").exists()
    assert not person.apps.exists()


def test_copy_without_tasks_is_whole_and_registers_later(
    person: Person, git_template: Path
) -> None:
    """Without trust there is a whole app, no git and no record; `tenner register` does it."""
    done = person.copier("copy", "--defaults", "--skip-tasks", str(git_template), "todo")
    folder = person.place / "todo"
    assert done.returncode == 0, done.stderr
    assert "`git init` it, and run `tenner register todo` to register it." in done.stderr
    assert_whole(folder)
    assert not (folder / ".git").exists()
    assert not person.apps.parent.exists()
    later = person.tenner("register", "todo")
    assert (later.returncode, later.stderr) == (0, "")
    assert later.stdout == "todo: created in aws-shared-infra/apps/todo.yaml\n"
    again = person.tenner("register", cwd=folder)
    assert again.stdout == "todo: unchanged in ../aws-shared-infra/apps/todo.yaml\n"


def test_copy_with_a_taken_name_leaves_nothing(person: Person, git_template: Path) -> None:
    """Another repo's name: Copier deletes the new folder, and the registry is as before."""
    registry = FolderRegistry(person.apps)
    registry.register(registration(make_repo(person.place / "other")), NOW)
    before = (person.apps / "todo.yaml").read_bytes()
    done = person.copier("copy", "--trust", "--defaults", str(git_template), "todo")
    assert done.returncode != 0
    assert not (person.place / "todo").exists()
    assert [path.name for path in person.apps.iterdir()] == ["todo.yaml"]
    assert (person.apps / "todo.yaml").read_bytes() == before
    assert (
        f'The name "todo" is taken: ../aws-shared-infra/apps has it for {person.place}/other. '
        "Choose another name, or free it with: tenner unregister todo --registry "
        "../aws-shared-infra/apps\n"
    ) in done.stderr
    assert "adds to the bill" not in done.stdout


def test_copy_with_an_unusable_registry_keeps_the_app(person: Person, git_template: Path) -> None:
    """A failing registration does not eat a repo: cost, first commit, and how to do it later."""
    (person.place / "aws-shared-infra").write_text("a file", encoding="utf-8")
    done = person.copier("copy", "--trust", "--defaults", "-q", str(git_template), "todo")
    folder = person.place / "todo"
    assert done.returncode == 0, done.stderr
    assert done.stderr == (
        "The registry ../aws-shared-infra/apps can't be used: Not a directory "
        f"({person.apps})\n"
        f"The app is kept, but not registered. Later: tenner register {folder}\n"
    )
    assert_whole(folder)
    assert person.git(folder, "log", "--format=%s") == "Generate the app with Tenner\n"
    assert "todo adds to the bill" in done.stdout
    (person.place / "aws-shared-infra").unlink()
    assert person.tenner("register", str(folder)).returncode == 0
    assert (person.apps / "todo.yaml").exists()


def test_copy_with_nobody_listening_registers_all_the_same(
    person: Person, git_template: Path
) -> None:
    """`copier copy … | head -0`: what can't be printed is no reason to leave the work."""
    command = (sys.executable, "-m", "copier", "copy", "--trust", "--defaults", "-q")
    with subprocess.Popen(
        [*command, str(git_template), "todo"],
        cwd=person.place,
        env=person.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        words = process.stderr.read()
    assert (process.returncode, words) == (0, "")
    assert (person.apps / "todo.yaml").exists()


@pytest.mark.parametrize("hook", ["after_copy", "after_update"])
def test_a_hook_with_its_output_closed_registers_all_the_same(
    person: Person, git_template: Path, hook: str
) -> None:
    """`>&-`: where there is no output at all, the exit code is still 0."""
    person.copier("copy", "--defaults", "--skip-tasks", "-q", str(git_template), "todo")
    command = f"exec {sys.executable} {git_template}/hooks/{hook}.py v0.1.0 >&-"
    done = person.run("sh", "-c", command, cwd=person.place / "todo")
    assert (done.returncode, done.stderr) == (0, "")
    assert (person.apps / "todo.yaml").exists()


def test_copy_where_letters_can_not_be_printed(person: Person, git_template: Path) -> None:
    """An old terminal gets question marks, not an error in place of a record."""
    person.environment["PYTHONIOENCODING"] = "ascii"
    done = person.copier("copy", "--trust", "--defaults", "-q", str(git_template), "todo")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.isascii()
    assert re.search(r"todo \? dev \? us-east-1", done.stdout)
    assert (person.apps / "todo.yaml").exists()


def test_recopy_registers_once(person: Person, git_template: Path) -> None:
    """A recopy is a copy to Copier; the record stays one, and unchanged stays unchanged."""
    assert person.copier("copy", "--trust", "--defaults", str(git_template), "todo").returncode == 0
    folder = person.place / "todo"
    before = (person.apps / "todo.yaml").read_bytes()
    done = person.copier("recopy", "--trust", "--defaults", "--overwrite", "-q", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert [path.name for path in person.apps.iterdir()] == ["todo.yaml"]
    assert (person.apps / "todo.yaml").read_bytes() == before
    assert person.git(folder, "log", "--format=%s") == "Generate the app with Tenner\n"
    assert person.git(folder, "status", "--porcelain") == ""


@pytest.mark.parametrize("defect", ["broken", "gone"])
def test_a_defect_in_the_catalog_keeps_the_app(person: Person, defect: str) -> None:
    """Where the cost can't be said the app stays, and the sentence names the catalog's file."""
    template = plain_copy(person.place / "tenner")
    services = template / "catalog" / "services"
    if defect == "broken":
        (services / "lambda.yaml").write_text("name: [1", encoding="utf-8")
    else:
        shutil.rmtree(services)
    done = person.copier("copy", "--trust", "--defaults", "-q", str(template), "todo")
    folder = person.place / "todo"
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    named = "services/lambda.yaml: line 1: not YAML: " if defect == "broken" else "services/*.yaml"
    assert named in done.stderr
    assert done.stderr.endswith(
        f"The app is kept, but not registered. Later: tenner register {folder}\n"
    )
    assert_whole(folder)
    assert person.git(folder, "log", "--format=%s") == "Generate the app with Tenner\n"
    assert person.tenner("register", "todo").returncode == 0


def test_hooks_need_only_what_copier_brings(person: Person, git_template: Path) -> None:
    """In Copier's own Python there is no click, and nothing else that only the command needs."""
    person.copier("copy", "--defaults", "--skip-tasks", "-q", str(git_template), "todo")
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "for name in ('click', 'copier', 'boto3', 'botocore', 'questionary'):\n"
        "    sys.modules[name] = None  # importing it is an ImportError\n"
        "from tenner.hooks import after_copy, after_update, before_update\n"
        f"todo, template = Path('todo'), Path({str(git_template)!r})\n"
        "update = (todo, template, 'v0.1.0')\n"
        "sys.exit(after_copy(todo) or before_update(*update) or after_update(*update))\n"
    )
    done = person.run(sys.executable, "-c", code)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("  registered in aws-shared-infra/apps/todo.yaml\n") == 2
