"""The shared infrastructure's rollout.yml: its scripts, run here in order, do a whole rollout."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.fixtures_generated import ROOT
from tests.github_actions import Ran, Runner
from tests.person import FLEET
from tests.test_rollout import BRANCH, outcomes, put_in_conflict, rolled_out

if TYPE_CHECKING:
    from pathlib import Path

    from tests.person import Person

pytest_plugins = ["tests.fixtures_rollout"]
WORKFLOW = ROOT / "template/shared-infra/.github/workflows/rollout.yml"
GH = """#!/bin/sh
echo "$GH_TOKEN gh $*" >> {log}
case "$1" in pr) echo https://github.com/x/pull/1 ;; esac
"""


class World:
    """The apps' repos and the shared one, each only as a bare repo, and what GitHub runs."""

    def __init__(self, person: Person) -> None:
        self.person = person
        self.infra = person.place / "origin" / "infra.git"
        self.runs = 0

    def dispatch(self, **inputs: object) -> dict[str, Ran]:
        """Run the workflow as somebody does who fills in these inputs."""
        given = {"version": "", "only": "", "canary": 1, "shards": 2, "preview": False, **inputs}
        self.runs += 1
        contexts: dict[str, dict[str, Any]] = {
            "inputs": given,
            "vars": {},
            "secrets": {"ROLLOUT_TOKEN": "of-the-apps"},
            "github": {"event_name": "workflow_dispatch", "token": "of-this-repo"},
        }
        place = self.person.place / f"runner-{self.runs}"
        return Runner(self.infra, place, self.person.environment, contexts).run(WORKFLOW)

    def journal(self) -> list[dict[str, Any]]:
        """Give the journal's entries as they are committed."""
        text = self.person.git(self.infra, "show", "main:apps/rollouts.jsonl")
        return [json.loads(line) for line in text.splitlines()]

    def bare(self, app: str) -> Path:
        """Give an app's repo."""
        return self.person.place / "origin" / f"{app}.git"

    def tree(self, app: str) -> str:
        """Give the hash of all files of an app's branch of the rollout."""
        return self.person.git(self.bare(app), "rev-parse", f"{BRANCH}^{{tree}}")

    def asked_of_gh(self) -> list[str]:
        """Give what gh was called with, of each pull request."""
        lines = (self.person.place / "gh.log").read_text(encoding="utf-8").splitlines()
        return [line for line in lines if " gh pr " in line]


@pytest.fixture
def world(person: Person, fleet: Person, git_template: Path) -> World:
    """Three apps and the shared infrastructure, pushed; the apps' folders are gone."""
    tools = person.place / "tools"
    tools.mkdir()
    for name, text in (
        ("gh", GH.format(log=person.place / "gh.log")),
        ("pipx", f"#!/bin/sh\necho pipx $*\n[ $2 = {git_template} ]\n"),
        ("tenner", f'#!/bin/sh\nexec {shlex.join(person.tenner_command())} "$@"\n'),
    ):
        (tools / name).write_text(text, encoding="utf-8")
        (tools / name).chmod(0o755)
    person.environment["PATH"] = f"{tools}{os.pathsep}{os.environ['PATH']}"
    put_in_conflict(person, "bees")
    for app in FLEET:
        bare = person.place / "origin" / f"{app}.git"
        person.git(person.place, "clone", "--quiet", "--bare", app, str(bare))
        person.git(person.place / app, "remote", "add", "origin", f"file://{bare}")
        assert person.tenner("register", app).returncode == 0
        (person.place / app).rename(person.place / f"away-{app}")
    infra = person.place / "aws-shared-infra"
    (infra / "Makefile").write_bytes((ROOT / "template/shared-infra/Makefile").read_bytes())
    (infra / ".gitignore").write_bytes((ROOT / "template/shared-infra/.gitignore").read_bytes())
    (infra / ".copier-answers.yml").write_text(f"_src_path: {git_template}\n", encoding="utf-8")
    person.git(infra, "init", "--quiet", "--initial-branch=main")
    person.git(infra, "add", "--all")
    person.git(infra, "commit", "--quiet", "--message=the registry")
    origin = World(person)
    person.git(infra, "clone", "--quiet", "--bare", ".", str(origin.infra))
    del person.environment["TENNER_REGISTRY"]
    return origin


def told(jobs: dict[str, Ran]) -> dict[str, str]:
    """Give the outcomes of the job summary's table."""
    rows = re.findall(
        r"(?m)^  (\w+) +(updated|conflicts|failed|up to date) ", jobs["sum-up"].summary
    )
    return dict(rows)


@pytest.mark.slow
def test_the_parts_add_up_to_one_rollout(person: Person, world: World) -> None:
    """Outcomes, costs, trees, pull requests and journal are those of `tenner rollout` in one."""
    jobs = world.dispatch()
    assert {name: ran.result for name, ran in jobs.items()} == {
        "plan": "success",
        "canary": "success",
        "shards": "failure",  # bees is in conflict, which a person has to see
        "sum-up": "failure",
    }, [ran.said for ran in jobs.values()]
    assert jobs["plan"].outputs["to"] == "v0.2.0"
    assert json.loads(jobs["plan"].outputs["matrix"]) == {
        "include": [{"shard": "1/2"}, {"shard": "2/2"}]
    }
    entries = world.journal()
    assert sorted(entry["app"] for entry in entries) == list(FLEET)
    assert len(world.asked_of_gh()) == 2
    assert all(line.startswith("of-the-apps gh pr create ") for line in world.asked_of_gh())
    log = person.git(world.infra, "log", "--format=%s", "main").splitlines()
    assert log == ["Note a rollout in the journal", "the registry"]
    changed = person.git(world.infra, "diff", "--name-only", "main~", "main")
    assert changed == "apps/rollouts.jsonl\n"

    trees = {app: world.tree(app) for app in ("ants", "cats")}
    for app in trees:
        person.git(world.bare(app), "branch", "--quiet", "-D", BRANCH)
    person.environment["TENNER_REGISTRY"] = str(person.apps)
    one = rolled_out(person, "--pull-request", code=1)
    assert told(jobs) == outcomes(one)
    assert {app: world.tree(app) for app in trees} == trees
    ours = [json.loads(line) for line in (person.apps / "rollouts.jsonl").read_text().splitlines()]
    assert [_without_times(entry) for entry in sorted(ours, key=_app)] == [
        _without_times(entry) for entry in sorted(entries, key=_app)
    ]
    text = person.tenner("rollout").stdout
    assert _without_notes(jobs["sum-up"].summary) == f"```\n{text}```\n"


