"""A rollout to a hundred apps, a third edited and ten in conflict; then killed and resumed."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.many_apps import generate, make_apps
from tests.person import NEW_CODE_LINE, NEW_MANIFEST_LINE, NEW_README_LINE, Person
from tests.test_rollout import BRANCH, everything, journal
from tests.test_rollout_faults import alive_at_last, runs_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("rollout-hundred")]
pytest_plugins = ["tests.fixtures_rollout"]
COUNT = 100
README, MANIFEST, CODE = "README.md", "app.yaml", "functions/shared/table.py"
EDITS = {
    README: ("\n\n", "\n\nMine: what this app is for.\n\n"),
    MANIFEST: ("memory_mb: 256", "memory_mb: 512  # mine"),
    CODE: ("import", "# mine: imports follow\nimport"),
}
"""One place in each file that v0.2.0 changes elsewhere: as generated, and as a person has it."""
CONFLICTS = {number: (README, MANIFEST, CODE)[number % 3] for number in range(5, COUNT, 10)}
"""Ten apps, and the file in which a person has a line at the very place of the new one."""


def edit(app: Path, number: int) -> None:
    """Change every third app in one, two or all of the files; ten in the place of the update."""
    if number in CONFLICTS:
        path = app / CONFLICTS[number]
        text = path.read_text(encoding="utf-8")
        mine = "# A line of mine at the same place.\n"
        path.write_text(mine + text if path.name == MANIFEST else text + "\n" + mine)
    elif number % 3 == 0:
        for name in list(EDITS)[: 1 + number // 3 % 3]:
            old, new = EDITS[name]
            path = app / name
            text = path.read_text(encoding="utf-8")
            assert old in text
            path.write_text(text.replace(old, new, 1), encoding="utf-8")


class Fleet(Person):
    """A person with a hundred apps."""

    def __init__(self, place: Path) -> None:
        super().__init__(place)
        self.environment["TENNER_REGISTRY"] = str(self.apps)
        self.environment["TENNER_TEST_MARK"] = str(place)

    def git_says(self, names: Iterable[str], *arguments: str) -> dict[str, str]:
        """Ask git the same of many apps."""
        return {name: self.git(self.place / name, *arguments) for name in names}

    def folders(self, names: Iterable[str]) -> dict[str, dict[str, bytes]]:
        """Give all files of the working folders, without git's."""
        return {
            name: {
                file: content
                for file, content in everything(self.place / name).items()
                if not file.startswith(".git/") or file == ".git/HEAD"
            }
            for name in names
        }

    def left_over(self, names: Iterable[str]) -> list[str]:
        """Name what a rollout has left: folders, worktrees, locks, half a file, processes."""
        home = self.place / "home/.cache/tenner/rollout/runs"
        found = [str(path) for path in home.glob("*")]
        for name in names:
            git = self.place / name / ".git"
            found += map(str, git.rglob("*.lock"))
            found += map(str, git.rglob("tmp_*"))
            found += [
                str(path) for path in (git / "worktrees", git / "FETCH_HEAD") if path.exists()
            ]
        found += map(str, self.apps.glob(".*"))
        return found + alive_at_last(f"TENNER_TEST_MARK={self.place}")


