"""What goes wrong with one app in a rollout is a sentence for that app, and the others go on."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.person import FLEET as APPS
from tests.test_rollout import BRANCH, commit, journal, leftovers, outcomes, rolled_out

if TYPE_CHECKING:
    from tests.person import Person

pytest_plugins = ["tests.fixtures_rollout"]
OTHERS = {"ants": "updated", "cats": "updated"}
# Root reads and writes whatever the modes say, unless this capability is taken away.
AS_A_USER = (
    ("setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all", "--")
    if os.geteuid() == 0
    else ()
)


def in_the_way(person: Person, script: str) -> None:
    """Put a program before git that does something first, then is git."""
    tools = person.place / "tools"
    tools.mkdir()
    git = tools / "git"
    git.write_text(f'#!/bin/sh\n{script}\nexec {shutil.which("git")} "$@"\n', encoding="utf-8")
    git.chmod(0o755)
    person.environment["PATH"] = f"{tools}{os.pathsep}{os.environ['PATH']}"


def alive_at_last(mark: str) -> list[str]:
    """Name the processes that have a mark in their environment and do not end by themselves."""
    for _ in range(100):
        found = []
        for place in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if mark.encode() in (place / "environ").read_bytes().split(b"\0"):
                    found.append((place / "cmdline").read_text().replace("\0", " "))
        if not found:
            return []
        time.sleep(0.1)
    return found


def runs_of(pid: int) -> list[Path]:
    """Name the folders in memory of a rollout's process."""
    return [*Path("/dev/shm").glob(f"tenner-*/runs/{pid}-*")]  # noqa: S108 - only looked at


def test_records_and_manifests_that_can_not_be_read(person: Person, fleet: Person) -> None:
    """Nonsense and a newer version in the registry; a newer and a wrong manifest in the apps."""
    text = (person.apps / "ants.yaml").read_text()
    (person.apps / "ants.yaml").write_text("manifest: [what\n")
    newer = text.replace("ants", "dogs").replace("  schema_version: 1", "  schema_version: 2")
    (person.apps / "dogs.yaml").write_text(newer)
    commit(person, "bees", "app.yaml", "schema_version: 1", "schema_version: 2")
    commit(person, "cats", "app.yaml", "memory_mb: 256", "memory_mb: 64")
    said = rolled_out(person, code=1)
    assert outcomes(said) == {"bees": "updated", "cats": "updated"}
    update = (
        "given 2, expected 1; this manifest is from a newer Tenner, so update the tenner command"
    )
    assert said[""]["problems"] == [
        f"{person.apps}/ants.yaml: line 1: not YAML: did not find expected ',' or ']'",
        f"{person.apps}/dogs.yaml: line 14: manifest.schema_version: {update}",
        f"bees: app.yaml: line 6: schema_version: {update}",
        "cats: app.yaml: line 19: functions.api.memory_mb: given 64, expected at least 128",
    ]
    # The update puts one line before what a person has written.
    assert said["bees"]["note"] == (
        f"the cost in its README.md is as it was: app.yaml: line 7: schema_version: {update}"
    )
    assert said["cats"]["note"] == (
        "the cost in its README.md is as it was: app.yaml: line 20: functions.api.memory_mb: "
        "given 64, expected at least 128"
    )


def test_a_repo_that_begins_otherwise(person: Person, fleet: Person) -> None:
    """History rewritten, and a shallow clone, of which nobody knows how it begins."""
    bees = person.place / "bees"
    old = person.git(bees, "rev-list", "--max-parents=0", "HEAD").strip()
    person.git(bees, "commit", "--quiet", "--amend", "--message=as if it had always been so")
    new = person.git(bees, "rev-parse", "HEAD").strip()
    commit(person, "cats", "README.md", "# cats", "# Cats")
    (person.place / "cats").rename(person.place / "deep")
    person.git(person.place, "clone", "--quiet", "--depth=1", f"file://{person.place}/deep", "cats")
    said = rolled_out(person, code=1)
    assert outcomes(said) == {**OTHERS, "bees": "failed"}
    assert said["bees"]["reason"] == (
        f"{bees} begins with commit {new[:12]}, expected {old[:12]} as the registry has it: "
        f"another repo, or its history was rewritten. If it is meant: tenner register {bees}"
    )
    assert person.tenner("register", "bees").returncode == 0
    assert outcomes(rolled_out(person)) == dict.fromkeys(APPS, "updated")


