"""A change of a field in answers or manifest, as data, and what it makes of a parsed file."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple

from pydantic import Field, model_validator

from tenner.errors import InputError, Problem
from tenner.shown import shown
from tenner.validation import Strict, plain_error, plain_errors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

File = Literal["manifest", "answers"]
Key = str | int
_FIELD = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*\Z")
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


class Step(NamedTuple):
    """One field of one file that a change is about: its keys from the root."""

    change: Change
    keys: tuple[Key, ...]


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