@pytest.fixture(scope="module")
def fleet(git_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Fleet:
    """The hundred apps, which nobody touches."""
    fleet = Fleet(tmp_path_factory.mktemp("hundred") / "work")
    make_apps(fleet, git_template, COUNT, edit)
    return fleet


@pytest.fixture(scope="module")
def names(fleet: Fleet) -> list[str]:
    """The names of all apps."""
    return [path.stem for path in sorted(fleet.apps.glob("*.yaml"))]


def copy_of(fleet: Fleet, name: str) -> Fleet:
    """Copy the whole fleet."""
    place = fleet.place.parent / name
    made = Fleet(place)
    shutil.rmtree(place)
    shutil.copytree(fleet.place, place, symlinks=True)
    return made


@pytest.fixture(scope="module")
def whole(fleet: Fleet) -> tuple[Fleet, dict[str, Any], float]:
    """A copy with a rollout to its end: the fleet, what it said by app, and its seconds."""
    copy = copy_of(fleet, "whole")
    start = time.monotonic()
    done = copy.run(*copy.tenner_command("rollout", "--format=json"), patience_s=600)
    took_s = time.monotonic() - start
    assert done.returncode == 1, done.stderr
    assert done.stderr == ""
    return copy, {each["app"]: each for each in json.loads(done.stdout)["apps"]}, took_s


def test_the_apps_are_what_copier_generates(
    fleet: Fleet, git_template: Path, tmp_path: Path
) -> None:
    """The last app, made by name, has the bytes that Copier gives it."""
    person = Person(tmp_path / "work")
    name = f"app-{COUNT - 1:03}"
    assert (COUNT - 1) % 3 == 0
    generated = generate(person, git_template, name)
    found = fleet.git(fleet.place / name, "rev-parse", "HEAD~1^{tree}")
    assert person.git(generated, "rev-parse", "HEAD^{tree}") == found


def test_every_edit_is_kept(fleet: Fleet, names: list[str], whole: Any) -> None:
    """A third with edits in the same files, ten in conflict: named, none committed, none failed."""
    copy, said, _ = whole
    assert len(names) == COUNT == len(said)
    in_conflict = {names[number]: file for number, file in CONFLICTS.items()}
    expected = {name: "conflicts" if name in in_conflict else "updated" for name in names}
    assert {name: each["outcome"] for name, each in said.items()} == expected
    edited = [name for name in names if int(name[4:]) % 3 == 0 and name not in in_conflict]
    assert len(edited) + len(in_conflict) in range(COUNT // 3, COUNT // 2)
    for name in set(names) - {*in_conflict}:
        files = {
            file: copy.git(copy.place / name, "show", f"{BRANCH}:{file}")
            for file in (README, MANIFEST, CODE)
        }
        assert files[README].endswith(NEW_README_LINE)
        assert files[MANIFEST].startswith(NEW_MANIFEST_LINE)
        assert files[CODE].endswith(NEW_CODE_LINE)
        for file in list(EDITS)[: 1 + int(name[4:]) // 3 % 3] if name in edited else ():
            assert EDITS[file][1] in files[file]
    for name, file in in_conflict.items():
        (conflict,) = said[name]["conflicts"]
        assert conflict["file"] == file
        assert conflict["hunks"] == hunks_by_copier(fleet, copy, name, file)
        assert copy.git(copy.place / name, "branch", "--format=%(refname:short)") == "main\n"
    for words in copy.git_says(names, "log", "--all", "--patch", "--format=").values():
        assert "<<<<<<< " not in words
        assert ">>>>>>> " not in words
    assert copy.folders(names) == fleet.folders(names)
    assert sorted(entry["app"] for entry in journal(copy)) == names
    assert copy.left_over(names) == []


def hunks_by_copier(fleet: Fleet, copy: Fleet, name: str, file: str) -> list[str]:
    """Give the lines of the conflict that `copier update` leaves in a copy; once for each file."""
    known: dict[str, list[str]] = _KNOWN
    if file not in known:
        place = copy.place / "by-copier" / name
        shutil.copytree(fleet.place / name, place, symlinks=True)
        done = copy.copier("update", "--trust", "--defaults", "-q", cwd=place)
        assert done.returncode == 0, done.stderr
        lines = (place / file).read_text(encoding="utf-8").splitlines()
        first, last = (
            next(number for number, line in enumerate(lines, 1) if line.startswith(mark))
            for mark in ("<<<<<<<", ">>>>>>>")
        )
        known[file] = [f"lines {first}-{last}"]
    return known[file]


_KNOWN: dict[str, list[str]] = {}


def test_killed_five_times(fleet: Fleet, names: list[str], whole: Any) -> None:
    """SIGKILL at five moments, then resumed: the same trees, and one journal entry an app."""
    first, _, took_s = whole
    killed = copy_of(fleet, "killed")
    moments = random.Random(5)  # noqa: S311 - the same moments each time
    pids = []
    for number in range(5):
        with subprocess.Popen(
            killed.tenner_command("rollout", "--resume"),
            cwd=killed.place,
            env=killed.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        ) as started:
            time.sleep(moments.uniform(0.03, 0.25) * took_s)
            assert started.poll() is None, "it had ended before it was killed"
            # Alone, as a machine short of memory does it; or with all of its terminal.
            kill = os.killpg if number % 2 else os.kill
            kill(started.pid, signal.SIGKILL)
            pids.append(started.pid)
    done = killed.run(
        *killed.tenner_command("rollout", "--resume", "--format=json"), patience_s=600
    )
    assert done.returncode == 1, done.stderr
    said = {each["app"]: each for each in json.loads(done.stdout)["apps"]}
    assert len([each for each in said.values() if each["how"] == "earlier"]) > 0
    updated = [name for name in names if said[name]["outcome"] == "updated"]
    assert updated == [name for name in names if int(name[4:]) not in CONFLICTS]
    tree = ("rev-parse", f"{BRANCH}^{{tree}}")
    assert killed.git_says(updated, *tree) == first.git_says(updated, *tree)
    assert entries(killed) == entries(first)
    assert killed.folders(names) == fleet.folders(names)
    assert killed.left_over(names) == []
    assert [run for pid in pids for run in runs_of(pid)] == []
    for folder in (killed.place / name for name in names):
        branches = killed.git(folder, "for-each-ref", "--format=%(refname:short)").split()
        assert branches == (["main", BRANCH] if folder.name in updated else ["main"])


def entries(fleet: Fleet) -> list[Mapping[str, Any]]:
    """Give the journal, sorted, without what a clock or a commit's time has a part in."""
    kept = ("app", "outcome", "from", "to", "template", "branch", "conflicts", "reason", "base")
    found = [{key: entry[key] for key in kept} for entry in journal(fleet)]
    return sorted(found, key=lambda entry: str(entry["app"]))
