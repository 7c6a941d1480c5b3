"""`tenner rollout` where the registry is a team's table, and apps are on several machines."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from tenner.load import registry_at
from tests.dynamodb_server import KEYS, TABLE, DynamoDBServer, Fault
from tests.person import FLEET as APPS
from tests.test_rollout import (
    BRANCH,
    commit,
    leftovers,
    outcomes,
    put_in_conflict,
    rolled_out,
)

if TYPE_CHECKING:
    from tests.person import Person

pytest_plugins = ["tests.fixtures_rollout"]


@pytest.fixture
def team(fleet: Person, dynamodb: DynamoDBServer) -> Person:
    """A person with three apps at v0.1.0, whose registry is the table; the folder is put away."""
    fleet.environment |= KEYS | {"AWS_ENDPOINT_URL": dynamodb.url}
    table = f"dynamodb://{TABLE}"
    done = fleet.tenner("registry", "copy", str(fleet.apps), table)
    assert done.stdout.endswith("3 copied, 0 there already, 0 not copied\n"), done.stderr
    fleet.apps.rename(fleet.apps.with_name("old"))
    fleet.environment["TENNER_REGISTRY"] = table
    dynamodb.requests.clear()
    return fleet


def journal() -> list[dict[str, Any]]:
    """Give the table's journal."""
    entries, problems = registry_at(f"dynamodb://{TABLE}").journal()
    assert list(problems) == []
    return [dict(entry) for entry in entries]


def test_a_rollout_with_a_table(person: Person, team: Person) -> None:
    """The same outcomes as with a folder, one entry each, and a resume finds what is done."""
    put_in_conflict(person, "bees")
    said = rolled_out(person, code=1)
    expected = {"ants": "updated", "bees": "conflicts", "cats": "updated"}
    assert outcomes(said) == expected
    assert {entry["app"]: entry["outcome"] for entry in journal()} == expected
    assert len(journal()) == 3
    again = rolled_out(person, "--resume", code=1)
    assert {app: again[app]["how"] for app in APPS} == dict.fromkeys(APPS, "earlier")
    assert again["ants"]["commit"] == said["ants"]["commit"]
    assert len(journal()) == 3
    assert leftovers(person) == []
    listed = person.tenner("registry", "journal", "bees", "--format=json")
    assert [each["conflicts"][0][0] for each in json.loads(listed.stdout)["entries"]] == [
        "README.md"
    ]


@pytest.mark.slow
def test_a_fast_forward_writes_record_and_entry_at_once(
    person: Person, team: Person, dynamodb: DynamoDBServer
) -> None:
    """One transaction an app; where AWS can't be asked, it is said, and a resume notes it."""
    refused = iter([Fault("AccessDeniedException")])
    dynamodb.fault = lambda asked, _: next(refused, None) if asked == "TransactWriteItems" else None
    said = rolled_out(person, "--jobs=1", "--fast-forward")
    assert {said[app]["how"] for app in APPS} == {"fast_forwarded"}
    assert dynamodb.requests.count("TransactWriteItems") == 3
    (first,) = [app for app in APPS if said[app]["note"]]
    assert said[first]["note"] == (
        "its record is as it was: The registry dynamodb://fleet can't be used: An error occurred "
        "(AccessDeniedException) when calling the TransactWriteItems operation: not now"
    )
    versions = {
        record.manifest.app: record.template.version
        for record in registry_at(f"dynamodb://{TABLE}").contents().records
    }
    assert versions == dict.fromkeys(APPS, "v0.2.0") | {first: "v0.1.0"}
    assert sorted(entry["app"] for entry in journal()) == list(APPS)
    assert outcomes(rolled_out(person, "--resume")) == dict.fromkeys(APPS, "up_to_date")
    records = registry_at(f"dynamodb://{TABLE}").contents().records
    assert [record.template.version for record in records] == ["v0.2.0"] * 3
    assert len(journal()) == 3


@pytest.mark.slow
def test_a_journal_that_refuses_stops_no_app(
    person: Person, team: Person, dynamodb: DynamoDBServer
) -> None:
    """Each app's branch is there, the sentence is said, and later all of it is noted."""
    dynamodb.fault = lambda asked, _: Fault("AccessDeniedException") if asked == "PutItem" else None
    said = rolled_out(person, code=3)
    assert outcomes(said) == dict.fromkeys(APPS, "updated")
    sentence = (
        "The registry dynamodb://fleet can't be used: An error occurred (AccessDeniedException) "
        "when calling the PutItem operation: not now"
    )
    assert said[""]["problems"] == [sentence]
    assert journal() == []
    dynamodb.fault = lambda _asked, _: None
    again = rolled_out(person, "--resume")
    assert {app: again[app]["commit"] for app in APPS} == {app: said[app]["commit"] for app in APPS}
    assert sorted(entry["app"] for entry in journal()) == list(APPS)


