"""Gathers what the doctor looks at: records, the repos they name, and those beside them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from tenner import git
from tenner.doctor import AppFacts, Facts, RepoFacts, TemplateFacts
from tenner.errors import TennerError
from tenner.load import (
    MANIFEST,
    is_shared_infra,
    load_manifest,
    load_shared_infra,
)
from tenner.registry import TemplateVersion
from tenner.registry_folder import FolderRegistry
from tenner.repo_facts import repo_here, template_version
from tenner.template_source import ANSWERS, is_relative, local_path
from tenner.whole_fleet import home_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tenner.registry import Contents, Record, Registry
    from tenner.shared_infra import SharedInfra

_TEMPLATE, _NONE = "copier.yml", TemplateVersion()


def near(path: Path) -> str:
    """Name a path relative to here where that is shorter."""
    relative = os.path.relpath(path)
    return relative if len(relative) < len(str(path)) else str(path)


def gather(registry: Registry) -> Facts:
    """Read all records, their repos, and the repos beside them and beside the registry.

    Raises OutsideError where the registry can't be read; whatever is wrong with a repo is a fact.
    """
    contents = registry.contents()
    is_folder = isinstance(registry, FolderRegistry)
    home = registry.folder.parent if isinstance(registry, FolderRegistry) else home_of(registry)
    folders = [registry.repo_of(record) for record in contents.records]
    apps = [_app(registry, record, is_table=not is_folder) for record in contents.records]
    gone = {app.record.manifest.app for app in apps if app.repo is None}
    homes = {home.resolve()} if home else set()
    around = {each.parent for each in (*homes, *folders)}
    strays = [_repo(folder, gone) for folder in _beside(around, {*homes, *folders})]
    unread = _unread(registry, contents)
    strays = [each for each in strays if not each.manifest or each.manifest.app not in unread]
    shared = {near(each): _template(each) for each in homes if is_shared_infra(each)}
    infra = _infra(home) if home else None
    return Facts(registry.place, apps, strays, contents.problems, shared, infra)


def _infra(home: Path) -> SharedInfra | None:
    """Read fleet.yaml; what is wrong with it, `tenner check` says."""
    try:
        return load_shared_infra(home) if is_shared_infra(home) else None
    except TennerError:
        return None


def _app(registry: Registry, record: Record, *, is_table: bool) -> AppFacts:
    """Look where a record has its app's repo; a table has the paths of other machines too."""
    folder = registry.repo_of(record)
    if is_table and repo_here(registry, record) is None:
        return AppFacts(record, near(folder), None, _is_dir(folder), bool(record.where.url))
    return AppFacts(record, near(folder), _repo(folder) if _has(folder) else None, _is_dir(folder))


def _unread(registry: Registry, contents: Contents) -> set[str]:
    """Name the apps whose records are there and can't be read."""
    if isinstance(registry, FolderRegistry):
        there = {path.stem for path in registry.folder.glob("[a-z]*.yaml")}
        return there - {record.manifest.app for record in contents.records}
    start = f"{registry.place}: "
    return {problem.removeprefix(start).partition(":")[0] for problem in contents.problems}


def _has(folder: Path) -> bool:
    return os.path.exists(folder / MANIFEST)  # noqa: PTH110 - any path at all


def _beside(around: Iterable[Path], known: set[Path]) -> Sequence[Path]:
    """List the folders that hold an app and are not known; hidden ones are somebody's drafts."""
    found = set()
    for place in around:
        try:
            children = [each for each in place.iterdir() if not each.name.startswith(".")]
        except OSError:
            continue
        found |= {each for each in children if _has(each) and each.resolve() not in known}
    # Other programs have an app.yaml too: only one that Copier made or Tenner can read is an app.
    return sorted(each for each in found - known if (each / ANSWERS).exists() or _is_app(each))


def _is_app(folder: Path) -> bool:
    try:
        load_manifest(folder)
    except TennerError:
        return False
    return True


def _repo(folder: Path, gone: set[str] | None = None) -> RepoFacts:
    """Read a repo; of one that may have moved, its first commit too."""
    manifest, problem, root = None, "", ""
    try:
        manifest = load_manifest(folder).manifest
    except TennerError as error:
        problem = str(error)
    if manifest and manifest.app in (gone or ()):
        root = git.root_commit(folder)
    try:
        version = template_version(folder)
    except TennerError as error:
        return RepoFacts(near(folder), None, str(error), _NONE, _template_of(folder, ""), root)
    template = _template_of(folder, version.source)
    return RepoFacts(near(folder), manifest, problem, version, template, root)


def _template(folder: Path) -> TemplateFacts:
    try:
        return _template_of(folder, template_version(folder).source)
    except TennerError:
        return _template_of(folder, "")


def _template_of(folder: Path, source: str) -> TemplateFacts:
    if is_relative(source):
        candidate = _candidate(folder, source)
        return TemplateFacts(source, True, False, str(candidate) if candidate else "")
    place = local_path(source)
    return TemplateFacts(source, False, place is not None and not _is_there(place))


def _candidate(folder: Path, source: str) -> Path | None:
    """Find the template that a relative path means, from the app or the folder around it."""
    found = {
        place
        for start in (folder, folder.parent)
        if (place := Path(os.path.realpath(start / source))) and (place / _TEMPLATE).is_file()
    }
    return found.pop() if len(found) == 1 else None


def _is_dir(place: Path) -> bool:
    return os.path.isdir(place)  # noqa: PTH112 - any path at all


def _is_there(template: Path) -> bool:
    return os.path.exists(template)  # noqa: PTH110 - a folder, or a bundle of git
