"""Gathers what the doctor looks at: records, the repos they name, and those beside them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from tenner import git
from tenner.doctor import AppFacts, Facts, RepoFacts, TemplateFacts
from tenner.errors import TennerError
from tenner.load import (
    ANSWERS,
    MANIFEST,
    is_shared_infra,
    load_manifest,
    load_shared_infra,
    template_version,
)
from tenner.registry import TemplateVersion
from tenner.template_source import is_relative, local_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tenner.registry import Record
    from tenner.registry_folder import FolderRegistry
    from tenner.shared_infra import SharedInfra

_TEMPLATE, _NONE = "copier.yml", TemplateVersion()


def near(path: Path) -> str:
    """Name a path relative to here where that is shorter."""
    relative = os.path.relpath(path)
    return relative if len(relative) < len(str(path)) else str(path)


def gather(registry: FolderRegistry) -> Facts:
    """Read all records, their repos, and the repos beside them and beside the registry.

    Raises OutsideError where the registry can't be read; whatever is wrong with a repo is a fact.
    """
    contents, home = registry.contents(), registry.folder.parent
    folders = [folder_of(registry, record) for record in contents.records]
    apps = [
        AppFacts(record, near(folder), _repo(folder) if _has(folder) else None, _is_dir(folder))
        for record, folder in zip(contents.records, folders, strict=True)
    ]
    gone = {app.record.manifest.app for app in apps if app.repo is None}
    around = {home.parent, *(folder.parent for folder in folders)}
    strays = [_repo(folder, gone) for folder in _beside(around, {home, *folders})]
    unread = {path.stem for path in registry.folder.glob("[a-z]*.yaml")} - {
        record.manifest.app for record in contents.records
    }
    strays = [each for each in strays if not each.manifest or each.manifest.app not in unread]
    shared = {near(home): _template(home)} if is_shared_infra(home) else {}
    return Facts(registry.place, apps, strays, contents.problems, shared, _infra(home))


def _infra(home: Path) -> SharedInfra | None:
    """Read fleet.yaml; what is wrong with it, `tenner check` says."""
    try:
        return load_shared_infra(home) if is_shared_infra(home) else None
    except TennerError:
        return None


def folder_of(registry: FolderRegistry, record: Record) -> Path:
    """Say where a record has its app's repo."""
    return Path(os.path.normpath(registry.folder / record.where.path))


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
