"""Answers and app.yaml come to a newer release in place, by Copier and by `tenner rollout`."""

from __future__ import annotations

import difflib
import json
import re
import shutil
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tests.person import Person

if TYPE_CHECKING:
    from pathlib import Path

MIGRATED = "tenner/v0.5.0"
APPS = ("ants", "bees", "cats")
ALL = "[http_api, job, worker, login, ai, static_site]"


@pytest.fixture(scope="session")
def made_at_first(two_releases: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three apps of v0.4.0, the first with all features, and their registry."""
    maker = Person(tmp_path_factory.mktemp("made-at-first") / "work")
    api = ("--data=features=[http_api]", "--data=duration_ms=200")
    answers = {"ants": (f"--data=features={ALL}", "--data=log_bytes_per_request=900")}
    for app in APPS:
        made = maker.copier(
            *("copy", "--trust", "--defaults", "-q", "--vcs-ref=v0.4.0"),
            *(*answers.get(app, api), str(two_releases), app),
        )
        assert made.returncode == 0, made.stderr
    return maker.place


@pytest.fixture
def owner(tmp_path: Path, made_at_first: Path, two_releases: Path) -> Person:
    """A person with three apps at v0.4.0, and the tenner command of v0.5.0."""
    person = Person(tmp_path / "work")
    for name in (*APPS, "aws-shared-infra"):
        shutil.copytree(made_at_first / name, person.place / name, symlinks=True)
    person.environment["TENNER_REGISTRY"] = str(person.apps)
    person.environment["PYTHONPATH"] = str(two_releases / "src")
    return person


def edit(person: Person, app: str, *pairs: tuple[str, str]) -> str:
    """Change an app's manifest as a person does, commit it, and give its text."""
    path = person.place / app / "app.yaml"
    text = path.read_bytes().decode()
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new, 1)
    path.write_bytes(text.encode())
    person.git(person.place / app, "commit", "--quiet", "--all", "--message=mine")
    return text


MINE = (
    ("# What this app is", "# Mine, at the top: ä ☃\n# What this app is"),
    ("  cache_ttl_days: 90", "  cache_ttl_days:   30   # a month of mine"),
    ("max_output_tokens: 500", "max_output_tokens: 450  # mine, not the default"),
    ("    architecture: x86_64\n    trigger: queue", "    trigger: queue"),
    (
        "\ntable:",
        """  'report':   # a function of mine
    {trigger: schedule, schedule: "rate(7 days)", memory_mb: 512,
     timeout_s: 20, architecture: 'x86_64',  # as it was
     use: {requests_per_month: 4, duration_ms: 900}}

table:""",
    ),
)


def changed_lines(before: str, after: str) -> list[str]:
    """Give what a text has lost and got, a line each."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm="")
    return [line for line in lines if line[:2] not in ("--", "++", "@@")]


EXPECTED = [
    '-description: "A small app."',
    '+summary: "A small app."',
    '+details: "A small app."',
    "-    architecture: x86_64",
    "+    architecture: arm64",
    "-      duration_ms: 100",
    "+      duration_ms: 90",
    "-    architecture: x86_64",
    "+    architecture: arm64",
    "-      duration_ms: 100",
    "+      duration_ms: 90",
    "-      duration_ms: 100",
    "+      duration_ms: 90",
    "-     timeout_s: 20, architecture: 'x86_64',  # as it was",
    "+     timeout_s: 20, architecture: 'arm64',  # as it was",
    "-  cache_ttl_days:   30   # a month of mine",
    "+  cache_days:   30   # a month of mine",
]


def test_copier_and_rollout_migrate_alike(owner: Person) -> None:
    """Names, values and answers change; comments, quotes, a person's value and function stay."""
    before = edit(owner, "ants", *MINE)
    done = owner.tenner("rollout", "--only=ants", "--jobs=1", "--format=json")
    assert done.returncode == 0, (done.stdout, done.stderr)
    app = owner.place / "ants"
    updated = owner.copier("update", "--trust", "--defaults", cwd=app)
    assert updated.returncode == 0, updated.stderr
    assert "conflict" not in updated.stderr.lower().replace("left conflicts", "")
    assert owner.git(app, "ls-files", "--unmerged") == ""
    after = (app / "app.yaml").read_bytes().decode()
    assert changed_lines(before, after) == EXPECTED
    answers = (app / ".copier-answers.yml").read_text()
    assert "logged_bytes: '900'\n" in answers
    assert "duration_ms: '90'\n" in answers
    assert "log_bytes_per_request" not in answers
    assert "_commit: v0.5.0\n" in answers
    assert (app / "new-name.txt").exists()
    assert not (app / "old-name.txt").exists()
    assert not (app / "gone.txt").exists()
    owner.git(app, "add", "--all")
    owner.git(app, "commit", "--quiet", "--message=by copier")
    assert owner.git(app, "rev-parse", "HEAD^{tree}") == owner.git(
        app, "rev-parse", f"{MIGRATED}^{{tree}}"
    )
    record = (owner.apps / "ants.yaml").read_text()
    assert "cache_days: 30\n" in record


