"""What Tenner asks git, of real repos."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tenner import git

if TYPE_CHECKING:
    from pathlib import Path

    from tests.person import Person

pytest_plugins = ["tests.fixtures_person"]


@pytest.fixture
def folder(here: Person) -> Path:
    """A folder with one file, outside any repo."""
    place = here.place / "todo"
    place.mkdir()
    (place / "app.yaml").write_text("app: todo\n", encoding="utf-8")
    return place


def test_a_folder_becomes_a_repo_with_one_commit(here: Person, folder: Path) -> None:
    """Everything is committed on main, and nothing is said."""
    assert not git.is_inside_repo(folder)
    assert git.root_commit(folder) == ""
    assert git.make_first_commit(folder) == ""
    assert git.is_inside_repo(folder)
    assert here.git(folder, "log", "--format=%s %an") == "Generate the app with Tenner Ada\n"
    assert here.git(folder, "status", "--porcelain", "--branch") == "## main\n"
    assert git.root_commit(folder) == here.git(folder, "rev-parse", "HEAD").strip()
    assert git.committed_text(folder, "app.yaml") == "app: todo\n"
    assert git.committed_text(folder, "other.yaml") == ""


def test_a_file_that_is_being_written(here: Person, folder: Path) -> None:
    """What is written beside its place, and will be gone when git looks, is not git's to add."""
    (folder / ".README.md.123.tmp").write_text("half", encoding="utf-8")
    assert git.make_first_commit(folder) == ""
    assert "tmp" not in here.git(folder, "ls-files")


def test_the_first_commit_stays_the_same(here: Person, folder: Path) -> None:
    """A repo is known by its first commit, however many follow."""
    git.make_first_commit(folder)
    first = git.root_commit(folder)
    (folder / "more").write_text("", encoding="utf-8")
    here.git(folder, "add", "--all")
    here.git(folder, "commit", "--quiet", "--message=more")
    assert git.root_commit(folder) == first
    assert first != here.git(folder, "rev-parse", "HEAD").strip()


def test_no_repo_is_made_inside_another(here: Person, folder: Path) -> None:
    """A folder of a repo stays as it is: no repo in it, nothing staged around it."""
    here.git(here.place, "init", "--quiet")
    assert git.make_first_commit(folder) == ""
    assert not (folder / ".git").exists()
    assert here.git(here.place, "diff", "--cached", "--name-only") == ""


def test_the_repo_that_runs_a_git_hook_is_not_meant(
    here: Person, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What git tells the hooks of another repo does not lead there."""
    other = here.place / "other"
    here.git(here.place, "init", "--quiet", str(other))
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other / ".git" / "index"))
    assert git.make_first_commit(folder) == ""
    assert (folder / ".git").is_dir()
    assert here.git(folder, "ls-files") == "app.yaml\n"


def test_no_repo_is_made_inside_another_user_s(
    here: Person, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A repo that git does not trust, because somebody else owns it, is a repo all the same."""
    here.git(here.place, "init", "--quiet")
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    assert "dubious ownership" in git.run(folder, "status").stderr
    assert git.make_first_commit(folder) == ""
    assert not (folder / ".git").exists()


def test_a_missing_identity_is_said(here: Person, folder: Path) -> None:
    """The repo is made, everything is staged, and the sentence says what to run."""
    here.forget_identity()
    final = here.place / "two words"
    assert git.make_first_commit(folder, final) == (
        "The repo has no first commit yet, because git does not know who you are. Run:\n"
        '  git config --global user.name "Your Name"\n'
        "  git config --global user.email you@example.com\n"
        f"  git -C '{final}' commit --all -m 'Generate the app with Tenner'"
    )
    assert here.git(folder, "diff", "--cached", "--name-only") == "app.yaml\n"


def test_a_commit_that_fails_is_said(here: Person, folder: Path) -> None:
    """Whatever git says last is what is said."""
    hooks = here.place / "hooks"
    hooks.mkdir()
    hook = hooks / "pre-commit"
    hook.write_text("#!/bin/sh\necho first\necho not today >&2\nexit 1\n", encoding="utf-8")
    hook.chmod(0o755)
    here.git(here.place, "config", "--global", "core.hooksPath", str(hooks))
    assert git.make_first_commit(folder) == (
        "The repo has no first commit yet: git commit said: not today"
    )


def test_a_machine_without_git_is_said(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without git nothing raises; the sentence says what is missing."""
    monkeypatch.setenv("PATH", str(folder))
    assert git.make_first_commit(folder) == (
        "The repo has no first commit yet: git init said: git is not installed"
    )
    assert git.root_commit(folder) == ""
    assert git.remote_url(folder) == ""


def test_conflicts_are_listed(here: Person, folder: Path) -> None:
    """A file in conflict is listed by its name, whatever that is."""
    path = folder / "two words ü"
    path.write_text("a\n", encoding="utf-8")
    git.make_first_commit(folder)
    assert git.conflicts(folder) == []
    here.git(folder, "checkout", "--quiet", "-b", "other")
    for branch, text in (("other", "b\n"), ("main", "c\n")):
        here.git(folder, "checkout", "--quiet", branch)
        path.write_text(text, encoding="utf-8")
        here.git(folder, "commit", "--quiet", "--all", "--message", branch)
    assert git.run(folder, "merge", "other").returncode == 1
    assert git.conflicts(folder) == ["two words ü"]


@pytest.mark.parametrize(
    ("url", "stored"),
    [
        ("https://github.com/me/todo.git", "https://github.com/me/todo.git"),
        ("https://me@github.com/me/todo.git", "https://github.com/me/todo.git"),
        ("https://me:secret@github.com/me/todo.git", "https://github.com/me/todo.git"),
        ("https://secret@host:8443/todo.git", "https://host:8443/todo.git"),
        ("https://a:b@c:secret@host/todo.git", "https://host/todo.git"),
        ("git+https://me:secret@host/todo.git", "git+https://host/todo.git"),
        ("https://host/todo.git?private_token=secret#secret", "https://host/todo.git"),
        ("ssh://git@host:22/me/todo.git", "ssh://git@host:22/me/todo.git"),
        ("ssh://git:secret@host/me/todo.git", "ssh://git@host/me/todo.git"),
        ("git+ssh://git@host/todo.git", "git+ssh://git@host/todo.git"),
        ("git@github.com:me/todo.git", "git@github.com:me/todo.git"),
        ("gh:me/todo", "gh:me/todo"),
        ("/srv/git/todo.git", "/srv/git/todo.git"),
        ("file:///srv/git/todo.git", "file:///srv/git/todo.git"),
        ("../todo.git", "../todo.git"),
        ("https://me:secret@[broken/todo.git", ""),
        ("", ""),
    ],
)
def test_no_password_or_token_of_a_url_is_kept(
    here: Person, folder: Path, url: str, stored: str
) -> None:
    """User, password and query go; what is needed to find the repo stays."""
    assert git.without_credentials(url) == stored
    assert git.remote_url(folder) == ""
    git.make_first_commit(folder)
    if url:
        here.git(folder, "remote", "add", "origin", url)
    assert git.remote_url(folder) == stored
