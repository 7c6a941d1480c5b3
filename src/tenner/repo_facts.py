"""Reads what an app's repo says of itself: its template, its commits, and whether it is here."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from tenner import exact_yaml, git
from tenner.errors import InputError
from tenner.load import read_text
from tenner.registry import Registration, TemplateVersion
from tenner.template_source import ANSWERS

if TYPE_CHECKING:
    from tenner.load import ManifestFile
    from tenner.registry import Record, Registry

_LONGEST_TEXT = 2000  # of a field of a record


def template_version(folder: Path) -> TemplateVersion:
    """Read from Copier's answers which template an app was made from; empty where unknown."""
    path = folder / ANSWERS
    if not os.path.exists(path):  # noqa: PTH110
        return TemplateVersion()
    try:
        answers = exact_yaml.parse(read_text(path), str(path)).content
    except InputError:
        return TemplateVersion()
    if not isinstance(answers, dict):
        return TemplateVersion()
    return TemplateVersion(
        source=git.without_credentials(str(answers.get("_src_path") or ""))[:_LONGEST_TEXT],
        version=str(answers.get("_commit") or "")[:_LONGEST_TEXT],
    )


def registration_of(file: ManifestFile) -> Registration:
    """Collect what a repo says of itself when it registers."""
    return Registration(
        repo=file.folder,
        manifest=file.manifest,
        manifest_content=file.content,
        template=template_version(file.folder),
        url=git.remote_url(file.folder),
        root_commit=git.root_commit(file.folder),
    )


def repo_here(registry: Registry, record: Record) -> Path | None:
    """Give an app's repo where it is on this machine.

    A table has the paths of many machines: there the first commit tells whether it is the same.
    """
    folder = registry.repo_of(record)
    if not folder.is_dir():
        return None
    is_of_any_machine = Path(record.where.path).is_absolute()
    known = record.where.root_commit if is_of_any_machine else ""
    return None if known and git.root_commit(folder) != known else folder
