"""A fleet of many generated apps at v0.1.0, made once by Copier and then by name."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from tenner.clock import stamp
from tenner.load import load_manifest
from tenner.registry_folder import FolderRegistry
from tenner.repo_facts import registration_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.person import Person

FIRST = "app-000"


def generate(person: Person, template: Path, name: str) -> Path:
    """Generate one app at v0.1.0 with Copier."""
    done = person.copier(
        "copy", "--trust", "--defaults", "-q", "--vcs-ref=v0.1.0", str(template), name
    )
    assert done.returncode == 0, done.stderr
    return person.place / name


def make_apps(
    person: Person, template: Path, count: int, edit: Callable[[Path, int], object]
) -> list[str]:
    """Make apps of names of one length, each with its own git history; gives the names.

    All but the first are the first with their own name in every file, which is what Copier would
    generate for them. `edit` changes the nth app as a person does, which is its last commit.
    """
    generate(person, template, FIRST)
    names = [f"app-{number:03}" for number in range(count)]
    registry = FolderRegistry(person.apps)
    for number, name in reversed([*enumerate(names)]):  # the first last: it is copied as it is
        app = person.place / name
        if name != FIRST:
            _copy(person.place / FIRST, app)
            person.git(app, "init", "--quiet", "--template=", "--initial-branch=main")
            person.git(app, "add", "--all")
            person.git(app, "commit", "--quiet", "--message=Generate the app with Tenner")
        edit(app, number)
        person.git(app, "commit", "--quiet", "--allow-empty", "--all", "--message=mine")
        registry.register(registration_of(load_manifest(app)), stamp())
    return names


def _copy(first: Path, app: Path) -> None:
    ignored = shutil.ignore_patterns(".git")
    shutil.copytree(first, app, ignore=ignored, symlinks=True)
    for path in app.rglob("*"):
        if path.is_file():
            text = path.read_bytes()
            if FIRST.encode() in text:
                path.write_bytes(text.replace(FIRST.encode(), app.name.encode()))