def _app(entry: dict[str, Any]) -> str:
    return str(entry["app"])


def _without_times(entry: dict[str, Any]) -> dict[str, Any]:
    """Take out what no two runs share: the time, and the commit that has it inside."""
    return {key: value for key, value in entry.items() if key not in ("at", "commit")}


def _without_notes(summary: str) -> str:
    """Take out what only a run with --pull-request says."""
    return re.sub(r"(?m)^  \w+: pull request: .*\n", "", summary)


@pytest.mark.slow
def test_a_canary_that_is_not_clean_stops_the_others(world: World) -> None:
    """The shards do not run, their apps wait, and the journal has the canary's entry."""
    jobs = world.dispatch(canary=2)
    results = {name: ran.result for name, ran in jobs.items()}
    assert results == {
        "plan": "success",
        "canary": "failure",
        "shards": "skipped",
        "sum-up": "failure",
    }
    assert told(jobs) == {"ants": "updated", "bees": "conflicts"}
    assert "  1 wait, because the first were not all clean\n" in jobs["sum-up"].summary
    assert sorted(entry["app"] for entry in world.journal()) == ["ants", "bees"]


@pytest.mark.slow
def test_a_preview_keeps_nothing(person: Person, world: World) -> None:
    """No branch, no pull request, no commit; the summary has the cost."""
    jobs = world.dispatch(preview=True, canary=0, shards=8, version="v0.2.0")
    assert jobs["canary"].result == "skipped"
    assert len(json.loads(jobs["plan"].outputs["matrix"])["include"]) == len(FLEET)
    assert told(jobs) == {"ants": "updated", "bees": "conflicts", "cats": "updated"}
    assert "the fleet costs " in jobs["sum-up"].summary
    assert "this was a preview: nothing is kept" in jobs["sum-up"].summary
    assert world.asked_of_gh() == []
    assert person.git(world.infra, "log", "--format=%s", "main") == "the registry\n"
    assert person.git(world.bare("ants"), "branch") == "* main\n"


@pytest.mark.slow
def test_a_second_run_notes_nothing_twice(person: Person, world: World) -> None:
    """It finds the branches that wait, and commits no journal; one chosen app is one shard."""
    first = world.dispatch(only="ants cats", canary=0)
    assert {ran.result for name, ran in first.items() if name != "canary"} == {"success"}
    commit = person.git(world.infra, "rev-parse", "main")
    again = world.dispatch(only="ants", canary=3)
    assert again["canary"].result == "skipped"  # one app is no canary of itself
    assert again["sum-up"].result == "success"
    assert told(again) == {"ants": "updated"}
    assert person.git(world.infra, "rev-parse", "main") == commit
    assert sorted(entry["app"] for entry in world.journal()) == ["ants", "cats"]


@pytest.mark.slow
def test_without_the_token_nothing_runs(world: World) -> None:
    """One sentence, before anything is installed or cloned."""
    place = world.person.place / "runner"
    contexts: dict[str, dict[str, Any]] = {
        "inputs": {"canary": 1, "shards": 2},
        "vars": {},
        "secrets": {},
        "github": {"event_name": "workflow_dispatch", "token": ""},
    }
    jobs = Runner(world.infra, place, world.person.environment, contexts).run(WORKFLOW)
    sentence = "::error::The secret ROLLOUT_TOKEN is not set: README.md says which token it is.\n"
    assert jobs["plan"].said == sentence
    assert [jobs[name].result for name in jobs] == ["failure", "skipped", "skipped", "skipped"]


def test_a_schedule_needs_its_variable(world: World) -> None:
    """Nobody gets pull requests each week who has not asked for them."""
    contexts: dict[str, dict[str, Any]] = {
        "inputs": {},
        "vars": {},
        "secrets": {},
        "github": {"event_name": "schedule", "token": ""},
    }
    runner = Runner(world.infra, world.person.place / "r", world.person.environment, contexts)
    assert {ran.result for ran in runner.run(WORKFLOW).values()} == {"skipped"}


@pytest.mark.parametrize("kind", ["app", "shared-infra"])
def test_workflows_are_what_github_knows(kind: str) -> None:
    """Actionlint finds nothing, and every action is pinned by its commit."""
    for path in sorted((ROOT / "template" / kind / ".github/workflows").glob("*.yml")):
        done = subprocess.run(
            [f"{sys.prefix}/bin/actionlint", "-shellcheck=", "-pyflakes=", str(path)],
            check=False,
            capture_output=True,
            text=True,
        )
        assert (done.returncode, done.stdout) == (0, "")
        text = path.read_text(encoding="utf-8")
        uses = re.findall(r"uses: (\S+)", text)
        assert uses
        assert all(re.search(r"@[0-9a-f]{40}\Z", each) for each in uses)
        jobs = yaml.safe_load(text)["jobs"].values()
        assert all(job["timeout-minutes"] <= 50 for job in jobs)
