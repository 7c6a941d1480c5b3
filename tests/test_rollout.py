"""`tenner rollout`: apps come to a version, each apart from its folder; every end is true."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from typing import TYPE_CHECKING, Any

import pytest

from tenner.errors import TennerError
from tenner.registry import TemplateVersion
from tenner.registry_folder import FolderRegistry
from tenner.releases import parse_releases
from tenner.rollout import (
    Outcome,
    Wish,
    exit_status,
    marked_hunks,
    newest,
    select,
    version_key,
    waves,
)
from tests.person import FLEET as APPS
from tests.person import NEW_CODE_LINE, NEW_MANIFEST_LINE, NEW_README_LINE

if TYPE_CHECKING:
    from pathlib import Path

    from tests.person import Person

pytest_plugins = ["tests.fixtures_rollout"]
BRANCH = "tenner/v0.2.0"


def commit(person: Person, app: str, name: str, old: str, new: str) -> None:
    """Change a file of an app as a person does, and commit it."""
    path = person.place / app / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    person.git(person.place / app, "commit", "--quiet", "--all", "--message=mine")


def put_in_conflict(person: Person, app: str) -> None:
    """Add a line at the very place where v0.2.0 of the template adds one."""
    path = person.place / app / "README.md"
    path.write_text(path.read_text() + "\nA line of mine at the end.\n", encoding="utf-8")
    person.git(person.place / app, "commit", "--quiet", "--all", "--message=mine")


def rolled_out(person: Person, *arguments: str, code: int = 0) -> dict[str, Any]:
    """Run `tenner rollout` and give its outcomes by app."""
    done = person.tenner("rollout", "--jobs=2", "--format=json", *arguments)
    assert done.returncode == code, (done.stdout, done.stderr)
    said: dict[str, Any] = json.loads(done.stdout)
    return {each["app"]: each for each in said["apps"]} | {"": said}


def outcomes(said: dict[str, Any]) -> dict[str, str]:
    """Give how each app ended."""
    return {app: each["outcome"] for app, each in said.items() if app}


def shown(person: Person, app: str, name: str) -> str:
    """Give a file as it is on the rollout's branch."""
    return person.git(person.place / app, "show", f"{BRANCH}:{name}")


def tree_of(person: Person, app: str, ref: str = BRANCH) -> str:
    """Give the hash of all files of a commit."""
    return person.git(person.place / app, "rev-parse", f"{ref}^{{tree}}").strip()


def everything(folder: Path) -> dict[str, bytes]:
    """Give all files of a folder, git's own too, but for what `git status` refreshes."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "index"
    }


def journal(person: Person) -> list[dict[str, Any]]:
    """Give the journal's entries."""
    path = person.apps / "rollouts.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return [json.loads(line) for line in lines]


def leftovers(person: Person) -> list[str]:
    """Name what rollouts have left in the user's cache and in the repos."""
    runs = [path.name for path in (person.place / "home/.cache/tenner/rollout/runs").glob("*")]
    trees = [
        app
        for app in APPS
        if (person.place / app).exists()
        and (
            person.git(person.place / app, "worktree", "list").count("\n") != 1
            or (person.place / app / ".git" / "FETCH_HEAD").exists()
        )
    ]
    return [*runs, *trees]


