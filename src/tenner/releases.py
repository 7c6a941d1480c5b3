"""The template's releases, and what each changes in apps that were made before it."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated

from packaging.version import InvalidVersion, Version
from pydantic import Field, ValidationInfo, field_validator

from tenner import exact_yaml
from tenner.changes import Change, File, changed
from tenner.shown import shown
from tenner.validation import Strict, Whole, plain_error, plain_errors, read

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tenner.exact_yaml import Document

_COMMIT = re.compile(r"[0-9a-f]{40}\Z")
_DATE = re.compile(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}\Z")
_SHORT_COMMIT = re.compile(r"[0-9a-f]{7,40}\Z")
_AFTER_A_TAG = re.compile(r"-[0-9]+-g[0-9a-f]+\Z")


class Release(Strict):
    """One version of the template; without a date it is not released yet.

    Its commit can't be known in itself, so that of the newest may be missing.
    """

    version: str
    commit: str = ""
    date: str = ""
    says: Annotated[str, Field(min_length=1, max_length=300)]
    changes: Annotated[tuple[Change, ...], Field(strict=False)] = ()

    @field_validator("version")
    @classmethod
    def _pep440(cls, version: str) -> str:
        try:
            if str(Version(version)) == version:
                return version
        except InvalidVersion:
            pass
        raise plain_error(f"given {shown(version)}, expected a version of PEP 440, such as 0.2.0")

    @field_validator("commit")
    @classmethod
    def _full(cls, commit: str) -> str:
        if commit and not _COMMIT.match(commit):
            raise plain_error(f"given {shown(commit)}, expected a commit of 40 hexadecimal digits")
        return commit

    @field_validator("date")
    @classmethod
    def _day(cls, date: str, info: ValidationInfo) -> str:
        if not _DATE.match(date) and (date or info.data.get("commit")):
            raise plain_error(f"given {shown(date)}, expected a day, such as 2026-11-21")
        return date

    @property
    def tag(self) -> str:
        """Name the tag."""
        return f"v{self.version}"


class _File(Strict):
    schema_version: Annotated[Whole, Field(ge=1)]
    releases: Annotated[tuple[Release, ...], Field(strict=False)]

    @field_validator("schema_version")
    @classmethod
    def _known(cls, version: int) -> int:
        if version != 1:
            raise plain_error(f"given {version}, expected 1; update the tenner command")
        return version

    @field_validator("releases")
    @classmethod
    def _in_order(cls, releases: tuple[Release, ...]) -> tuple[Release, ...]:
        problems = []
        for number, (old, new) in enumerate(pairwise(releases), 1):
            if Version(new.version) <= Version(old.version):
                message = f"given {shown(new.version)}, expected one after {old.version}"
                problems.append((f"{number}.version", message))
            if not old.commit:
                problems.append((f"{number - 1}.commit", "missing; only the newest can lack it"))
        if problems:
            raise plain_errors(problems)
        return releases


def parse_releases(text: str, source: str) -> Sequence[Release]:
    """Read releases.yaml, oldest first; raises InputError with every defect."""
    return read(_File, exact_yaml.parse(text, source)).releases


def release_of(releases: Sequence[Release], version: str) -> Release | None:
    """Give the newest release that a version has: `v0.2.0-3-gabc1234` has 0.2.0, as its commit.

    None where it is older than all, or no version that is known here.
    """
    if _SHORT_COMMIT.match(version):
        for release in releases:
            if release.commit.startswith(version):
                return release
    try:
        known = Version(_AFTER_A_TAG.sub("", version))
    except InvalidVersion:
        return None
    had = [release for release in releases if Version(release.version) <= known]
    return had[-1] if had else None


def named(releases: Sequence[Release], version: str) -> str:
    """Give a version the name of its release where it is only a release's commit."""
    found = release_of(releases, version) if _SHORT_COMMIT.match(version) else None
    return found.tag if found else version


def is_version(releases: Sequence[Release], version: str) -> bool:
    """Tell whether a version can be put among the releases."""
    if release_of(releases, version):
        return True
    try:
        return bool(Version(_AFTER_A_TAG.sub("", version)))
    except InvalidVersion:
        return False


def after(releases: Sequence[Release], had: Release | None) -> Sequence[Release]:
    """Give the releases after one, or all."""
    return releases[releases.index(had) + 1 :] if had else releases


def changes_of(releases: Sequence[Release], file: File) -> Sequence[Change]:
    """Give the changes of some releases in one file, oldest first."""
    return [change for each in releases for change in each.changes if change.file == file]


def with_new_names(document: Document, releases: Sequence[Release]) -> Document:
    """Give a parsed app.yaml the names that fields have today; what they say stays.

    Raises InputError as `changed` does.
    """
    changes = [each for each in changes_of(releases, "manifest") if each.is_of_names]
    content = changed(document.content, changes, document.source)
    return exact_yaml.Document(document.source, content, document.lines)