def test_a_branch_that_a_person_went_on_with(person: Person, fleet: Person) -> None:
    """What a person has changed in a rollout's commit stays, also when the app has moved on."""
    rolled_out(person)
    for app in ("ants", "bees"):
        person.git(person.place / app, "switch", "--quiet", BRANCH)
    (person.place / "ants" / "README.md").write_text("mine\n")
    person.git(person.place / "ants", "commit", "--quiet", "--all", "--amend", "--no-edit")
    person.git(person.place / "bees", "commit", "--amend", "--quiet", "--reset-author", "--no-edit")
    for app in ("ants", "bees"):
        person.git(person.place / app, "switch", "--quiet", "main")
    commit(person, "ants", "app.yaml", "memory_mb: 256", "memory_mb: 512")
    said = rolled_out(person, code=1)
    assert outcomes(said) == {"ants": "failed", "bees": "updated", "cats": "updated"}
    assert said["ants"]["reason"] == (
        f"The branch {BRANCH} of {person.place / 'ants'} has commits that no rollout made; "
        "expected none such: merge it, or delete it"
    )
    assert person.git(person.place / "ants", "show", f"{BRANCH}:README.md") == "mine\n"


def test_a_full_disk(person: Person, fleet: Person) -> None:
    """The branch can't be written; what was half written is no branch."""
    log = person.place / "bees" / ".git" / "logs" / "refs" / "heads" / BRANCH
    log.parent.mkdir()
    log.symlink_to("/dev/full")
    said = rolled_out(person, code=3)
    assert outcomes(said) == {**OTHERS, "bees": "failed"}
    bees = person.place / "bees"
    assert said["bees"]["reason"] == (
        f"git fetch: cannot update the ref 'refs/heads/{BRANCH}': unable to append to "
        f"'.git/logs/refs/heads/{BRANCH}': No space left on device. Nothing of it is kept: make "
        f"room on the disk of {bees}, then run it again"
    )
    assert person.git(bees, "branch", "--list", "tenner/*") == ""
    assert leftovers(person) == []
    log.unlink()
    assert outcomes(rolled_out(person, "--resume")) == dict.fromkeys(APPS, "updated")


@pytest.mark.slow
def test_a_file_that_is_too_large_for_the_disk(person: Person, fleet: Person) -> None:
    """Git is killed while it writes the clone: said with the signal's name."""
    (person.place / "bees" / "large.bin").write_bytes(os.urandom(3_000_000))
    person.git(person.place / "bees", "add", "--all")
    person.git(person.place / "bees", "commit", "--quiet", "--message=large")
    limited = ("prlimit", "--fsize=2000000", *person.tenner_command("rollout", "--format=json"))
    done = person.run(*limited)
    assert done.returncode == 3, done.stderr
    said = {each["app"]: each for each in json.loads(done.stdout)["apps"]}
    assert outcomes(said) == {**OTHERS, "bees": "failed"}
    assert said["bees"]["reason"] == "git clone: ended by SIGXFSZ"


def test_read_only_places(person: Person, fleet: Person) -> None:
    """A repo that nobody may write to, and a registry."""
    bees = person.place / "bees"
    folders = [path for path in (bees, person.apps, *bees.rglob("*")) if path.is_dir()]
    for folder in folders:
        folder.chmod(0o555)
    done = person.run(*AS_A_USER, *person.tenner_command("rollout", "--format=json"))
    for folder in folders:
        folder.chmod(0o755)
    assert done.returncode == 3, done.stderr
    content = json.loads(done.stdout)
    said = {each["app"]: each for each in content["apps"]}
    assert outcomes(said) == {**OTHERS, "bees": "failed"}
    assert said["bees"]["reason"] == (
        "git fetch: insufficient permission for adding an object to repository database "
        f".git/objects. Expected that you may write to {bees}"
    )
    assert content["problems"] == [
        "The journal aws-shared-infra/apps/rollouts.jsonl can't be used: Permission denied"
    ]
    assert outcomes(rolled_out(person, "--resume")) == dict.fromkeys(APPS, "updated")
    assert len(journal(person)) == 3


def test_a_worker_that_dies(person: Person, fleet: Person) -> None:
    """Twice: failed; once: nobody notices."""
    mark = person.place / "mark"
    in_the_way(
        person,
        f'case "$*" in *clone*/bees*) kill -KILL $PPID;; '
        f"*clone*/cats*) [ -e {mark} ] || {{ : > {mark}; kill -KILL $PPID; }};; esac",
    )
    said = rolled_out(person, code=3)
    assert outcomes(said) == {**OTHERS, "bees": "failed"}
    assert mark.exists()
    assert said["bees"]["reason"] == (
        "its worker process ended by SIGKILL, twice; nothing of it is kept. Expected enough "
        "memory for it: tenner rollout --only bees --jobs 1"
    )
    assert leftovers(person) == []
    assert [entry["app"] for entry in journal(person)] in (["ants", "cats"], ["cats", "ants"])