def test_a_rollout_is_what_copier_would_do(person: Person, fleet: Person) -> None:
    """Edits are kept, the branch has the trees that `copier update` makes, folders stay as is."""
    commit(person, "ants", "README.md", "# ants\n", "# ants\n\nA line of mine.\n")
    commit(person, "ants", "app.yaml", "memory_mb: 256", "memory_mb: 512  # mine")
    (person.place / "bees" / "mine.txt").write_text("not committed\n")
    (person.place / "bees" / "README.md").write_text("changed, not committed\n")
    before = {app: everything(person.place / app) for app in APPS}
    said = rolled_out(person)
    assert outcomes(said) == dict.fromkeys(APPS, "updated")
    for app in APPS:
        after = everything(person.place / app)
        new = {
            name
            for name in {*after, *before[app]}
            if after.get(name) != before[app].get(name) and not name.startswith(".git/objects/")
        }
        assert new <= {f".git/refs/heads/{BRANCH}", f".git/logs/refs/heads/{BRANCH}"}
        files = [".copier-answers.yml", "README.md", "app.yaml", "functions/shared/table.py"]
        assert said[app]["files"] == files
    readme = shown(person, "ants", "README.md")
    assert "\nA line of mine.\n" in readme
    assert readme.endswith(NEW_README_LINE)
    assert "memory_mb: 512  # mine" in shown(person, "ants", "app.yaml")
    assert shown(person, "bees", "app.yaml").startswith(NEW_MANIFEST_LINE)
    assert shown(person, "bees", "functions/shared/table.py").endswith(NEW_CODE_LINE)
    assert leftovers(person) == []
    author = person.git(person.place / "ants", "log", "-1", "--format=%an <%ae>", BRANCH)
    assert author == "Ada <ada@example.com>\n"
    for app in ("ants", "cats"):
        done = person.copier("update", "--trust", "--defaults", cwd=person.place / app)
        assert done.returncode == 0, done.stderr
        person.git(person.place / app, "add", "--all")
        person.git(person.place / app, "commit", "--quiet", "--message=by copier")
        assert tree_of(person, app, "HEAD") == tree_of(person, app)


def test_a_conflict_is_named_and_not_committed(person: Person, fleet: Person) -> None:
    """File and lines are said, the exit code is 1, no branch is left, and the others go on."""
    put_in_conflict(person, "bees")
    said = rolled_out(person, code=1)
    assert outcomes(said) == {"ants": "updated", "bees": "conflicts", "cats": "updated"}
    (conflict,) = said["bees"]["conflicts"]
    assert conflict["file"] == "README.md"
    assert [hunk.startswith("lines ") for hunk in conflict["hunks"]] == [True]
    assert person.git(person.place / "bees", "branch", "--list", "tenner/*") == ""
    assert leftovers(person) == []
    said_by_git = person.git(person.place / "bees", "log", "--patch", "--all")
    assert "<<<<<<< before updating" not in said_by_git
    assert [entry["outcome"] for entry in journal(person) if entry["app"] == "bees"] == [
        "conflicts"
    ]


def test_up_to_date_apps_need_no_copier(person: Person, fleet: Person) -> None:
    """After a fast-forward nothing is left to do, and Copier is not even imported."""
    said = rolled_out(person, "--fast-forward")
    assert {said[app]["how"] for app in APPS} == {"fast_forwarded"}
    assert person.git(person.place / "ants", "status", "--porcelain") == ""
    assert person.git(person.place / "ants", "branch") == "* main\n"
    records = FolderRegistry(person.apps).contents().records
    assert [record.template.version for record in records] == ["v0.2.0"] * 3
    code = (
        "import sys; from tenner.cli import main; code = main(['rollout']); "
        "print(code, 'copier' in sys.modules)"
    )
    done = person.run(*person.tenner_command()[:2], code)
    assert done.stdout.splitlines()[-1] == "0 False"
    assert "\n  3 up to date\n" in done.stdout
    assert len(journal(person)) == 3


def test_a_fast_forward_leaves_a_dirty_folder_alone(person: Person, fleet: Person) -> None:
    """A folder with changes keeps them; its branch waits, and a second rollout finds it there."""
    (person.place / "ants" / "README.md").write_text("mine\n")
    said = rolled_out(person, "--only=ants", "--fast-forward")
    assert said["ants"]["note"] == "not fast-forwarded: its folder has changes of its own"
    assert (person.place / "ants" / "README.md").read_text() == "mine\n"
    commit_before = said["ants"]["commit"]
    assert rolled_out(person, "--only=ants")["ants"]["commit"] == commit_before
    assert len(journal(person)) == 1