@pytest.mark.slow
def test_what_cannot_be_migrated_is_left_alone(owner: Person) -> None:
    """Both names in one file: Copier changes nothing; a rollout goes on with the others."""
    edit(owner, "ants", ("  cache_ttl_days: 90", "  cache_ttl_days: 90\n  cache_days: 60"))
    app = owner.place / "ants"
    before = {path: path.read_bytes() for path in app.rglob("*") if path.is_file()}
    done = owner.copier("update", "--trust", "--defaults", cwd=app)
    line = (app / "app.yaml").read_text().splitlines().index("  cache_ttl_days: 90") + 1
    sentence = (
        f"app.yaml: line {line}: ai.cache_ttl_days: given with cache_days, which has taken its "
        "place; keep one of them"
    )
    assert done.returncode != 0
    assert f"{app}/{sentence}\nThe update has not begun, and nothing is changed.\n" in done.stderr
    assert "Traceback" not in done.stderr
    after = {path: path.read_bytes() for path in app.rglob("*") if path.is_file()}
    assert {path.name for path in before if before[path] != after.get(path)} <= {"index"}
    assert before.keys() == after.keys()
    done = owner.tenner("rollout", "--jobs=1", "--format=json")
    apps = {each["app"]: each for each in json.loads(done.stdout)["apps"]}
    assert done.returncode == 1
    assert (apps["ants"]["outcome"], apps["bees"]["outcome"]) == ("failed", "updated")
    assert apps["ants"]["reason"].endswith(sentence)


@pytest.mark.slow
def test_a_true_conflict_stays_one(owner: Person) -> None:
    """A field that both sides have changed is marked, with the new names; no edit is lost."""
    edit(owner, "ants", ('description: "A small app."', 'description: "Mine."'), MINE[1])
    path = owner.place / "ants" / "app.yaml"
    edit(owner, "ants", ("architecture: x86_64", "architecture: x86_64  # x\n    # and more"))
    edit(owner, "ants", ("duration_ms: 100", "duration_ms: 130"))
    done = owner.copier("update", "--trust", "--defaults", cwd=owner.place / "ants")
    assert done.returncode == 0, done.stderr
    text = path.read_text()
    assert "  cache_days:   30   # a month of mine\n" in text
    assert 'summary: "Mine."\ndetails: "Mine."\n' in text
    assert "    architecture: arm64  # x\n    # and more\n" in text
    # The person wrote 130 where the template's answer goes from 100 to 90.
    marked = re.search(r"<<<<<<< before updating\n(.*)=======\n(.*)>>>>>>> after", text, re.DOTALL)
    assert marked is not None
    assert "      duration_ms: 130\n" in marked[1]
    assert "      duration_ms: 90\n" in marked[2]
    assert text.count("<<<<<<< ") == 1
    unmerged = owner.git(owner.place / "ants", "ls-files", "--unmerged")
    assert {line.split("\t")[1] for line in unmerged.splitlines()} == {"app.yaml"}
    assert "Mend the conflicts between <<<<<<< and >>>>>>> in: app.yaml\n" in done.stderr