@pytest.mark.slow
def test_apps_of_other_machines(person: Person, team: Person) -> None:
    """A record's path may be nobody's here, or another repo's: the app is cloned by its URL."""
    for app in ("ants", "bees"):
        bare = person.place / "origin" / f"{app}.git"
        person.git(person.place, "clone", "--quiet", "--bare", app, str(bare))
        person.git(person.place / app, "remote", "add", "origin", f"file://{bare}")
        assert person.tenner("register", app).returncode == 0
        (person.place / app).rename(person.place / f"{app}-of-a-colleague")
    for app in ("bees", "cats"):
        if app == "cats":
            (person.place / app).rename(person.place / "cats-of-a-colleague")
        other = person.place / app
        other.mkdir()
        (other / "app.yaml").write_text("something: else\n", encoding="utf-8")
        person.git(other, "init", "--quiet")
        person.git(other, "add", "--all")
        person.git(other, "commit", "--quiet", "--message=another repo")
    said = rolled_out(person, "--resume", code=1)
    assert outcomes(said) == {"ants": "updated", "bees": "updated", "cats": "failed"}
    assert said["cats"]["reason"] == (
        f"{person.place / 'cats'} is another repo, and the registry has no git URL for it; if it "
        "has moved: tenner register ITS_FOLDER"
    )
    for app in ("ants", "bees"):
        bare = person.place / "origin" / f"{app}.git"
        assert person.git(bare, "rev-parse", BRANCH).strip() == said[app]["commit"]
    assert person.git(person.place / "bees", "branch") == "* main\n"
    assert sorted(entry["app"] for entry in journal()) == ["ants", "bees"]
    note = rolled_out(person, "--only=bees", "--pull-request")["bees"]["note"]
    assert "git -C" not in note
    assert f"--repo file://{person.place}/origin/bees.git" in note
    assert len(journal()) == 2


def test_a_registry_that_can_not_be_asked(person: Person, team: Person) -> None:
    """Without credentials or network nothing begins: one sentence, and outside trouble."""
    person.environment["AWS_ENDPOINT_URL"] = "http://127.0.0.1:9"
    done = person.tenner("rollout", "--jobs=2")
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == (
        "The registry dynamodb://fleet can't be used: AWS can't be reached: Could not connect to "
        'the endpoint URL: "http://127.0.0.1:9/"\n'
    )


@pytest.mark.slow
@pytest.mark.parametrize("is_done", [False, True], ids=["before-it-is-written", "written"])
@pytest.mark.parametrize(
    ("option", "operation"), [("--check", "PutItem"), ("--fast-forward", "TransactWriteItems")]
)
def test_a_rollout_killed_while_it_writes_is_resumed(
    person: Person,
    team: Person,
    dynamodb: DynamoDBServer,
    option: str,
    operation: str,
    is_done: bool,
) -> None:
    """SIGKILL while the second app is noted: then all is done, one entry an app, records agree."""
    for app in APPS:
        commit(person, app, "Makefile", "$(BIN)/python -m pytest\n", "true\n")
        commit(person, app, "Makefile", "test: $(READY)", "test:")
    put_in_conflict(person, "cats")
    started = subprocess.Popen(
        person.tenner_command("rollout", "--jobs=1", option),
        cwd=person.place,
        env=person.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    asked: list[str] = []

    def kill() -> None:
        os.killpg(started.pid, signal.SIGKILL)
        started.wait()

    def fault(name: str, _content: Any) -> Fault | None:
        asked.extend([name] if name == operation else [])
        if name == operation and len(asked) == 2:
            return Fault(is_done=is_done, meanwhile=kill)
        return None

    dynamodb.fault = fault
    assert started.wait(60) == -signal.SIGKILL
    assert [entry["app"] for entry in journal()] == ["ants", "bees"][: 1 + is_done]
    dynamodb.fault = lambda _name, _content: None
    said = rolled_out(person, "--resume", option, code=1)
    assert said["cats"]["outcome"] == "conflicts"
    assert {each["app"]: each["outcome"] for each in journal()} == {
        "ants": "updated", "bees": "updated", "cats": "conflicts"
    }  # fmt: skip
    assert len(journal()) == 3
    for entry in [each for each in journal() if each["outcome"] == "updated"]:
        ref = "HEAD" if option == "--fast-forward" else BRANCH
        commit_there = person.git(person.place / entry["app"], "rev-parse", ref).strip()
        assert entry["commit"] == commit_there
    records = registry_at(f"dynamodb://{TABLE}").contents().records
    version = "v0.2.0" if option == "--fast-forward" else "v0.1.0"
    assert [record.template.version for record in records] == [version, version, "v0.1.0"]
    assert leftovers(person) == []