def test_a_failed_app_does_not_stop_the_others(person: Person, fleet: Person) -> None:
    """A gone folder, a gone version and a branch with a person's commits are a sentence each."""
    (person.place / "ants").rename(person.place / "elsewhere")
    commit(person, "bees", ".copier-answers.yml", "_commit: v0.1.0", "_commit: v0.0.9")
    person.git(person.place / "cats", "branch", BRANCH)
    said = rolled_out(person, code=1)
    assert outcomes(said) == dict.fromkeys(APPS, "failed")
    assert said["ants"]["reason"] == (
        f"{person.place / 'ants'} is gone, and the registry has no git URL for it; if it has "
        "moved: tenner register ITS_FOLDER"
    )
    assert said["bees"]["reason"].endswith(
        'has no version "v0.0.9", which the app was made from; expected one of its tags or '
        "commits in .copier-answers.yml"
    )
    assert said["cats"]["reason"] == (
        f"The branch {BRANCH} of {person.place / 'cats'} has commits that no rollout made; "
        "expected none such: merge it, or delete it"
    )
    assert journal(person) == []
    assert leftovers(person) == []


def test_a_preview_leaves_no_trace(person: Person, fleet: Person) -> None:
    """It says outcomes and costs; repos and registry have the same bytes as before."""
    put_in_conflict(person, "bees")
    before = everything(person.place / "aws-shared-infra") | everything(person.place / "ants")
    said = rolled_out(person, "--preview", code=1)
    assert outcomes(said) == {"ants": "updated", "bees": "conflicts", "cats": "updated"}
    after = everything(person.place / "aws-shared-infra") | everything(person.place / "ants")
    assert after == before
    # The table has 40 GB where it had 0.01; a GB costs $0.25, and 25 GB a month are free for all.
    fleet_cost = said[""]["fleet_usd_per_month"]
    assert float(fleet_cost["after"]) - float(fleet_cost["before"]) == pytest.approx(
        (80.01 - 25) * 0.25
    )
    assert leftovers(person) == []


def test_a_canary_stops_the_rest(person: Person, fleet: Person) -> None:
    """The first is in conflict, so the others are left alone and named."""
    put_in_conflict(person, "ants")
    said = rolled_out(person, "--canary=1", code=1)
    assert outcomes(said) == {"ants": "conflicts"}
    assert said[""]["waiting"] == ["bees", "cats"]
    assert person.git(person.place / "cats", "branch") == "* main\n"
    assert rolled_out(person, "--canary=1", "--only=bees", "--only=cats")[""]["waiting"] == []


def test_failing_checks_leave_no_branch(person: Person, fleet: Person) -> None:
    """The app's own `make test` decides."""
    commit(person, "ants", "Makefile", "$(BIN)/python -m pytest\n", "false\n")
    commit(person, "ants", "Makefile", "test: $(READY)", "test:")
    commit(person, "bees", "Makefile", "$(BIN)/python -m pytest\n", "true\n")
    commit(person, "bees", "Makefile", "test: $(READY)", "test:")
    said = rolled_out(person, "--check", "--only=ants", "--only=bees", code=1)
    assert outcomes(said) == {"ants": "checks_failed", "bees": "updated"}
    assert said["ants"]["reason"] == "make test: false"
    assert person.git(person.place / "ants", "branch") == "* main\n"


