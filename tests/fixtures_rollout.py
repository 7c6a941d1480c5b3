"""Three registered apps of v0.1.0 of a template that has v0.2.0, made once, copied for a test."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.person import FLEET, Person

if TYPE_CHECKING:
    from pathlib import Path

pytest_plugins = ["tests.fixtures_person"]


@pytest.fixture(scope="session")
def made_fleet(git_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The apps, their registry beside them, and nothing else."""
    maker = Person(tmp_path_factory.mktemp("made-fleet") / "work")
    for app in FLEET:
        done = maker.copier(
            "copy", "--trust", "--defaults", "-q", "--vcs-ref=v0.1.0", str(git_template), app
        )
        assert done.returncode == 0, done.stderr
    return maker.place


@pytest.fixture
def fleet(person: Person, made_fleet: Path) -> Person:
    """A person with three apps at v0.1.0, each with a commit of its own, and their registry."""
    for name in (*FLEET, "aws-shared-infra"):
        shutil.copytree(made_fleet / name, person.place / name, symlinks=True)
    person.environment["TENNER_REGISTRY"] = str(person.apps)
    return person
