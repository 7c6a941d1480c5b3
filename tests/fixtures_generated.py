"""What this template generates, made once for all tests of a run."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from copier import run_copy

from tenner.clock import stamp
from tenner.load import load_manifest
from tenner.registry_folder import FolderRegistry
from tenner.repo_facts import registration_of

ROOT = Path(__file__).parents[1]
_PARTS = ("copier.yml", "questions", "template", "hooks", "src", "catalog", "releases.yaml")


def plain_copy(folder: Path) -> Path:
    """Copy what makes the template, without git: Copier renders it faster than a clone."""
    ignored = shutil.ignore_patterns("__pycache__", ".*_cache", ".venv")
    for part in _PARTS:
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, folder / part, ignore=ignored)
        else:
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, folder / part)
    return folder


@pytest.fixture(scope="session")
def plain_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template as it is in the working tree, outside git."""
    return plain_copy(tmp_path_factory.mktemp("template") / "tenner")


@pytest.fixture(scope="session")
def generated_todo(plain_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The app of example-answers.yml, without git and registration."""
    folder = tmp_path_factory.mktemp("example") / "todo"
    import yaml

    answers = yaml.safe_load((ROOT / "example-answers.yml").read_text(encoding="utf-8"))
    run_copy(
        str(plain_template),
        folder,
        data=answers,
        defaults=True,
        skip_tasks=True,
        unsafe=True,
        quiet=True,
    )
    return folder


@pytest.fixture(scope="session")
def hundred_registry(generated_todo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A registry of the example app a hundred times, app-001 to app-100."""
    place = tmp_path_factory.mktemp("hundred")
    text = (generated_todo / "app.yaml").read_text(encoding="utf-8")
    registry = FolderRegistry(place / "apps")
    for number in range(1, 101):
        name = f"app-{number:03}"
        repo = place / name
        repo.mkdir()
        (repo / "app.yaml").write_text(text.replace('app: "todo"', f'app: "{name}"'))
        registry.register(registration_of(load_manifest(repo)), stamp())
    return place / "apps"