@pytest.mark.slow
def test_apps_in_one_repo(person: Person, fleet: Person) -> None:
    """Two apps in subfolders of one repo have a branch each, with what `copier update` makes."""
    one = person.place / "one"
    (one / "apps").mkdir(parents=True)
    (one / "notes.txt").write_text("of all\n")
    for app in ("ants", "bees"):
        shutil.rmtree(person.place / app / ".git")
        (person.place / app).rename(one / "apps" / app)
    person.git(one, "init", "--quiet")
    person.git(one, "add", "--all")
    person.git(one, "commit", "--quiet", "--message=together")
    for app in ("ants", "bees"):
        assert person.tenner("unregister", app).returncode == 0
        done = person.tenner("register", f"one/apps/{app}")
        assert done.returncode == 0, done.stderr
    said = rolled_out(person)
    assert {app: said[app]["branch"] for app in APPS} == {
        "ants": "tenner/ants/v0.2.0",
        "bees": "tenner/bees/v0.2.0",
        "cats": BRANCH,
    }
    assert outcomes(rolled_out(person, "--resume")) == dict.fromkeys(APPS, "updated")
    done = person.copier("update", "--trust", "--defaults", cwd=one / "apps" / "bees")
    assert done.returncode == 0, done.stderr
    person.git(one, "add", "--all")
    person.git(one, "commit", "--quiet", "--message=by copier")
    trees = [
        person.git(one, "rev-parse", f"{ref}^{{tree}}") for ref in ("HEAD", "tenner/bees/v0.2.0")
    ]
    assert trees[0] == trees[1]


@pytest.mark.slow
def test_left_over_rejects(person: Person, fleet: Person) -> None:
    """A .rej of an earlier update is no conflict of this one; the folder stays as it is."""
    (person.place / "ants" / "app.yaml.rej").write_text("what was rejected\n")
    (person.place / "bees" / "app.yaml.rej").write_text("what was rejected\n")
    person.git(person.place / "bees", "add", "--force", "--all")
    person.git(person.place / "bees", "commit", "--quiet", "--message=with it")
    said = rolled_out(person, "--fast-forward")
    assert outcomes(said) == dict.fromkeys(APPS, "updated")
    assert said["ants"]["note"] == "not fast-forwarded: its folder has changes of its own"
    assert (person.place / "ants" / "app.yaml.rej").read_text() == "what was rejected\n"
    assert said["bees"]["how"] == "fast_forwarded"


@pytest.mark.slow
def test_commits_that_should_be_signed(person: Person, fleet: Person) -> None:
    """A rollout signs nothing, says so, and leaves a person's own branch where it is."""
    bees = person.place / "bees"
    person.git(bees, "config", "commit.gpgsign", "true")
    said = rolled_out(person, "--fast-forward")
    assert said["bees"]["note"] == (
        "not fast-forwarded: its commit is not signed, which git's commit.gpgsign asks for: "
        f"git -C {bees} switch {BRANCH} && git -C {bees} commit --amend --no-edit --gpg-sign"
    )
    assert said["bees"]["branch"] == BRANCH
    assert said["ants"]["how"] == "fast_forwarded"


@pytest.mark.slow
def test_an_app_that_is_ahead(person: Person, fleet: Person) -> None:
    """Nothing is brought back to an older version."""
    rolled_out(person, "--only=bees", "--fast-forward")
    said = rolled_out(person, "--to=v0.1.0", code=1)
    assert said["bees"]["reason"] == (
        "It is at v0.2.0, and --to is v0.1.0: an app is not brought back to an older version"
    )
    assert said["ants"]["outcome"] == "up_to_date"


# Counted from when Tenner's own code begins; before that Python itself is not ready.
_INTERRUPTED = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # what runs in the background ignores it
from tenner.entry import main
signal.signal(signal.SIGALRM, lambda *_: os.killpg(0, signal.SIGINT))
signal.setitimer(signal.ITIMER_REAL, float(sys.argv.pop(1)))
sys.exit(main())
"""
slow = pytest.mark.slow


@pytest.mark.parametrize(
    "after_s", [0.01, 0.35, 0.7, *(pytest.param(n / 20, marks=slow) for n in range(1, 20, 2))]
)
def test_ctrl_c_at_any_time(person: Person, fleet: Person, after_s: float) -> None:
    """No traceback, and nothing is left: no process, no folder; then it can be resumed."""
    mark = f"TENNER_TEST_MARK={person.place}"
    started = subprocess.Popen(
        (sys.executable, "-c", _INTERRUPTED, str(after_s), "rollout"),
        cwd=person.place,
        env={**person.environment, "TENNER_TEST_MARK": str(person.place)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    said, _ = started.communicate(timeout=60)
    assert "Traceback" not in said
    assert (started.returncode, said.strip()) in ((-signal.SIGINT, ""), (130, "Interrupted."))
    assert alive_at_last(mark) == []
    assert runs_of(started.pid) == []
    assert leftovers(person) == []
