"""A template whose tags have not come along: releases.yaml names its releases all the same."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tenner.errors import TennerError
from tenner.release_files import own_releases
from tenner.rollout_template import Mirror

if TYPE_CHECKING:
    from pathlib import Path

    from tests.person import Person

pytest_plugins = ["tests.fixtures_person"]
_, FIRST, LAST = (each for each in own_releases() if each.commit)


@pytest.fixture
def tagless(person: Person, released_template: Path) -> Path:
    """A clone without tags."""
    clone = person.place / "tenner"
    person.git(person.place, "clone", "-q", "--no-tags", "--", str(released_template), str(clone))
    assert person.git(clone, "tag") == ""
    return clone


@pytest.fixture
def todo(person: Person, tagless: Path) -> Path:
    """An app of the last release but one, in the registry."""
    done = person.copier(
        *("copy", "--trust", "--defaults", "-q", f"--vcs-ref={FIRST.commit}", str(tagless), "todo"),
    )
    assert done.returncode == 0, done.stderr
    person.environment["TENNER_REGISTRY"] = str(person.apps)
    return person.place / "todo"


def rolled_out(person: Person, *arguments: str) -> dict[str, Any]:
    """Roll out, and give the outcome of the one app."""
    done = person.tenner("rollout", "--jobs=1", "--fast-forward", "--format=json", *arguments)
    assert done.returncode == 0, (done.stdout, done.stderr)
    (app,) = json.loads(done.stdout)["apps"]
    found: dict[str, Any] = app
    return found


@pytest.mark.slow
def test_a_rollout_knows_the_releases(person: Person, todo: Path) -> None:
    """The fleet and `--to` know a release by its commit; the newest is where a rollout goes."""
    (app,) = json.loads(person.tenner("fleet", "--format=json").stdout)["apps"]
    assert (app["template_version"], app["release"]) == (FIRST.commit[:7], FIRST.tag)
    assert app["releases_behind"] == 1
    assert f"  {FIRST.tag} " in person.tenner("fleet").stdout
    assert rolled_out(person, f"--to={FIRST.tag}")["outcome"] == "up_to_date"
    said = rolled_out(person)
    assert (said["outcome"], said["to"]) == ("updated", LAST.commit[:7])
    assert f"_commit: {LAST.commit[:7]}\n" in (todo / ".copier-answers.yml").read_text()
    assert rolled_out(person, f"--to={LAST.tag}")["outcome"] == "up_to_date"


@pytest.mark.slow
def test_an_app_that_is_newer_than_the_newest(person: Person, todo: Path) -> None:
    """Plain Copier, which knows no releases, goes to the last commit; a rollout leaves it there."""
    done = person.copier("update", "--trust", "--defaults", cwd=todo)
    assert done.returncode == 0, done.stderr
    person.git(todo, "commit", "--quiet", "--all", "--message=by copier")
    assert rolled_out(person)["outcome"] == "up_to_date"


@pytest.mark.slow
def test_an_app_of_a_tagged_clone(person: Person, todo: Path) -> None:
    """Its answers name a tag that the template lacks: releases.yaml has its commit."""
    answers = todo / ".copier-answers.yml"
    text = answers.read_text().replace(FIRST.commit[:7], FIRST.tag)
    assert f"_commit: {FIRST.tag}\n" in text
    answers.write_text(text)
    person.git(todo, "commit", "--quiet", "--all", "--message=tag")
    assert rolled_out(person, f"--to={LAST.tag}")["outcome"] == "updated"


def test_a_release_that_is_not_there(tagless: Path, tmp_path: Path) -> None:
    """The sentence names the releases."""
    with pytest.raises(TennerError) as caught:
        Mirror.fetch(str(tagless), tmp_path).target("v0.9.9")
    tags = ", ".join(each.tag for each in own_releases() if each.commit)
    assert str(caught.value) == (
        f'--to: given "v0.9.9", expected a tag or commit of {tagless}; its tags: {tags}'
    )
