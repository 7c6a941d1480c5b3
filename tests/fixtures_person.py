"""A person in an empty folder, and a template in git with two versions."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.fixtures_generated import plain_copy
from tests.person import FROM_ELSEWHERE, Person, change_template

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def person(tmp_path: Path) -> Person:
    """A person with a git identity, in an empty folder."""
    return Person(tmp_path / "work")


@pytest.fixture(scope="session")
def git_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template as it is in the working tree, in git: v0.1.0, and v0.2.0 with some changes."""
    place = tmp_path_factory.mktemp("git-template")
    maker = Person(place / "maker")
    template = plain_copy(place / "tenner")
    maker.git(template, "init", "--quiet", "--initial-branch=main")
    _commit(maker, template, "v0.1.0")
    change_template(template)
    _commit(maker, template, "v0.2.0")
    return template


def _commit(maker: Person, template: Path, tag: str) -> None:
    maker.git(template, "add", "--all")
    maker.git(template, "commit", "--quiet", "--message", tag)
    maker.git(template, "tag", tag)


@pytest.fixture
def here(person: Person, plain_template: Path, monkeypatch: pytest.MonkeyPatch) -> Person:
    """A person in whose folder and with whose environment this process works too."""
    for key in [*os.environ]:
        if key.startswith(FROM_ELSEWHERE):
            monkeypatch.delenv(key)
    for key in ("HOME", "GIT_CONFIG_NOSYSTEM", "GIT_CEILING_DIRECTORIES"):
        monkeypatch.setenv(key, person.environment[key])
    person.environment["TENNER_TEMPLATE"] = str(plain_template)
    monkeypatch.setenv("TENNER_TEMPLATE", str(plain_template))
    monkeypatch.chdir(person.place)
    return person