@pytest.mark.parametrize("after_s", [0.9, pytest.param(1.6, marks=pytest.mark.slow)])
def test_a_killed_rollout_is_resumed(person: Person, fleet: Person, after_s: float) -> None:
    """SIGKILL at any moment: then the same trees as without, and one journal entry an app."""
    put_in_conflict(person, "bees")
    started = subprocess.Popen(
        person.tenner_command("rollout", "--jobs=1"),
        cwd=person.place,
        env=person.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    time.sleep(after_s)
    started.send_signal(signal.SIGKILL)
    started.wait()
    said = rolled_out(person, "--resume", code=1)
    assert outcomes(said) == {"ants": "updated", "bees": "conflicts", "cats": "updated"}
    trees = {app: tree_of(person, app) for app in ("ants", "cats")}
    assert sorted(entry["app"] for entry in journal(person)) == list(APPS)
    assert leftovers(person) == []
    for app in trees:
        person.git(person.place / app, "branch", "-D", BRANCH)
    rolled_out(person, code=1)
    assert {app: tree_of(person, app) for app in trees} == trees
    assert rolled_out(person, "--resume", code=1)["ants"]["how"] == "earlier"


def test_wrong_wishes(person: Person, fleet: Person, git_template: Path) -> None:
    """A version, an app or a mix of options that is none is a sentence and exit code 2."""
    for arguments, words in (
        (
            ["--to=v9"],
            f'--to: given "v9", expected a tag or commit of {git_template}; its tags: v0.1.0, ',
        ),
        (["--only=dogs"], "expected registered apps of aws-shared-infra/apps: ants, bees, cats\n"),
        (["--behind=new"], '--behind: given "new", expected a version such as v1.3\n'),
        (["--preview", "--resume"], "--preview keeps nothing; expected without what keeps some"),
    ):
        done = person.tenner("rollout", *arguments)
        assert done.returncode == 2, done.stderr
        assert words in done.stderr


def test_selection(fleet: Person) -> None:
    """By name, by version and by environment; an unknown version is behind."""
    records = FolderRegistry(fleet.apps).contents().records
    for wish, count in (
        (Wish(), 3),
        (Wish(["bees"]), 1),
        (Wish(behind="v0.1.0"), 0),
        (Wish(behind="v0.1.1"), 3),
        (Wish(environment="dev"), 3),
        (Wish(environment="prod"), 0),
    ):
        assert len(select(records, wish, "apps")) == count
    with pytest.raises(TennerError, match='--only: given "x", expected registered apps of apps'):
        select(records, Wish(["x"]), "apps")


def test_selection_by_a_releases_commit(fleet: Person) -> None:
    """Where a record has a commit in place of a tag, its release says what it is behind."""
    releases = parse_releases(
        "schema_version: 1\nreleases:\n  - {version: 0.1.5, date: 2026-01-01, says: x, commit: "
        f"{'a1' * 20}}}\n",
        "releases.yaml",
    )
    template = TemplateVersion(version="a1a1a1a")
    records = [
        record.model_copy(update={"template": template})
        for record in FolderRegistry(fleet.apps).contents().records
    ]
    for behind, known, unknown in (("v0.1.5", 0, 3), ("v0.1.6", 3, 3)):
        wish = Wish(behind=behind)
        assert len(select(records, wish, "apps", releases)) == known
        assert len(select(records, wish, "apps")) == unknown


def test_versions_sort_as_pep_440_has_it() -> None:
    """Pre-releases come before, commits after a tag come after; what is no version is none."""
    ordered = ["v0.9", "v1.0rc1", "v1.0", "v1.0.0-3-gabc1234", "v1.0.1", "v1.10"]
    keys = [version_key(version) for version in ordered]
    assert keys == sorted(keys, key=lambda key: key or ((), 0, "", 0))
    assert version_key("v1") == version_key("1.0.0")
    assert version_key("main") is None
    assert newest(["v0.9", "v0.10", "v1.0rc1", "main"]) == "v0.10"
    assert newest([]) == ""


def test_waves_and_exit_status() -> None:
    """Canaries go first; 1 says that a person is needed, 3 that something outside is wrong."""
    assert waves(["a", "b", "c"], 1) == [["a"], ["b", "c"]]
    assert waves(["a"], 3) == [["a"]]
    assert waves([], 3) == []
    done = Outcome("a", "updated")
    assert exit_status([done, Outcome("b", "up_to_date")]) == 0
    assert exit_status([done], ["b"]) == 1
    assert exit_status([done, Outcome("b", "conflicts")]) == 1
    assert exit_status([Outcome("a", "failed", is_outside=True), Outcome("b", "conflicts")]) == 3


def test_hunks_are_named_by_line() -> None:
    """Two places of one file."""
    part = "<<<<<<< before updating\nmine\n=======\nnew\n>>>>>>> after updating\n"
    assert marked_hunks(f"first\n{part}middle\n{part}") == ("lines 2-6", "lines 8-12")
    assert marked_hunks("=======\n") == ()