@pytest.mark.slow
def test_a_second_update_changes_nothing(owner: Person) -> None:
    """What is migrated is migrated, also after a person has gone back to the old value."""
    app = owner.place / "bees"
    for _ in range(2):
        done = owner.copier("update", "--trust", "--defaults", cwd=app)
        assert done.returncode == 0, done.stderr
        owner.git(app, "add", "--all")
        owner.git(app, "commit", "--quiet", "--allow-empty", "--message=update")
    assert owner.git(app, "diff", "HEAD~1") == ""
    edit(owner, "bees", ("architecture: arm64", "architecture: x86_64  # tried"))
    done = owner.copier("update", "--trust", "--defaults", cwd=app)
    assert done.returncode == 0, done.stderr
    assert owner.git(app, "status", "--porcelain") == ""


@pytest.mark.slow
def test_what_is_written_in_another_way_is_said(owner: Person) -> None:
    """A value that can't be changed in place stops the update; changed by hand, it goes on."""
    text = "description: |\n  Mine, over\n  two lines.\n"
    edit(owner, "ants", ('description: "A small app."\n', text))
    app = owner.place / "ants"
    done = owner.copier("update", "--trust", "--defaults", cwd=app)
    assert done.returncode != 0
    assert "description: it is written in a way that can't be changed in place" in done.stderr
    assert "The update has not begun, and nothing is changed.\n" in done.stderr
    assert owner.git(app, "status", "--porcelain") == ""
    # By hand, as the sentence says; then it goes on.
    edit(owner, "ants", (text, 'summary: "Mine."\ndetails: "two lines"\n'))
    done = owner.copier("update", "--trust", "--defaults", cwd=app)
    assert done.returncode == 0, done.stderr
    assert owner.git(app, "ls-files", "--unmerged") == ""
    assert 'summary: "Mine."\ndetails: "two lines"\n' in (app / "app.yaml").read_text()


def test_money_of_an_optimisation(owner: Person) -> None:
    """x86_64 to arm64: preview and rollout say what each app and the fleet cost, then and now."""
    requests, cold = "requests_per_month: ", "cold_start_percent: "
    edit(owner, "bees", (f"{requests}10000", f"{requests}30000000"), (f"{cold}5", f"{cold}0"))
    edit(owner, "cats", (f"{cold}5", f"{cold}0"))
    for app in ("bees", "cats"):
        assert owner.tenner("register", str(owner.place / app)).returncode == 0
    assert owner.tenner("unregister", "ants").returncode == 0
    # GB-seconds: 30,000,000 × 0.2 s × 0.25 GB, and 10,000 of the same; 400,000 are free once.
    bees, cats = Decimal(1_500_000), Decimal(500)
    less = Decimal("0.0000166667") - Decimal("0.0000133334")
    saved = {"bees": (bees + cats - 400_000) * less, "cats": cats * less}
    fleet = json.loads(owner.tenner("fleet", "--format=json").stdout)
    rows = {row["app"]: row for row in fleet["apps"]}
    assert {app: Decimal(row["saves"]) for app, row in rows.items()} == saved
    assert {row["releases_behind"] for row in rows.values()} == {1}
    was, then = (Decimal(fleet["totals"][key]) for key in ("total", "at_newest_release"))
    assert was - then == (bees + cats - 400_000) * less
    for arguments in (["--preview"], []):
        done = owner.tenner("rollout", "--jobs=1", "--format=json", *arguments)
        assert done.returncode == 0, (done.stdout, done.stderr)
        said: dict[str, Any] = json.loads(done.stdout)
        for each in said["apps"]:
            money = each["usd_per_month"]
            assert Decimal(money["before"]) - Decimal(money["after"]) == saved[each["app"]]
            assert money["before"] == rows[each["app"]]["marginal"]
        total = said["fleet_usd_per_month"]
        assert (Decimal(total["before"]), Decimal(total["after"])) == (was, then)
