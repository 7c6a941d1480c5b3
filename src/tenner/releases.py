"""The template's releases, and what each changes in an app's answers and manifest, as data."""

from __future__ import annotations

import re
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple

from packaging.version import InvalidVersion, Version
from pydantic import Field, ValidationInfo, field_validator, model_validator

from tenner import exact_yaml
from tenner.errors import InputError, Problem
from tenner.shown import shown
from tenner.validation import Strict, Whole, plain_error, plain_errors, read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from tenner.exact_yaml import Document

File = Literal["manifest", "answers"]
Key = str | int
_FIELD = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*\Z")
_COMMIT = re.compile(r"[0-9a-f]{40}\Z")
_DATE = re.compile(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}\Z")
_SHORT_COMMIT = re.compile(r"[0-9a-f]{7,40}\Z")
_AFTER_A_TAG = re.compile(r"-[0-9]+-g[0-9a-f]+\Z")
_NEEDS = {
    "rename": ({"to"}, set[str]()),
    "split": ({"into"}, {"at"}),
    "set": ({"from", "to"}, set[str]()),
}
"""What each kind of change must have beside its path, and may have."""


class Change(Strict):
    """One change of a field: `rename` it, `split` it, or `set` it where it has its old default.

    A path is names with dots between; `*` stands for each name or each part of a list.
    """

    file: Annotated[File, Field(alias="in")] = "manifest"
    rename: str = ""
    split: str = ""
    set: str = ""
    at: Annotated[str, Field(max_length=10)] = ""
    into: Annotated[tuple[str, ...], Field(max_length=10, strict=False)] = ()
    old: Annotated[str | Decimal | bool | None, Field(alias="from")] = None
    new: Annotated[str | Decimal | bool | None, Field(alias="to")] = None

    @model_validator(mode="after")
    def _whole(self) -> Change:
        given = {
            name
            for name, value in (
                ("at", self.at),
                ("into", self.into),
                ("from", self.old is not None),
                ("to", self.new is not None),
            )
            if value
        }
        kinds = [kind for kind in _NEEDS if getattr(self, kind)]
        if len(kinds) != 1:
            raise plain_error(f"given {len(kinds)} of rename, split and set, expected one")
        needs, may = _NEEDS[kinds[0]]
        problems = [(name, "missing; expected a value") for name in sorted(needs - given)]
        problems += [(name, f"not of a {kinds[0]}") for name in sorted(given - needs - may)]
        problems += self._names(kinds[0]) if not problems else []
        if problems:
            raise plain_errors(problems)
        return self

    def _names(self, kind: str) -> Iterator[tuple[str, str]]:
        *parents, last = self.path
        if not _FIELD.match(last) or any(
            each != "*" and not _FIELD.match(each) for each in parents
        ):
            yield (
                kind,
                f"given {shown('.'.join(self.path))}, expected a path as functions.*.timeout_s",
            )
        if kind == "set" and _same(self.old, self.new):
            yield "to", "given the value of `from`, expected another"
        for name in self.names if kind != "set" else ():
            if not isinstance(name, str) or not _FIELD.match(name) or name == last:
                key = "to" if kind == "rename" else "into"
                yield key, f"given {shown(name)}, expected another field's name"
        if kind == "split" and len({*self.into}) < max(len(self.into), 2):
            yield "into", "expected two or more fields, each once"

    @property
    def path(self) -> list[str]:
        """Give the parts of the path."""
        return (self.rename or self.split or self.set).split(".")

    @property
    def names(self) -> tuple[Any, ...]:
        """Give the names that take a field's place."""
        return (self.new,) if self.rename else self.into

    @property
    def is_of_names(self) -> bool:
        """Tell whether it changes what fields are called, and not what they say."""
        return not self.set


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


class Step(NamedTuple):
    """One field of one file that a change is about: its keys from the root."""

    change: Change
    keys: tuple[Key, ...]


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


def changed(content: Any, changes: Sequence[Change], source: str) -> Any:
    """Apply changes to a parsed file; what they don't speak of is the same object.

    Raises InputError where a field has both its old name and a new one, or can't be split.
    """
    for change in changes:
        for step in steps(content, change, source):
            content = _stepped(content, step.keys, change)
    return content


def steps(content: Any, change: Change, source: str) -> Sequence[Step]:
    """Find the fields that a change is about; none where it was made before.

    Raises InputError as `changed` does.
    """
    found, problems = [], []
    for mapping, keys in _mappings(content, change.path[:-1], ()):
        name = change.path[-1]
        if name not in mapping:
            continue
        if change.set:
            if _same(mapping[name], change.old):
                found.append(Step(change, (*keys, name)))
            continue
        path = ".".join(map(str, (*keys, name)))
        if both := [each for each in change.names if each in mapping]:
            message = f"given with {both[0]}, which has taken its place; keep one of them"
            problems.append(Problem(path, message))
        elif change.split and (message := _unsplittable(mapping[name], change)):
            problems.append(Problem(path, message))
        found.append(Step(change, (*keys, name)))
    if problems:
        raise InputError(source, problems)
    return found


def parts_of(value: Any, change: Change) -> Mapping[str, Any]:
    """Say what takes a field's place: names and values."""
    if change.split and change.at:
        return dict(
            zip(change.into, (part.strip() for part in value.split(change.at)), strict=True)
        )
    return dict.fromkeys(change.names, value)


def _unsplittable(value: Any, change: Change) -> str:
    if isinstance(value, dict | list):
        return "given more than one value, expected text or a number to split"
    if not change.at:
        return ""
    count = len(value.split(change.at)) if isinstance(value, str) else 1
    if count == len(change.into):
        return ""
    wanted = f"{len(change.into)} parts with {shown(change.at)} between them"
    return f"given {shown(value)}, expected {wanted}, for {', '.join(change.into)}"


def _mappings(
    content: Any, path: Sequence[str], keys: tuple[Key, ...]
) -> Iterator[tuple[dict[str, Any], tuple[Key, ...]]]:
    if not path:
        if isinstance(content, dict):
            yield content, keys
        return
    inner: list[Key] = []
    if isinstance(content, dict):
        inner = [*content] if path[0] == "*" else [path[0]] if path[0] in content else []
    elif isinstance(content, list) and path[0] == "*":
        inner = [*range(len(content))]
    for key in inner:
        yield from _mappings(content[key], path[1:], (*keys, key))


def _stepped(content: Any, keys: tuple[Key, ...], change: Change) -> Any:
    first, *rest = keys
    change_it: Callable[[Any], Any] = lambda value: _stepped(value, tuple(rest), change)  # noqa: E731
    if isinstance(content, list):
        return [change_it(each) if at == first else each for at, each in enumerate(content)]
    result = {}
    for key, value in content.items():
        if key != first:
            result[key] = value
        elif rest:
            result[key] = change_it(value)
        elif change.set:
            result[key] = change.new
        else:
            result.update(parts_of(value, change))
    return result


def _same(one: object, other: object) -> bool:
    """Compare as YAML does: `1` is no `true` and no text."""
    return type(one) is type(other) and one == other
