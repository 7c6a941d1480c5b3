"""Rollouts of apps that are elsewhere, pull requests, and the journal's torn lines."""

from __future__ import annotations

import json
import os
import shutil
from typing import TYPE_CHECKING

import pytest

from tenner import folder_journal, rollout_journal
from tenner.registry_folder import FolderRegistry
from tenner.rollout import Conflict, Outcome
from tenner.rollout_place import own_place
from tests.test_rollout import BRANCH, journal, leftovers, outcomes, rolled_out

if TYPE_CHECKING:
    from pathlib import Path

    from tests.person import Person

pytest_plugins = ["tests.fixtures_rollout"]
DONE = Outcome("ants", "updated", "v0.1.0", "v0.2.0", "tenner/v0.2.0", "b" * 40, "c" * 40)


@pytest.fixture
def origin(person: Person, fleet: Person) -> Path:
    """The repo that ants was pushed to, which its record knows."""
    bare = person.place / "origin" / "ants.git"
    person.git(person.place, "clone", "--quiet", "--bare", "ants", str(bare))
    person.git(person.place / "ants", "remote", "add", "origin", f"file://{bare}")
    assert person.tenner("register", "ants").returncode == 0
    return bare


def test_an_app_elsewhere_gets_its_branch_pushed(person: Person, origin: Path) -> None:
    """It is cloned from its URL; a second rollout finds the branch and makes no other."""
    (person.place / "ants").rename(person.place / "away")
    said = rolled_out(person, "--only=ants")
    assert outcomes(said) == {"ants": "updated"}
    commit = person.git(origin, "rev-parse", BRANCH).strip()
    assert said["ants"]["commit"] == commit
    assert rolled_out(person, "--only=ants")["ants"]["commit"] == commit
    assert len(journal(person)) == 1
    assert leftovers(person) == []
    resumed = rolled_out(person, "--only=ants", "--resume")["ants"]
    assert (resumed["how"], resumed["commit"]) == ("earlier", commit)
    assert resumed["files"] == said["ants"]["files"]


def test_an_app_elsewhere_is_what_its_clone_says(person: Person, origin: Path) -> None:
    """Others have merged the update and changed the answers there; the record knows nothing."""
    rolled_out(person, "--only=ants", "--fast-forward")
    person.git(person.place / "ants", "push", "--quiet", "origin", "main")
    record = person.apps / "ants.yaml"
    record.write_text(record.read_text().replace('version: "v0.2.0"', 'version: "v0.1.0"'))
    assert 'version: "v0.1.0"' in record.read_text()
    (person.place / "ants").rename(person.place / "away")
    said = rolled_out(person, "--only=ants")
    assert (said["ants"]["outcome"], said["ants"]["from"]) == ("up_to_date", "v0.2.0")
    person.git(person.place / "away", "rm", "--quiet", ".copier-answers.yml")
    person.git(person.place / "away", "commit", "--quiet", "--message=mine")
    person.git(person.place / "away", "push", "--quiet", "origin", "main")
    said = rolled_out(person, "--only=ants", code=1)
    assert said["ants"]["reason"] == (
        f"file://{origin} has no .copier-answers.yml in its last commit; expected what Copier wrote"
    )


def test_a_repo_that_can_not_be_reached(person: Person, origin: Path) -> None:
    """One sentence, and outside trouble."""
    (person.place / "ants").rename(person.place / "away")
    origin.rename(origin.with_name("gone.git"))
    said = rolled_out(person, "--only=ants", code=3)
    assert said["ants"]["reason"].startswith("git clone: ")
    assert str(origin) in said["ants"]["reason"]


def test_a_pull_request_without_gh_is_a_command(person: Person, origin: Path) -> None:
    """What would open it is printed, and nothing is pushed."""
    tools = person.place / "tools"
    tools.mkdir()
    for name in ("git", "make"):
        (tools / name).symlink_to(shutil.which(name) or "")
    person.environment["PATH"] = str(tools)
    said = rolled_out(person, "--only=ants", "--pull-request")
    place = person.place / "ants"
    assert said["ants"]["note"] == (
        f"gh is not installed; for a pull request: cd {place} && "
        f"git -C {place} push --set-upstream origin {BRANCH} && gh pr create --head {BRANCH} "
        "--title 'Update from Tenner v0.1.0 to v0.2.0' "
        "--body '4 files change. Made by tenner rollout.'"
    )
    assert person.git(origin, "branch") == "* main\n"
    assert rolled_out(person, "--only=bees", "--pull-request")["bees"]["note"] == (
        f"no pull request: {person.place / 'bees'} has no remote origin"
    )


def with_gh(person: Person, script: str) -> None:
    """Put a gh that does this on the person's PATH, for GitHub is the outer world."""
    tools = person.place / "tools"
    tools.mkdir()
    (tools / "gh").write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    (tools / "gh").chmod(0o755)
    person.environment["PATH"] = f"{tools}{os.pathsep}{os.environ['PATH']}"


def test_a_pull_request_with_gh(person: Person, origin: Path) -> None:
    """The branch is pushed, and gh says where the pull request is."""
    with_gh(person, "echo https://github.com/x/ants/pull/1")
    said = rolled_out(person, "--only=ants", "--pull-request")
    assert said["ants"]["note"] == "pull request: https://github.com/x/ants/pull/1"
    assert person.git(origin, "rev-parse", BRANCH).strip() == said["ants"]["commit"]


def test_a_pull_request_that_is_open(person: Person, origin: Path) -> None:
    """Gh fails where the branch has a pull request: that is no trouble, and it is named."""
    words = f'a pull request for branch "{BRANCH}" into branch "main" already exists:'
    with_gh(person, f"echo '{words}' >&2; echo https://github.com/x/ants/pull/1 >&2; exit 1")
    said = rolled_out(person, "--only=ants", "--pull-request")
    assert said["ants"]["note"] == "pull request, open already: https://github.com/x/ants/pull/1"
    assert person.git(origin, "rev-parse", BRANCH).strip() == said["ants"]["commit"]


@pytest.mark.usefixtures("origin")
def test_a_pull_request_that_is_refused(person: Person) -> None:
    """What gh refuses is outside trouble: why, the command for later, and exit code 3."""
    with_gh(person, "echo HTTP 401: Bad credentials >&2; exit 1")
    note = rolled_out(person, "--only=ants", "--pull-request", code=3)["ants"]["note"]
    assert note.startswith(
        f"no pull request: HTTP 401: Bad credentials; later: cd {person.place / 'ants'} && git -C "
    )


def test_a_branch_that_can_not_be_pushed(person: Person, origin: Path) -> None:
    """What the remote refuses is outside trouble, and no pull request is tried."""
    hook = origin / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho no >&2\nexit 1\n", encoding="utf-8")
    hook.chmod(0o755)
    with_gh(person, "echo never asked; exit 1")
    note = rolled_out(person, "--only=ants", "--pull-request", code=3)["ants"]["note"]
    assert note.startswith("not pushed: error: failed to push some refs to ")
    assert f"git -C {person.place / 'ants'} push --set-upstream origin {BRANCH}" in note


def test_the_journal_survives_a_torn_line(tmp_path: Path) -> None:
    """Half a line of a killed process is taken away; nothing is written twice."""
    registry = FolderRegistry(tmp_path)
    path = tmp_path / folder_journal.FILE
    assert rollout_journal.entries(registry) == []
    rollout_journal.append(registry, DONE, "a" * 40, "2026-11-21T00:00:00+00:00")
    with path.open("a") as file:
        file.write('{"app": "be')
    assert len(rollout_journal.entries(registry)) == 1
    rollout_journal.append(registry, DONE, "a" * 40, "2026-11-21T00:00:01+00:00")
    other = Outcome("bees", "conflicts", conflicts=(Conflict("x.py", ("lines 1-5",)),))
    rollout_journal.append(registry, other, "a" * 40, "2026-11-21T00:00:02+00:00")
    rollout_journal.append(registry, Outcome("cats", "failed"), "a" * 40, "")
    lines = path.read_text().splitlines()
    assert [json.loads(line)["app"] for line in lines] == ["ants", "bees"]
    assert rollout_journal.outcome_of(json.loads(lines[1])).conflicts == other.conflicts


@pytest.mark.parametrize("is_big", [False, True])
def test_a_killed_rollout_is_swept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, is_big: bool
) -> None:
    """The folder of a process that is gone is taken away, that of a living one stays."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with own_place(is_big=is_big) as place:
        dead = place.parent / "1-dead"
        dead.mkdir()
        dead.with_suffix(".lock").touch()
        with own_place(is_big=is_big) as other:
            assert other.is_dir()
            assert place.is_dir()
            assert not dead.exists()
    assert not place.exists()
    assert not place.with_suffix(".lock").exists()
